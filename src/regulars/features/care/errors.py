"""What care refuses."""

from __future__ import annotations

from regulars.kit.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed


class UnknownNote(NotFound):
    """This member has no such note."""


class UnknownTask(NotFound):
    """This member has no such task."""


class NoteOfAnother(Forbidden):
    """Only who wrote a note may remove it."""


class TaskClosed(Conflict):
    """The task is closed; open it again before you change it."""


class TaskChanged(PreconditionFailed):
    """The task has been changed since you read it; read it again."""


class InvalidCare(Invalid):
    """The note or task cannot be kept as it is; see `errors`."""
