"""What lies behind a cell of a report: the transfers, orders or members that were added up to it, page by page."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec

from regulars.core.ledger import TransferKind
from regulars.features.rulesets import version_of, versions_timeline
from regulars.flows.reporting.calendar import bounds_of
from regulars.flows.reporting.errors import InvalidReport, NothingBehind
from regulars.flows.reporting.labels import key_of
from regulars.flows.reporting.model import TIMES, Asked, Report, Row
from regulars.flows.reporting.people_behind import members_behind
from regulars.flows.reporting.points import kinds_of, type_id
from regulars.infra.db import Transaction, load_queries
from regulars.kit.errors import FieldError
from regulars.kit.ids import encode
from regulars.kit.zones import start_of_day, zone

queries = load_queries(__package__, "reading.sql")

BEYOND: Final = 2**62
# The sides of a report by funding that are nobody's but the program's.
_HOUSE: Final = ""


class Cell(msgspec.Struct, frozen=True):
    """The row (`key`; None = all of them) and the figure (`field`; empty = all of its kind) that is asked about."""

    key: str | None
    field: str = ""


async def behind(
    tx: Transaction, report: Report, asked: Asked, cell: Cell, before: int, limit: int
) -> list[Row]:
    """Return at most `limit` rows behind a cell with numbers below `before`, the latest first; each has its `number`.

    Refuses with NothingBehind and InvalidReport.
    """
    asked, key = _narrowed(asked, cell.key)
    if report.drill == "transfers":
        return await _transfers(tx, asked, key, cell.field, before, limit)
    if report.drill == "orders":
        return await _orders(tx, asked, key, before, limit)
    if report.drill == "members":
        return await members_behind(tx, report.code, asked, key, cell.field, before, limit)
    raise NothingBehind


def _narrowed(asked: Asked, key: str | None) -> tuple[Asked, str | None]:
    """A row by time is its own days, within those asked for; the others stay a key."""
    if key is None or asked.by not in TIMES:
        return asked, key
    try:
        first, end = bounds_of(asked.by, key)
    except ValueError:
        message = f"{key!r} is no {asked.by}."
        raise InvalidReport(message, errors=[FieldError("key", "invalid", message)]) from None
    return (
        msgspec.structs.replace(asked, from_day=max(asked.from_day, first), to_day=min(asked.to_day, end)),
        None,
    )


async def _transfers(
    tx: Transaction, asked: Asked, key: str | None, field: str, before: int, limit: int
) -> list[Row]:
    filters: dict[str, Any] = dict.fromkeys(("owner", "rules", "store", "partner", "source", "tier"))
    kinds = kinds_of(field if field not in ("net", "awards", "rate", "expiry_rate") else "")
    if key is not None:
        if asked.by == "point_type":
            if key not in asked.config.point_types:
                raise NothingBehind
            asked = msgspec.structs.replace(asked, point_type=key)
        elif asked.by == "funding":
            filters["owner"] = key
        else:
            kinds = [int(TransferKind.EARN)]
            filters |= await _filter(tx, asked, key)
    posted = await tx.one(
        queries.select_posted_days,
        program_id=asked.config.id,
        from_day=asked.from_day,
        to_day=asked.to_day,
    )
    if posted[0] is None:
        return []
    place = zone(asked.config.zone)
    rows = await tx.all(
        queries.list_transfers,
        program_id=asked.config.id,
        point_type_id=type_id(asked),
        from_at=start_of_day(asked.from_day, place),
        to_at=start_of_day(asked.to_day, place),
        posted_from=start_of_day(posted[0], place),
        posted_to=start_of_day(posted[1] + timedelta(days=1), place),
        kinds=kinds,
        before=before,
        limit=limit,
        **filters,
    )
    return [_transfer(row) for row in rows]


def _transfer(row: tuple[Any, ...]) -> Row:
    (
        number,
        member_id,
        occurred_at,
        posted_at,
        point_type,
        kind,
        amount,
        d,
        d_owner,
        c,
        c_owner,
        event_id,
        version,
    ) = row
    return {
        "number": number,
        "transfer": encode("trf", number),
        "member": encode("mem", member_id),
        "occurred_at": occurred_at,
        "posted_at": posted_at,
        "point_type": point_type,
        "kind": TransferKind(kind).name.lower() if kind in set(TransferKind) else str(kind),
        "points": amount,
        "debit": f"{d}:{d_owner}" if d_owner else d,
        "credit": f"{c}:{c_owner}" if c_owner else c,
        "event": None if event_id is None else encode("evt", event_id),
        "ruleset_version": version,
    }


async def _orders(tx: Transaction, asked: Asked, key: str | None, before: int, limit: int) -> list[Row]:
    names = ("store", "partner", "channel", "source", "tier", "rules", "sku", "category", "whose")
    filters: dict[str, Any] = dict.fromkeys(names)
    if key is not None:
        filters |= await _filter(tx, asked, key)
    rows = await tx.all(
        queries.list_orders,
        program_id=asked.config.id,
        from_day=asked.from_day,
        to_day=asked.to_day,
        before=before,
        limit=limit,
        **filters,
    )
    return [_order(row) for row in rows]


def _order(row: tuple[Any, ...]) -> Row:
    event_id, member_id, day, store, partner, channel, units, units_left, gross, net, lines = row
    return {
        "number": event_id,
        "event": encode("evt", event_id),
        "member": encode("mem", member_id) if member_id else None,
        "day": day,
        "store": store,
        "partner": partner,
        "channel": channel,
        "units": units,
        "units_returned": units - units_left,
        "gross": gross,
        "refunded": gross - net,
        "net": net,
        "lines": [
            {
                "sku": sku,
                "category": category,
                "units": bought,
                "units_left": kept,
                "gross": whole,
                "net": left,
            }
            for sku, category, bought, kept, whole, left in msgspec.json.decode(lines)
        ],
    }


async def _filter(tx: Transaction, asked: Asked, key: str) -> dict[str, Any]:
    """Return what the statements ask for where the row of `key` is meant."""
    by = asked.by
    if by in ("rule", "campaign"):
        return {"rules": await _rule_keys(tx, asked, key)}
    if by == "source":
        return {"source": int(key_of(asked.config, by, key))}
    return {{"product": "sku"}.get(by, by): key}


async def _rule_keys(tx: Transaction, asked: Asked, code: str) -> list[str]:
    """Return version:place of a rule, or of the rules of a campaign, in every version."""
    timeline = await versions_timeline(tx, asked.config.id)
    found = []
    name = "code" if asked.by == "rule" else "campaign"
    for start in timeline.starts:
        document = (await version_of(tx, asked.config.id, start.version)).document
        for place, rule in enumerate(document["rules"]):
            if (rule.get(name) or "") == code:
                found.append(f"{start.version}:{place}")
    return found


def today_of(zone_name: str, now: datetime) -> date:
    """Return the local day of a program at an instant."""
    return now.astimezone(zone(zone_name)).date()
