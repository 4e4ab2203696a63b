"""What the catalogue of rewards refuses."""

from __future__ import annotations

from regulars.kit.errors import Conflict, Invalid, NotFound


class UnknownReward(NotFound):
    """The program has no reward with this code."""


class InvalidReward(Invalid):
    """The reward is not valid; errors[] says where and what to write instead."""


class RewardSoldOut(Conflict):
    """There are not enough pieces left; `left` says how many there are."""
