"""Who may see a partner: its own people and keys, and the program's staff; also people with roles of several kinds."""

from __future__ import annotations

import pytest

from regulars.features.partners import acts_as_partner, may_see
from regulars.infra.web import Grant, Subject, route_roles
from regulars.infra.web.narrowing import narrowed

ROUTE = route_roles("owner", "finance", "partner", scope="settlement:read")
OTHER = route_roles("owner", "finance", scope="settlement:write")


def seen(subject: Subject, partner: str, route=ROUTE) -> bool | None:  # type: ignore[no-untyped-def]
    """Return whether `subject` sees `partner` on a route of the program; None when the route is closed to it."""
    here = narrowed(subject, {"program": "berry"}, {}, route.parts, route._opens)
    return may_see(here, partner) if route.allows(here) else None


def person(*grants: Grant) -> Subject:
    return Subject("staff:1", "staff", grants=grants)


def grant(role: str, partner: str | None = None) -> Grant:
    return Grant(frozenset({role}), frozenset(), 1, "berry", partner)


KEY = Subject(
    "key:1", "api_key", 1, None, frozenset({"partner"}), frozenset({"partner"}), partners=frozenset({"acme"})
)


@pytest.mark.parametrize(
    ("subject", "acme", "brand"),
    [
        (KEY, True, False),
        (Subject("key:2", "api_key", 1, None, frozenset({"partner"}), frozenset({"partner"})), False, False),
        (Subject("key:3", "api_key", 1, None, frozenset({"owner"})), True, True),
        (person(grant("partner", "acme")), True, False),
        (person(grant("partner", "acme"), grant("partner", "brand")), True, True),
        (person(grant("partner", "acme"), grant("finance")), True, True),
    ],
)
def test_who_sees_which_partner(subject: Subject, acme: bool, brand: bool) -> None:
    assert (seen(subject, "acme"), seen(subject, "brand")) == (acme, brand)


def test_a_partner_s_own_stay_out_of_routes_of_the_program() -> None:
    for subject in (KEY, person(grant("partner", "acme"))):
        assert seen(subject, "acme", OTHER) is None


def test_notes_of_a_partner_s_own_are_the_partner_s() -> None:
    assert acts_as_partner(KEY)
    assert not acts_as_partner(Subject("key:3", "api_key", 1, None, frozenset({"owner"})))
