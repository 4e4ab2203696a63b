"""Reading and writing campaigns: one typed function per named query, no decisions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, cast

from regulars.features.campaigns.model import (
    Activity,
    Campaign,
    MarketingList,
    Note,
    Promotion,
    PromotionKind,
    Status,
    Step,
    Stored,
    Task,
)
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)

# Larger than any number of a note.
NOTES_ALL = 2**63 - 1
# The day that stands for "due on no day" in the order of activities.
NO_DAY = date(9999, 12, 31)


# The columns of a campaign between its number and its promotions, without the status among them.
_PLAN_COLUMNS = (
    "code",
    "name",
    "type",
    "template",
    "owner",
    "currency",
    "budget",
    "estimated_revenue",
    "expected_response",
    "proposed_from",
    "proposed_to",
    "actual_from",
    "actual_to",
    "description",
    "offer",
)
_STATUS_COLUMN = 4


def promotion_of(key: str) -> Promotion:
    """Return the promotion that a key such as rule:double-points names."""
    kind, _, code = key.partition(":")
    return Promotion(cast("PromotionKind", kind), code)


def _stored(*columns: object) -> Stored:
    row: list[Any] = list(columns)
    number, *plan, promotions, lists, revision, created_at, updated_at, archived_at = row
    status = plan.pop(_STATUS_COLUMN)
    fields = dict(zip(_PLAN_COLUMNS, plan, strict=True))
    campaign = Campaign(**fields, promotions=tuple(map(promotion_of, promotions)), lists=tuple(lists))
    return Stored(number, campaign, status, revision, created_at, updated_at, archived_at)


def _fields(campaign: Campaign) -> dict[str, Any]:
    return {
        "name": campaign.name.strip(),
        "type": campaign.type.strip(),
        "template": campaign.template,
        "owner_id": campaign.owner,
        "currency": campaign.currency,
        "budget": campaign.budget,
        "estimated_revenue": campaign.estimated_revenue,
        "expected_response": campaign.expected_response,
        "proposed_from": campaign.proposed_from,
        "proposed_to": campaign.proposed_to,
        "actual_from": campaign.actual_from,
        "actual_to": campaign.actual_to,
        "description": campaign.description,
        "offer": campaign.offer,
        "promotions": [one.key for one in campaign.promotions],
        "lists": list(campaign.lists),
    }


async def select_campaign(tx: Transaction, program_id: int, code: str) -> Stored | None:
    """Return a campaign by its code, archived or not; None when there is none."""
    return await tx.maybe(queries.select_campaign, row=_stored, program_id=program_id, code=code)


async def lock_campaign(tx: Transaction, program_id: int, code: str) -> Stored | None:
    """Return the same, held while it is changed."""
    return await tx.maybe(queries.lock_campaign, row=_stored, program_id=program_id, code=code)


async def select_campaigns(
    tx: Transaction,
    program_id: int,
    *,
    after: str = "",
    limit: int = 10_000,
    text: str | None = None,
    status: str | None = None,
    of_type: str | None = None,
    owner: int | None = None,
    template: bool | None = None,
    archived: bool = False,
) -> list[Stored]:
    """Return at most `limit` campaigns whose code is beyond `after`, in the order of their codes.

    `text` is looked for in code, name and type; each None leaves a condition out.
    """
    return await tx.all(
        queries.select_campaigns,
        row=_stored,
        program_id=program_id,
        after=after,
        limit=limit,
        text=text,
        status=status,
        type=of_type,
        owner_id=owner,
        template=template,
        archived=archived,
    )


async def select_between(tx: Transaction, program_id: int, first: date, last: date) -> list[Stored]:
    """Return the campaigns that have a day from `first` to `last`, both included; no templates."""
    return await tx.all(queries.select_between, row=_stored, program_id=program_id, first=first, last=last)


async def select_types(tx: Transaction, program_id: int) -> list[str]:
    """Return the types that campaigns of a program have."""
    return [kind for (kind,) in await tx.all(queries.select_types, program_id=program_id)]


async def insert_campaign(tx: Transaction, program_id: int, campaign: Campaign, now: datetime) -> int | None:
    """Make a campaign; return its number, None when the code is taken."""
    number: int | None = await tx.value(
        queries.insert_campaign, program_id=program_id, code=campaign.code, now=now, **_fields(campaign)
    )
    return number


async def update_campaign(tx: Transaction, number: int, campaign: Campaign, now: datetime) -> None:
    """Change what a campaign says."""
    await tx.run(queries.update_campaign, id=number, now=now, **_fields(campaign))


async def update_status(
    tx: Transaction, number: int, status: Status, days: tuple[date | None, date | None], now: datetime
) -> None:
    """Take a campaign a step further; `days` are when it really began and ended. Refuses with StepNotAllowed."""
    await tx.run(
        queries.update_status, id=number, status=status, actual_from=days[0], actual_to=days[1], now=now
    )


async def update_archived(tx: Transaction, number: int, now: datetime) -> None:
    """Put a campaign away."""
    await tx.run(queries.update_archived, id=number, now=now)


async def insert_step(
    tx: Transaction, number: int, status: Status, now: datetime, by: str, reason: str = ""
) -> None:
    """Note a status that a campaign took."""
    await tx.run(queries.insert_step, campaign_id=number, status=status, now=now, by=by, reason=reason)


async def select_steps(tx: Transaction, number: int) -> list[Step]:
    """Return the statuses a campaign took, first to last."""
    return await tx.all(queries.select_steps, row=Step, campaign_id=number)


async def count_activities(tx: Transaction, numbers: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Return (all, open) activities of campaigns by their number; those without any are missing."""
    rows = await tx.all(queries.count_activities, campaign_ids=list(numbers))
    return {number: (every, undone) for number, every, undone in rows}


