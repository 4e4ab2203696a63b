"""The calendar: campaigns, and promotions that are not open every day, between two days of a program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

import msgspec
from dateutil.rrule import rrulestr

from regulars.features.campaigns import Activity, Stored, select_activities, select_between
from regulars.features.programs import ProgramConfig
from regulars.flows.campaigning.offers import Offer, load_offers
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError, Invalid

# A year and the weeks around it; more is not read on one page.
DAYS_MAX: Final = 430
ACTIVITIES_MAX: Final = 500


class SpanInvalid(Invalid):
    """The days of a calendar are not valid; see errors."""


class Entry(msgspec.Struct, frozen=True):
    """Something with days: a campaign, or a promotion by its kind.

    `last` None = no end is known. `days` are the days between the two that were asked for on which it is open; None =
    all of them. `campaigns` are codes of the campaigns that a promotion belongs to.
    """

    kind: str
    code: str
    name: str
    status: str
    first: date | None
    last: date | None
    days: tuple[date, ...] | None = None
    campaigns: tuple[str, ...] = ()


class Calendar(msgspec.Struct, frozen=True):
    """What there is between two days; `always` promotions are open every day and are only counted."""

    first: date
    last: date
    entries: list[Entry]
    activities: list[Activity]
    always: int


async def calendar_between(
    tx: Transaction, config: ProgramConfig, first: date, last: date, today: date
) -> Calendar:
    """Return campaigns, dated promotions and due activities from `first` to `last`, both included.

    Refuses with SpanInvalid when that is more than DAYS_MAX days, or none.
    """
    if not 0 <= (last - first).days < DAYS_MAX:
        says = f"Write a day at or after `from`, at most {DAYS_MAX} days later."
        raise SpanInvalid(errors=[FieldError("to", "out_of_range", says)])
    stored = await select_between(tx, config.id, first, last)
    offers = await load_offers(tx, config)
    open_offers = [one for one in offers.values() if one.status != "archived"]
    entries = [_of_campaign(one, today) for one in stored]
    entries += promotions_between(open_offers, _naming(stored), first, last)
    return Calendar(
        first,
        last,
        entries,
        await select_activities(tx, config.id, first=first, last=last, limit=ACTIVITIES_MAX),
        sum(not one.dated for one in open_offers if one.status == "active"),
    )


def promotions_between(
    offers: Iterable[Offer], naming: Mapping[str, tuple[str, ...]], first: date, last: date
) -> list[Entry]:
    """Return the promotions that are open on some of the days but not always, by their first day. Pure."""
    entries = []
    for offer in offers:
        days = open_days(offer, first, last)
        if offer.dated and days:
            named = {*naming.get(offer.key, ()), *([offer.campaign] if offer.campaign else ())}
            shown = days if offer.weekdays or offer.rrule else None
            entries.append(
                Entry(
                    offer.kind,
                    offer.code,
                    offer.name,
                    offer.status,
                    offer.first,
                    offer.last,
                    shown,
                    tuple(sorted(named)),
                )
            )
    return sorted(entries, key=lambda one: (one.first or date.min, one.kind, one.code))


def open_days(offer: Offer, first: date, last: date) -> tuple[date, ...]:
    """Return the days from `first` to `last` on which an offer is open. Pure."""
    begins, ends = max(first, offer.first or first), min(last, offer.last or last)
    days = {begins + timedelta(days=place) for place in range((ends - begins).days + 1)}
    if offer.weekdays:
        days = {day for day in days if day.isoweekday() in offer.weekdays}
    if offer.rrule and offer.first is not None:
        days &= _recurring(offer.rrule, offer.first, begins, ends)
    return tuple(sorted(days))


def _recurring(rrule: str, start: date, first: date, last: date) -> set[date]:
    """The days of a recurrence; none for one that cannot be read, which is not published either."""
    try:
        rule = rrulestr(rrule, dtstart=datetime.combine(start, time.min))
    except (ValueError, TypeError):
        return set()
    found = rule.between(datetime.combine(first, time.min), datetime.combine(last, time.min), inc=True)
    return {moment.date() for moment in found}


def _of_campaign(stored: Stored, today: date) -> Entry:
    plan = stored.campaign
    first, last = stored.days(today) or (None, None)
    return Entry("campaign", plan.code, plan.name, stored.status, first, last)


def _naming(stored: Iterable[Stored]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in stored:
        for promotion in one.campaign.promotions:
            found[promotion.key] = (*found.get(promotion.key, ()), one.campaign.code)
    return found
