"""What dashboards are written as: widgets over reports and lists, on a grid of 12 columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from regulars.infra.web import StrictModel
from regulars.kit.roles import OwnRoleName

# More would be a page nobody reads.
WIDGETS_MAX: Final = 40
CODE: Final = r"^[a-z0-9][a-z0-9_-]{0,62}$"

Word = Annotated[str, Field(max_length=63)]
Cell = Annotated[int, Field(ge=0, le=10_000)]
Name = Annotated[str, Field(min_length=1, max_length=120)]


class Widget(StrictModel):
    """One report in one form, or one list of what is to be done (`show` list: tasks, members, approvals, books)."""

    id: Word
    title: Annotated[str, Field(max_length=120)] = ""
    report: Word
    by: Word = ""
    field: Word = ""
    show: Literal["figure", "line", "area", "bar", "pie", "table", "heat", "live", "list"] = "bar"
    days: Annotated[int, Field(ge=1, le=3_660, description="How many days back from today")] = 90
    compare: Literal["", "previous", "year"] = ""
    point_type: Word = ""
    rows: Annotated[int, Field(ge=1, le=100, description="At most so many rows")] = 12
    x: Cell
    y: Cell
    w: Annotated[int, Field(ge=1, le=12)]
    h: Annotated[int, Field(ge=1, le=40)]


Widgets = Annotated[list[Widget], Field(max_length=WIDGETS_MAX)]


class DashboardBody(StrictModel):
    """A page of widgets; `shared` shows it to everybody of the program."""

    name: Name
    shared: bool = False
    widgets: Widgets


class ProgramDashboardBody(StrictModel):
    """A page of widgets of the program; `first_for` = roles of people who see it until they have one of their own."""

    name: Name
    first_for: list[OwnRoleName] = Field(default_factory=list, max_length=8)
    widgets: Widgets


class DashboardAnswer(BaseModel):
    """A dashboard; `mine` says that the caller may change it, `owner` "program" that it is the program's."""

    owner: str
    mine: bool
    code: str
    name: str
    shared: bool
    first_for: list[str]
    widgets: list[Widget]
    revision: int
    updated_at: datetime


class DashboardsAnswer(BaseModel):
    """The caller's dashboards, then the program's, then those that others share."""

    data: list[DashboardAnswer]
    next_cursor: str | None = None
