"""What offline spending refuses."""

from __future__ import annotations

from regulars.kit.errors import Conflict, Invalid, NotFound


class UnknownToken(NotFound):
    """There is no such token of this program."""


class InvalidToken(Invalid):
    """This token is not signed by a known key, or not written as tokens are."""


class TokenExpired(Conflict):
    """This token is over; `expired_at` says since when."""


class TokenTooLow(Conflict):
    """This token is good for fewer points; `points` says for how many."""


class TokenSettled(Conflict):
    """This token was settled already."""


class UseDiffers(Conflict):
    """This till reported another use of the token under this number; `points` says of how many."""


class InvalidOffline(Invalid):
    """What is asked for is not valid; errors[] says where and what to write instead."""
