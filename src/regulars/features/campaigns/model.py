"""Campaigns as frozen values: what is planned, the steps it takes, and what makes it valid. Pure.

Money is int in minor units of the campaign's currency, a response is a Decimal of percent; days are days of the
program's calendar, and the last one is part of it.
"""

from __future__ import annotations

import re
from collections import deque
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal, TypeAlias

import msgspec

from regulars.kit.errors import FieldError
from regulars.kit.money import MINOR_MAX

Status: TypeAlias = Literal["draft", "proposed", "approved", "active", "completed", "cancelled"]
PromotionKind: TypeAlias = Literal["rule", "group", "reward", "voucher", "draw"]
ActivityKind: TypeAlias = Literal["call", "task"]
PROMOTION_KINDS: Final = PromotionKind.__args__  # type: ignore[attr-defined]

# Which steps lead where; the database holds the same table (keep_life_cycle).
STEPS: Final[dict[str, tuple[Status, ...]]] = {
    "draft": ("proposed", "cancelled"),
    "proposed": ("approved", "draft", "cancelled"),
    "approved": ("active", "draft", "cancelled"),
    "active": ("completed", "cancelled"),
    "completed": (),
    "cancelled": ("draft",),
}
# From here on a budget is what somebody approved.
APPROVED: Final = frozenset({"approved", "active", "completed"})

CODE_PATTERN: Final = r"^[a-z0-9][a-z0-9_-]{0,62}$"
NAME_LETTERS_MAX: Final = 200
TYPE_LETTERS_MAX: Final = 60
TEXT_LETTERS_MAX: Final = 20_000
# More would be two campaigns.
ATTACHED_MAX: Final = 200
YEAR_FIRST: Final = date(1970, 1, 1)
YEAR_LAST: Final = date(2200, 12, 31)
_CODE = re.compile(CODE_PATTERN)
_CURRENCY = re.compile("[A-Z]{3}")


class Promotion(msgspec.Struct, frozen=True, order=True):
    """What a campaign offers: a rule, a group of rules, a reward, vouchers of a kind, or a draw, by its code."""

    kind: PromotionKind
    code: str

    @property
    def key(self) -> str:
        """The promotion as one text: rule:double-points."""
        return f"{self.kind}:{self.code}"


