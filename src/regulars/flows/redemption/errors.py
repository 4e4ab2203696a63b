"""What redemption refuses, each saying what is missing or what to do instead."""

from __future__ import annotations

from regulars.kit.errors import Conflict, Forbidden, Invalid, NotFound


class InvalidRedemption(Invalid):
    """What is asked for is not valid; errors[] says where and what to write instead."""


class UnknownRedemption(NotFound):
    """The program has no such redemption."""


class InsufficientPoints(Conflict):
    """There are not enough points; `missing` says how many more it takes."""


class RewardNotInForce(Conflict):
    """This reward is not offered now; `valid_from` and `valid_until` say when it is."""


class RewardNotForTier(Forbidden):
    """This reward is for members of other tiers or lists."""


class RewardNotInStore(Conflict):
    """This reward is handed out in its own stores only; name one of them."""


class LimitReached(Conflict):
    """No more of this reward may be had; `left` says how many, `opens_at` when it opens again, if it does."""


class RedemptionClosed(Conflict):
    """This redemption is not open for that any more; `became` says what it is now."""


class NothingLeft(Conflict):
    """More was to be given back than is left; `left` says how many pieces still can be, `share` how many percent."""


class CaptureTooLarge(Conflict):
    """More was to be confirmed than was set aside."""


class SpendingBlocked(Forbidden):
    """This member may not spend points."""


class MemberGone(Conflict):
    """This member has been merged or erased."""


class WholePiecesOnly(Conflict):
    """Codes were handed out for this redemption: give whole pieces (`quantity`) back instead of a share."""
