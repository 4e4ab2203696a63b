"""Reports on what runs: budgets and how fast events come in."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, Final

from regulars.features.rulesets import load_ruleset, version_in_force
from regulars.flows.reporting.calendar import name_of, periods
from regulars.flows.reporting.model import Asked, Row
from regulars.flows.reporting.points import share, span
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__, "reading.sql")

# Batches looked at for the pace: a busy server commits 40 a second, so these are more than the seconds shown.
PACE_BATCHES: Final = 20_000
PACE_SECONDS: Final = 60


async def read_budgets(tx: Transaction, asked: Asked) -> list[Row]:
    """Return what rules and campaigns used of their budgets, with the most that the rules in force now allow."""
    most = await _most(tx, asked)
    rows: list[Row] = []
    for owner, measure, period, used in await tx.all(queries.select_budgets, program_id=asked.config.id):
        kind, _, code = owner.partition(":")
        # points/month/stars, cap/month/stars and block/stars are of points; money/ever/ and count/day/ are not.
        what, *unit, point_type = measure.split("/")
        limit = most.get((owner, measure))
        rows.append(
            {
                "key": f"{owner}/{measure}/{period}",
                "label": code,
                "owner": kind,
                "measure": what,
                "per": "".join(unit),
                "point_type": point_type,
                "period": period,
                "used": used,
                "most": limit,
                "left": None if limit is None else max(0, limit - used),
                "share": None if limit is None else share(used, limit),
            }
        )
    return rows


async def _most(tx: Transaction, asked: Asked) -> dict[tuple[str, str], int]:
    now = await tx.value(queries.select_now)
    version = await version_in_force(tx, asked.config.id, now)
    if version is None:
        return {}
    ruleset = await load_ruleset(tx, asked.config.id, version)
    return {
        (f"{limit.per}:{limit.owner}", f"{limit.measure}/{limit.period}/{limit.point_type}"): limit.max
        for limit in ruleset.limits
        if limit.per in ("rule", "campaign")
    }


async def read_intake(tx: Transaction, asked: Asked) -> list[Row]:
    """Return how many events were taken in, by period."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for day, batches, events in await tx.all(queries.select_intake, **span(asked)):
        row = found[name_of(asked.by, day)]
        row[0] += events
        row[1] += batches
    return [
        {"key": key, "label": key, "events": found[key][0], "batches": found[key][1]}
        for key in periods(asked.by, asked.from_day, asked.to_day)
    ]


async def read_pace(tx: Transaction, program_id: int, now: datetime) -> dict[str, Any]:
    """Return the events of each of the last seconds before `now`, oldest first, and how many a second that is."""
    since = now - timedelta(seconds=PACE_SECONDS)
    rows = await tx.all(queries.select_pace, program_id=program_id, since=since, batches=PACE_BATCHES)
    seconds = [{"at": at, "events": events} for at, events in reversed(rows) if at <= now]
    total = sum(one["events"] for one in seconds)
    return {"seconds": seconds, "events_per_second": f"{total / PACE_SECONDS:.1f}", "window_s": PACE_SECONDS}