class Campaign(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What people say of a campaign.

    `owner` is the number of a person of the staff. `budget` and `estimated_revenue` are minor units of `currency`;
    `expected_response` is the percentage of those addressed who are expected to answer. `proposed_*` is what was
    planned, `actual_*` when it really began and ended. A template is never carried out, it is copied.
    """

    code: str
    name: str
    currency: str
    type: str = ""
    template: bool = False
    owner: int | None = None
    budget: int | None = None
    estimated_revenue: int | None = None
    expected_response: Decimal | None = None
    proposed_from: date | None = None
    proposed_to: date | None = None
    actual_from: date | None = None
    actual_to: date | None = None
    description: str = ""
    offer: str = ""
    promotions: tuple[Promotion, ...] = ()
    lists: tuple[str, ...] = ()


class Stored(msgspec.Struct, frozen=True):
    """A campaign with its place in the database; `revision` rises with every change and is its ETag."""

    id: int
    campaign: Campaign
    status: Status
    revision: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None

    def days(self, today: date) -> tuple[date, date | None] | None:
        """Return the first and last day (None = open) to show: as it went, else as proposed; None without any."""
        plan, went = self.campaign, self.campaign.actual_from
        first = went or plan.proposed_from
        if first is None:
            return None
        if plan.actual_to is not None:
            return first, plan.actual_to
        if self.status == "active" and plan.proposed_to is not None:
            return first, max(plan.proposed_to, today)
        return first, None if plan.proposed_to is None else max(first, plan.proposed_to)


class Step(msgspec.Struct, frozen=True):
    """A status that a campaign took; `made_by` is a credential such as staff:5."""

    status: Status
    made_at: datetime
    made_by: str
    reason: str


class Activity(msgspec.Struct, frozen=True):
    """Something to be done for a campaign; `completed_by` and `created_by` are credentials such as staff:5."""

    id: int
    campaign: str
    campaign_name: str
    kind: ActivityKind
    subject: str
    details: str
    assignee: int | None
    due_on: date | None
    completed_at: datetime | None
    completed_by: str | None
    created_at: datetime
    created_by: str
    revision: int


class Task(msgspec.Struct, frozen=True):
    """What people say of an activity: a call or a task, whose it is, and the day it is due."""

    kind: ActivityKind
    subject: str
    details: str = ""
    assignee: int | None = None
    due_on: date | None = None


class Note(msgspec.Struct, frozen=True):
    """What somebody wrote about a campaign."""

    id: int
    text: str
    written_at: datetime
    written_by: str


class MarketingList(msgspec.Struct, frozen=True):
    """The name of a list of members; who is on it stands with the members."""

    code: str
    name: str
    description: str
    revision: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None


class Known(msgspec.Struct, frozen=True):
    """What a campaign may name: people by number, promotions by key, marketing lists by code."""

    people: frozenset[int]
    promotions: frozenset[str]
    lists: frozenset[str]


def way_to(start: Status, end: Status) -> tuple[Status, ...] | None:
    """Return the fewest steps that lead from one status to another, () when it is the same, None when none do."""
    ways: dict[str, tuple[Status, ...]] = {start: ()}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for step in STEPS[here]:
            if step not in ways:
                ways[step] = (*ways[here], step)
                waiting.append(step)
    return ways.get(end)


def check_campaign(campaign: Campaign, known: Known, before: Campaign | None = None) -> list[FieldError]:
    """Return what is wrong with a campaign. What it named before (a rule archived since, say) it may go on naming."""
    return [
        *_check_texts(campaign),
        *_check_figures(campaign),
        *_check_days(campaign),
        *_check_names(campaign, known, before),
    ]


def missing_to_propose(campaign: Campaign) -> list[FieldError]:
    """Return what a campaign lacks before somebody can be asked to approve it."""
    wanted = {
        "owner": (campaign.owner, "Say who answers for it."),
        "proposed_from": (campaign.proposed_from, "Say on which day it shall begin."),
        "proposed_to": (campaign.proposed_to, "Say which day shall be its last."),
    }
    return [FieldError(path, "missing", says) for path, (value, says) in wanted.items() if value is None]


def check_task(task: Task, people: frozenset[int], before: int | None = None) -> list[FieldError]:
    """Return what is wrong with an activity; `before` is whose it was, who may have left since."""
    errors = _too_long("subject", task.subject, NAME_LETTERS_MAX, least=1)
    errors += _too_long("details", task.details, TEXT_LETTERS_MAX)
    errors += _check_day("due_on", task.due_on)
    if task.assignee is not None and task.assignee not in people and task.assignee != before:
        errors.append(_nobody("assignee"))
    return errors


def check_list(code: str, name: str, description: str) -> list[FieldError]:
    """Return what is wrong with the name of a marketing list."""
    return [
        *_check_code(code),
        *_too_long("name", name, NAME_LETTERS_MAX, least=1),
        *_too_long("description", description, TEXT_LETTERS_MAX),
    ]


def copy_of(
    campaign: Campaign, code: str, name: str, *, template: bool, begins: date | None
) -> tuple[Campaign, int]:
    """Return the copy of a campaign that shall begin on a day, and by how many days all of it moves.

    What really happened is not copied. Without `begins`, or where the original proposes none, days stay.
    """
    moved = 0 if begins is None or campaign.proposed_from is None else (begins - campaign.proposed_from).days
    ends = campaign.proposed_to
    copy = msgspec.structs.replace(
        campaign,
        code=code,
        name=name,
        template=template,
        proposed_from=begins or campaign.proposed_from,
        proposed_to=None if ends is None else ends + timedelta(days=moved),
        actual_from=None,
        actual_to=None,
    )
    return copy, moved


def _check_texts(campaign: Campaign) -> list[FieldError]:
    return [
        *_check_code(campaign.code),
        *_too_long("name", campaign.name, NAME_LETTERS_MAX, least=1),
        *_too_long("type", campaign.type, TYPE_LETTERS_MAX),
        *_too_long("description", campaign.description, TEXT_LETTERS_MAX),
        *_too_long("offer", campaign.offer, TEXT_LETTERS_MAX),
    ]


def _check_figures(campaign: Campaign) -> list[FieldError]:
    errors = []
    if not _CURRENCY.fullmatch(campaign.currency):
        errors.append(FieldError("currency", "not_a_currency", "Write three capital letters such as EUR."))
    for path in ("budget", "estimated_revenue"):
        amount = getattr(campaign, path)
        if amount is not None and not 0 <= amount <= MINOR_MAX:
            errors.append(FieldError(path, "out_of_range", "Write minor units, 0 or more."))
    response = campaign.expected_response
    if response is not None and not (Decimal(0) <= response <= 100 and _two_decimals(response)):
        says = "Write a percentage from 0 to 100, with two decimals at most."
        errors.append(FieldError("expected_response", "out_of_range", says))
    return errors


def _check_days(campaign: Campaign) -> list[FieldError]:
    errors = []
    for name in ("proposed", "actual"):
        first, last = getattr(campaign, f"{name}_from"), getattr(campaign, f"{name}_to")
        errors += _check_day(f"{name}_from", first) + _check_day(f"{name}_to", last)
        if first is not None and last is not None and last < first:
            says = "Write the first day or a later one."
            errors.append(FieldError(f"{name}_to", "ends_before_it_begins", says))
    return errors


def _check_names(campaign: Campaign, known: Known, before: Campaign | None) -> list[FieldError]:
    errors = []
    if campaign.owner not in known.people | {None, before.owner if before else None}:
        errors.append(_nobody("owner"))
    named = frozenset(before.promotions if before else ())
    for place, promotion in enumerate(campaign.promotions):
        if promotion.key not in known.promotions and promotion not in named:
            says = f"There is no {promotion.kind} {promotion.code!r} in this program."
            errors.append(FieldError(f"promotions[{place}]", "unknown", says))
    listed = frozenset(before.lists if before else ())
    for place, code in enumerate(campaign.lists):
        if code not in known.lists and code not in listed:
            says = f"There is no marketing list {code!r} in this program."
            errors.append(FieldError(f"lists[{place}]", "unknown", says))
    for path in ("promotions", "lists"):
        attached = getattr(campaign, path)
        if len(set(attached)) < len(attached):
            errors.append(FieldError(path, "named_twice", "Name each of them once."))
        if len(attached) > ATTACHED_MAX:
            errors.append(FieldError(path, "too_many", f"Name at most {ATTACHED_MAX}."))
    return errors


def _check_code(code: str) -> list[FieldError]:
    if _CODE.fullmatch(code):
        return []
    return [FieldError("code", "malformed", "Write small letters, digits, - and _, at most 63 of them.")]


def _check_day(path: str, day: date | None) -> list[FieldError]:
    if day is None or YEAR_FIRST <= day <= YEAR_LAST:
        return []
    return [FieldError(path, "out_of_range", f"Write a day from {YEAR_FIRST} to {YEAR_LAST}.")]


def _too_long(path: str, text: str, most: int, least: int = 0) -> list[FieldError]:
    if least <= len(text.strip()) and len(text) <= most and "\x00" not in text:
        return []
    return [FieldError(path, "out_of_range", f"Write {least} to {most} letters.")]


def _nobody(path: str) -> FieldError:
    return FieldError(path, "nobody", "Name somebody who works in this program.")


def _two_decimals(value: Decimal) -> bool:
    return value == value.quantize(Decimal("0.01"))
