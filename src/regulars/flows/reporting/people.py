"""Reports on members: how many there are and join, in which tiers, and who comes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Final

from regulars.features.tiers import select_tier_sets
from regulars.flows.reporting.calendar import month_name, month_number, name_of, periods
from regulars.flows.reporting.model import TIMES, Asked, Row
from regulars.flows.reporting.points import share, span
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__, "reading.sql")

# Members who are no longer: merged into another one, or erased.
GONE: Final = frozenset({"merged", "erased"})


async def read_members(tx: Transaction, asked: Asked) -> list[Row]:
    """Return members by the period in which they joined, with how many there were by its end, or by status."""
    rows = await tx.all(queries.select_members, program_id=asked.config.id)
    if asked.by == "status":
        sums: dict[str, int] = defaultdict(int)
        for joined, status, count in rows:
            if joined < asked.to_day:
                sums[status] += count
        return [{"key": key, "label": key, "members": count} for key, count in sorted(sums.items())]
    return _by_time(asked, ((joined, count) for joined, status, count in rows if status not in GONE))


def _by_time(asked: Asked, rows: Iterable[tuple[date, int]]) -> list[Row]:
    joined: dict[str, int] = defaultdict(int)
    members = 0
    for day, count in rows:
        if day < asked.from_day:
            members += count
        elif day < asked.to_day:
            joined[name_of(asked.by, day)] += count
    found = []
    for key in periods(asked.by, asked.from_day, asked.to_day):
        members += joined[key]
        found.append({"key": key, "label": key, "enrolments": joined[key], "members": members})
    return found


async def read_tiers(tx: Transaction, asked: Asked) -> list[Row]:
    """Return how many living members are in each tier now, and their share of the tier set."""
    rows = await tx.all(queries.select_tiers, program_id=asked.config.id)
    sets = await select_tier_sets(tx, asked.config.id)
    names = {(one.code, tier.code): tier.name for one in sets for tier in one.document.tiers}
    whole: dict[str, int] = defaultdict(int)
    for tier_set, _, members in rows:
        whole[tier_set] += members
    return [
        {
            "key": f"{tier_set}:{tier}",
            "label": names.get((tier_set, tier)) or tier,
            "tier_set": tier_set,
            "tier": tier,
            "members": members,
            "share": share(members, whole[tier_set]),
        }
        for tier_set, tier, members in rows
    ]


async def read_tier_moves(tx: Transaction, asked: Asked) -> list[Row]:
    """Return changes of tier: by period, or from which to which."""
    found: dict[str, Row] = {}
    if asked.by in TIMES:
        for key in periods(asked.by, asked.from_day, asked.to_day):
            found[key] = {"key": key, "label": key, "entered": 0, "up": 0, "down": 0}
    for day, tier_set, previous, tier, direction, members in await tx.all(
        queries.select_tier_moves, **span(asked)
    ):
        kind = direction if previous and direction in ("up", "down") else "entered"
        if asked.by in TIMES:
            row = found[name_of(asked.by, day)]
        else:
            key = f"{tier_set}:{previous}>{tier}"
            label = f"{previous or '(new)'} → {tier}"
            new = {"key": key, "label": label, "tier_set": tier_set, "entered": 0, "up": 0, "down": 0}
            row = found.setdefault(key, new)
        row[kind] += members
    return list(found.values())


async def read_retention(tx: Transaction, asked: Asked) -> list[Row]:
    """Return, by month of the first order, how many members bought, and how many again 1, 2, 3 … months later."""
    months = {"from_month": month_number(asked.from_day), "to_month": _end_month(asked.to_day)}
    cohorts: dict[int, dict[int, int]] = defaultdict(dict)
    for cohort, month, members in await tx.all(
        queries.select_retention, program_id=asked.config.id, **months
    ):
        cohorts[cohort][month - cohort] = members
    last = max((cohort + max(found) for cohort, found in cohorts.items()), default=0)
    rows: list[Row] = []
    for cohort, found in sorted(cohorts.items()):
        size = found[0]
        counts = [found.get(offset, 0) for offset in range(last - cohort + 1)]
        shares = [share(count, size) for count in counts]
        name = month_name(cohort)
        rows.append({"key": name, "label": name, "members": size, "bought": counts, "retention": shares})
    return rows


def _end_month(to_day: date) -> int:
    return month_number(to_day) + (to_day.day > 1)


async def read_buyers(tx: Transaction, asked: Asked) -> list[Row]:
    """Return how many members bought in each month."""
    rows = await tx.all(
        queries.select_buyers,
        program_id=asked.config.id,
        from_month=month_number(asked.from_day),
        to_month=_end_month(asked.to_day),
    )
    found = {month_name(month): members for month, members in rows}
    return [
        {"key": key, "label": key, "buyers": found.get(key, 0)}
        for key in periods("month", asked.from_day, asked.to_day)
    ]
