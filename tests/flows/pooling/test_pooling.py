"""Households: who may come, go and say what; and spending together, in order, within limits, books whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from tests.flows.points.world import make_members, make_program
from tests.hammer.gate import together

from regulars.features import households
from regulars.features.households import Household, Order, Terms
from regulars.features.households.errors import (
    HeadOnly,
    InHouseholdAlready,
    InvitationNotYours,
    LastHead,
    NotInHousehold,
    UnknownInvitation,
)
from regulars.features.programs import ProgramConfig, load_config, put_point_type
from regulars.flows import points
from regulars.flows.books import verify
from regulars.flows.pooling import Available, PooledSpend, parts_of, return_together, spend_together
from regulars.flows.pooling.errors import PooledLimitReached, PooledSpendReturned, PoolTooLow
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

TYPES: dict[str, dict[str, Any]] = {
    "points": {"kind": "redeemable", "policy": {"expiry": {"rolling_days": 30}}}
}


class Home:
    """Ann, Ben and their child Cleo with 100, 200 and 50 points, and Dan next door with 1,000."""

    def __init__(self, db: Database, clock: FixedClock, config: ProgramConfig, members: list[int]) -> None:
        self.db = db
        self.clock = clock
        self.config = config
        self.ann, self.ben, self.cleo, self.dan = members
        self.id = 0

    async def found(self, draws: Order = "own_first") -> Household:
        async with self.db.transaction() as tx:
            made = await households.found_household(
                tx, self.config.id, self.ann, "Home", now=self.clock.now(), draws=draws
            )
        self.id = made.id
        await self.join(self.ben, "adult")
        await self.join(self.cleo, "child")
        return made

    async def invite(self, role: Any = "adult", member: int | None = None, by: int | None = None) -> str:
        async with self.db.transaction() as tx:
            head = by or self.ann
            now = self.clock.now()
            return await households.invite(tx, self.config.id, self.id, head, role, now=now, member_id=member)

    async def accept(self, secret: str, member: int) -> None:
        async with self.db.transaction() as tx:
            await households.accept(tx, self.config.id, secret, member, self.clock.now())

    async def join(self, member: int, role: Any) -> None:
        await self.accept(await self.invite(role, member), member)

    async def allow(self, member: int, terms: Terms, by: int | None = None) -> None:
        async with self.db.transaction() as tx:
            await households.change_person(tx, self.config.id, self.id, by or self.ann, member, terms)

    async def leave(self, member: int, by: int | None = None) -> None:
        async with self.db.transaction() as tx:
            await households.leave(tx, self.config.id, self.id, member, self.clock.now(), by=by)

    async def spend(self, member: int, amount: int, point_type: str | None = None) -> PooledSpend:
        async with self.db.transaction() as tx:
            return await spend_together(
                tx, self.config, points, member, amount, actor="till", now=self.clock.now(), point_type=point_type
            )  # fmt: skip

    async def give_back(self, spend: PooledSpend, amount: int | None = None) -> PooledSpend:
        async with self.db.transaction() as tx:
            return await return_together(
                tx, self.config, points, spend.household_id, spend.id, actor="till", reason="returned",
                now=self.clock.now(), points=amount,
            )  # fmt: skip

    async def have(self) -> list[int]:
        """Return what Ann, Ben, Cleo and Dan have; the books are right."""
        found = []
        async with self.db.transaction(snapshot=True) as tx:
            for member in (self.ann, self.ben, self.cleo, self.dan):
                (wallet,) = await points.wallets(tx, self.config, member, self.clock.now())
                found.append(wallet.available)
            assert (await verify(tx, self.config.id)).healthy
        return found


@pytest.fixture
async def home(db: Database, clock: FixedClock) -> AsyncIterator[Home]:
    config = await make_program(db, types=TYPES)
    members = await make_members(db, config, 4)
    for place, (member, amount) in enumerate(zip(members, (100, 200, 50, 1_000), strict=True)):
        async with db.transaction() as tx:
            end = clock.now() + timedelta(days=20 - 5 * place)
            await points.adjust(
                tx,
                config,
                member,
                amount,
                "credit",
                reason="test",
                actor="test",
                now=clock.now(),
                expires=end,
            )
    return Home(db, clock, config, members)


async def test_points_are_drawn_in_the_stated_order_and_return_the_other_way(home: Home) -> None:
    await home.found()
    spend = await home.spend(home.ben, 250)
    assert [(part.member_id, part.points) for part in spend.parts] == [(home.ben, 200), (home.ann, 50)]
    assert await home.have() == [50, 0, 50, 1_000]  # the child's own stay hers
    with pytest.raises(PoolTooLow) as refused:
        await home.spend(home.ben, 51)
    assert (refused.value.available, refused.value.missing) == (50, 1)
    back = await home.give_back(spend, 60)
    assert [part.returned for part in back.parts] == [10, 50]
    assert await home.have() == [100, 10, 50, 1_000]
    await home.give_back(spend)
    assert await home.have() == [100, 200, 50, 1_000]
    with pytest.raises(PooledSpendReturned):
        await home.give_back(spend, 1)


async def test_what_ends_first_is_drawn_first_whoever_s_it_is(home: Home) -> None:
    await home.found("ending_first")
    await home.allow(home.cleo, Terms("child", shares=True, spend_max=0))
    spend = await home.spend(home.ann, 260)
    drawn = [(part.member_id, part.points) for part in spend.parts]
    assert drawn == [(home.cleo, 50), (home.ben, 200), (home.ann, 10)]
    assert await home.have() == [90, 0, 0, 1_000]


async def test_a_child_spends_others_points_as_far_as_it_may(home: Home) -> None:
    await home.found()
    with pytest.raises(PooledLimitReached):
        await home.spend(home.cleo, 51)
    assert await home.have() == [100, 200, 50, 1_000]
    await home.allow(home.cleo, Terms("child", shares=False, spend_max=30))
    spend = await home.spend(home.cleo, 70)  # 50 of its own, 20 of Ann's
    with pytest.raises(PooledLimitReached) as refused:
        await home.spend(home.cleo, 11)
    assert refused.value.left == 10
    await home.give_back(spend, 20)
    await home.spend(home.cleo, 30)
    home.clock.advance(timedelta(days=10))
    assert await home.have() == [70, 200, 0, 0]


async def test_a_bound_is_as_many_points_of_every_type(home: Home) -> None:
    await home.found()
    await home.allow(home.cleo, Terms("child", shares=False, spend_max=30))
    async with home.db.transaction() as tx:
        await put_point_type(tx, home.config.id, "cents", "Cents", scale=2, now=home.clock.now())
        home.config = await load_config(tx, home.config.id)
        await points.adjust(
            tx, home.config, home.ann, 5_000, "credit", reason="x", actor="x", now=home.clock.now(), point_type="cents"
        )  # fmt: skip
    with pytest.raises(PooledLimitReached) as refused:
        await home.spend(home.cleo, 3_001, "cents")
    assert refused.value.left == 3_000
    await home.spend(home.cleo, 3_000, "cents")


async def test_only_heads_say_who_comes_and_what_one_may(home: Home) -> None:
    await home.found()
    with pytest.raises(HeadOnly):
        await home.invite(by=home.ben)
    with pytest.raises(HeadOnly):
        await home.allow(home.cleo, Terms("adult", shares=True), by=home.ben)
    with pytest.raises(HeadOnly):
        await home.leave(home.cleo, by=home.ben)
    with pytest.raises(LastHead):
        await home.leave(home.ann)
    with pytest.raises(LastHead):
        await home.allow(home.ann, Terms("adult", shares=True))
    await home.allow(home.ben, Terms("head", shares=True))
    await home.leave(home.ann)
    with pytest.raises(NotInHousehold):
        await home.spend(home.ann, 1)
    await home.leave(home.cleo, by=home.ben)
    await home.leave(home.ben)  # the last one closes the door
    assert await home.have() == [100, 200, 50, 1_000]
    with pytest.raises(NotInHousehold):
        await home.spend(home.ben, 1)


async def test_an_invitation_is_for_one_and_for_once(home: Home) -> None:
    await home.found()
    secret = await home.invite(member=home.dan)
    with pytest.raises(InHouseholdAlready):
        await home.accept(await home.invite(), home.ben)
    with pytest.raises(InvitationNotYours):
        await home.accept(secret, home.ben)
    await home.accept(secret, home.dan)
    with pytest.raises(UnknownInvitation):
        await home.accept(secret, home.dan)
    await home.leave(home.dan)
    late = await home.invite()
    home.clock.advance(timedelta(days=14))
    with pytest.raises(UnknownInvitation):
        await home.accept(late, home.dan)


async def test_a_dissolved_household_s_spend_still_comes_back(home: Home) -> None:
    await home.found()
    spend = await home.spend(home.ben, 250)
    open_still = await home.invite()
    async with home.db.transaction() as tx:
        await households.dissolve(tx, home.config.id, home.id, home.ann, home.clock.now())
    with pytest.raises(UnknownInvitation):
        await home.accept(open_still, home.dan)
    await home.give_back(spend)
    assert await home.have() == [100, 200, 50, 1_000]


async def test_all_spend_at_once_and_nobody_spends_what_is_not_there(home: Home) -> None:
    await home.found()
    await home.allow(home.cleo, Terms("child", shares=True, spend_max=100))
    spenders = [home.ann, home.ben, home.cleo] * 6
    came = await together([lambda who=who: home.spend(who, 50) for who in spenders])  # type: ignore[misc]
    spent = [one for one in came if isinstance(one, PooledSpend)]
    assert len(spent) == 7
    assert await home.have() == [0, 0, 0, 1_000]


def test_parts_never_take_more_than_there_is() -> None:
    wallets = {1: Available(5, ((9, 0, 1, 5),)), 2: Available(3, ((4, 0, 2, 3),))}
    assert parts_of(6, "own_first", [1, 2], wallets) == [(1, 5), (2, 1)]
    assert parts_of(6, "ending_first", [1, 2], wallets) == [(2, 3), (1, 3)]
    assert sum(part for _, part in parts_of(100, "ending_first", [1, 2], wallets)) == 8
