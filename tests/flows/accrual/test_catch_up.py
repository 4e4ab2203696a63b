"""Rules that ask about more of the past than was kept: the answer is what it would be had they asked from the start."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flows.accrual.setting import PROGRAM, Shop, open_shop, points
from tests.flows.explanation.histories import MEMBERS, history, send_all

from regulars.flows.apply import apply_document, read_source
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

LOYAL = """  - code: loyal
    name: A thousand for two hundred euros in some days
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: behaviour, measure: {aggregate: sum, field: order.amount, event:
    Order Completed, window: {last_days: %d}}, operator: ">=", value: 200}]}
    then:
      - award: {point_type: points, points: 1000}
publish: true"""


def asking(days: int, code: str = "corner") -> str:
    text = PROGRAM.replace("publish: true", LOYAL % days).replace("code: corner", f"code: {code}", 1)
    return text.replace(
        "  - code: club\n    name: Club\n",
        f"  - code: club\n    name: Club\n    window: {{rolling_days: {days}}}\n",
    )


async def publish(shop: Shop, folder: Path, text: str, code: str = "corner") -> None:
    path = folder / "again.yaml"
    path.write_text(text)
    async with shop.db.transaction() as tx:
        document = read_source(path).document
        await apply_document(tx, document, code, may_create=False, now=shop.clock.now())


async def test_a_wider_window_sees_what_was_before(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    shop = await open_shop(db, clock, tmp_path, asking(7))
    await shop.send(shop.order("1", "150.00"))
    clock.advance(timedelta(days=20))
    await shop.send(shop.order("2", "60.00"))
    await publish(shop, tmp_path, asking(60))
    clock.advance(timedelta(days=1))
    assert points(await shop.send(shop.order("3", "1.00")))["points"] >= 1000
    await publish(shop, tmp_path, asking(7))
    assert points(await shop.send(shop.order("4", "1.00")))["points"] < 1000
    await publish(shop, tmp_path, asking(60))
    assert points(await shop.send(shop.order("5", "1.00")))["points"] >= 1000


@pytest.mark.parametrize("seed", range(3))
async def test_it_is_as_if_it_had_been_asked_from_the_start(
    db: Database, clock: FixedClock, tmp_path: Path, seed: int
) -> None:
    begun = FixedClock(clock.now() - timedelta(days=90))
    early, late = [await open_shop(db, begun, tmp_path, asking(days, f"c{days}")) for days in (80, 5)]
    for shop in (early, late):
        shop.clock = clock
        events = history(shop, seed)
        await send_all(shop, events[:50], seed)
    await publish(late, tmp_path, asking(80, "c5"), "c5")
    states = []
    for shop in (early, late):
        receipt = await shop.send(*[shop.event("Page Seen", user) for user in MEMBERS])
        works = [receipt.works[answer.member_id or 0] for answer in receipt.answers]
        states.append([{key: told(stored) for key, stored in work.state.s.items()} for work in works])
    assert states[0] == states[1]
    assert any(states[0])


def told(stored: list[Any]) -> Any:
    """Return what a series says: sums by day, or how often where nothing is summed up. (Of points only sums are asked
    for, and a return leaves days of nothing behind.)"""
    count, total, *_, days, values = stored
    return total or count, [(day, amount) for day, _, amount, *_ in days if amount], values
