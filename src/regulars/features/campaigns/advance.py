"""The steps of a campaign's life: proposed, approved, active, completed or cancelled, and back to draft."""

from __future__ import annotations

from datetime import date, datetime

from regulars.features.campaigns import store
from regulars.features.campaigns.errors import CampaignIncomplete, StepNotAllowed, TemplateStays
from regulars.features.campaigns.model import STEPS, Status, Stored, missing_to_propose, way_to
from regulars.features.campaigns.plan import get_campaign, hold_campaign
from regulars.infra.db import Transaction


async def advance_campaign(
    tx: Transaction,
    program_id: int,
    code: str,
    status: Status,
    *,
    today: date,
    now: datetime,
    by: str,
    reason: str = "",
    expected: int | None = None,
) -> Stored:
    """Take a campaign one step further and return it; `today` is the program's day.

    Becoming active notes the day it really began, unless somebody wrote one; being over notes the day it ended.
    Refuses with UnknownCampaign, CampaignChanged, StepNotAllowed, CampaignIncomplete, TemplateStays.
    """
    found = await hold_campaign(tx, program_id, code, expected)
    if found.campaign.template:
        raise TemplateStays
    if status not in STEPS[found.status]:
        raise StepNotAllowed(status=found.status, allowed=", ".join(STEPS[found.status]) or "none")
    missing = missing_to_propose(found.campaign) if status == "proposed" else []
    if missing:
        raise CampaignIncomplete(errors=missing)
    await store.update_status(tx, found.id, status, _days(found, status, today), now)
    await store.insert_step(tx, found.id, status, now, by, reason.strip())
    return await get_campaign(tx, program_id, code)


async def bring_campaign(
    tx: Transaction, program_id: int, code: str, status: Status, *, today: date, now: datetime, by: str
) -> Stored:
    """Take a campaign by the fewest legal steps to a status, as a document asks; return it.

    Days that the campaign says stay as they are. Refuses with StepNotAllowed where no steps lead there.
    """
    found = await hold_campaign(tx, program_id, code)
    way = way_to(found.status, status)
    if way is None:
        raise StepNotAllowed(status=found.status, allowed=", ".join(STEPS[found.status]) or "none")
    for step in way:
        found = await advance_campaign(tx, program_id, code, step, today=today, now=now, by=by)
    return found


def _days(found: Stored, status: Status, today: date) -> tuple[date | None, date | None]:
    first, last = found.campaign.actual_from, found.campaign.actual_to
    if status == "active":
        return first or today, last
    if status in ("completed", "cancelled") and first is not None:
        return first, last or max(first, today)
    if status == "draft":
        return None, None
    return first, last
