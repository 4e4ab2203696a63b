"""Campaigns as records, and marketing lists by name, in the words of a document: money in major units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, get_args

import msgspec

from regulars.features.campaigns import (
    PROMOTION_KINDS,
    Campaign,
    Known,
    MarketingList,
    Promotion,
    Status,
    Stored,
    UnknownCampaign,
    bring_campaign,
    get_campaign,
    put_campaign,
    select_campaigns,
    select_lists,
)
from regulars.features.draws import select_draws
from regulars.features.programs import ProgramConfig
from regulars.features.staff import list_people
from regulars.flows.apply.campaign_work import (
    exported_activities,
    exported_members,
    put_activities,
    wanted_activities,
)
from regulars.flows.apply.document import CampaignPart, Document, MarketingListPart, ProgramDocumentInvalid
from regulars.flows.apply.wording import money_of
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError
from regulars.kit.money import exponent, major
from regulars.kit.zones import local_date, zone

Plain = dict[str, Any]
_MONEY: Final = ("budget", "estimated_revenue")
_DAYS: Final = ("proposed_from", "proposed_to", "actual_from", "actual_to")
# Which section of a program a kind of promotion stands in.
_SECTIONS: Final = {"rule": "rules", "group": "groups", "reward": "rewards", "voucher": "vouchers"}


async def exported_campaigns(tx: Transaction, config: ProgramConfig, list_members: bool = False) -> Plain:
    """Return the sections of marketing lists and campaign records as `apply` reads them.

    Who is on the lists is said with `list_members` alone: it is long, and about people.
    """
    emails = {person.id: person.email for person in await list_people(tx)}
    activities = await exported_activities(tx, config.id, emails)
    lists = [_plain_list(one) for one in await select_lists(tx, config.id)]
    for one in lists if list_members else ():
        one["members"] = await exported_members(tx, config.id, one["code"])
    return {
        "marketing_lists": lists,
        "campaign_records": [
            _plain(one.campaign, one.status, config.currency, emails.get(one.campaign.owner or 0))
            | _named("activities", activities.get(one.campaign.code))
            for one in await select_campaigns(tx, config.id)
        ],
    }


def plain_campaigns(document: Document, currency: str, current: Plain) -> Plain:
    """Return these sections of a document in the words of the export; `current` is the program as it is.

    Raises ProgramDocumentInvalid.
    """
    wanted: Plain = {}
    if document.marketing_lists is not None:
        wanted["marketing_lists"] = [
            msgspec.to_builtins(msgspec.structs.replace(one, members=None))
            for one in document.marketing_lists
        ]
    if document.campaign_records is not None:
        before = {one["code"]: one for one in current.get("campaign_records", ())}
        wanted["campaign_records"] = [
            _as_it_goes(part, f"campaign_records[{place}].", currency, before.get(part.code, {}))
            for place, part in enumerate(document.campaign_records)
        ]
    return wanted


async def put_campaign_record(
    tx: Transaction,
    config: ProgramConfig,
    part: CampaignPart,
    program: Plain,
    now: datetime,
    by: str,
) -> None:
    """Make a campaign what a document says, by legal steps alone; `program` is the program as it is now.

    Refuses with what putting and advancing a campaign refuse with; raises ProgramDocumentInvalid.
    """
    people = {person.email: person.id for person in await list_people(tx)}
    drawn = {f"draw:{one.draw.code}" for one in await select_draws(tx, config.id)}
    known = Known(
        frozenset(people.values()), _promotions(program) | drawn, _codes(program.get("marketing_lists"))
    )
    wanted, status = campaign_of(part, "", config.currency, people), _status(part, "")
    today = local_date(now, zone(config.zone))
    stored = await _found(tx, config.id, part.code)
    if stored is not None and status == "draft" != stored.status:
        stored = await bring_campaign(tx, config.id, part.code, status, today=today, now=now, by=by)
    if stored is not None:
        went = stored.campaign
        wanted = msgspec.structs.replace(
            wanted,
            actual_from=wanted.actual_from or went.actual_from,
            actual_to=wanted.actual_to or went.actual_to,
        )
    await put_campaign(tx, config.id, wanted, known, now=now, by=by)
    await put_activities(tx, config.id, part.code, part.activities, people, now=now, by=by)
    await bring_campaign(tx, config.id, part.code, status, today=today, now=now, by=by)


def campaign_of(part: CampaignPart, path: str, currency: str, people: Mapping[str, int]) -> Campaign:
    """Return the campaign that an entry of a document describes. `path` is where it stands. Raises
    ProgramDocumentInvalid.
    """
    if part.owner is not None and part.owner not in people:
        raise _wrong(f"{path}owner", f"Nobody here has the address {part.owner!r}.")
    money = part.currency or currency
    return Campaign(
        code=part.code,
        name=part.name,
        currency=money,
        type=part.type,
        template=part.template,
        owner=None if part.owner is None else people[part.owner],
        budget=_minor(part.budget, f"{path}budget", money),
        estimated_revenue=_minor(part.estimated_revenue, f"{path}estimated_revenue", money),
        expected_response=part.expected_response,
        proposed_from=part.proposed_from,
        proposed_to=part.proposed_to,
        actual_from=part.actual_from,
        actual_to=part.actual_to,
        description=part.description,
        offer=part.offer,
        promotions=tuple(
            _promotion(text, f"{path}promotions[{i}]") for i, text in enumerate(part.promotions)
        ),
        lists=part.lists,
    )


def _as_it_goes(part: CampaignPart, path: str, currency: str, before: Plain) -> Plain:
    """An entry as the export would write it, with the days on which it really began and ended where it says none."""
    owner = {part.owner: 1} if part.owner else {}
    plain = _plain(campaign_of(part, path, currency, owner), _status(part, path), currency, part.owner)
    kept: Plain = {
        name: before[name] for name in ("actual_from", "actual_to") if name in before and name not in plain
    }
    plain |= {} if part.status == "draft" else kept
    return plain | _named("activities", wanted_activities(part.activities, before.get("activities", ())))


def _named(name: str, values: list[Plain] | None) -> Plain:
    return {name: values} if values else {}


def _plain(campaign: Campaign, status: Status, currency: str, owner: str | None) -> Plain:
    plain: Plain = {
        name: getattr(campaign, name)
        for name in ("code", "name", "type", "template", "description", "offer")
        if getattr(campaign, name)
    }
    if status != "draft":
        plain["status"] = status
    if owner is not None:
        plain["owner"] = owner
    if campaign.currency != currency:
        plain["currency"] = campaign.currency
    for name in _MONEY:
        amount = getattr(campaign, name)
        if amount is not None:
            plain[name] = str(major(amount, exponent(campaign.currency)))
    if campaign.expected_response is not None:
        plain["expected_response"] = format(campaign.expected_response.normalize(), "f")
    plain |= {name: day.isoformat() for name in _DAYS if isinstance(day := getattr(campaign, name), date)}
    if campaign.promotions:
        plain["promotions"] = [one.key for one in campaign.promotions]
    if campaign.lists:
        plain["lists"] = list(campaign.lists)
    return plain


def _plain_list(one: MarketingList) -> Plain:
    plain: Plain = msgspec.to_builtins(MarketingListPart(one.code, one.name, one.description))
    return plain


def _status(part: CampaignPart, path: str) -> Status:
    for status in get_args(Status):
        if part.status == status:
            return status  # type: ignore[no-any-return]
    raise _wrong(f"{path}status", f"Write one of {', '.join(get_args(Status))}.")


def _promotion(text: str, path: str) -> Promotion:
    kind, colon, code = text.partition(":")
    for known in PROMOTION_KINDS:
        if kind == known and colon and code:
            return Promotion(known, code)
    raise _wrong(path, "Write the kind and the code, such as rule:double-points.")


def _promotions(program: Plain) -> frozenset[str]:
    return frozenset(
        f"{kind}:{code}" for kind, section in _SECTIONS.items() for code in _codes(program.get(section))
    )


def _codes(section: Any) -> frozenset[str]:
    if isinstance(section, dict):
        return frozenset(section)
    return frozenset(one["code"] for one in section or ())


def _minor(amount: Decimal | None, path: str, currency: str) -> int | None:
    return None if amount is None else money_of(amount, path, currency)


async def _found(tx: Transaction, program_id: int, code: str) -> Stored | None:
    try:
        return await get_campaign(tx, program_id, code)
    except UnknownCampaign:
        return None


def _wrong(path: str, message: str) -> ProgramDocumentInvalid:
    return ProgramDocumentInvalid(errors=[FieldError(path, "malformed", message)])
