"""Two members of one again: awards for tiers go back with whom they were paid to, points and holds find home."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.flows.merging.test_merging import merged, right, unmerged, wallet
from tests.flows.upkeep.town import Town

from regulars.flows import points
from regulars.flows.points.errors import UnknownHold

# What the rule `sorry` gives when the tier of each of the two sets is lost.
CONSOLATION = 2 * 4


async def held(town: Town, member_id: int, amount: int) -> int:
    """Set points of a member aside for a day; return the hold's number."""
    async with town.db.transaction() as tx:
        made = await points.authorise(
            tx,
            town.config,
            member_id,
            amount,
            actor="till",
            now=town.clock.now(),
            limit=timedelta(days=1),
        )
    return made.hold


async def test_the_award_for_a_tier_goes_back_with_whom_it_was_paid_to(town: Town) -> None:
    before = await town.wallets()
    number = await merged(town, "anna", "bert")
    await unmerged(town, number)
    after = await town.wallets()
    assert after["anna", "points"] == before["anna", "points"]
    assert after["bert", "points"][0] == before["bert", "points"][0] + CONSOLATION
    assert [await town.tier(user) for user in ("anna", "bert")] == ["silver", "bronze"]
    await right(town)
    await town.shop.send(town.shop.refund("anna-1", "anna"))
    assert (await wallet(town, "anna")).available == CONSOLATION  # the award was taken back once
    await right(town)
    await town.order("bert-2", "10.00", "bert")
    assert await town.tier("bert") == "silver"
    assert (await wallet(town, "bert")).available == 45 + CONSOLATION + 10 + 5
    await right(town)


async def test_an_award_that_was_taken_back_meanwhile_is_not_taken_back_again(town: Town) -> None:
    number = await merged(town, "anna", "bert")
    await town.shop.send(town.shop.refund("anna-1", "anna"))
    assert await town.tier("bert") == "bronze"
    await unmerged(town, number)
    assert await town.tier("anna") == "bronze"
    left = (await wallet(town, "anna")).available
    assert left + (await wallet(town, "bert")).available == 45 + 2 * CONSOLATION
    await right(town)
    await town.order("anna-2", "50.00", "anna")
    assert await town.tier("anna") == "silver"
    assert (await wallet(town, "anna")).available == left + 50 + 5
    await town.shop.send(town.shop.refund("anna-2", "anna"))
    await right(town)


async def test_what_came_by_two_merges_goes_back_by_undoing_both(town: Town) -> None:
    await town.order("cora-1", "30.00", "cora")
    cora = await town.member("cora")
    hold = await held(town, cora, 10)
    before = await town.wallets()
    first = await merged(town, "cora", "bert")
    second = await merged(town, "bert", "anna")
    await unmerged(town, second)
    await unmerged(town, first)
    after = await town.wallets()
    for code in ("points", "later", "net"):
        assert after["cora", code] == before["cora", code]
    for user in ("anna", "bert"):
        assert after[user, "net"] == before[user, "net"]
        assert after[user, "later"] == before[user, "later"]
    await right(town)
    async with town.db.transaction() as tx:
        done = await points.capture_hold(
            tx, town.config, cora, hold, actor="till", now=town.clock.now(), points=4
        )
    assert done.captured == 4
    assert (await wallet(town, "cora")).available == 30 - 4
    await right(town)


async def test_a_hold_keeps_its_number_through_merge_and_undo(town: Town) -> None:
    bert = await town.member("bert")
    hold = await held(town, bert, 40)
    number = await merged(town)
    await unmerged(town, number)
    anna = await town.member("anna")
    async with town.db.transaction() as tx:
        with pytest.raises(UnknownHold):
            await points.void_hold(tx, town.config, anna, hold, actor="till", now=town.clock.now())
    async with town.db.transaction() as tx:
        await points.void_hold(tx, town.config, bert, hold, actor="till", now=town.clock.now())
    assert (await wallet(town, "bert")).available == 45
    await right(town)


async def test_a_hold_keeps_its_number_through_two_merges(town: Town) -> None:
    await town.order("cora-1", "30.00", "cora")
    cora = await town.member("cora")
    hold = await held(town, cora, 10)
    await merged(town, "cora", "bert")
    await merged(town, "bert", "anna")
    anna = await town.member("anna")
    async with town.db.transaction() as tx:
        done = await points.capture_hold(tx, town.config, anna, hold, actor="till", now=town.clock.now())
    assert done.captured == 10
    await right(town)
