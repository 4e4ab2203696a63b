"""What accounting refuses."""

from __future__ import annotations

from regulars.kit.errors import Invalid


class InvalidAccounting(Invalid):
    """This is no way to account for points; see the fields."""
