"""What is told although no batch of events brought it: a draw revealed, points overspent offline, a month closed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
from tests.flows.checkout.counter import open_counter
from tests.flows.finance.test_close import close
from tests.flows.finance.test_close import shop as books
from tests.flows.offline.test_offline import Town, town

from regulars.features.draws import Draw, Prize, close_draw, open_draw, put_draw
from regulars.features.webhooks import NewEndpoint, add_endpoint
from regulars.flows.checkout import Wish
from regulars.flows.prizes import reveal
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries
from regulars.kit.ids import encode

__all__ = ["books", "town"]
queries = load_queries(__package__)


async def listen(db: Database, program_id: int, clock: FixedClock) -> None:
    async with db.transaction() as tx:
        await add_endpoint(tx, program_id, NewEndpoint("https://e.example.com/"), clock.now())


async def told(db: Database, kind: str) -> list[dict[str, Any]]:
    """Return what was told of one kind."""
    async with db.transaction(read_only=True) as tx:
        rows = await tx.all(queries.select_told)
    return [one for (text,) in rows for one in msgspec.json.decode(text) if one["type"] == kind]


async def test_a_draw_that_is_revealed_is_told_once(town: Town) -> None:
    await listen(town.db, town.config.id, town.clock)
    now = town.clock.now()
    async with town.db.transaction() as tx:
        await put_draw(tx, town.config.id, Draw("d", "D", (Prize("car", "A car", 1),)), now)
        await open_draw(tx, town.config.id, "d", now)
        await close_draw(tx, town.config.id, "d", now)
        revealed = await reveal(tx, town.config.id, "d", now)
        await reveal(tx, town.config.id, "d", now)
    (heard,) = await told(town.db, "draw.revealed")
    assert (heard["data"]["draw"], heard["data"]["commitment"]) == ("d", revealed.commitment)


async def test_what_was_overspent_offline_is_told_once(town: Town) -> None:
    await listen(town.db, town.config.id, town.clock)
    token = await town.issue()
    await town.report(token, 200, till="a")
    assert await told(town.db, "offline.overspent") == []
    for _ in range(2):
        await town.report(token, 200, till="b")
    (heard,) = await told(town.db, "offline.overspent")
    assert heard["data"] | {"till": "b", "points": 200, "accepted": 100, "reason": "over"} == heard["data"]
    assert heard["member"]


async def test_a_month_that_is_closed_is_told(books: Any, clock: FixedClock) -> None:
    await listen(books.db, books.config.id, clock)
    await books.earn(books.ann, 100)
    await close(books, date(2026, 3, 1), clock.now() + timedelta(days=60))
    (heard,) = await told(books.db, "period.closed")
    assert heard["data"]["period"] == "2026-03-01"


async def test_what_becomes_of_a_checkout_is_told(db: Database, clock: FixedClock) -> None:
    counter = await open_counter(db, members=2)
    await listen(db, counter.program_id, clock)
    ann = counter.kiosk.ann
    opened = await counter.open(ann, Wish("mug"), codes=("TEN",))
    await counter.close(opened.id, "o1")
    await counter.reopen(opened.id)
    await counter.close(opened.id, "o2")
    back = await counter.give_back(opened.id, 0, 10)
    given_up = await counter.open(None)
    await counter.cancel(given_up.id)
    # A voucher's use names the checkout as everybody else does, not the key it was set aside under.
    chk = encode("chk", opened.id)
    for kind, times in (("voucher.used", 2), ("voucher.returned", 1)):
        assert [one["data"] for one in await told(db, kind)] == [{"code": "TEN", "checkout": chk}] * times
    closed = await told(db, "checkout.closed")
    assert [one["data"]["order_id"] for one in closed] == ["o1", "o2"]
    assert closed[0]["data"] | {"vouchers": ["TEN"], "rewards": ["mug"]} == closed[0]["data"]
    assert closed[0]["data"]["to_pay"] == opened.content.to_pay
    assert [one["data"]["order_id"] for one in await told(db, "checkout.reopened")] == [None]
    (returned,) = await told(db, "checkout.returned")
    assert (returned["data"]["money_back"], returned["data"]["points_back"]) == (
        back["money"],
        back["points"],
    )
    (cancelled,) = await told(db, "checkout.cancelled")
    assert (cancelled["member"], cancelled["data"]["checkout"] != closed[0]["data"]["checkout"]) == (
        "0",
        True,
    )
