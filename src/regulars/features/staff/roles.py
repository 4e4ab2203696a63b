"""Roles of people, in one table: what each means to routes, and which further scopes it brings.

Routes declare route roles (owner, operator, manager, …) and a scope (`points:write`). A person's role stands for some
route roles; her permissions are the scopes of all routes that these open, and those named here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

import msgspec

from regulars.infra.web import RouteRoles


class Role(msgspec.Struct, frozen=True):
    """What a role of people is. `scopes` says of a declared scope whether the role brings it beside its routes'."""

    title: str
    routes: frozenset[str]
    scopes: Callable[[str], bool] = lambda _: False


def _all_but_platform(scope: str) -> bool:
    return not scope.startswith("platform:")


def _reading(scope: str) -> bool:
    return scope.endswith(":read")


ROLES: Final[dict[str, Role]] = {
    "platform_admin": Role("Administers the installation and all programs", frozenset({"owner"})),
    "program_admin": Role(
        "Administers a program", frozenset({"operator", "manager", "approver"}), _all_but_platform
    ),
    "marketer": Role("Builds rules and campaigns", frozenset({"marketer"})),
    "approver": Role(
        "Decides what waits for another person",
        frozenset({"approver"}),
        frozenset({"rules:read", "programs:read", "members:read", "points:read"}).__contains__,
    ),
    "analyst": Role("Reads results", frozenset({"analyst"})),
    "service_agent": Role("Helps members", frozenset({"agent"})),
    "finance": Role("Keeps the books", frozenset({"finance"})),
    "auditor": Role("Reads everything and changes nothing", frozenset({"auditor"}), _reading),
    "partner": Role("Sees what belongs to one partner", frozenset({"partner"})),
}
PLATFORM_ADMIN: Final = "platform_admin"


@lru_cache(len(ROLES))
def scopes_of(role: str) -> frozenset[str]:
    """Return the scopes that a role brings beside its route roles: with them it opens whatever declares them."""
    return frozenset(scope for _, scope in RouteRoles.declarations if ROLES[role].scopes(scope))


@lru_cache(len(ROLES))
def permissions_of(role: str) -> frozenset[str]:
    """Return what a role is shown to permit: the scopes of the routes it opens.

    They are for people and pages to read. Two routes with one scope may declare different roles; what is opened is
    decided by each route.
    """
    opened = (scope for declared, scope in RouteRoles.declarations if declared & ROLES[role].routes)
    return scopes_of(role) | frozenset(opened)


def permissions_of_all(roles: Iterable[str]) -> list[str]:
    """Return what several roles permit together, in order."""
    return sorted(frozenset[str]().union(*(permissions_of(role) for role in roles)))
