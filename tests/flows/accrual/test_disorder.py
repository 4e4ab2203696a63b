"""Events in any order, many at once, and twice: the same balances, the same tiers, never more than a budget has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

from tests.flows.accrual.setting import PROGRAM, Shop, open_shop, points, tier, wallet

from regulars.core.events import Event, EventStatus
from regulars.flows.accrual import accrue
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

# Rules that do not depend on what came before: a first purchase is whichever order is known first, and says so.
ORDERLY = (
    PROGRAM[: PROGRAM.index("  - code: first\n")]
    + PROGRAM[PROGRAM.index("  - code: tea\n") : PROGRAM.index("  - code: capped\n")]
    + PROGRAM[PROGRAM.index("publish: true") :]
)

CLIENTS = 16


def story(shop: Shop, user: str) -> list[Event]:
    """Five events of one member, an hour apart: two orders, a partial refund, a cancellation, a late order."""
    start = shop.clock.now() - timedelta(days=2)
    at = [(start + timedelta(hours=n)).isoformat() for n in range(5)]
    return [
        shop.order(f"{user}-a", "80.00", user, lines=[("TEA", 4, "20.00")], occurred_at=at[0]),
        shop.order(f"{user}-b", "60.00", user, occurred_at=at[1]),
        shop.refund(f"{user}-a", user, lines=[("TEA", 1)], occurred_at=at[2]),
        shop.event("Order Cancelled", user, order={"order_id": f"{user}-b"}, occurred_at=at[3]),
        shop.order(f"{user}-c", "31.00", user, lines=[("TEA", 1, "31.00")], occurred_at=at[4]),
    ]


async def ends(
    shop: Shop, told: Callable[[Shop, str], list[Event]], orders: Iterable[Sequence[int]], *, apart: bool
) -> set[Any]:
    """Return how the story ends for members to whom it came in different orders: wallets and tier. `apart`: in a batch
    for each event, else in one."""
    found = set()
    for number, order in enumerate(orders):
        user = f"u{number}"
        events = told(shop, user)
        sent = [events[place] for place in order]
        for some in [[one] for one in sent] if apart else [sent]:
            await shop.send(*some)
        receipt = await shop.send(shop.event("Page Seen", user))
        found.add((wallet(receipt), wallet(receipt, "net"), tier(receipt)))
    return found


async def test_any_order_of_arrival_ends_the_same(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    shop = await open_shop(db, clock, tmp_path, ORDERLY)
    clock.advance(timedelta(days=3))
    # 60 + 31 euros are left, 4 packets of tea, Bronze; Silver's 500 came and went.
    expected = {((60 + 31 + 20 + 100, 0), (91, 0), "bronze")}
    assert await ends(shop, story, permutations(range(5)), apart=True) == expected


async def test_one_batch_or_many_is_the_same(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    shop = await open_shop(db, clock, tmp_path, ORDERLY)
    clock.advance(timedelta(days=3))
    orders = [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 0, 3, 1, 4)]
    assert await ends(shop, story, orders, apart=False) == {((211, 0), (91, 0), "bronze")}


async def test_one_message_from_sixteen_clients_counts_once(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path)
    await shop.send(shop.order("0", "1.00"))
    items = shop.items([shop.order(str(n), "10.00", id=f"m{n}") for n in range(1, 4)])
    receipts = await asyncio.gather(
        *(accrue(db, shop.rulebooks, shop.program_id, items, shop.now) for _ in range(CLIENTS))
    )
    statuses = [answer.status for receipt in receipts for answer in receipt.answers]
    assert statuses.count(EventStatus.ACCEPTED) == 3
    assert statuses.count(EventStatus.DUPLICATE) == 3 * (CLIENTS - 1)
    assert wallet(await shop.send(shop.event("Page Seen"))) == (100 + 51 + 30, 0)


async def test_a_budget_is_exact_under_sixteen_clients(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path)
    batches = [
        shop.items([shop.order(f"{c}-{n}", "1.00", f"u{c}-{n}", store="north") for n in range(3)])
        for c in range(CLIENTS)
    ]
    receipts = await asyncio.gather(
        *(accrue(db, shop.rulebooks, shop.program_id, items, shop.now) for items in batches)
    )
    tens = sum(points(receipt, n)["points"] - 51 for receipt in receipts for n in range(3))
    assert tens == 200


async def test_members_of_crossing_batches_do_not_wait_in_a_ring(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path)
    users = [f"u{n}" for n in range(20)]
    await shop.send(*[shop.order(f"first-{user}", "1.00", user) for user in users])
    batches = []
    for client in range(CLIENTS):
        ordered = users if client % 2 else users[::-1]
        batches.append(shop.items([shop.order(f"{client}-{user}", "1.00", user) for user in ordered]))
    receipts = await asyncio.gather(
        *(accrue(db, shop.rulebooks, shop.program_id, items, shop.now) for items in batches)
    )
    assert all(a.status is EventStatus.ACCEPTED for receipt in receipts for a in receipt.answers)
    ends = await shop.send(*[shop.event("Page Seen", user) for user in users])
    assert all(wallet(ends, place=place)[0] == 100 + 51 + CLIENTS for place in range(len(users)))
