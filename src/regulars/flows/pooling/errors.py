"""What pooled spending refuses."""

from __future__ import annotations

from regulars.kit.errors import Conflict, Forbidden, Invalid, NotFound


class PoolTooLow(Conflict):
    """The household has not as many points to spend; `available` says how many, `missing` how many it lacks."""


class PooledLimitReached(Forbidden):
    """You may not spend so many of the others' points in this time; `left` says how many are left."""


class NotPooled(Conflict):
    """Points of this type cannot be spent together."""


class UnknownPooledSpend(NotFound):
    """The household has no such spend."""


class PooledSpendReturned(Conflict):
    """So much of this spend has not been left: it came back before; `left` says what can still come back."""


class InvalidPooledSpend(Invalid):
    """What is asked for is not valid; errors[] says where and what to write instead."""


class SpenderBlocked(Forbidden):
    """This member may not spend points, neither her own nor others'."""
