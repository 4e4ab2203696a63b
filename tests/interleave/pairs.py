"""Pairs of operations that meet at one member, and what they must come to in every order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from tests.flows.accrual.setting import Shop, points, wallet
from tests.interleave.steps import Check, Operation

from regulars.features.programs import ProgramConfig, load_config
from regulars.features.rulesets import put_rule
from regulars.flows import points as desk
from regulars.flows.accrual import Item, Receipt, accrue
from regulars.flows.apply import publish
from regulars.flows.merging import merge
from regulars.infra.db import Database
from regulars.kit.errors import Rejected

Ground = Callable[["World"], Awaitable[tuple[Sequence[Operation], Check]]]


class World:
    """The corner shop, with a new member for every run."""

    def __init__(self, shop: Shop, config: ProgramConfig) -> None:
        self.shop = shop
        self.config = config
        self._numbers = count(1)

    @classmethod
    async def open(cls, shop: Shop) -> World:
        async with shop.db.transaction() as tx:
            return cls(shop, await load_config(tx, shop.program_id))

    def name(self) -> str:
        """Return the name of somebody new."""
        return f"user-{next(self._numbers)}"

    async def member(self, user: str, amount: str = "50.00") -> tuple[int, int]:
        """Let somebody buy for the first time; return (member id, points she can spend)."""
        receipt = await self.shop.send(self.shop.order(f"first-{user}", amount, user))
        member_id = receipt.answers[0].member_id
        assert member_id
        return member_id, wallet(receipt)[0]

    async def stands(self, user: str) -> tuple[int, int]:
        """Return (available, debt)."""
        return wallet(await self.shop.send(self.shop.event("Page Seen", user)))

    def takes(self, operation: Callable[..., Awaitable[Any]], *arguments: Any, **named: Any) -> Operation:
        """Return an operation of the desk as one transaction."""

        async def work(db: Database) -> Any:
            async with db.transaction() as tx:
                return await operation(
                    tx, self.config, *arguments, actor="till", now=self.shop.clock.now(), **named
                )

        return work

    def sends(self, items: list[Item]) -> Operation:
        """Return a batch of events as one operation."""

        async def work(db: Database) -> Receipt:
            return await accrue(db, self.shop.rulebooks, self.shop.program_id, items, self.shop.now)

        return work


def succeeded(came: list[Any]) -> list[bool]:
    return [not isinstance(one, Rejected) for one in came]


async def two_spends(world: World) -> tuple[Sequence[Operation], Check]:
    """Two spend three fifths each: one can."""
    user = world.name()
    member_id, have = await world.member(user)
    part = have * 3 // 5

    async def check(came: list[Any], _: list[int]) -> None:
        assert sorted(succeeded(came)) == [False, True]
        assert await world.stands(user) == (have - part, 0)

    return [world.takes(desk.spend, member_id, part)] * 2, check


async def capture_and_void(world: World) -> tuple[Sequence[Operation], Check]:
    """What was set aside is spent or comes back: one of the two."""
    user = world.name()
    member_id, have = await world.member(user)
    async with world.shop.db.transaction() as tx:
        held = await desk.authorise(tx, world.config, member_id, 40, actor="till", now=world.shop.clock.now())

    async def check(came: list[Any], _: list[int]) -> None:
        captured, voided = succeeded(came)
        assert captured is not voided
        assert await world.stands(user) == (have - 40 if captured else have, 0)

    capture = world.takes(desk.capture_hold, member_id, held.hold)
    return [capture, world.takes(desk.void_hold, member_id, held.hold)], check


async def order_and_spend(world: World) -> tuple[Sequence[Operation], Check]:
    """She spends all she has while another order earns."""
    user = world.name()
    member_id, have = await world.member(user)
    order = world.shop.items([world.shop.order(f"next-{user}", "10.00", user)])

    async def check(came: list[Any], _: list[int]) -> None:
        assert succeeded(came) == [True, True]
        assert await world.stands(user) == (10, 0)

    return [world.sends(order), world.takes(desk.spend, member_id, have)], check


async def refund_and_spend(world: World) -> tuple[Sequence[Operation], Check]:
    """She spends all she has while her order is refunded: it cannot be spent, or it is owed."""
    user = world.name()
    member_id, have = await world.member(user)
    refund = world.shop.items([world.shop.refund(f"first-{user}", user)])

    async def check(came: list[Any], _: list[int]) -> None:
        assert succeeded(came)[0]
        # 50 points for 50 euros and 50 for a first purchase go; 100 for entering Bronze stay.
        spent = succeeded(came)[1]
        assert await world.stands(user) == ((0, 100) if spent else (have - 100, 0))

    return [world.sends(refund), world.takes(desk.spend, member_id, have)], check


async def publication_and_order(world: World) -> tuple[Sequence[Operation], Check]:
    """An event is rated by one whole version, and after a publication by the new one."""
    shop = world.shop
    shop.clock.advance(timedelta(seconds=1))
    user = world.name()
    await world.member(user)
    number = next(world._numbers) + 1_000
    async with shop.db.transaction() as tx:
        award = [{"award": {"point_type": code, "points": number}} for code in ("points", "net")]
        rule = {"trigger": {"event": "Ticked"}, "then": award}
        await put_rule(tx, shop.program_id, "tick", rule, now=shop.clock.now(), status="active")
    tick = shop.items([shop.event("Ticked", user)])

    async def publishes(db: Database) -> None:
        async with db.transaction() as tx:
            await publish(tx, shop.program_id, now=shop.clock.now())

    async def check(came: list[Any], told: list[int]) -> None:
        given = points(came[1])
        new = {"points": number, "net": number}
        assert given == new or len(set(given.values())) <= 1
        if 1 not in told[: told.count(0)]:
            assert given == new
        assert points(await shop.send(shop.event("Ticked", user))) == new

    return [publishes, world.sends(tick)], check


async def opposite_transfers(world: World) -> tuple[Sequence[Operation], Check]:
    """Two send each other points: both arrive, and nobody waits in a ring."""
    one, two = world.name(), world.name()
    (first, have), (second, _) = await world.member(one), await world.member(two)

    async def check(came: list[Any], _: list[int]) -> None:
        assert succeeded(came) == [True, True]
        assert await world.stands(one) == (have - 30 + 20, 0)
        assert await world.stands(two) == (have - 20 + 30, 0)

    there = world.takes(desk.transfer, first, second, 30)
    return [there, world.takes(desk.transfer, second, first, 20)], check


async def merge_and_order(world: World) -> tuple[Sequence[Operation], Check]:
    """Somebody buys while she turns out to be somebody else: nothing is lost, and nothing stays behind."""
    user, other = world.name(), world.name()
    (source, had), (target, have) = await world.member(user, "20.00"), await world.member(other, "20.00")
    order = world.shop.items([world.shop.order(f"next-{user}", "10.00", user)])

    async def merges(db: Database) -> None:
        async with db.transaction() as tx:
            now = world.shop.clock.now()
            await merge(tx, world.config, source, target, reason="one person", now=now)

    async def check(came: list[Any], _: list[int]) -> None:
        assert succeeded(came) == [True, True]
        stands = await world.stands(user), await world.stands(other)
        assert stands == ((had + have + 10, 0),) * 2, (stands, had, have)

    return [merges, world.sends(order)], check
