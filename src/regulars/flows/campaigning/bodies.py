"""What the routes of campaigns take and give back. Money is whole numbers of minor units of the campaign's currency."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, Field

from regulars.features.campaigns import (
    ATTACHED_MAX,
    CODE_PATTERN,
    NAME_LETTERS_MAX,
    TEXT_LETTERS_MAX,
    TYPE_LETTERS_MAX,
    Activity,
    ActivityKind,
    Campaign,
    MarketingList,
    Note,
    PromotionKind,
    Status,
    Step,
    Stored,
    Task,
)
from regulars.features.staff import Person
from regulars.infra.web import StrictModel
from regulars.kit.money import MINOR_MAX

Code = Annotated[str, Field(pattern=CODE_PATTERN)]
Money = Annotated[int, Field(ge=0, le=MINOR_MAX, description="Minor units of the campaign's currency")]
Name = Annotated[str, Field(min_length=1, max_length=NAME_LETTERS_MAX)]
Text = Annotated[str, Field(max_length=TEXT_LETTERS_MAX)]
Reason = Annotated[str, Field(max_length=1_000)]
PersonNumber = Annotated[int, Field(ge=1, le=2**31 - 1, description="Number of a person of the staff")]


class PromotionBody(StrictModel):
    """A rule, a group of rules, a reward, vouchers of a kind, or a draw, by its code."""

    kind: PromotionKind
    code: Annotated[str, Field(min_length=1, max_length=200)]


class CampaignBody(StrictModel):
    """A campaign without its code and status. Days are days of the program's calendar, the last one included."""

    name: Name
    type: Annotated[str, Field(max_length=TYPE_LETTERS_MAX)] = ""
    template: bool = False
    owner: PersonNumber | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = Field(
        None, description="The program's own when left out"
    )
    budget: Money | None = None
    estimated_revenue: Money | None = None
    expected_response: Annotated[Decimal, Field(ge=0, le=100, description="Percent")] | None = None
    proposed_from: date | None = None
    proposed_to: date | None = None
    actual_from: date | None = None
    actual_to: date | None = None
    description: Text = ""
    offer: Text = ""
    promotions: Annotated[list[PromotionBody], Field(max_length=ATTACHED_MAX)] = Field(default_factory=list)
    lists: Annotated[list[Code], Field(max_length=ATTACHED_MAX)] = Field(default_factory=list)


class StepBody(StrictModel):
    """The status a campaign shall have, and why."""

    status: Status
    reason: Reason = ""


class ApproveBody(StrictModel):
    """Why it is approved."""

    reason: Reason = ""


class CopyBody(StrictModel):
    """What the copy is called, and the day it shall begin; without one all days stay."""

    code: Code
    name: Name
    template: bool = False
    proposed_from: date | None = None


class PersonAnswer(BaseModel):
    """Somebody of the staff."""

    id: int
    name: str
    email: str


class PromotionAnswer(BaseModel):
    """A promotion of a campaign; `attached` false = the rule itself names the campaign."""

    kind: PromotionKind
    code: str
    name: str
    status: str
    first: date | None = None
    last: date | None = None
    attached: bool = True


class ListedAnswer(BaseModel):
    """A marketing list of a campaign, and how many members are on it now."""

    code: str
    name: str
    members: int


class StepAnswer(BaseModel):
    """A status that the campaign took."""

    status: Status
    made_at: datetime
    by: str
    by_name: str
    reason: str


class CampaignFields(BaseModel):
    """What of a campaign is shown everywhere."""

    code: str
    name: str
    type: str
    template: bool
    status: Status
    owner: PersonAnswer | None
    currency: str
    budget: int | None
    estimated_revenue: int | None
    expected_response: Decimal | None
    proposed_from: date | None
    proposed_to: date | None
    actual_from: date | None
    actual_to: date | None
    activities: int
    activities_open: int
    revision: int
    updated_at: datetime
    archived_at: datetime | None


class CampaignRow(CampaignFields):
    """A campaign as a list of them shows it: how many promotions and lists are attached."""

    promotions: int
    lists: int


class CampaignAnswer(CampaignFields):
    """A campaign with everything that belongs to it. `steps_open` are the statuses it can take next.

    `reach` is how many members are on any of its lists.
    """

    steps_open: list[Status]
    description: str
    offer: str
    promotions: list[PromotionAnswer]
    lists: list[ListedAnswer]
    reach: int
    steps: list[StepAnswer]
    created_at: datetime


class ChoicesAnswer(BaseModel):
    """What a campaign of this program may name, for forms."""

    types: list[str]
    people: list[PersonAnswer]
    promotions: list[PromotionAnswer]
    lists: list[ListedAnswer]


class ActivityBody(StrictModel):
    """A call or a task, whose it is, and the day it is due."""

    kind: ActivityKind = "task"
    subject: Name
    details: Text = ""
    assignee: PersonNumber | None = None
    due_on: date | None = None


class ActivityAnswer(BaseModel):
    """Something to be done for a campaign; `overdue` = its day is over and it is open."""

    id: int
    campaign: str
    campaign_name: str
    kind: ActivityKind
    subject: str
    details: str
    assignee: PersonAnswer | None
    due_on: date | None
    overdue: bool
    completed_at: datetime | None
    completed_by: str | None
    completed_by_name: str | None
    created_at: datetime
    created_by: str
    created_by_name: str
    revision: int


