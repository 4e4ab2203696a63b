"""What draws refuse."""

from __future__ import annotations

from regulars.kit.errors import Conflict, Invalid, NotFound, PreconditionFailed


class UnknownDraw(NotFound):
    """The program has no such draw."""


class InvalidDraw(Invalid):
    """The draw is not valid; errors[] says where and what to write instead."""


class DrawChanged(PreconditionFailed):
    """The draw was changed since you read it; read it again."""


class DrawFixed(Conflict):
    """What the draw gives cannot be changed any more: it has opened."""


class DrawNotOpen(Conflict):
    """The draw is not open; `status` says how it stands."""


class PublicValueFixed(Conflict):
    """The draw has closed with another public value, which decided who won; `public_value` says which."""


class DrawNotClosed(Conflict):
    """The draw is not closed; `status` says how it stands."""


class DrawNotRevealed(Conflict):
    """Who won is not to be seen before the draw is revealed; `status` says how it stands."""


class NotThisKind(Conflict):
    """A draw takes tickets and an instant win is played; this is the other one."""


class NoPlaysLeft(Conflict):
    """All plays of this instant win have been played."""


class EntryLimitReached(Conflict):
    """No member may have more than `limit` tickets: `left` says how many this one still can have."""
