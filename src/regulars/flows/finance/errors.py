"""What finance refuses."""

from __future__ import annotations

from regulars.kit.errors import Conflict, NotFound


class PeriodNotOver(Conflict):
    """The period has not ended yet; it can be closed from the day after its last."""


class PeriodClosed(Conflict):
    """The period is closed already."""


class PeriodNotClosed(Conflict):
    """The period is not closed."""


class EarlierPeriodOpen(Conflict):
    """Close the periods before it first, in their order; `next` says which."""


class LaterPeriodClosed(Conflict):
    """A later period is closed; only the last closed period can be opened again."""


class BooksOpen(Conflict):
    """Transactions that began before the close have not ended; try again in a moment."""


class UnknownPeriod(NotFound):
    """There is no such period; periods are months such as 2026-03."""


class PeriodNotBegun(NotFound):
    """This month has not begun; `current` says which one it is now."""


class PeriodBeforeFirst(NotFound):
    """The program's books begin later; `first` is their first month."""


class UnknownClose(NotFound):
    """The month was never closed in this version; `latest` says how often it was closed."""
