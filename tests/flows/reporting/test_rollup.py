"""Roll-ups against the rows they come from, whatever commits when, and whoever dies in between."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from tests.flows.accrual.setting import Shop, open_shop

from regulars.core.events import decode_doc
from regulars.features.members import resolve_ref
from regulars.features.programs import ProgramConfig, load_config
from regulars.flows import points
from regulars.flows.accrual import claim_order
from regulars.flows.reporting import Rollup, rebuild
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, failpoints
from regulars.infra.db.failpoints import FailpointReached
from regulars.infra.db.queries import parse_queries
from regulars.kit.zones import zone

QUERIES = parse_queries(
    Path(__file__).with_name("queries.sql").read_text(encoding="utf-8"), "tests/flows/reporting/queries.sql"
)
ROOT = Path(__file__).parents[3]
FIGURES = ("flows", "sales", "awards", "moves", "retained", "intakes")
FAILPOINTS = ("after_rollup_before_progress", "after_rollup_before_commit")


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    return await open_shop(db, clock, tmp_path)


async def ask(db: Database, name: str) -> list[tuple[Any, ...]]:
    async with db.transaction() as tx:
        return await tx.all(QUERIES[name])


async def figures(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    return {name: await ask(db, name) for name in FIGURES}


async def sales_by_hand(db: Database, zone: Any) -> Counter[tuple[str, str, str]]:
    """Add up net sales by store, product and month, from the documents, in Python."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for *_, doc, _, corrected, cancelled in await ask(db, "orders_and_corrections"):
        event = decode_doc(doc)
        day = event.occurred_at.astimezone(zone).date()
        left = None if cancelled else decode_doc(corrected or doc).order
        for name, key in (("store", event.store or ""), ("all", day.isoformat())):
            sums[name, "net", key] += left.amount if left else 0
            sums[name, "gross", key] += event.order.amount if event.order else 0
            sums[name, "orders", key] += 1
        for line in left.lines if left else ():
            sums["product", "net", line.sku] += line.amount
            sums["product", "units", line.sku] += line.quantity
    return +sums


async def sales_rolled_up(db: Database) -> Counter[tuple[str, str, str]]:
    sums: Counter[tuple[str, str, str]] = Counter()
    for dimension, grain, day, key, orders, _, units_left, gross, net in await ask(db, "sales"):
        if grain != "day":
            continue
        if dimension == "product":
            sums[dimension, "net", key] += net
            sums[dimension, "units", key] += units_left
        elif dimension in ("store", "all"):
            name = key if dimension == "store" else day.isoformat()
            sums[dimension, "net", name] += net
            sums[dimension, "gross", name] += gross
            sums[dimension, "orders", name] += orders
    return +sums


class Days:
    """Some weeks of a shop in which anything may commit at any time."""

    def __init__(self, shop: Shop, config: ProgramConfig, seed: int, clock: FixedClock) -> None:
        self.shop, self.config, self.random, self.clock = shop, config, Random(seed), clock
        self.rollup = Rollup(shop.db, clock)
        self.orders: list[str] = []
        self.guests: list[str] = []
        self.guests_seen = 0
        self.held = AsyncExitStack()
        self.holding: set[str] = set()

    async def do(self) -> None:
        acts = [self.order] * 4 + [
            self.refund,
            self.early_refund,
            self.guest,
            self.claim,
            self.adjust,
            self.spend,
        ]
        acts += [self.hold, self.let_go, self.roll, self.roll, self.die, self.later, self.again]
        await self.random.choice(acts)()

    def _order(self, number: str, user: str) -> Any:
        lines = [
            (sku, self.random.randint(1, 3), "2.50") for sku in ("TEA", "MUG") if self.random.random() < 0.6
        ]
        at = self.clock.now() - timedelta(hours=self.random.choice((0, 0, 0, 5, 30, 800)))
        amount = f"{sum(n for _, n, _ in lines) * 2.5:.2f}" if lines else "7.00"
        store = self.random.choice(("north", "web"))
        return self.shop.order(number, amount, user, store=store, lines=lines, occurred_at=at.isoformat())

    async def order(self) -> None:
        number = f"o{len(self.orders)}"
        self.orders.append(number)
        await self.shop.send(self._order(number, self.random.choice(("anna", "bert", "cleo"))))

    async def refund(self) -> None:
        if self.orders:
            number = self.random.choice(self.orders)
            how: dict[str, Any] = self.random.choice(({}, {"total": "1.00"}, {"lines": [("TEA", 1)]}))
            await self.shop.send(self.shop.refund(number, self.random.choice(("anna", "bert")), **how))

    async def early_refund(self) -> None:
        number = f"o{len(self.orders)}"
        await self.shop.send(self.shop.refund(number, "anna", total="1.00"))
        await self.order()

    async def guest(self) -> None:
        self.guests_seen += 1
        number = f"g{self.guests_seen}"
        self.guests.append(number)
        enrolling = self.shop.till
        self.shop.till = msgspec.structs.replace(enrolling, enrol=False)
        await self.shop.send(self._order(number, f"nobody-{number}"))
        self.shop.till = enrolling

    async def claim(self) -> None:
        if self.guests:
            number = self.guests.pop()
            await self.order()
            async with self.shop.db.transaction() as tx:
                member = await self._member(tx, "anna") if "anna" not in self.holding else None
                if member:
                    await claim_order(tx, self.shop.rulebooks, self.config.id, number, member, self.shop.now)

    async def _member(self, tx: Any, user: str) -> int | None:
        try:
            return await resolve_ref(tx, self.config, f"external_id:{user}")
        except Exception:
            return None

    async def adjust(self) -> None:
        await self._at_the_desk("bert", 40)

    async def _at_the_desk(self, user: str, amount: int) -> None:
        async with self.shop.db.transaction() as tx:
            member = await self._member(tx, user)
            if member:
                await points.adjust(
                    tx, self.config, member, amount, "credit", reason="x", actor="x", now=self.clock.now(),
                    point_type="points",
                )  # fmt: skip

    async def spend(self) -> None:
        async with self.shop.db.transaction() as tx:
            member = await self._member(tx, "bert")
            wallets = await points.wallets(tx, self.config, member, self.clock.now()) if member else []
            have = next((wallet.available for wallet in wallets if wallet.point_type == "points"), 0)
            if member and have > 5:
                receipt = await points.spend(tx, self.config, member, 5, actor="x", now=self.clock.now())
                if self.random.random() < 0.5:
                    await points.cancel(
                        tx, self.config, member, receipt.transfer, actor="x", reason="x", now=self.clock.now()
                    )

    async def hold(self) -> None:
        """Take a number and write, and commit much later."""
        user = f"slow{len(self.holding)}"
        if len(self.holding) < 3:
            await self.shop.send(self._order(f"s{self.random.random()}", user))
            self.holding.add(user)
            tx = await self.held.enter_async_context(self.shop.db.transaction())
            member = await self._member(tx, user)
            assert member
            await points.adjust(
                tx,
                self.config,
                member,
                7,
                "credit",
                reason="x",
                actor="x",
                now=self.clock.now(),
                point_type="points",
            )

    async def let_go(self) -> None:
        self.holding.clear()
        await self.held.aclose()

    async def roll(self) -> None:
        await self.rollup.step()

    async def again(self) -> None:
        self.rollup = Rollup(self.shop.db, self.clock)

    async def die(self) -> None:
        failpoints._active[self.random.choice(FAILPOINTS)] = "raise"
        try:
            await self.rollup.step()
        except FailpointReached:
            self.rollup = Rollup(self.shop.db, self.clock)
        finally:
            failpoints._active.clear()

    async def later(self) -> None:
        self.clock.advance(timedelta(hours=self.random.choice((1, 7, 25))))


