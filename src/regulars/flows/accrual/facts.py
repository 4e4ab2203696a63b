"""The facts a ruleset asks for, filled for one member at one event. One small reader per fact, chosen once
per
version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from regulars.core.events import Event
from regulars.core.ledger import LotsNotRead, Side
from regulars.core.rules import FactSpec, LocalTime, Measure, Window
from regulars.features.behaviour import reader, series_key
from regulars.features.catalog import Product
from regulars.flows.accrual.clock import instant, local_time
from regulars.flows.accrual.rulebook import Rulebook
from regulars.flows.accrual.tier_day import tier_of_day
from regulars.flows.accrual.work import Work

_PRODUCT_FIELDS = frozenset({"name", "category", "brand", "points", "price", "earns"})

Reader = Callable[[Work, Event, LocalTime], Any]


def plan_facts(facts: tuple[FactSpec, ...], rulebook: Rulebook) -> tuple[Reader, ...]:
    """Return one reader per fact of a ruleset."""
    return tuple(_READERS[spec.kind](spec, rulebook) for spec in facts)


def _attribute(spec: FactSpec, rulebook: Rulebook) -> Reader:
    name = spec.name
    return lambda work, event, local: work.attributes.get(name)


def _identifier(spec: FactSpec, rulebook: Rulebook) -> Reader:
    kind = spec.name
    if kind == "external_id":
        return lambda work, event, local: event.user_id or work.identifiers.get(kind)
    return lambda work, event, local: event.identifiers.get(kind) or work.identifiers.get(kind)


def _tier(spec: FactSpec, rulebook: Rulebook) -> Reader:
    """The tier on the event's day."""
    track = next((track for track in rulebook.tiers if track.tier_set.code == spec.name), None)
    if track is None:
        return lambda work, event, local: None
    return lambda work, event, local: tier_of_day(track, work, local.day_number) or None


def _wallet(spec: FactSpec, rulebook: Rulebook) -> Reader:
    point_type = rulebook.points[spec.name]
    slot, has_lots = point_type.terms.slot, point_type.terms.lots
    if spec.part in ("available", "pending", "held", "debt"):
        side = Side[spec.part.upper()]

        def balance(work: Work, event: Event, local: LocalTime) -> int:
            purse = work.purse
            if (
                has_lots
                and not purse.lots_read
                and (purse.available(slot) or purse.balance(slot, Side.PENDING))
            ):
                raise LotsNotRead  # something may have fallen due since anybody looked; with its lots it is settled
            return purse.balance(slot, side)

        return balance
    raise ValueError(f"no such part of a wallet: {spec.part}")


def _birthday(spec: FactSpec, rulebook: Rulebook) -> Reader:
    part = spec.part or "date"

    def birthday(work: Work, event: Event, local: LocalTime) -> Any:
        day = work.member.birthday
        if day is None:
            return None
        return day.isoformat() if part == "date" else getattr(day, part)

    return birthday


def _age(spec: FactSpec, rulebook: Rulebook) -> Reader:
    def age(work: Work, event: Event, local: LocalTime) -> Any:
        day = work.member.birthday
        if day is None:
            return None
        return local.year - day.year - ((local.month, local.day) < (day.month, day.day))

    return age


def _measure(spec: FactSpec, rulebook: Rulebook) -> Reader:
    measure = spec.measure
    assert measure is not None
    key = series_key(measure)
    read = reader(in_tier_window(measure, rulebook.tier_windows))

    def value(work: Work, event: Event, local: LocalTime) -> Any:
        return read(work.state.s.get(key), local.day_number, work.joined_day)

    return value


def in_tier_window(measure: Measure, tier_windows: Mapping[str, Window]) -> Measure:
    """Return the measure with "the tier period" put into the words of that tier set's own window."""
    if measure.window.unit != "tier_period":
        return measure
    return msgspec.structs.replace(measure, window=tier_windows[measure.window.name])


def _product(spec: FactSpec, rulebook: Rulebook) -> Reader:
    name = spec.name
    products = rulebook.products

    def by_sku(work: Work, event: Event, local: LocalTime) -> Any:
        if event.order is None:
            return {}
        found = {}
        for line in event.order.lines:
            product = products.get(line.sku)
            if product is not None:
                found[line.sku] = _product_value(product, name)
        return found

    return by_sku


def _product_value(product: Product, name: str) -> Any:
    return getattr(product, name) if name in _PRODUCT_FIELDS else product.attributes.get(name)


def _local_time(spec: FactSpec, rulebook: Rulebook) -> Reader:
    if spec.name == "member":

        def of_member(work: Work, event: Event, local: LocalTime) -> Any:
            zone = work.member.zone
            return local if zone is None else local_time(event.occurred_at, ZoneInfo(zone))

        return of_member
    zone = ZoneInfo(spec.name)
    return lambda work, event, local: local_time(event.occurred_at, zone)


def rfc3339(at: int) -> str:
    """Return microseconds since 1970 as RFC 3339 text in UTC."""
    return instant(at).isoformat().replace("+00:00", "Z")


def _joined_days(spec: FactSpec, rulebook: Rulebook) -> Reader:
    return lambda work, event, local: local.day_number - work.joined_day


_READERS: dict[str, Callable[[FactSpec, Rulebook], Reader]] = {
    "attribute": _attribute,
    "identifier": _identifier,
    "tier": _tier,
    "wallet": _wallet,
    "tags": lambda spec, rulebook: lambda work, event, local: work.tags,
    "lists": lambda spec, rulebook: lambda work, event, local: work.lists,
    "segments": lambda spec, rulebook: lambda work, event, local: work.lists,
    "joined_at": lambda spec, rulebook: lambda work, event, local: rfc3339(work.member.joined_at),
    "joined_days": _joined_days,
    "birthday": _birthday,
    "age": _age,
    "status": lambda spec, rulebook: lambda work, event, local: work.member.status,
    "measure": _measure,
    "product": _product,
    "local_time": _local_time,
}
