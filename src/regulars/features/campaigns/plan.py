"""Writing campaigns down: making, changing, copying and putting them away."""

from __future__ import annotations

from datetime import date, datetime

from regulars.features.campaigns import store
from regulars.features.campaigns.errors import (
    BudgetApproved,
    CampaignChanged,
    CampaignExists,
    InvalidCampaign,
    TemplateStays,
    UnknownCampaign,
)
from regulars.features.campaigns.model import APPROVED, Campaign, Known, Stored, check_campaign, copy_of
from regulars.infra.db import Transaction


async def get_campaign(tx: Transaction, program_id: int, code: str) -> Stored:
    """Return a campaign, archived or not. Refuses with UnknownCampaign."""
    found = await store.select_campaign(tx, program_id, code)
    if found is None:
        raise UnknownCampaign
    return found


async def hold_campaign(tx: Transaction, program_id: int, code: str, expected: int | None = None) -> Stored:
    """Return a campaign, held until the transaction ends. Refuses with UnknownCampaign, CampaignChanged."""
    found = await store.lock_campaign(tx, program_id, code)
    if found is None:
        raise UnknownCampaign
    if expected is not None and found.revision != expected:
        raise CampaignChanged
    return found


async def put_campaign(
    tx: Transaction,
    program_id: int,
    campaign: Campaign,
    known: Known,
    *,
    now: datetime,
    by: str,
    expected: int | None = None,
) -> tuple[Stored, bool]:
    """Make a campaign or change it; return it and whether it is new. An archived one comes back.

    `expected` is the revision that was read, `by` the credential of whoever does it. Refuses with InvalidCampaign,
    CampaignChanged, TemplateStays (something that is under way becomes no template) and BudgetApproved (more money
    than was approved).
    """
    before = await store.lock_campaign(tx, program_id, campaign.code)
    if expected is not None and (before is None or before.revision != expected):
        raise CampaignChanged
    errors = check_campaign(campaign, known, before.campaign if before else None)
    if errors:
        raise InvalidCampaign(errors=errors)
    if before is None:
        return await _make(tx, program_id, campaign, now, by), True
    if before.archived_at is not None or before.campaign != campaign:
        _check_change(before, campaign)
        await store.update_campaign(tx, before.id, campaign, now)
    return await get_campaign(tx, program_id, campaign.code), False


async def archive_campaign(
    tx: Transaction, program_id: int, code: str, now: datetime, expected: int | None = None
) -> None:
    """Put a campaign away; what it promoted stays as it is. Refuses with UnknownCampaign, CampaignChanged."""
    found = await hold_campaign(tx, program_id, code, expected)
    await store.update_archived(tx, found.id, now)


async def copy_campaign(
    tx: Transaction,
    program_id: int,
    code: str,
    new_code: str,
    new_name: str,
    known: Known,
    *,
    template: bool = False,
    begins: date | None = None,
    now: datetime,
    by: str,
) -> Stored:
    """Make a draft like a campaign or template, with its activities open again; return it.

    With `begins` all days move so that it is proposed from then on. Notes and what really happened stay behind.
    Refuses with UnknownCampaign, CampaignExists, InvalidCampaign.
    """
    original = await get_campaign(tx, program_id, code)
    plan = original.campaign
    copy, moved = copy_of(plan, new_code, new_name, template=template, begins=begins)
    errors = check_campaign(copy, known, plan)
    if errors:
        raise InvalidCampaign(errors=errors)
    made = await _make(tx, program_id, copy, now, by)
    await store.copy_activities(tx, original.id, made.id, moved, now, by)
    return made


async def _make(tx: Transaction, program_id: int, campaign: Campaign, now: datetime, by: str) -> Stored:
    number = await store.insert_campaign(tx, program_id, campaign, now)
    if number is None:
        raise CampaignExists
    await store.insert_step(tx, number, "draft", now, by)
    return await get_campaign(tx, program_id, campaign.code)


def _check_change(before: Stored, campaign: Campaign) -> None:
    if campaign.template and before.status != "draft":
        raise TemplateStays
    if before.status not in APPROVED:
        return
    approved = before.campaign.budget or 0
    if campaign.currency != before.campaign.currency or (campaign.budget or 0) > approved:
        raise BudgetApproved(approved=approved, currency=before.campaign.currency)
