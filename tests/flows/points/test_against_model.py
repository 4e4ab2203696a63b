"""Operations on a real database against the independent model: random days at the till, compared after every
one.
"""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pytest
from tests.flows.points.shop import Shop
from tests.flows.points.world import NOW, days, make_members, make_program
from tests.model.wallet import NEVER, ModelWallets

from regulars.flows import books, points
from regulars.flows.points.errors import HoldClosed, InsufficientPoints
from regulars.flows.upkeep import Upkeep
from regulars.infra.db import Database

TYPES = {"points": {"policy": {"return_grace_days": 0}}}
STEPS = 150


class Days:
    """Three members, a clock of whole days, and both worlds."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.model = ModelWallets()
        self.random = random.Random(seed)
        self.day = 0
        self.spends: list[dict[str, Any]] = []
        self.holds: list[tuple[int, int, int]] = []
        self.pending: list[tuple[int, int]] = []

    @property
    def now(self) -> datetime:
        return NOW + days(self.day)

    def member(self) -> int:
        return self.random.choice(self.shop.members)

    def amount(self) -> int:
        return self.random.randint(1, 60)

    async def earn(self) -> None:
        member, amount, life = self.member(), self.amount(), self.random.choice([None, 2, 5, 9])
        wait = self.random.choice([0, 0, 3])
        ends = None if life is None else self.now + days(life)
        number = await self.shop.earn(
            member, amount, now=self.now, expires=ends, active=self.now + days(wait) if wait else None
        )
        self.model.settle(member, self.day)
        self.model.credit(
            member, number, amount, self.day, active=self.day + wait if wait else 0,
            ends=NEVER if life is None else self.day + life,
        )  # fmt: skip
        if wait:
            self.pending.append((member, number))

    async def spend(self) -> None:
        member, amount = self.member(), self.amount()
        used = self.model.spend(member, amount, self.day)
        if used is None:
            with pytest.raises(InsufficientPoints) as refusal:
                await self.shop.spend(member, amount, self.now)
            assert refusal.value.missing == amount - self.model.available(member)
            return
        receipt = await self.shop.spend(member, amount, self.now)
        self.spends.append({"member": member, "id": receipt.transfer, "used": used, "left": amount})

    async def cancel(self) -> None:
        open_ones = [one for one in self.spends if one["left"]]
        if not open_ones:
            return
        one = self.random.choice(open_ones)
        amount = self.random.randint(1, one["left"])
        one["used"] = self.model.cancel(one["member"], one["used"], amount, self.day)
        one["left"] -= amount
        await self.shop.cancel(one["member"], one["id"], self.now, points=amount)

    async def hold(self) -> None:
        member, amount, limit = self.member(), self.amount(), self.random.randint(1, 6)
        try:
            held = await self.shop.hold(member, amount, self.now, limit=days(limit))
        except InsufficientPoints:
            self.model.settle(member, self.day)
            assert self.model.available(member) < amount
            return
        assert self.model.hold(member, str(held.hold), amount, self.day + limit, self.day)
        self.holds.append((member, held.hold, amount))

    async def close(self) -> None:
        if not self.holds:
            return
        member, number, amount = self.holds.pop(self.random.randrange(len(self.holds)))
        part = self.random.choice([0, self.random.randint(1, amount), amount])
        try:
            if part:
                done = await self.shop.capture(member, number, self.now, points=part)
                assert done.transfer is not None
            else:
                await self.shop.void(member, number, self.now)
        except HoldClosed:
            assert not self.model.void(member, str(number), self.day)
            return
        if part:
            assert self.model.capture(member, str(number), part, self.day)
        else:
            assert self.model.void(member, str(number), self.day)

    async def transfer(self) -> None:
        sender, receiver = self.random.sample(self.shop.members, 2)
        amount = self.amount()
        try:
            await self.shop.transfer(sender, receiver, amount, self.now)
        except InsufficientPoints:
            self.model.settle(sender, self.day)
            assert self.model.available(sender) < amount
            return
        assert self.model.send(sender, receiver, amount, self.day)

    async def release(self) -> None:
        if not self.pending:
            return
        member, number = self.pending.pop()
        self.model.settle(member, self.day)
        async with self.shop.db.transaction() as tx:
            found = await points.wallets(tx, self.shop.config, member, self.now)
            if found[0].pending:
                await points.release(
                    tx, self.shop.config, member, reason="x", actor="x", now=self.now, point_type="points"
                )
        for waiting, lot in [(member, number), *self.pending]:
            if waiting == member:
                self.model.release(member, lot, self.day)
        self.pending = [one for one in self.pending if one[0] != member]

    async def pass_time(self) -> None:
        self.day += self.random.randint(1, 3)

    async def upkeep(self) -> None:
        await Upkeep(self.shop.db.transaction, nobody).run(self.now, self.now, self.shop.config.id)

    async def compare(self) -> None:
        for member in self.shop.members:
            self.model.settle(member, self.day)
            wallet = await self.shop.wallet(member, now=self.now)
            assert (wallet.available, wallet.pending, wallet.held) == (
                self.model.available(member), self.model.pending(member), self.model.held(member),
            )  # fmt: skip
            ends: dict[int, int] = {}
            for end, _, _, left in self.model.lots(member):
                if end != NEVER:
                    ends[end] = ends.get(end, 0) + left
            assert {one.expires_at: one.points for one in wallet.expiring} == {
                NOW + days(end): left for end, left in ends.items()
            }


async def nobody(program_id: int, events: Any, received_at: datetime) -> None:
    raise AssertionError("nothing is raised in a program without rules")


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_database_and_the_model_agree(db: Database, seed: int) -> None:
    config = await make_program(db, types=TYPES, zone="UTC")
    world = Days(Shop(db, config, await make_members(db, config, 3)), seed)
    actions = [
        world.earn, world.earn, world.spend, world.spend, world.cancel, world.hold, world.hold, world.close,
        world.close, world.transfer, world.release, world.pass_time, world.pass_time, world.upkeep,
    ]  # fmt: skip
    for _ in range(STEPS):
        await world.random.choice(actions)()
        await world.compare()
    async with db.transaction(read_only=True, snapshot=True) as tx:
        found = await books.verify(tx)
    assert [check for check in found.checks if check.bad] == []
    assert found.transfers > 25
