"""The shop's catalogue of rewards, and what its customers took of it month by month: held against the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from rich.console import Console

from regulars.app.demo.program import Prepared
from regulars.app.demo.queries import queries
from regulars.app.demo.tables import table
from regulars.app.redemption_ports import redemption_ports
from regulars.features.programs import load_config
from regulars.features.rewards import (
    Around,
    Limit,
    Price,
    Rate,
    Reward,
    put_reward,
    put_reward_stock,
    select_rewards,
    select_shelves,
)
from regulars.flows.redemption import Ask, Grounds, Receipt, cancel, take
from regulars.infra.db import Database, Transaction

REWARDS: Final = (
    Reward("cake-stand", "Regency cakestand", "goods", Price(points=250, money=495), category="kitchen", stock=True),
    Reward("jumbo-bag", "Jumbo bag red retrospot", "goods", Price(points=120), category="bags", stock=True,
           limits=(Limit(2, "member", "month"),)),
    Reward("pounds-off", "Pounds off the next order", "discount",
           Price(rate=Rate(points=100, worth=50, least=100, step=100))),
    Reward("a-tree", "A tree in the Caledonian forest", "donation", Price(points=80)),
)  # fmt: skip
STOCK: Final = {"cake-stand": 700, "jumbo-bag": 650}
# Every month one in twelve of the customers with enough for any of the rewards takes one; every seventeenth of these
# thinks better of it. Pounds off cost half of what one has, up to so many points.
POINTS_AT_LEAST, ONE_IN, REGRETS, POINTS_OFF_MAX = 500, 12, 17, 4_000


class RewardRow(msgspec.Struct, frozen=True):
    """One reward: how often it was taken and given back, the points that stayed spent, and what is left of it."""

    reward: str
    taken: int
    given_back: int
    points: int
    left: int | None


class RewardsTaken(msgspec.Struct, frozen=True):
    """All of them, with what the ledger says was spent and not returned."""

    rows: list[RewardRow] = []
    points: int = 0
    by_the_ledger: int = 0

    @property
    def agrees(self) -> bool:
        """Whether redemptions and the ledger say the same."""
        return self.points == self.by_the_ledger


async def offer(tx: Transaction, program_id: int, now: datetime) -> None:
    """Put the rewards into the program's catalogue."""
    around = Around(await load_config(tx, program_id))
    for reward in REWARDS:
        await put_reward(tx, program_id, reward, around, now)
    for code, free in STOCK.items():
        await put_reward_stock(tx, program_id, code, free=free)


async def redeem(db: Database, prepared: Prepared, month: int, now: datetime) -> None:
    """Let customers take rewards at the end of a month (its number since the year 0), unless they have.

    All in one transaction, as at a busy till; some give theirs back.
    """
    program_id, reference = prepared.program_id, f"demo-{month // 12}-{month % 12 + 1:02}"
    async with db.transaction() as tx:
        if await tx.value(queries.has_redeemed, program_id=program_id, reference=reference):
            return
        rows = await tx.all(
            queries.select_with_points,
            program_id=program_id,
            points=POINTS_AT_LEAST,
            one_in=ONE_IN,
            month=month,
        )
        grounds = Grounds(redemption_ports())
        asks = [_ask(place + month, row[0], row[1], reference) for place, row in enumerate(rows)]
        done: Sequence[object] = await take(tx, grounds, program_id, asks, now) if asks else ()
        granted = [one for one in done if isinstance(one, Receipt)]
        for one in granted[::REGRETS]:
            await cancel(
                tx,
                grounds,
                program_id,
                one.order.id,
                now,
                reason="thought better of it",
                actor="demo",
            )


async def rewards_taken(db: Database, prepared: Prepared) -> RewardsTaken:
    """Return how it stands."""
    program_id = prepared.program_id
    async with db.transaction(read_only=True, snapshot=True) as tx:
        config = await load_config(tx, program_id)
        stored = {one.id: one for one in await select_rewards(tx, program_id)}
        shelves = await select_shelves(tx, list(stored))
        rows = [
            RewardRow(
                stored[number].reward.code,
                taken,
                back,
                points,
                sum(shelf.free for shelf in shelves[number]) if number in shelves else None,
            )
            for number, taken, back, points in await tx.all(queries.select_redeemed, program_id=program_id)
        ]
        spent = await tx.value(
            queries.sum_spent, program_id=program_id, point_type_id=config.point_types["points"].id
        )
    return RewardsTaken(rows, sum(row.points for row in rows), spent)


def show_rewards(console: Console, taken: RewardsTaken) -> None:
    """Print what was taken of the rewards."""
    made = table("Rewards that customers took", "reward", "taken", "given back", "points", "left")
    for row in taken.rows:
        left = "" if row.left is None else f"{row.left:,}"
        made.add_row(row.reward, f"{row.taken:,}", f"{row.given_back:,}", f"{row.points:,}", left)
    console.print()
    console.print(made)
    tick = "[green]✓[/green]" if taken.agrees else "[red]✗[/red]"
    console.print(
        f"{tick} {taken.points:,} points stayed spent on rewards; by the ledger {taken.by_the_ledger:,}."
    )


def _ask(place: int, member_id: int, available: int, reference: str) -> Ask:
    reward = REWARDS[place % len(REWARDS)]
    points = min(available // 200 * 100, POINTS_OFF_MAX) if reward.price.rate is not None else None
    return Ask(member_id, reward.code, points=points, at_once=True, reference=reference, actor="demo")
