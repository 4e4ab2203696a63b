"""What a campaign can name, gathered from those who know: rules, groups, rewards, vouchers, draws, people, lists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from regulars.features.campaigns import Known, PromotionKind, select_lists
from regulars.features.draws import select_draws
from regulars.features.programs import ProgramConfig
from regulars.features.rewards import select_rewards
from regulars.features.rulesets import PartKind, select_parts, select_rules
from regulars.features.staff import Person, list_people
from regulars.features.vouchers import select_definitions
from regulars.infra.db import Transaction
from regulars.kit.zones import local_date, zone

# Roles of people who work for somebody else.
_OUTSIDERS = frozenset({"partner"})


class Offer(msgspec.Struct, frozen=True):
    """Something a campaign can promote, with the days it is open (None = always before, or for ever after).

    `weekdays` (1 = Monday) and `rrule` say on which of these days; `campaign` is the one that a rule names itself.
    """

    kind: PromotionKind
    code: str
    name: str
    status: str
    first: date | None = None
    last: date | None = None
    weekdays: tuple[int, ...] = ()
    rrule: str = ""
    campaign: str = ""

    @property
    def key(self) -> str:
        """The offer as one text: rule:double-points."""
        return f"{self.kind}:{self.code}"

    @property
    def dated(self) -> bool:
        """Whether there are days on which it is not open."""
        return bool(self.first or self.last or self.weekdays or self.rrule)


async def load_offers(tx: Transaction, config: ProgramConfig) -> dict[str, Offer]:
    """Return everything a program's campaigns can promote, by key; archived things too, because campaigns name them."""
    place = zone(config.zone)
    parts = await select_parts(tx, config.id)
    shared = {part.code: part.document for part in parts if part.kind == PartKind.CAMPAIGN}
    rules = await select_rules(tx, config.id, archived=True)
    offers = [_of_rule(one.code, one.document, one.status, shared, place) for one in rules]
    offers += [
        Offer("group", part.code, str(part.document.get("name") or part.code), "active")
        for part in parts
        if part.kind == PartKind.GROUP
    ]
    for one in await select_rewards(tx, config.id):
        reward = one.reward
        days = _days(reward.valid_from, reward.valid_until, place)
        offers.append(Offer("reward", reward.code, reward.name, _status(one.archived_at), *days))
    for kind in await select_definitions(tx, config.id, archived=True):
        definition = kind.definition
        days = _days(definition.valid_from, definition.valid_until, place)
        offers.append(Offer("voucher", definition.code, definition.name, _status(kind.archived_at), *days))
    offers += [
        Offer("draw", one.draw.code, one.draw.name, "active") for one in await select_draws(tx, config.id)
    ]
    return {offer.key: offer for offer in offers}


async def load_people(tx: Transaction) -> dict[int, Person]:
    """Return everybody of the staff by number, those who have left too: campaigns name them."""
    return {person.id: person for person in await list_people(tx)}


def works_here(person: Person, config: ProgramConfig) -> bool:
    """Whether a person can be given something to do in a program."""
    return person.disabled_at is None and any(
        one.role not in _OUTSIDERS and one.program in (None, config.code) for one in person.assignments
    )


async def load_known(
    tx: Transaction, config: ProgramConfig, offers: Mapping[str, Offer] | None = None
) -> Known:
    """Return what a campaign of this program may name now."""
    if offers is None:
        offers = await load_offers(tx, config)
    people = await load_people(tx)
    return Known(
        frozenset(number for number, person in people.items() if works_here(person, config)),
        frozenset(key for key, offer in offers.items() if offer.status != "archived"),
        frozenset(one.code for one in await select_lists(tx, config.id)),
    )


def _of_rule(
    code: str, rule: Mapping[str, Any], status: str, shared: Mapping[str, Mapping[str, Any]], place: ZoneInfo
) -> Offer:
    campaign = str(rule.get("campaign") or "")
    schedule = {**_mapping(shared.get(campaign, {}).get("schedule")), **_mapping(rule.get("schedule"))}
    return Offer(
        "rule",
        code,
        str(rule.get("name") or code),
        str(status),
        _begins(schedule.get("from"), place),
        _ends(schedule.get("to"), place),
        tuple(day for day in schedule.get("weekdays") or () if isinstance(day, int)),
        str(schedule.get("rrule") or ""),
        campaign,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    """A draft may hold anything; whoever publishes it checks it."""
    return value if isinstance(value, Mapping) else {}


def _begins(text: Any, place: ZoneInfo) -> date | None:
    moment = _moment(text, place)
    return None if moment is None else moment.date()


def _ends(text: Any, place: ZoneInfo) -> date | None:
    """The last day that has a moment before the end, which is not included itself."""
    moment = _moment(text, place)
    return None if moment is None else (moment - timedelta(microseconds=1)).date()


def _moment(text: Any, place: ZoneInfo) -> datetime | None:
    """Return a bound of a schedule as clocks of the program show it; None for what is none."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo is None else moment.astimezone(place).replace(tzinfo=None)


def _days(begins: datetime | None, ends: datetime | None, place: ZoneInfo) -> tuple[date | None, date | None]:
    return (
        None if begins is None else local_date(begins, place),
        None if ends is None else local_date(ends - timedelta(microseconds=1), place),
    )


def _status(archived_at: datetime | None) -> str:
    return "active" if archived_at is None else "archived"
