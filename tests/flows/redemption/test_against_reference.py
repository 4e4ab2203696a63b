"""Redemption on a real database against the plain reference: whatever is done in whatever order, both agree."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.flows.points.world import NOW, days, make_members, make_program
from tests.flows.redemption.kiosk import Kiosk
from tests.flows.redemption.reference import ModelKiosk
from tests.model.wallet import NEVER

from regulars.features.rewards import Limit, Price, Reward
from regulars.flows import books
from regulars.flows.redemption import Ask
from regulars.flows.redemption.errors import RedemptionClosed
from regulars.infra.db import Database
from regulars.kit.errors import Rejected

T = TypeVar("T")
THINGS: dict[str, dict[str, Any]] = {
    "cup": {"points": 7, "money": 0, "stock": 9, "limit": None},
    "pan": {"points": 11, "money": 99, "stock": 5, "limit": None},
    "song": {"points": 3, "money": 0, "stock": None, "limit": 4},
}
TYPES = {"points": {"policy": {"return_grace_days": 0}}}
HOLD_DAYS = 2
QUANTITIES = st.integers(1, 4)


class Machine(RuleBasedStateMachine):
    """Two members before one shelf; time passes in whole days."""

    db: Database
    runner: asyncio.Runner
    codes = count(1)

    @initialize()
    def open(self) -> None:
        self.day = 0
        self.model = ModelKiosk({name: dict(thing) for name, thing in THINGS.items()})
        self.kiosk = self.do(self._open())
        for member in (0, 1):
            self._earn(member, 150, None)
            self._earn(member, 40, 3)

    async def _open(self) -> Kiosk:
        config = await make_program(self.db, f"k{next(self.codes)}", types=TYPES, zone="UTC")
        kiosk = Kiosk(self.db, config, await make_members(self.db, config, 2))
        for name, thing in THINGS.items():
            limits = () if thing["limit"] is None else (Limit(thing["limit"]),)
            price = Price(points=thing["points"], money=thing["money"])
            await kiosk.put(
                Reward(
                    name, name.title(), "goods", price, stock=thing["stock"] is not None, limits=limits,
                    hold_s=HOLD_DAYS * 86_400,
                )
            )  # fmt: skip
            if thing["stock"] is not None:
                await kiosk.stock(name, thing["stock"])
        return kiosk

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def now(self) -> datetime:
        return NOW + days(self.day)

    def orders(self, *statuses: str) -> list[int]:
        orders = self.model.orders.items()
        return [number for number, one in orders if self.model.standing(one, self.day) in statuses]

    @rule(member=st.integers(0, 1), amount=st.integers(5, 60), life=st.sampled_from([None, 2, 5]))
    def earn(self, member: int, amount: int, life: int | None) -> None:
        self._earn(member, amount, life)

    def _earn(self, member: int, amount: int, life: int | None) -> None:
        ends = None if life is None else self.now + days(life)
        who = self.kiosk.members[member]
        number = self.do(self.kiosk.earn(who, amount, now=self.now, expires=ends))
        self.model.wallets.settle(who, self.day)
        end = NEVER if life is None else self.day + life
        self.model.wallets.credit(who, number, amount, self.day, ends=end)

    @rule(
        member=st.integers(0, 1),
        reward=st.sampled_from(sorted(THINGS)),
        quantity=QUANTITIES,
        once=st.booleans(),
    )
    def take(self, member: int, reward: str, quantity: int, once: bool) -> None:
        who = self.kiosk.members[member]
        expected = self.model.refusal(who, reward, quantity, self.day)
        ask = Ask(who, reward, quantity, at_once=once)
        (done,) = self.do(self.kiosk.ask(ask, now=self.now))
        assert (done.code if isinstance(done, Rejected) else None) == expected
        if expected is not None:
            return
        ends = self.day + HOLD_DAYS
        self.model.take(done.order.id, who, reward, quantity, self.day, ends=ends, at_once=once)

    @precondition(lambda self: self.orders("reserved", "expired", "cancelled"))
    @rule(choice=st.integers(0, 50), quantity=QUANTITIES)
    def confirm(self, choice: int, quantity: int) -> None:
        number = self.pick(choice, "reserved", "expired", "cancelled")
        order = self.model.orders[number]
        quantity = min(quantity, order["quantity"])
        if self.model.standing(order, self.day) != "reserved":
            with pytest.raises(RedemptionClosed) as refusal:
                self.do(self.kiosk.capture(number, self.now))
            assert refusal.value.became == self.model.standing(order, self.day)
            return
        self.do(self.kiosk.capture(number, self.now, quantity=quantity))
        self.model.confirm(number, quantity, self.day)

    @precondition(lambda self: self.orders("reserved", "confirmed"))
    @rule(choice=st.integers(0, 50))
    def void(self, choice: int) -> None:
        number = self.pick(choice, "reserved", "confirmed")
        if self.model.standing(self.model.orders[number], self.day) != "reserved":
            with pytest.raises(RedemptionClosed):
                self.do(self.kiosk.void(number, self.now))
            return
        self.do(self.kiosk.void(number, self.now))
        self.model.void(number, self.day)

    @precondition(lambda self: self.orders("confirmed"))
    @rule(choice=st.integers(0, 50), quantity=QUANTITIES)
    def give_back(self, choice: int, quantity: int) -> None:
        self.give_back_of(choice, quantity)

    @precondition(lambda self: self.orders("reserved"))
    @rule(choice=st.integers(0, 50), quantity=QUANTITIES)
    def confirm_in_time(self, choice: int, quantity: int) -> None:
        number = self.pick(choice, "reserved")
        quantity = min(quantity, self.model.orders[number]["quantity"])
        self.do(self.kiosk.capture(number, self.now, quantity=quantity))
        self.model.confirm(number, quantity, self.day)

    @precondition(lambda self: self.orders("confirmed"))
    @rule(choice=st.integers(0, 50))
    def give_one_back(self, choice: int) -> None:
        self.give_back_of(choice, 1)

    def give_back_of(self, choice: int, quantity: int) -> None:
        number = self.pick(choice, "confirmed")
        order = self.model.orders[number]
        quantity = min(quantity, order["quantity"] - order["back"])
        done = self.do(self.kiosk.cancel(number, self.now, quantity=quantity))
        assert (done.points, done.money) == self.model.give_back(number, quantity, self.day)

    @rule(passed=st.integers(1, 3))
    def time_passes(self, passed: int) -> None:
        self.day += passed

    @rule()
    def end_overdue(self) -> None:
        self.do(self.kiosk.end_overdue(self.now))
        self.model.noted(self.day)

    def pick(self, choice: int, *statuses: str) -> int:
        found = self.orders(*statuses)
        return found[choice % len(found)]

    @invariant()
    def both_agree(self) -> None:
        for member in self.kiosk.members:
            self.model.wallets.settle(member, self.day)
            wallet = self.do(self.kiosk.wallet(member, self.now))
            wallets = self.model.wallets
            assert (wallet.available, wallet.held) == (wallets.available(member), wallets.held(member))
        for name, thing in THINGS.items():
            if thing["stock"] is not None:
                assert self.do(self.kiosk.free(name)) == thing["stock"] - self.model.taken(name)
        assert self.do(self.kiosk.gaps()) == []

    def teardown(self) -> None:
        async def check() -> list[Any]:
            async with self.db.transaction(read_only=True, snapshot=True) as tx:
                return [one for one in (await books.verify(tx)).checks if one.bad]

        assert self.do(check()) == []


@pytest.fixture
def machine(database_url: str) -> Iterator[type[Machine]]:
    with asyncio.Runner() as runner:
        opening = Database.open(database_url, min_size=1, max_size=2, name="api")
        Machine.db, Machine.runner = runner.run(opening.__aenter__()), runner
        try:
            yield Machine
        finally:
            runner.run(opening.__aexit__(None, None, None))


def test_the_database_and_the_reference_agree(machine: type[Machine]) -> None:
    chosen = settings(
        max_examples=12, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck),
        derandomize=True, database=None,
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=chosen)