@pytest.mark.parametrize("seed", range(6))
async def test_roll_ups_are_what_the_rows_add_up_to(shop: Shop, clock: FixedClock, seed: int) -> None:
    clock.move_to(datetime(2026, 3, 27, 20, tzinfo=UTC))  # clocks in Vilnius go forward on the 29th
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
    days = Days(shop, config, seed, clock)
    for _ in range(60):
        await days.do()
    await days.let_go()
    await days.rollup.drain()
    await days.rollup.drain()
    rolled_up = await figures(shop.db)
    assert rolled_up["flows"] == await ask(shop.db, "count_flows")
    assert await sales_rolled_up(shop.db) == await sales_by_hand(shop.db, zone(config.zone))
    async with shop.db.transaction() as tx:
        await rebuild(tx, clock)
    assert await figures(shop.db) == rolled_up


async def test_a_batch_that_commits_late_is_not_passed_over(shop: Shop, clock: FixedClock) -> None:
    await shop.send(shop.order("o1", "10.00", "anna"))
    await shop.send(shop.order("o2", "20.00", "bert"))
    rollup = Rollup(shop.db, clock)
    await rollup.drain()
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        late = await resolve_ref(tx, config, "external_id:anna")
    async with shop.db.transaction() as tx:
        await points.adjust(
            tx, config, late, 5, "credit", reason="x", actor="x", now=clock.now(), point_type="points"
        )
        await shop.send(shop.order("o3", "30.00", "bert"))
        await rollup.drain()
        [(before, _)] = await ask(shop.db, "progress")
    await rollup.drain()
    [(after, _)] = await ask(shop.db, "progress")
    assert after > before
    assert await ask(shop.db, "flows") == await ask(shop.db, "count_flows")


async def test_who_reads_for_long_holds_nothing_up(shop: Shop, clock: FixedClock) -> None:
    rollup = Rollup(shop.db, clock)
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        await tx.all(QUERIES["flows"])
        await shop.send(shop.order("o1", "10.00", "anna"))
        assert await rollup.drain() == 1
    assert await ask(shop.db, "flows") == await ask(shop.db, "count_flows") != []


async def test_two_do_not_roll_up_twice(shop: Shop, clock: FixedClock) -> None:
    await shop.send(shop.order("o1", "10.00", "anna"))
    one, other = Rollup(shop.db, clock), Rollup(shop.db, clock)
    await one.drain()
    await other.drain()
    await other.step()
    assert await ask(shop.db, "flows") == await ask(shop.db, "count_flows")


@pytest.mark.crash
@pytest.mark.parametrize("failpoint", FAILPOINTS)
async def test_a_killed_worker_leaves_nothing_half_done(
    shop: Shop, clock: FixedClock, database_url: str, failpoint: str
) -> None:
    await shop.send(shop.order("o1", "10.00", "anna", store="north"))
    await shop.send(shop.refund("o1"))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.flows.reporting.rolling",
        database_url,
        cwd=ROOT,
        env={**os.environ, "REGULARS_TEST_MODE": "1", "REGULARS_FAILPOINTS": f"{failpoint}=kill"},
    )
    async with asyncio.timeout(120):
        assert await process.wait() == -signal.SIGKILL
    assert await ask(shop.db, "flows") == []
    await Rollup(shop.db, clock).drain()
    assert await ask(shop.db, "flows") == await ask(shop.db, "count_flows") != []