async def select_activities(
    tx: Transaction,
    program_id: int,
    *,
    campaign: str | None = None,
    assignee: int | None = None,
    undone: bool | None = None,
    first: date | None = None,
    last: date | None = None,
    after: tuple[date, int] = (date.min, 0),
    limit: int = 1_000,
) -> list[Activity]:
    """Return activities by the day they are due, those without one last; those of templates only when it is named."""
    return await tx.all(
        queries.select_activities,
        row=Activity,
        program_id=program_id,
        code=campaign,
        assignee_id=assignee,
        open=undone,
        first=first,
        last=last,
        after_due=after[0],
        after=after[1],
        limit=limit,
    )


async def select_every_activity(tx: Transaction, program_id: int) -> list[Activity]:
    """Return whatever is or was to be done for the campaigns and templates of a program, archived ones included."""
    return await tx.all(queries.select_every_activity, row=Activity, program_id=program_id)


async def lock_activity(tx: Transaction, program_id: int, number: int) -> Activity | None:
    """Return an activity, held while it is changed."""
    return await tx.maybe(queries.lock_activity, row=Activity, program_id=program_id, id=number)


async def insert_activity(
    tx: Transaction, program_id: int, campaign_id: int, task: Task, now: datetime, by: str
) -> int:
    """Add an activity; return its number."""
    number: int = await tx.value(
        queries.insert_activity,
        program_id=program_id,
        campaign_id=campaign_id,
        now=now,
        by=by,
        **_task(task),
    )
    return number


async def copy_activities(
    tx: Transaction, from_id: int, campaign_id: int, days: int, now: datetime, by: str
) -> int:
    """Give a campaign the activities of another, open again, so many days later; return how many."""
    return await tx.run(
        queries.copy_activities, from_id=from_id, campaign_id=campaign_id, days=days, now=now, by=by
    )


async def update_activity(tx: Transaction, number: int, task: Task, now: datetime) -> None:
    """Change what is to be done."""
    await tx.run(queries.update_activity, id=number, now=now, **_task(task))


async def update_completed(
    tx: Transaction, number: int, completed_at: datetime | None, completed_by: str | None, now: datetime
) -> None:
    """Note that an activity was done (by whom, when), or open it again."""
    await tx.run(
        queries.update_completed, id=number, completed_at=completed_at, completed_by=completed_by, now=now
    )


async def delete_activity(tx: Transaction, number: int) -> None:
    """Remove an activity."""
    await tx.run(queries.delete_activity, id=number)


async def insert_note(tx: Transaction, campaign_id: int, text: str, now: datetime, by: str) -> Note:
    """Write a note."""
    number = await tx.value(queries.insert_note, campaign_id=campaign_id, text=text, now=now, by=by)
    return Note(int(number), text, now, by)


async def select_notes(
    tx: Transaction, campaign_id: int, *, before: int = NOTES_ALL, limit: int = 100
) -> list[Note]:
    """Return at most `limit` notes older than `before`, latest first."""
    return await tx.all(queries.select_notes, row=Note, campaign_id=campaign_id, before=before, limit=limit)


async def select_lists(
    tx: Transaction,
    program_id: int,
    *,
    codes: Iterable[str] | None = None,
    after: str = "",
    limit: int = 10_000,
    archived: bool = False,
) -> list[MarketingList]:
    """Return marketing lists in the order of their codes, or those with some codes."""
    return await tx.all(
        queries.select_lists,
        row=MarketingList,
        program_id=program_id,
        codes=None if codes is None else list(codes),
        after=after,
        limit=limit,
        archived=archived,
    )


async def upsert_list(
    tx: Transaction,
    program_id: int,
    code: str,
    name: str,
    description: str,
    *,
    now: datetime,
    expected: int | None = None,
) -> MarketingList | None:
    """Make or change a marketing list; None when its revision is another than `expected`."""
    return await tx.maybe(
        queries.upsert_list,
        row=MarketingList,
        program_id=program_id,
        code=code,
        name=name,
        description=description,
        now=now,
        expected=expected,
    )


async def update_list_archived(tx: Transaction, program_id: int, code: str, now: datetime) -> bool:
    """Put a marketing list away; False when there is none."""
    return await tx.run(queries.update_list_archived, program_id=program_id, code=code, now=now) == 1


async def select_naming(
    tx: Transaction, program_id: int, *, promotion: str = "", in_list: str = ""
) -> list[tuple[str, str]]:
    """Return (code, name) of the campaigns that name a promotion (rule:…) or a marketing list."""
    rows = await tx.all(queries.select_naming, program_id=program_id, promotion=promotion, list=in_list)
    return [(code, name) for code, name in rows]


def _task(task: Task) -> dict[str, Any]:
    return {
        "kind": task.kind,
        "subject": task.subject.strip(),
        "details": task.details,
        "assignee_id": task.assignee,
        "due_on": task.due_on,
    }
