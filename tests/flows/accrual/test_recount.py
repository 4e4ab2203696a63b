"""Orders that come back are forgotten by all that is asked of behaviour, also where one less cannot be taken out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flows.accrual.setting import PROGRAM, Shop, open_shop
from tests.flows.accrual.test_catch_up import publish
from tests.flows.explanation.histories import MEMBERS, history, send_all

from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

ASKED = (
    "{aggregate: distinct, field: order.amount, event: Order Completed, window: lifetime}",
    "{aggregate: min, field: order.amount, event: Order Completed, window: lifetime}",
    "{aggregate: max, field: order.amount, event: Order Completed, window: {last_days: 40}}",
    "{aggregate: sum, field: order.amount, event: Order Completed, window: {since: Product Viewed}}",
)
NOT_SO_LONG_AGO = "{aggregate: days_since, event: Order Completed, window: lifetime}"


def rule(number: int, measure: str, operator: str = ">=", value: int = 0) -> str:
    return f"""  - code: asks-{number}
    trigger: {{event: Asked}}
    when: {{combinator: and, rules: [{{field: behaviour, measure: {measure}, operator: "{operator}", value: {value}}}]}}
    then: [{{award: {{point_type: points, points: {number + 1}}}}}]
"""


def asking(code: str, measures: tuple[str, ...] = ASKED) -> str:
    rules = "".join(rule(number, measure) for number, measure in enumerate(measures))
    return PROGRAM.replace("publish: true", rules + "publish: true").replace("corner", code, 1)


@pytest.mark.parametrize("seed", range(4))
async def test_it_is_as_if_what_came_back_had_not_been(
    db: Database, clock: FixedClock, tmp_path: Path, seed: int
) -> None:
    begun = FixedClock(clock.now() - timedelta(days=90))
    early = await open_shop(db, begun, tmp_path, asking("early"))
    late = await open_shop(db, begun, tmp_path, asking("late", ()))
    states = []
    for shop in (early, late):
        shop.clock = clock
        await send_all(shop, history(shop, seed), seed)
    # The rules that ask come when all has happened: what they ask is counted from what is left.
    await publish(late, tmp_path, asking("late"), "late")
    for shop in (early, late):
        receipt = await shop.send(*[shop.event("Asked", user) for user in MEMBERS])
        works = [receipt.works[answer.member_id or 0] for answer in receipt.answers]
        recounted = [key for key, one in receipt.rulebook.counted_series.items() if one.recounted]
        assert len(recounted) == len(ASKED) - 1  # the least and the greatest share one
        states.append([{key: told(work.state.s.get(key)) for key in recounted} for work in works])
    assert states[0] == states[1]
    assert any(one for state in states[0] for one in state.values())


def told(stored: list[Any] | None) -> Any:
    """Return what a series says; one without events says nothing."""
    return stored if stored and (stored[0] or stored[6]) else None


async def test_the_last_order_is_the_one_before_when_it_is_cancelled(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    asks = asking("corner", ()).replace("publish: true", rule(6, NOT_SO_LONG_AGO, "<=", 5) + "publish: true")
    shop = await open_shop(db, clock, tmp_path, asks)
    await shop.send(shop.order("1", "10.00"))
    clock.advance(timedelta(days=10))
    await shop.send(shop.order("2", "10.00"))
    assert (await fired(shop), await fired(shop)) == (7, 7)
    # In the batch that brings both, too.
    third = shop.order("3", "10.00")
    ended = [shop.event("Order Cancelled", order={"order_id": str(number)}) for number in (2, 3)]
    await shop.send(third, *ended)
    assert await fired(shop) == 0


async def fired(shop: Shop) -> int:
    """Return what the rule that asks gives now."""
    outcome = (await shop.send(shop.event("Asked"))).answers[0].outcome
    assert outcome is not None
    return sum(granted.amount for granted in outcome.granted)
