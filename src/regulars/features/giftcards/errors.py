"""What gift cards refuse."""

from __future__ import annotations

from regulars.kit.errors import Conflict, Forbidden, Invalid, NotFound, TooMany


class UnknownCard(NotFound):
    """There is no gift card with this number and PIN."""


class CardNotActive(Conflict):
    """This gift card has not been paid for yet: activate it first."""


class CardActive(Conflict):
    """This gift card is active already: top it up instead."""


class CardBlocked(Forbidden):
    """This gift card is blocked."""


class CardTooLow(Conflict):
    """There is not enough on this gift card; `available` says what there is, `missing` what it lacks (minor units)."""


class TooManyWrongPins(TooMany):
    """The PIN was wrong too often; wait as long as Retry-After says."""


class UnknownPayment(NotFound):
    """Nothing was paid with this gift card under this id."""


class PaymentReturned(Conflict):
    """So much of this payment has not been left: it was refunded before; `left` says what can still be refunded."""


class InvalidCard(Invalid):
    """What is asked of the gift card is not valid; errors[] says where and what to write instead."""
