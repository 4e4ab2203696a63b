"""Winners get what they won, once; what cannot be given waits and keeps nobody else waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.flows.points.world import make_members, make_program

from regulars.features.draws import Draw, Prize, close_draw, enter_draw, open_draw, put_draw, reveal_draw
from regulars.features.programs import ProgramConfig
from regulars.features.vouchers import Definition, Worth, put_definition, select_of_member
from regulars.flows import points
from regulars.flows.prizes import deliver_prizes
from regulars.flows.prizes.deliver import AGAIN
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

TYPES: dict[str, dict[str, Any]] = {"points": {"kind": "redeemable"}}


@pytest.fixture
async def config(db: Database) -> AsyncIterator[ProgramConfig]:
    yield await make_program(db, types=TYPES)  # noqa: PT022 - a program, not its context


async def define(db: Database, config: ProgramConfig, pattern: str | None, clock: FixedClock) -> None:
    async with db.transaction() as tx:
        ten = Definition("ten", "Ten", Worth("amount", amount=1_000), pattern=pattern)
        await put_definition(tx, config.id, ten, zone=config.zone, now=clock.now())


async def test_prizes_are_given_when_the_draw_is_revealed(
    db: Database, clock: FixedClock, config: ProgramConfig
) -> None:
    members = await make_members(db, config, 3)
    prizes = (
        Prize("voucher", "A voucher", 1, voucher="ten"),
        Prize("points", "Points", 1, points=500),
        Prize("car", "A car", 1),
    )
    await define(db, config, None, clock)  # an empty pool
    async with db.transaction() as tx:
        await put_draw(tx, config.id, Draw("d", "D", prizes), clock.now())
        await open_draw(tx, config.id, "d", clock.now())
        for member in members:
            await enter_draw(tx, config.id, "d", member, 1, f"c{member}", clock.now())
        await close_draw(tx, config.id, "d", clock.now())
    assert await deliver_prizes(db, points, clock.now()) == 0  # nobody is to see who won
    async with db.transaction() as tx:
        await reveal_draw(tx, config.id, "d", clock.now())
    assert await deliver_prizes(db, points, clock.now()) == 2
    await define(db, config, "TEN-####-####", clock)
    assert await deliver_prizes(db, points, clock.now()) == 0
    clock.advance(AGAIN)
    assert await deliver_prizes(db, points, clock.now()) == 1
    assert await deliver_prizes(db, points, clock.now()) == 0
    have = 0
    codes = []
    async with db.transaction(snapshot=True) as tx:
        for member in members:
            (wallet,) = await points.wallets(tx, config, member, clock.now())
            have += wallet.available
            codes += await select_of_member(tx, config.id, member, after="", limit=10)
    assert (have, len(codes)) == (500, 1)
