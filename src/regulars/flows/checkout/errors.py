"""What a checkout refuses."""

from __future__ import annotations

from regulars.kit.errors import Conflict, Invalid, NotFound


class InvalidCheckout(Invalid):
    """The basket is not valid; errors[] says where and what to write instead."""


class UnknownCheckout(NotFound):
    """The program has no such checkout."""


class CheckoutClosed(Conflict):
    """This checkout is not open for that any more; `became` says what it is now."""


class CheckoutErased(Conflict):
    """What was bought was erased with its member: nobody knows any more what could come back."""


class NothingToTakeOff(Conflict):
    """This reward takes nothing off this basket; `missing` says how much more it takes, where a minimum is missing."""


class MemberNeeded(Conflict):
    """Rewards are for members: say who buys."""


class MoreThanBought(Conflict):
    """More came back than was bought; `left` says how many pieces of the line or reward still can."""


class OrderTaken(Conflict):
    """Another checkout became the order of this number; use the number of your own order."""
