"""Attributes, traits and identifiers: what fits, what is converted, what is refused. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.members.world import ORDER

from regulars.features.members import known_identifiers, split_traits
from regulars.features.members.attributes import AttributeKind, Misfit, fit, flatten, infer_kind
from regulars.features.members.batch_store import json_text
from regulars.features.members.consent import later
from regulars.features.members.model import Consent
from regulars.features.members.normalise import LAST_LETTER, normal_identifiers, prefix_ranges
from regulars.features.members.traits import name_key

K = AttributeKind
DECODER = msgspec.json.Decoder(float_hook=Decimal)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats()
    | st.decimals(allow_nan=True, allow_infinity=True)
    | st.text(max_size=12)
    | st.sampled_from(
        ["2026-02-30", "2026-02-28", "2026-01-01T00:00:00Z", "true", "007", "1e9", "-0", "9" * 40, "\x00"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("red", K.TEXT),
        ("", K.TEXT),
        ("2026-02-30", K.TEXT),
        ("2026-02-28", K.DATE),
        ("2026-02-28T10:00:00Z", K.INSTANT),
        ("2026-02-28 10:00:00.5+02:00", K.INSTANT),
        ("2026-02-28T10:00:00", K.TEXT),
        (1, K.NUMBER),
        (1.5, K.NUMBER),
        (Decimal("0.1"), K.NUMBER),
        (True, K.BOOLEAN),
        (["a"], K.LIST),
        ([], K.LIST),
        ("12", K.TEXT),
        ("true", K.TEXT),
        (date(2026, 1, 1), K.DATE),
        (datetime(2026, 1, 1, tzinfo=UTC), K.INSTANT),
    ],
)
def test_the_first_value_says_the_kind(value: Any, kind: AttributeKind) -> None:
    assert infer_kind(value) is kind


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        (K.TEXT, 7, "7"),
        (K.TEXT, True, "true"),
        (K.TEXT, Decimal("1E+3"), "1000"),
        (K.TEXT, ["a"], Misfit),
        (K.TEXT, "a\x00", Misfit),
        (K.TEXT, "x" * 2001, Misfit),
        (K.NUMBER, "12.50", Decimal("12.50")),
        (K.NUMBER, 1.0, 1),
        (K.NUMBER, "007", Misfit),
        (K.NUMBER, "1e5", Misfit),
        (K.NUMBER, True, Misfit),
        (K.NUMBER, Decimal("NaN"), Misfit),
        (K.NUMBER, 10**31, Misfit),
        (K.NUMBER, 0.1, Decimal("0.1")),
        (K.BOOLEAN, "true", True),
        (K.BOOLEAN, 1, Misfit),
        (K.DATE, "2026-02-28", "2026-02-28"),
        (K.DATE, "2026-2-28", Misfit),
        (K.DATE, 20260228, Misfit),
        (K.INSTANT, "2026-02-28T10:00:00+02:00", "2026-02-28T08:00:00Z"),
        (K.INSTANT, "0001-01-01T00:00:00+23:00", Misfit),
        (K.INSTANT, "2026-02-28", Misfit),
        (K.LIST, "a", ["a"]),
        (K.LIST, [1, True], ["1", "true"]),
        (K.LIST, [["a"]], Misfit),
        (K.LIST, [None], Misfit),
        (K.LIST, ["a"] * 201, Misfit),
        (K.LIST, {}, Misfit),
    ],
)
def test_a_value_is_stored_under_its_kind_when_nothing_is_lost(
    kind: AttributeKind, value: Any, stored: Any
) -> None:
    if stored is Misfit:
        with pytest.raises(Misfit):
            fit(value, kind)
    else:
        assert (fit(value, kind), type(fit(value, kind))) == (stored, type(stored))


@given(JSON, st.sampled_from(list(AttributeKind)))
def test_whatever_comes_fits_or_does_not_and_what_fits_fits_again(value: Any, kind: AttributeKind) -> None:
    try:
        stored = fit(value, kind)
    except Misfit:
        return
    assert fit(stored, kind) == stored
    text = json_text(stored)
    assert "\\u0000" not in text
    back = DECODER.decode(text)
    assert fit(back, kind) == stored


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=6))
def test_any_traits_are_sorted_without_failing(traits: dict[str, Any]) -> None:
    said = split_traits(traits)
    assert all(isinstance(value, str | dict | None) for value in said.profile.values())
    assert not said.attributes.keys() & {"email", "firstName", "birthday"}


def test_traits_go_where_they_are_kept() -> None:
    said = split_traits(
        {
            "name": "Ann Mary Lee",
            "birthday": "1990-02-28T00:00:00Z",
            "timezone": "Nowhere",
            "phone": True,
            "gender": "",
            "address": {"postalCode": "01234", "city": " Ulm\x07 "},
            "plan": {"name": "gold"},
            "card": "K1",
            "createdAt": "2020-01-01",
        }
    )
    assert said.profile == {
        "first_name": "Ann Mary",
        "last_name": "Lee",
        "gender": None,
        "address": {"postal_code": "01234", "city": "Ulm"},
    }
    assert said.core == {"birthday": date(1990, 2, 28)}
    assert said.attributes == {"plan.name": "gold", "createdAt": "2020-01-01"}
    assert split_traits({"name": "Cher", "firstName": "C"}).profile == {"first_name": "C"}


def test_two_names_of_one_field_say_the_same_in_any_order() -> None:
    """Documents have their keys sorted: an event read again from its own must not say something else."""
    sent = {"locale": "en-GB", "language": "fr", "timezone": "Europe/Paris", "zone": "Europe/Rome"}
    as_stored = dict(sorted(sent.items()))
    assert split_traits(sent) == split_traits(as_stored) == split_traits(dict(reversed(sent.items())))


def test_nested_objects_become_dotted_names_up_to_a_depth() -> None:
    assert flatten({"a": {"b": {"c": {"d": {"e": 1}}}}, "x": {}, "n": {"m": None}}) == {
        "a.b.c.d": {"e": 1},
        "x": {},
        "n.m": None,
    }


@given(st.text(max_size=60), st.sampled_from(["email", "card", "external_id", "phone"]))
def test_a_normal_identifier_is_its_own_normal_form(text: str, kind: str) -> None:
    normal, errors = normal_identifiers({kind: text}, ORDER, "DE")
    assert bool(normal) != bool(errors)
    if normal:
        assert normal_identifiers(normal, ORDER, "US") == (normal, [])
        assert normal[kind].isprintable()


@given(st.from_regex(r"[a-z0-9.]{1,10}@[a-z]{1,8}\.example", fullmatch=True), st.integers(2, 8))
def test_a_search_finds_every_identifier_by_its_beginning(email: str, letters: int) -> None:
    typed = email[:letters].upper()
    found = [r for r in prefix_ranges(typed, ORDER, "DE") if r.kind == "email"]
    assert len(found) == (1 if len(typed) >= 2 else 0)
    assert all(r.low.encode() <= email.encode() < r.high.encode() for r in found)


def test_searches_that_would_read_everything_find_nothing() -> None:
    assert prefix_ranges(" a ", ORDER, "DE") == []
    assert [r.kind for r in prefix_ranges("+4917", ("phone",), "DE")] == ["phone"]
    assert prefix_ranges("ann", ("phone",), "DE") == []
    assert prefix_ranges("..", ("card",), "DE") == []
    assert "\U0010fffe".encode() < LAST_LETTER.encode()


def test_names_are_found_whatever_their_spelling() -> None:
    assert name_key(" ANN  Mary", "Öz") == "öz ann mary"
    assert name_key(None, None) == ""


def test_known_identifiers_keep_the_programs_order() -> None:
    assert list(known_identifiers({"email": "e", "shoe": "s", "card": None, "phone": "p"}, ORDER)) == [
        "phone",
        "email",
    ]


@given(
    st.permutations(
        [Consent(True, datetime(2026, 1, n, tzinfo=UTC), "x") for n in (1, 2)]
        + [Consent(False, datetime(2026, 1, 2, tzinfo=UTC), "y")]
    )
)
def test_the_order_in_which_consents_arrive_does_not_matter(statements: list[Consent]) -> None:
    held = None
    for said in statements:
        held = later(held, said)
    assert held is not None
    assert (held.granted, held.source) == (False, "y")