class NoteBody(StrictModel):
    """Something to remember."""

    text: Annotated[str, Field(min_length=1, max_length=TEXT_LETTERS_MAX)]


class NoteAnswer(BaseModel):
    """What somebody wrote, and when."""

    id: int
    text: str
    written_at: datetime
    by: str
    by_name: str


class EntryAnswer(BaseModel):
    """A campaign or promotion in the calendar; `days` null = every day from `first` to `last`."""

    kind: str
    code: str
    name: str
    status: str
    first: date | None
    last: date | None
    days: list[date] | None
    campaigns: list[str]


class CalendarAnswer(BaseModel):
    """What there is between two days; `today` is the program's day. `always` promotions are open every day and
    are only counted.
    """

    first: date
    last: date
    today: date
    entries: list[EntryAnswer]
    activities: list[ActivityAnswer]
    always: int


class Names:
    """What people are called, by number and by credential."""

    def __init__(self, people: Mapping[int, Person]) -> None:
        """Know everybody of the staff."""
        self._people = people

    def person(self, number: int | None) -> PersonAnswer | None:
        """Return a person as she is shown; one who is not known any more has no name."""
        if number is None:
            return None
        found = self._people.get(number)
        return PersonAnswer(id=number, name=found.name if found else "", email=found.email if found else "")

    def called(self, credential: str) -> str:
        """Return the name of whoever a credential such as staff:5 is; the credential itself for keys and commands."""
        kind, _, number = credential.partition(":")
        found = self._people.get(int(number)) if kind == "staff" and number.isdecimal() else None
        return found.name if found else credential


def campaign_of(code: str, body: CampaignBody, currency: str) -> Campaign:
    """Return the campaign that a body describes; `currency` is the program's."""
    plain = body.model_dump(exclude_none=True)
    return msgspec.convert({"currency": currency, **plain, "code": code}, Campaign)


def task_of(body: ActivityBody) -> Task:
    """Return the activity that a body describes."""
    return Task(body.kind, body.subject, body.details, body.assignee, body.due_on)


def row_answer(stored: Stored, names: Names, activities: tuple[int, int]) -> CampaignRow:
    """Return a campaign as a list shows it."""
    plan = stored.campaign
    return CampaignRow(
        **plain_fields(stored),
        owner=names.person(plan.owner),
        promotions=len(plan.promotions),
        lists=len(plan.lists),
        activities=activities[0],
        activities_open=activities[1],
    )


def plain_fields(stored: Stored) -> dict[str, Any]:
    """Return what of a campaign is shown as it is kept."""
    plan = msgspec.structs.asdict(stored.campaign)
    for name in ("owner", "promotions", "lists", "description", "offer"):
        plan.pop(name)
    return {
        **plan,
        "status": stored.status,
        "revision": stored.revision,
        "updated_at": stored.updated_at,
        "archived_at": stored.archived_at,
    }


def step_answer(step: Step, names: Names) -> StepAnswer:
    """Return a step as it is shown."""
    return StepAnswer(
        status=step.status,
        made_at=step.made_at,
        by=step.made_by,
        by_name=names.called(step.made_by),
        reason=step.reason,
    )


def activity_answer(one: Activity, names: Names, today: date) -> ActivityAnswer:
    """Return an activity as it is shown."""
    plain = msgspec.structs.asdict(one)
    return ActivityAnswer(
        **{
            **plain,
            "assignee": names.person(one.assignee),
            "overdue": one.completed_at is None and one.due_on is not None and one.due_on < today,
            "completed_by_name": None if one.completed_by is None else names.called(one.completed_by),
            "created_by_name": names.called(one.created_by),
        }
    )


def note_answer(note: Note, names: Names) -> NoteAnswer:
    """Return a note as it is shown."""
    return NoteAnswer(
        id=note.id,
        text=note.text,
        written_at=note.written_at,
        by=note.written_by,
        by_name=names.called(note.written_by),
    )


class MarketingListBody(StrictModel):
    """What a marketing list is called and what it is for."""

    name: Name
    description: Text = ""


class MarketingListAnswer(BaseModel):
    """A marketing list; `members` are on it now, `campaigns` name it."""

    code: str
    name: str
    description: str
    members: int
    campaigns: list[str]
    revision: int
    updated_at: datetime
    archived_at: datetime | None


class RelistBody(StrictModel):
    """Members to put on the list and to take off it: mem_…, kind:value, or a value such as an e-mail address."""

    add: Annotated[list[Annotated[str, Field(max_length=400)]], Field(max_length=5_000)] = Field(
        default_factory=list
    )
    remove: Annotated[list[Annotated[str, Field(max_length=400)]], Field(max_length=5_000)] = Field(
        default_factory=list
    )


class RelistAnswer(BaseModel):
    """What became of them: `unknown` shows the first of those that name nobody here."""

    added: int
    removed: int
    unchanged: int
    unknown: list[str]
    unknown_count: int
    members: int


class ListMemberAnswer(BaseModel):
    """A member on a list; `known_as` is the first of her identifiers."""

    id: str
    name: str
    known_as: str
    status: str


def list_answer(one: MarketingList, members: int, campaigns: list[str]) -> MarketingListAnswer:
    """Return a marketing list as it is shown."""
    plain = msgspec.structs.asdict(one)
    plain.pop("created_at")
    return MarketingListAnswer(**plain, members=members, campaigns=campaigns)
