"""Bench `simulate`: a draft of the rules over past orders, with the difference in points, tiers and liability.

The orders are rated first, as in the bench `accrual`, whose rate is the baseline; then the same history is decided
twice more, under the rules of its day and under a draft. What was posted and what is decided again must agree.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from regulars.app.bench.accrual import _orders, _rate
from regulars.app.bench.ground import RECEIVED, Ground, bench_ground
from regulars.app.bench.model import Figures, Options
from regulars.features.rulesets import load_draft
from regulars.flows.accrual.insight import micros
from regulars.flows.apply import vocabulary_of
from regulars.flows.simulation import Plan, simulate, simulated_document
from regulars.infra.db import Database
from regulars.kit.errors import Bug

# Two orders a member: enough to see the rate; the goal's million takes half an hour of rating first.
EVENTS = 200_000
GOAL = 30_000


class SimulateBench:
    """Simulates a draft over the orders of the bench `accrual`."""

    def __call__(self, options: Options) -> Figures:
        """Return orders a second, and the rate at which they were rated before."""
        events = options.events or EVENTS
        options.say("making a program, its members and their orders")
        with bench_ground(options.url, "simulate") as ground:
            files = _orders(ground, options, events)
            options.say(f"rating {events:,} orders")
            _, rating_s, _ = _rate(ground, files, False)
            options.say("simulating a draft over all of them")
            report, wall_s = asyncio.run(_simulated(ground, options.workers))
        orders = report["counts"]["orders"]
        if orders < events:
            raise Bug(f"{events} orders were rated and {orders} were simulated.")
        rate, baseline = orders / wall_s, events / rating_s
        return {
            "bench": "simulate",
            "rate": round(rate),
            "unit": "orders/s",
            "baseline": round(baseline),
            "baseline_is": "rating the same orders",
            "ratio": round(rate / baseline, 3),
            "goal": GOAL,
            "orders": orders,
            "workers": options.workers,
            "memory_mb": round(report["memory_kb"] / 1024),
            "passes": report["passes"],
            "events_that_differ": report["as_posted"]["events_that_differ"],
            "difference": {code: points["difference"] for code, points in report["points"].items()},
        }


async def _simulated(ground: Ground, workers: int) -> tuple[dict[str, Any], float]:
    """Return the report on a draft, and the seconds it took."""
    async with Database.open(ground.url, name="report", max_size=2) as db:
        async with db.transaction(read_only=True) as tx:
            vocabulary = await vocabulary_of(tx, ground.program_id)
            rules = [_changed(rule.whole) for rule in (await load_draft(tx, ground.program_id)).rules]
            document, _ = await simulated_document(
                tx, ground.program_id, vocabulary, RECEIVED, {"rules": rules}
            )
        plan = Plan(ground.program_id, document, micros(RECEIVED) + 1, processes=workers)
        start = time.perf_counter()
        report = await simulate(db, plan, url=ground.url)
        return report, time.perf_counter() - start


def _changed(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule of the draft: Tuesdays count three times instead of twice."""
    if rule["code"] != "tuesday":
        return rule
    award = {"point_type": "points", "multiply": {"rule": "base", "by": "3"}}
    return {**rule, "then": [{"award": award}]}
