"""What requests about notes and tasks carry, and what is answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from regulars.infra.web import StrictModel

Text = Annotated[str, Field(min_length=1, max_length=4_000)]
Details = Annotated[str, Field(max_length=4_000)]
Title = Annotated[str, Field(min_length=1, max_length=300)]
Assignee = Annotated[str, Field(max_length=254, description="E-mail of a colleague, or a team; may be empty")]
Due = Annotated[date, Field(description="Last local day for it")]


class NoteBody(StrictModel):
    """Something to remember about a member."""

    text: Text


class TaskBody(StrictModel):
    """Something to do for a member, or a call to make."""

    title: Title
    kind: Literal["task", "call"] = "task"
    details: Details = ""
    assignee: Assignee = ""
    due_on: Due | None = None


class TaskChangeBody(StrictModel):
    """What of a task changes; what is left out stays, and `due_on` null means no day."""

    title: Title | None = None
    kind: Literal["task", "call"] | None = None
    details: Details | None = None
    assignee: Assignee | None = None
    due_on: Due | None = None


class TaskStatusBody(StrictModel):
    """How a task stands now, and what came of it."""

    status: Literal["open", "done", "cancelled"]
    outcome: Details = ""


class NoteAnswer(BaseModel):
    """A note: `by` is the writer's name, `mine` says that the caller may remove it."""

    id: str
    member: str
    text: str
    by: str
    mine: bool
    written_at: datetime


class TaskAnswer(BaseModel):
    """A task or call. `rule` and `event` say what asked for it when no person did; names are those of people."""

    id: str
    member: str
    member_name: str = Field("", description="Only in the list of a program's tasks")
    kind: Literal["task", "call"]
    title: str
    details: str
    assignee: str
    assignee_name: str
    due_on: date | None
    overdue: bool
    rule: str | None
    event: str | None
    status: Literal["open", "done", "cancelled"]
    outcome: str
    created_by: str
    created_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    revision: int


class ColleagueAnswer(BaseModel):
    """Somebody whom a task can be given to."""

    email: str
    name: str
    me: bool


class ColleaguesAnswer(BaseModel):
    """The people of a program."""

    data: list[ColleagueAnswer]
    next_cursor: str | None = None
