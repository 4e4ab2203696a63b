"""The journal on a real database: pages and filters, live with late commits, set aside and replayed once."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import regulars.flows.accrual.decide as decide
from regulars.app.intake_port import AccrualPort
from regulars.core.events import Event, EventStatus, decode_plain
from regulars.features.programs import ProgramConfig, load_config, program_by_code
from regulars.flows.apply import apply_document, read_source
from regulars.flows.journal import (
    Journal,
    ParkedUnknown,
    StillWaiting,
    UnknownEvent,
    follow,
    following,
    list_parked,
    replay,
)
from regulars.flows.journal.entries import Entry, Filters
from regulars.flows.journal.following import News
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries
from regulars.kit import ids
from regulars.kit.cursor import decode_cursor

COFFEE_SHOP = Path(__file__).parents[3] / "examples" / "coffee-shop.yaml"
BEYOND = 2**62
queries = load_queries("tests.flows.journal")


class Shop:
    """The coffee shop, its till, and its journal."""

    def __init__(self, db: Database, clock: FixedClock, config: ProgramConfig) -> None:
        """Work on a program that was applied."""
        self.db, self.clock, self.config = db, clock, config
        self.port = AccrualPort(db, clock)

    async def send(self, *messages: dict[str, Any]) -> list[Any]:
        """Send messages in the plain form in one batch; return what became of them."""
        source = await self.port.source_by_code(self.config.id, "till")
        assert source is not None
        now = self.clock.advance(timedelta(seconds=1))
        events = [decode_plain(message, source.origin, now) for message in messages]
        assert all(isinstance(event, Event) for event in events), events
        return await self.port.accept(source, events, received_at=now)  # type: ignore[arg-type]

    async def page(
        self, limit: int = 50, before: int = BEYOND, **filters: Any
    ) -> tuple[list[Any], str | None]:
        """Return the orders (or types) of a page, and its cursor."""
        async with self.db.transaction(read_only=True) as tx:
            journal = await Journal.open(tx, self.config.id)
            page = await journal.page(tx, Filters(**filters), before, limit)
        return [entry.order_id or entry.type for entry in page.data], page.next_cursor


@pytest.fixture
async def shop(db: Database, clock: FixedClock) -> Shop:
    """Return the coffee shop of the examples."""
    async with db.transaction() as tx:
        document = read_source(COFFEE_SHOP).document
        await apply_document(tx, document, "coffee-shop", now=clock.now(), may_create=True)
        config = await load_config(tx, (await program_by_code(tx, "coffee-shop")).id)
    clock.advance(timedelta(minutes=1))
    return Shop(db, clock, config)


def order(number: str, card: str = "4000", **more: Any) -> dict[str, Any]:
    """Return an order of a cappuccino."""
    lines = [{"sku": "CAP-1", "category": "Coffee", "price": "3.20"}]
    order = {"order_id": number, "lines": lines}
    return {"id": f"m{number}", "type": "Order Completed", "member": {"card": card}, "order": order, **more}


async def test_pages_end_where_the_next_begin(shop: Shop) -> None:
    """Seven orders in four batches, three at a time: each once, the latest first; filters and members, too."""
    await shop.send(order("1"), order("2", "5000"))
    await shop.send(order("3"), order("4", "5000"), order("5"))
    await shop.send(order("6"))
    (last,) = await shop.send(order("7"))
    orders = Filters(types=("Order Completed",)).types
    first, cursor = await shop.page(3, types=orders)
    assert cursor is not None
    (before,) = decode_cursor(cursor, int)
    second, cursor = await shop.page(3, before, types=orders)
    assert cursor is not None
    (before,) = decode_cursor(cursor, int)
    third, cursor = await shop.page(3, before, types=orders)
    assert (first, second, third, cursor) == (["7", "6", "5"], ["4", "3", "2"], ["1"], None)
    assert (await shop.page(types=orders, member_id=last.member_id))[0] == ["7", "6", "5", "3", "1"]
    assert (await shop.page(types=orders, source="web"))[0] == []
    assert (await shop.page(types=orders, source="nobody"))[0] == []
    assert (await shop.page(status=EventStatus.UNKNOWN_MEMBER))[0] == []


async def test_what_became_of_a_message(shop: Shop) -> None:
    """By its own id and by its sender's; rules, points and tier in the words of the program."""
    (done,) = await shop.send(order("1"))
    async with shop.db.transaction(read_only=True) as tx:
        journal = await Journal.open(tx, shop.config.id)
        entry = await journal.by_id(tx, done.event_id)
        assert await journal.by_key(tx, "till", "m1") == entry
        with pytest.raises(UnknownEvent):
            await journal.by_key(tx, "till", "m2")
        with pytest.raises(UnknownEvent):
            await journal.by_key(tx, "nobody", "m1")
        with pytest.raises(UnknownEvent):
            await journal.by_id(tx, 12)
    assert (entry.source, entry.key, entry.member) == ("till", "m1", ids.encode("mem", done.member_id))
    assert entry.points == {"beans": "13", "status": "3"}
    assert set(entry.rules) >= {"earn", "welcome"}


