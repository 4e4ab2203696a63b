"""Shares of awards in the ledger: exact, within caps and blocks, and given back to whom they came from."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.accrual.setting import Shop, points
from tests.flows.funding.coalition import agree, funded, open_coalition

from regulars.features.partners import Agreement, BlockTooSmall, Cap, NotPrepaid, select_tasks
from regulars.features.programs import load_config
from regulars.flows.funding import (
    buy_block,
    check_blocks,
    find_agreement,
    funders_of_spend,
    funding_of_event,
    standing_of,
    watch_blocks,
    withdraw_from_block,
)
from regulars.flows.funding.watch import REFILLED
from regulars.flows.points import spend
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

HOUSE = 51  # base and first purchase of an order of one euro
ENTRY = 100  # bronze


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    return await open_coalition(db, clock, tmp_path)


async def standing(shop: Shop, code: str = "brand-points"):  # type: ignore[no-untyped-def]
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        return await standing_of(tx, config, await find_agreement(tx, config.id, code), shop.clock.now())


async def buy(shop: Shop, amount: int, code: str = "brand-points") -> None:
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await buy_block(tx, config, code, amount, amount, reference="", by="cli", now=shop.clock.now())


async def test_an_award_is_one_transfer_a_share_and_a_return_goes_back_to_the_same_shares(shop: Shop) -> None:
    await shop.send(shop.order("1", "10.00", store="web"))
    assert await funded(shop) == {"house": 10 + 50 + ENTRY, "partner:brand": 60, "partner:supplier": 40}
    await shop.send(shop.refund("1", total="5.00"))
    assert await funded(shop) == {"house": 5 + 50 + ENTRY, "partner:brand": 30, "partner:supplier": 20}
    await shop.send(shop.refund("1"))
    assert await funded(shop) == {"house": ENTRY}


async def test_beyond_its_cap_the_fallback_funds_and_a_return_frees_the_overflow_first(shop: Shop) -> None:
    await agree(
        shop,
        Agreement(
            "brand-points", "partner:brand", "points", caps=(Cap(50, "month"),), fallback="partner:supplier"
        ),
        Agreement("supplier-points", "partner:supplier", "points", caps=(Cap(45, "month"),)),
    )
    receipt = await shop.send(shop.order("1", "10.00", store="web"))
    assert points(receipt)["points"] == 160
    assert await funded(shop) == {"house": 60 + 5 + ENTRY, "partner:brand": 50, "partner:supplier": 45}
    assert (await standing(shop)).caps[0].left == 0
    await shop.send(shop.refund("1", total="5.00"))
    assert await funded(shop) == {"house": 55 + ENTRY, "partner:brand": 30, "partner:supplier": 20}
    assert (await standing(shop)).caps[0].left == 20
    assert (await standing(shop, "supplier-points")).caps[0].left == 25
    await shop.send(shop.refund("1"))
    assert await funded(shop) == {"house": ENTRY}
    assert (await standing(shop)).caps[0].used == 0


async def test_a_cap_of_a_month_begins_anew_with_the_next_month(shop: Shop, clock: FixedClock) -> None:
    await agree(shop, Agreement("brand-points", "partner:brand", "points", caps=(Cap(50, "month"),)))
    await shop.send(shop.order("1", "10.00", store="web"))
    clock.advance(timedelta(days=31))
    await shop.send(shop.order("2", "10.00", store="web"))
    assert (await funded(shop))["partner:brand"] == 100


async def test_a_block_is_drawn_to_its_reserve_refilled_and_given_back(shop: Shop) -> None:
    await agree(
        shop, Agreement("brand-points", "partner:brand", "points", mode="prepaid", reserve=20, reorder_at=60)
    )
    await shop.send(shop.order("0", "1.00", store="web"))
    assert "partner:brand" not in await funded(shop), "nothing was bought yet"
    await buy(shop, 100)
    await shop.send(shop.order("1", "10.00", store="web"), shop.order("2", "10.00", store="web"))
    assert (await funded(shop))["partner:brand"] == 80
    block = (await standing(shop)).block
    assert (block.bought, block.used, block.remaining, block.drawable) == (100, 80, 20, 0)
    await shop.send(shop.refund("1"))
    assert (await standing(shop)).block.used == 20, "sixty came back, the other order drew twenty"
    async with shop.db.transaction() as tx:
        assert await check_blocks(tx, shop.program_id) == []


async def test_a_block_that_runs_low_is_said_once_a_size_of_it(shop: Shop) -> None:
    await agree(shop, Agreement("brand-points", "partner:brand", "points", mode="prepaid", reorder_at=50))
    await buy(shop, 100)
    for number, new in (("1", 1), ("2", 1), ("3", 0)):
        await shop.send(shop.order(number, "10.00", store="web"))
        async with shop.db.transaction() as tx:
            assert await watch_blocks(tx, shop.program_id, shop.clock.now()) == new
    await buy(shop, 100)
    await shop.send(shop.order("4", "10.00", store="web"))
    async with shop.db.transaction() as tx:
        assert await watch_blocks(tx, shop.program_id, shop.clock.now()) == 1
        tasks = await select_tasks(tx, shop.program_id, done=True, before=2**62, limit=10)
    assert [(one.kind, one.bought, one.remaining, one.done_at is None) for one in tasks] == [
        ("reorder", 200, 40, True),
        ("exhausted", 100, 0, False),
        ("reorder", 100, 40, False),
    ], "what was bought is asked for no more"


async def test_a_block_that_returns_fill_again_is_asked_for_no_more_until_it_is_drawn_again(
    shop: Shop,
) -> None:
    await agree(shop, Agreement("brand-points", "partner:brand", "points", mode="prepaid", reorder_at=50))
    await buy(shop, 100)

    async def watched() -> tuple[int, list[str]]:
        async with shop.db.transaction() as tx:
            new = await watch_blocks(tx, shop.program_id, shop.clock.now())
            tasks = await select_tasks(tx, shop.program_id, done=False, before=2**62, limit=10)
        return new, [one.kind for one in tasks]

    await shop.send(shop.order("1", "10.00", store="web"), shop.order("2", "10.00", store="web"))
    assert await watched() == (2, ["exhausted", "reorder"])
    await shop.send(shop.refund("2"))
    assert await watched() == (0, ["reorder"])
    await shop.send(shop.order("3", "10.00", store="web"))
    assert await watched() == (0, ["exhausted", "reorder"]), (
        "asked for again, but told once a size of the block"
    )
    await shop.send(shop.refund("1"), shop.refund("3"))
    assert await watched() == (0, [])
    await shop.send(shop.order("4", "10.00", store="web"))
    async with shop.db.transaction() as tx:
        tasks = await select_tasks(tx, shop.program_id, done=True, before=2**62, limit=10)
        for one in tasks:
            assert one.done_by == REFILLED
    assert await watched() == (0, ["reorder"])


async def test_a_purchase_that_is_too_small_leaves_the_task_open(shop: Shop) -> None:
    await agree(shop, Agreement("brand-points", "partner:brand", "points", mode="prepaid", reorder_at=50))
    async with shop.db.transaction() as tx:
        assert await watch_blocks(tx, shop.program_id, shop.clock.now()) == 2
    await buy(shop, 40)
    async with shop.db.transaction() as tx:
        tasks = await select_tasks(tx, shop.program_id, done=False, before=2**62, limit=10)
    assert [one.kind for one in tasks] == ["reorder"]


async def test_what_is_left_of_a_block_can_be_given_back_and_no_more(shop: Shop) -> None:
    await agree(
        shop,
        Agreement("brand-points", "partner:brand", "points", mode="prepaid"),
        Agreement("supplier-points", "partner:supplier", "points"),
    )
    await buy(shop, 100)
    await shop.send(shop.order("1", "10.00", store="web"))
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        asked = {"reference": "", "by": "cli", "now": shop.clock.now()}
        with pytest.raises(BlockTooSmall) as refusal:
            await withdraw_from_block(tx, config, "brand-points", 41, 0, **asked)  # type: ignore[arg-type]
        assert refusal.value.remaining == 40
        await withdraw_from_block(tx, config, "brand-points", 30, 27, **asked)  # type: ignore[arg-type]
        with pytest.raises(NotPrepaid):
            await withdraw_from_block(tx, config, "supplier-points", 1, 0, **asked)  # type: ignore[arg-type]
    await shop.send(shop.order("2", "10.00", store="web"))
    assert (await funded(shop))["partner:brand"] == 70
    async with shop.db.transaction() as tx:
        assert await check_blocks(tx, shop.program_id) == []


async def test_an_event_says_who_funded_it_and_a_spend_whose_points_it_used(shop: Shop) -> None:
    await agree(shop, Agreement("brand-points", "partner:brand", "points", caps=(Cap(50, "year"),)))
    receipt = await shop.send(shop.order("1", "10.00", store="web"))
    answer = receipt.answers[0]
    assert answer.event_id is not None
    assert answer.member_id is not None
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        shares = await funding_of_event(tx, config, answer.event_id)
        said = [
            (s.account, s.share_of, s.points, s.agreement, s.payer)
            for s in shares
            if s.account != s.share_of or s.payer
        ]
        assert said == [
            ("partner:brand", "partner:brand", 50, "brand-points", "brand"),
            ("house", "partner:brand", 10, "", ""),
            ("partner:supplier", "partner:supplier", 40, "", "supplier"),
        ]
        spent = await spend(tx, config, answer.member_id, 260, actor="cli", now=shop.clock.now())
        used = await funders_of_spend(tx, config, spent.transfer)
    assert sum(one.points for one in used) == 260
    assert {one.account: one.points for one in used}["partner:brand"] == 50
