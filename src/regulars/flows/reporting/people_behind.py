"""Which members lie behind a cell of a report about people: who joined, stands in a tier, moved, or bought again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from regulars.flows.reporting.calendar import month_number
from regulars.flows.reporting.errors import NothingBehind
from regulars.flows.reporting.model import Asked, Row
from regulars.infra.db import Transaction, load_queries
from regulars.kit.ids import encode
from regulars.kit.zones import start_of_day, zone

queries = load_queries(__package__, "reading.sql")

_EVER: Final = 2**30


async def members_behind(
    tx: Transaction, report: str, asked: Asked, key: str | None, field: str, before: int, limit: int
) -> list[Row]:
    """Return at most `limit` members behind a cell, each with its `number`; `key` is None where it is a time.

    In a cohort `field` may say which month is meant: `bought:3` is the third month after the first. Refuses with
    NothingBehind.
    """
    page = {"program_id": asked.config.id, "before": before, "limit": limit}
    if report == "members":
        return await _joined(tx, asked, key, field, page)
    if report == "tiers":
        tier_set, tier = _two(key, ":")
        rows = await tx.all(queries.list_in_tier, tier_set=tier_set, tier=tier, **page)
        return [_member(*row[:3]) | _move(*row[3:]) for row in rows]
    if report == "tier-moves":
        return await _moved(tx, asked, key, field, page)
    return await _bought(tx, asked, key, field, page)


async def _joined(
    tx: Transaction, asked: Asked, status: str | None, field: str, page: dict[str, Any]
) -> list[Row]:
    place = zone(asked.config.zone)
    standing = asked.by == "status" or field == "members"
    rows = await tx.all(
        queries.list_joined,
        from_at="-infinity" if standing else start_of_day(asked.from_day, place).isoformat(),
        to_at=start_of_day(asked.to_day, place),
        status=status,
        **page,
    )
    return [_member(*row) for row in rows]


async def _moved(
    tx: Transaction, asked: Asked, key: str | None, field: str, page: dict[str, Any]
) -> list[Row]:
    tier_set = previous = tier = None
    if key is not None:
        tier_set, move = _two(key, ":")
        previous, tier = _two(move, ">")
    place = zone(asked.config.zone)
    rows = await tx.all(
        queries.list_moved,
        from_at=start_of_day(asked.from_day, place),
        to_at=start_of_day(asked.to_day, place),
        tier_set=tier_set,
        previous=previous,
        tier=tier,
        move=field or None,
        **page,
    )
    return [_member(*row[1:4]) | {"number": row[0]} | _move(*row[4:]) for row in rows]


async def _bought(
    tx: Transaction, asked: Asked, key: str | None, field: str, page: dict[str, Any]
) -> list[Row]:
    months = (month_number(asked.from_day), month_number(asked.to_day) + (asked.to_day.day > 1))
    cohort = (0, _EVER)
    if asked.by == "cohort":
        cohort = months if key is None else _month(key)
        offset = field.partition(":")[2]
        if offset and not offset.isdecimal():
            raise NothingBehind
        months = (cohort[0] + int(offset), cohort[1] + int(offset)) if offset else (0, _EVER)
    rows = await tx.all(
        queries.list_buyers,
        cohort_from=cohort[0],
        cohort_to=cohort[1],
        from_month=months[0],
        to_month=months[1],
        **page,
    )
    return [_member(*row) for row in rows]


def _month(key: str) -> tuple[int, int]:
    year, _, month = key.partition("-")
    if not (year.isdecimal() and month.isdecimal() and 1 <= int(month) <= 12):
        raise NothingBehind
    number = int(year) * 12 + int(month) - 1
    return number, number + 1


def _two(key: str | None, sign: str) -> tuple[str, str]:
    first, found, second = (key or "").partition(sign)
    if not found:
        raise NothingBehind
    return first, second


def _member(number: int, status: str, joined_at: datetime) -> Row:
    return {"number": number, "member": encode("mem", number), "status": status, "joined_at": joined_at}


def _move(tier_set: str, previous: str | None, tier: str, direction: str, since: datetime) -> Row:
    return {
        "tier_set": tier_set,
        "previous": previous or None,
        "tier": tier,
        "direction": direction,
        "since": since,
    }