async def test_live_from_now_on_and_late_commits_too(shop: Shop) -> None:
    """What was before is not told. A return that waited is told when it is set aside, and when its order comes."""
    await shop.send(order("1"))
    back = {"id": "b", "type": "Order Refunded", "member": {"card": "4000"}, "order": {"order_id": "2"}}
    told: list[tuple[str, str | None]] = []
    async with aclosing(follow(shop.db, shop.clock, shop.config.id, pause_s=0.01)) as news:  # type: ignore[type-var]
        async for one in news:
            what = one.what
            if hasattr(what, "ready"):
                await shop.send(back)
                await shop.send(order("2"))
                continue
            if what.type.startswith("Order"):
                told.append((what.type if hasattr(what, "status") else "parked", what.order_id))
            if len(told) == 3:
                break
    assert told == [("parked", "2"), ("Order Completed", "2"), ("Order Refunded", "2")]


async def heard(shop: Shop, after: int | None, count: int) -> list[News]:
    """Return the first messages of a reader; the first of all is that it looks."""
    found: list[News] = []
    following = follow(shop.db, shop.clock, shop.config.id, after=after, pause_s=0.01)
    async with asyncio.timeout(60), aclosing(following) as news:  # type: ignore[type-var]
        async for one in news:
            found.append(one)
            if len(found) == count:
                break
    return found


async def test_who_leaves_in_the_middle_of_a_look_misses_nothing_when_she_comes_back(shop: Shop) -> None:
    """Where she goes on is behind what she was told, not behind what was found beside it."""
    (ready,) = await heard(shop, None, 1)
    for number in ("1", "2", "3"):
        await shop.send(order(number))
    (_, first) = await heard(shop, ready.settled, 2)
    again = await heard(shop, first.settled, 4)
    told = [one.what.order_id for one in again if isinstance(one.what, Entry)]
    assert {"2", "3"} <= set(told), told


async def test_a_reader_from_long_ago_hears_everything_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What there is to tell does not come in one step, and none of it is lost or comes twice between two."""
    for name in ("BATCHES_MAX", "EVENTS_MAX"):
        monkeypatch.setattr(following, name, 2)
    await shop.send(order("0"), order("1"), order("2"))
    for number in range(3, 10):
        await shop.send(order(str(number)))
    told: list[str | None] = []
    reading = follow(shop.db, shop.clock, shop.config.id, after=0, pause_s=0.01)
    async with asyncio.timeout(60), aclosing(reading) as news:  # type: ignore[type-var]
        async for one in news:
            if isinstance(one.what, Entry) and one.what.type == "Order Completed":
                told.append(one.what.order_id)
            if len(told) == 10:
                break
    assert sorted(told, key=str) == [str(number) for number in range(10)]


async def test_a_reader_from_before_a_backup_was_restored_hears_what_comes(shop: Shop) -> None:
    """The database counts from where it was: her place is one that was not reached yet."""
    (now,) = await heard(shop, None, 1)
    (ready,) = await heard(shop, now.settled + 1_000_000, 1)
    assert ready.settled == now.settled


async def test_an_event_set_aside_counts_once_however_often_it_is_replayed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own mistake parks an order; repaired, it is replayed under its own id, and its repeat is a duplicate."""
    with monkeypatch.context() as broken:
        broken.setattr(decide, "_rate_one", _mistake, raising=False)
        broken.setattr(decide, "rate", _mistake)
        (parked,) = await shop.send(order("1"))
    assert parked.status is EventStatus.PARKED
    async with shop.db.transaction(read_only=True) as tx:
        (row,) = await list_parked(tx, shop.config, before=BEYOND, limit=10)
        assert await (await Journal.open(tx, shop.config.id)).by_key(tx, "till", "m1") is None
    assert (row.reason, row.order_id, row.key) == ("failed", "1", "m1")
    assert "a mistake of ours" in row.detail
    done = await replay(shop.db, shop.port, shop.config, row.id, shop.clock.now())
    assert done.status is EventStatus.ACCEPTED
    with pytest.raises(ParkedUnknown):
        await replay(shop.db, shop.port, shop.config, row.id, shop.clock.now())
    async with shop.db.transaction() as tx:
        await tx.run(queries.open_again, id=row.id)  # as if the process had died before it was marked
    again = await replay(shop.db, shop.port, shop.config, row.id, shop.clock.now())
    assert (again.status, again.event_id) == (EventStatus.DUPLICATE, done.event_id)
    async with shop.db.transaction(read_only=True) as tx:
        entry = await (await Journal.open(tx, shop.config.id)).by_key(tx, "till", "m1")
        assert entry is not None
        assert (entry.id, entry.points) == (done.event_id, {"beans": "13", "status": "3"})
        assert await list_parked(tx, shop.config, before=BEYOND, limit=10) == []


async def test_a_return_that_waits_is_not_replayed(shop: Shop) -> None:
    """It is taken up by itself."""
    await shop.send(
        {"id": "b", "type": "Order Refunded", "member": {"card": "1"}, "order": {"order_id": "9"}}
    )
    async with shop.db.transaction(read_only=True) as tx:
        (row,) = await list_parked(tx, shop.config, before=BEYOND, limit=10)
    with pytest.raises(StillWaiting):
        await replay(shop.db, shop.port, shop.config, row.id, shop.clock.now())
    with pytest.raises(ParkedUnknown):
        await replay(shop.db, shop.port, shop.config, row.id + 1, shop.clock.now())


def _mistake(*_: Any) -> None:
    raise ZeroDivisionError("a mistake of ours")
