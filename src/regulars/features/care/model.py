"""Notes and tasks as values, and which of them can be kept. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final, Literal

import msgspec

Status = Literal["open", "done", "cancelled"]
Kind = Literal["task", "call"]

NOTE_LETTERS_MAX: Final = 4_000
TITLE_LETTERS_MAX: Final = 300
ASSIGNEE_LETTERS_MAX: Final = 254
# Who asked for a task that no person made.
BY_RULE: Final = "rule"


class Note(msgspec.Struct, frozen=True):
    """What somebody wrote about a member."""

    member_id: int
    id: int
    text: str
    written_by: str
    written_at: datetime


class Asked(msgspec.Struct, frozen=True):
    """What is to be done: a task or a call, by whom, until which local day."""

    title: str
    kind: Kind = "task"
    details: str = ""
    assignee: str = ""
    due_on: date | None = None


class Task(msgspec.Struct, frozen=True):
    """A task of a member as it is kept; `created_by` and `closed_by` are credentials, or `rule`."""

    member_id: int
    id: int
    kind: Kind
    title: str
    details: str
    assignee: str
    due_on: date | None
    rule: str | None
    event_id: int | None
    status: Status
    outcome: str
    created_by: str
    created_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    revision: int


class AskedByRule(msgspec.Struct, frozen=True):
    """A task that a rule asks for: `id` is in the order of what its batch wrote, `arguments` are the effect's."""

    member_id: int
    id: int
    event_id: int
    rule: str
    arguments: dict[str, Any]
    due_on: date | None

    @property
    def title(self) -> str:
        """What is to be done, no longer than a title may be."""
        return str(self.arguments.get("title") or self.rule)[:TITLE_LETTERS_MAX]

    @property
    def assignee(self) -> str:
        """Who shall do it; empty when the rule leaves it open."""
        return str(self.arguments.get("assignee") or "")[:ASSIGNEE_LETTERS_MAX]
