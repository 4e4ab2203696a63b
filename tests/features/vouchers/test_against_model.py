"""The life of vouchers on a real database against a model of a few lines, over whatever Hypothesis thinks of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import START
from tests.features.vouchers.test_vouchers import PROGRAM, Desk

from regulars.features.vouchers import lapse_reservations, release_vouchers, return_vouchers, void_vouchers
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.kit.errors import Rejected

PER_MEMBER, IN_ALL, USES = 2, 4, 2
MEMBERS = (11, 12)
CODES = 3
ENDS = timedelta(minutes=90)

places = st.integers(0, CODES - 1)
members = st.sampled_from(MEMBERS)
baskets = st.integers(0, 4)
actions = st.one_of(
    st.tuples(st.just("reserve"), places, members, baskets, st.sampled_from([5, 20])),
    st.tuples(st.just("use"), baskets),
    st.tuples(st.just("release"), baskets),
    st.tuples(st.just("give_back"), baskets),
    st.tuples(st.just("void"), places),
    st.tuples(st.just("wait"), st.sampled_from([4, 15, 40])),
)
numbers = count(1)


class Model:
    """What must happen: codes with uses, each reserved until an instant, used, or free again."""

    def __init__(self) -> None:
        self.now = START
        self.void: set[int] = set()
        self.uses: dict[int, tuple[int, int, str, datetime]] = {}  # basket → code, member, status, until

    def live(self, code: int | None = None, member: int | None = None) -> int:
        """Count uses that stand: used, or set aside and not over."""
        return sum(
            1
            for place, owner, status, until in self.uses.values()
            if (code is None or place == code)
            and (member is None or owner == member)
            and (status == "used" or (status == "reserved" and until > self.now))
        )

    def used(self, code: int) -> int:
        return sum(1 for place, _, status, _ in self.uses.values() if place == code and status == "used")

    def lapse(self) -> None:
        for basket, (code, member, status, until) in self.uses.items():
            if status == "reserved" and until <= self.now:
                self.uses[basket] = (code, member, "lapsed", until)

    def reserve(self, code: int, member: int, basket: int, minutes: int) -> str:
        refusal = self.refusal(code, member)
        if not refusal:
            self.uses[basket] = (code, member, "reserved", self.now + timedelta(minutes=minutes))
        return refusal

    def refusal(self, code: int, member: int) -> str:
        if code in self.void:
            return "voucher_void"
        if self.now >= START + ENDS:
            return "voucher_expired"
        if self.used(code) >= USES:
            return "voucher_already_used"
        if self.live(code) >= USES:
            return "voucher_reserved"
        if self.live(member=member) >= PER_MEMBER:
            return "voucher_limit_reached"
        return "vouchers_used_up" if self.live() >= IN_ALL else ""

    def end(self, basket: int, was: str, becomes: str) -> bool:
        code, member, status, until = self.uses.get(basket, (0, 0, "", self.now))
        if status != was:
            return False
        self.uses[basket] = (code, member, becomes, until)
        return True


class World:
    """The same on the database; a basket's name is used once, as a checkout's id is."""

    def __init__(self, desk: Desk, kind: str, codes: list[str]) -> None:
        self.desk = desk
        self.kind = kind
        self.codes = codes
        self.model = Model()

    async def act(self, action: tuple[Any, ...]) -> None:
        name, *given_values = action
        async with self.desk.db.transaction() as tx:  # the worker's round before every step
            await lapse_reservations(tx, self.desk.clock.now())
        self.model.lapse()
        await getattr(self, name)(*given_values)

    async def reserve(self, place: int, member: int, basket: int, minutes: int) -> None:
        if basket in self.model.uses:
            return
        expected = self.model.reserve(place, member, basket, minutes)
        work = self.desk.reserve(self.codes[place], basket=self.name(basket), member=member, minutes=minutes)
        assert await refusal_of(lambda: work) == expected

    async def use(self, basket: int) -> None:
        again = self.model.uses.get(basket, (0, 0, "", START))[2] == "used"
        expected = "" if again or self.model.end(basket, "reserved", "used") else "reservation_gone"
        work = self.desk.use(self.name(basket), order=self.name(basket))
        assert await refusal_of(lambda: work) == expected

    async def release(self, basket: int) -> None:
        expected = self.model.end(basket, "reserved", "released")
        async with self.desk.db.transaction() as tx:
            assert bool(await release_vouchers(tx, self.name(basket), self.desk.clock.now())) is expected

    async def give_back(self, basket: int) -> None:
        expected = "" if self.model.end(basket, "used", "returned") else "unknown_use"

        async def work() -> None:
            async with self.desk.db.transaction() as tx:
                await return_vouchers(tx, PROGRAM, self.name(basket), now=self.desk.clock.now())

        assert await refusal_of(work) == expected

    async def void(self, place: int) -> None:
        self.model.void.add(place)
        async with self.desk.db.transaction() as tx:
            await void_vouchers(tx, PROGRAM, [self.codes[place]], now=self.desk.clock.now())

    async def wait(self, minutes: int) -> None:
        self.desk.clock.advance(timedelta(minutes=minutes))
        self.model.now += timedelta(minutes=minutes)

    async def compare(self) -> None:
        """Every code says to every member what the model says, and counts the same uses."""
        self.model.lapse()
        async with self.desk.db.transaction() as tx:
            await lapse_reservations(tx, self.desk.clock.now())
        for member in MEMBERS:
            for place, one in enumerate(await self.desk.find(*self.codes, member=member)):
                said = "" if one.refusal is None else one.refusal.code
                assert said == self.model.refusal(place, member)
                assert one.voucher is not None
                assert one.voucher.uses == self.model.used(place)
                assert one.voucher.uses + one.voucher.reserved == self.model.live(place)

    def name(self, basket: int) -> str:
        return f"{self.kind}:{basket}"


async def refusal_of(work: Callable[[], Any]) -> str:
    try:
        await work()
    except Rejected as refusal:
        return refusal.code
    return ""


async def live(url: str, steps: list[tuple[Any, ...]]) -> None:
    async with Database.open(url, min_size=1, max_size=2, name="api") as db:
        desk = Desk(db, FixedClock(START))
        kind = f"kind-{next(numbers)}"
        await desk.define(
            kind, uses=USES, per_member=PER_MEMBER, uses_total=IN_ALL, valid_until=START + ENDS, pattern=None
        )
        codes = [await desk.name(f"{kind}-{n}", uses=USES, code=kind) for n in range(CODES)]
        world = World(desk, kind, codes)
        for step in steps:
            await world.act(step)
        await world.compare()


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(steps=st.lists(actions, min_size=4, max_size=25))
def test_the_database_and_the_model_agree(database_url: str, steps: list[tuple[Any, ...]]) -> None:
    asyncio.run(live(database_url, steps))
