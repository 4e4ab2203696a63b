"""What operations on points refuse."""

from __future__ import annotations

from regulars.kit.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownPointType(NotFound):
    """The program has no such point type."""


class UnknownHold(NotFound):
    """The member has no such hold."""


class UnknownSpend(NotFound):
    """The member has no such spend."""


class UnknownLot(NotFound):
    """The member has no such pending lot."""


class InsufficientPoints(Conflict):
    """There are not enough points; `missing` says how many more it takes."""


class HoldClosed(Conflict):
    """This hold was captured, voided or has ended; `became` says which."""


class HoldOfRedemption(Conflict):
    """These points are set aside for a reward; confirm, void or cancel the redemption that `redemption` names."""


class HoldOfToken(Conflict):
    """These points are set aside for an offline token, and tills may have accepted it; revoke the token."""


class HoldTooSmall(Conflict):
    """More was to be captured than was set aside."""


class SpendReturned(Conflict):
    """So much of this spend has not been left: it came back before; `left` says what can still come back."""


class SpendingBlocked(Forbidden):
    """This member may not spend points."""


class EarningBlocked(Forbidden):
    """This member may not receive points."""


class NotSpendable(Conflict):
    """Points of this type are counted, not spent."""


class NotHonouredHere(Conflict):
    """These points are a partner's own: name that partner, or one that takes them; `partners` says which do."""


class WalletFull(Conflict):
    """The wallet cannot hold as many points; `room` says how many more it takes."""


class MemberGone(Conflict):
    """This member has been merged or erased."""


class SameWallet(Conflict):
    """Points are transferred to somebody else."""


class InvalidOperation(Invalid):
    """What is asked for is not valid; errors[] says where and what to write instead."""
