"""The names of roles are one list, wherever they are written."""

from __future__ import annotations

from typing import get_args

from regulars.features.staff import ROLES
from regulars.kit.roles import OwnRoleName, RoleName


def test_each_name_means_something() -> None:
    """What a body takes is what the table of roles knows, in its order; partners' people come last."""
    assert get_args(RoleName) == tuple(ROLES)
    assert get_args(RoleName) == (*get_args(OwnRoleName), "partner")
