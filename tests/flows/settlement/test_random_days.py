"""Days of a coalition drawn by lot: whenever statements are drawn up, they bill what the ledger says."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from tests.flows.accrual.setting import Shop
from tests.flows.funding.coalition import agree, funded, open_coalition
from tests.flows.settlement.test_statements import BRAND, SUPPLIER, give_terms

from regulars.features.partners import Agreement, Cap
from regulars.features.programs import load_config
from regulars.flows import settlement
from regulars.flows.funding import buy_block, check_blocks
from regulars.flows.points import Till, cancel, spend
from regulars.flows.settlement.errors import PeriodNotOver, StatementNotReady
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.kit.errors import Rejected

STEPS = 60


class Days:
    """What happened so far: orders that can be returned, spends that can be cancelled, what was spent at the brand."""

    def __init__(self, shop: Shop, random: Random) -> None:
        self.shop, self.random = shop, random
        self.orders: list[tuple[str, str]] = []
        self.spends: list[tuple[int, int, int]] = []
        self.spent_at_brand = 0
        self.members: dict[str, int] = {}

    async def order(self) -> None:
        user, number = f"u{self.random.randrange(6)}", str(len(self.orders))
        amount = f"{self.random.randrange(1, 5000) / 100:.2f}"
        receipt = await self.shop.send(self.shop.order(number, amount, user, store="web"))
        assert receipt.answers[0].member_id is not None
        self.members[user] = receipt.answers[0].member_id
        self.orders.append((number, user))

    async def refund(self) -> None:
        if self.orders:
            number, user = self.random.choice(self.orders)
            fields = {} if self.random.random() < 0.5 else {"total": "3.00"}
            await self.shop.send(self.shop.refund(number, user, **fields))

    async def spend(self) -> None:
        if self.members:
            member_id, points = self.random.choice(list(self.members.values())), self.random.randrange(1, 200)
            async with self.shop.db.transaction() as tx:
                config = await load_config(tx, self.shop.program_id)
                try:
                    async with tx.savepoint():
                        now = self.shop.clock.now()
                        done = await spend(
                            tx, config, member_id, points, actor="t", now=now, at=Till("brand")
                        )
                except Rejected:
                    return
            self.spends.append((member_id, done.transfer, points))
            self.spent_at_brand += points

    async def cancel(self) -> None:
        if self.spends:
            member_id, transfer, points = self.spends.pop(self.random.randrange(len(self.spends)))
            async with self.shop.db.transaction() as tx:
                config = await load_config(tx, self.shop.program_id)
                now = self.shop.clock.now()
                await cancel(tx, config, member_id, transfer, actor="t", reason="r", now=now)
            self.spent_at_brand -= points

    async def draw_up(self) -> None:
        async with self.shop.db.transaction() as tx:
            config = await load_config(tx, self.shop.program_id)
            now = self.shop.clock.now()
            found = await settlement.draw_up(tx, config, now.date(), now)
            for one in found:
                try:
                    async with tx.savepoint():
                        await settlement.issue(tx, config, one.statement.id, by="t", now=now)
                except (PeriodNotOver, StatementNotReady):
                    continue

    async def pass_days(self) -> None:
        self.shop.clock.advance(timedelta(days=self.random.randrange(1, 12)))

    async def buy(self) -> None:
        async with self.shop.db.transaction() as tx:
            config = await load_config(tx, self.shop.program_id)
            now = self.shop.clock.now()
            await buy_block(tx, config, "brand-points", 300, 270, reference="", by="t", now=now)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_statements_bill_what_the_ledger_says(
    db: Database, clock: FixedClock, tmp_path: Path, seed: int
) -> None:
    shop = await open_coalition(db, clock, tmp_path)
    await give_terms(shop, brand=BRAND, supplier=SUPPLIER)
    if seed > 1:
        await agree(
            shop,
            Agreement(
                "supplier-points",
                "partner:supplier",
                "points",
                caps=(Cap(400, "month"),),
                fallback="partner:brand",
            ),
            Agreement("brand-points", "partner:brand", "points", mode="prepaid" if seed == 3 else "postpaid"),
        )
    days = Days(shop, Random(seed))
    steps = [days.order, days.order, days.refund, days.spend, days.cancel, days.draw_up, days.pass_days]
    for _ in range(STEPS):
        await days.random.choice([*steps, days.buy] if seed == 3 else steps)()
    shop.clock.advance(timedelta(days=40))
    await days.draw_up()
    await days.draw_up()
    await holds(shop, days)


async def holds(shop: Shop, days: Days) -> None:
    """Lines are the ledger's sums by account; points spent are the till's; statements are the sums of their lines."""
    net = {account: points for account, points in (await funded(shop)).items() if account != "house"}
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        checked = await settlement.check_billed(tx, config.id)
        assert {one.account: one.billed for one in checked if one.billed} == net
        assert all(one.funded == one.billed for one in checked)
        assert await check_blocks(tx, config.id) == []
        burned, exact = 0, Decimal(0)
        for statement in await settlement.select_statements(tx, config.id):
            account = await settlement.account_of(tx, config, statement.id)
            assert account.total == statement.total
            burned -= sum(one.points for one in account.sections if "burned" in one.kind)
            exact += sum((one.exact for one in account.sections if "burned" in one.kind), Decimal(0))
    assert burned == days.spent_at_brand
    assert exact == -days.spent_at_brand * Decimal("0.8")
