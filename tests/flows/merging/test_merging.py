"""Two members become one, lose nothing, and can be two again.

A member is forgotten and the books stay whole.
"""

from __future__ import annotations

import asyncio
import subprocess
from datetime import timedelta

import msgspec
import pytest
from tests.features.http import calling
from tests.flows.upkeep.town import Town

from regulars.app.system_events import AccrualReview
from regulars.features import members
from regulars.features.members import get_member
from regulars.flows import books, merging, points
from regulars.flows.points.errors import HoldClosed
from regulars.infra.clock import FixedClock
from regulars.infra.db.binaries import find_binaries
from regulars.kit.errors import Rejected
from regulars.kit.ids import encode


async def merged(town: Town, source: str = "bert", target: str = "anna") -> int:
    source_id, target_id = await town.member(source), await town.member(target)
    async with town.db.transaction() as tx:
        done = await merging.merge(
            tx,
            town.config,
            source_id,
            target_id,
            reason="one person",
            now=town.clock.now(),
            review=AccrualReview(),
        )
    return done.id


async def unmerged(town: Town, number: int) -> None:
    async with town.db.transaction() as tx:
        await merging.unmerge(tx, town.config, number, now=town.clock.now(), review=AccrualReview())


async def right(town: Town) -> None:
    async with town.db.transaction(read_only=True, snapshot=True) as tx:
        found = await books.verify(tx, town.config.id)
    assert [check for check in found.checks if check.bad] == []


async def wallet(town: Town, user: str, code: str = "points") -> points.Wallet:
    member = await town.member(user)
    async with town.db.transaction(read_only=True, snapshot=True) as tx:
        found = await points.wallets(tx, town.config, member, town.clock.now())
    return next(one for one in found if one.point_type == code)


async def test_points_come_lot_by_lot_and_tiers_are_assessed_over_both(town: Town) -> None:
    assert [await town.tier(user) for user in ("anna", "bert")] == ["silver", "bronze"]
    await merged(town)
    found = await wallet(town, "bert")
    # 60 + 5 for silver, and 45 that end two days earlier
    assert [(end.expires_at.isoformat(), end.points) for end in found.expiring] == [
        ("2026-03-22T23:00:00+00:00", 45),
        ("2026-03-24T23:00:00+00:00", 65),
    ]
    assert (await wallet(town, "anna", "later")).pending == 105
    assert (await wallet(town, "anna", "net")).available == 105
    assert await town.tier("anna") == "gold"
    assert await town.member("anna") == await town.member("bert")
    await right(town)


async def test_a_hold_of_the_source_is_captured_by_its_old_number(town: Town) -> None:
    bert = await town.member("bert")
    async with town.db.transaction() as tx:
        held = await points.authorise(
            tx, town.config, bert, 40, actor="till", now=town.clock.now(), reference="r-1"
        )
    await merged(town)
    anna = await town.member("anna")
    async with town.db.transaction() as tx:
        done = await points.capture_hold(
            tx, town.config, anna, held.hold, actor="till", now=town.clock.now(), points=30
        )
    assert done.captured == 30
    assert (await wallet(town, "anna")).available == 65 + 5 + 10
    async with town.db.transaction() as tx:
        with pytest.raises(HoldClosed):
            await points.void_hold(tx, town.config, anna, held.hold, actor="till", now=town.clock.now())
    await right(town)


async def test_what_the_source_spent_comes_back_to_the_target(town: Town) -> None:
    bert = await town.member("bert")
    async with town.db.transaction() as tx:
        spent = await points.spend(tx, town.config, bert, 40, actor="till", now=town.clock.now())
    await merged(town)
    anna = await town.member("anna")
    async with town.db.transaction() as tx:
        await points.cancel(
            tx, town.config, anna, spent.transfer, actor="till", reason="returned", now=town.clock.now()
        )
    assert (await wallet(town, "anna")).available == 65 + 45
    await right(town)


async def test_a_refund_of_the_sources_order_is_the_targets(town: Town) -> None:
    await merged(town)
    await town.shop.send(town.shop.refund("bert-1", "bert"))
    # 4 for a tier that was lost again
    assert (await wallet(town, "anna")).available == 65 + 4
    assert (await wallet(town, "anna", "net")).available == 60
    assert await town.tier("anna") == "silver"
    await right(town)


async def test_debts_come_along_and_are_paid(town: Town) -> None:
    bert = await town.member("bert")
    async with town.db.transaction() as tx:
        await points.spend(tx, town.config, bert, 45, actor="till", now=town.clock.now())
    await town.shop.send(town.shop.refund("bert-1", "bert"))
    assert (await wallet(town, "bert")).debt == 45
    await merged(town)
    found = await wallet(town, "anna")
    assert (found.available, found.debt) == (20, 0)
    await right(town)


async def test_a_merge_is_undone_and_what_was_done_since_stays(town: Town) -> None:
    before = await town.wallets()
    number = await merged(town)
    await town.order("anna-2", "7.00", "anna")
    await unmerged(town, number)
    after = await town.wallets()
    assert after["bert", "points"] == before["bert", "points"]
    assert after["bert", "later"] == before["bert", "later"]
    assert after["anna", "points"][0] == before["anna", "points"][0] + 7 + 4  # for a tier lost
    assert [await town.tier(user) for user in ("anna", "bert")] == ["silver", "bronze"]
    await town.order("bert-2", "10.00", "bert")
    assert await town.tier("bert") == "silver"
    await right(town)
    async with town.db.transaction() as tx:
        with pytest.raises(Rejected):
            await merging.unmerge(tx, town.config, number, now=town.clock.now())


async def test_what_was_spent_meanwhile_does_not_come_back(town: Town) -> None:
    number = await merged(town)
    anna = await town.member("anna")
    async with town.db.transaction() as tx:
        await points.spend(tx, town.config, anna, 50, actor="till", now=town.clock.now())
    await unmerged(town, number)
    wallets = await town.wallets()
    assert wallets["bert", "points"][0] == 0
    assert wallets["anna", "points"][0] == 60 + 4
    await right(town)


async def test_three_become_one_and_refunds_find_their_way(town: Town) -> None:
    await town.order("cora-1", "30.00", "cora")
    first = await merged(town, "cora", "bert")
    await merged(town, "bert", "anna")
    await town.shop.send(town.shop.refund("cora-1", "cora"))
    assert (await wallet(town, "cora", "net")).available == 105
    async with town.db.transaction() as tx:
        with pytest.raises(Rejected):
            await merging.unmerge(tx, town.config, first, now=town.clock.now())
    await right(town)


async def test_orders_that_come_while_members_are_merged_are_hers(town: Town) -> None:
    orders = [town.order(f"bert-{number}", "1.00", "bert") for number in range(10, 30)]
    await asyncio.gather(*orders[:10], merged(town), *orders[10:])
    assert (await wallet(town, "anna", "net")).available == 105 + 20
    await right(town)


async def test_merging_both_ways_at_once_happens_once(town: Town) -> None:
    async def attempt(source: str, target: str) -> object:
        try:
            return await merged(town, source, target)
        except Rejected as refusal:
            return refusal

    came = await asyncio.gather(*(attempt(*pair) for pair in [("anna", "bert"), ("bert", "anna")] * 4))
    assert sum(isinstance(one, int) for one in came) == 1, came
    assert (await wallet(town, "anna", "net")).available == 105
    await right(town)


async def test_over_http(town: Town, clock: FixedClock) -> None:
    async with calling(town.db, clock, members.router, merging.router, points.router) as client:
        base = "/programs/town"
        body = {"source": "external_id:bert", "reason": "one person"}
        done = await client.json("POST", f"{base}/members/external_id:anna/merge", body, 201)
        found = await client.json("GET", f"{base}/members/external_id:bert/wallets")
        assert found["member"] == done["target"]
        await client.call("POST", f"{base}/members/external_id:anna/merge", body, 409)
        await client.json("POST", f"{base}/merges/{done['merge']}/undo", None, 201)
        await client.acting("analyst").call("POST", f"{base}/members/external_id:anna/erase", None, 403)
        erased = await client.json("POST", f"{base}/members/external_id:anna/erase")
        assert erased == {"erased": [done["target"]]}
        await client.call("GET", f"{base}/members/external_id:anna/wallets", status=404)


CANARY = "canary-7f3a"


async def test_nothing_personal_is_left_of_who_was_erased(
    town: Town, database_url: str, clock: FixedClock
) -> None:
    await town.tell("listen")
    traits = {"email": f"{CANARY}@example.com", "firstName": CANARY, "city": CANARY}
    await town.shop.send(
        town.shop.event("Signed Up", CANARY, properties={"note": CANARY}, traits=traits),
        town.shop.order(f"order-{CANARY}", "33.00", CANARY, properties={"gift": f"for {CANARY}"}),
    )
    await town.shop.send(town.shop.refund("never-seen", CANARY, properties={"who": CANARY}))
    member = await town.member(CANARY)
    async with town.db.transaction() as tx:
        await points.adjust(
            tx, town.config, member, 5, "credit", reason=f"{CANARY} called", actor="staff:1",
            now=clock.now(), reference=CANARY, review=AccrualReview(),
        )  # fmt: skip
        await points.authorise(tx, town.config, member, 5, actor="x", now=clock.now(), reference=CANARY)
    before = await totals(town)
    assert CANARY in dump(database_url)
    async with town.db.transaction() as tx:
        assert await merging.erase(tx, town.config, member, now=clock.now()) == [member]
    left = dump(database_url)
    assert [line for line in left.splitlines() if CANARY in line] == []
    assert await totals(town) == before
    await right(town)
    # Somebody new with the same name begins with nothing.
    await town.order("o-2", "1.00", CANARY)
    assert await town.member(CANARY) != member
    assert (await wallet(town, CANARY, "net")).available == 1
    clock.advance(timedelta(days=90))
    await town.run()
    await right(town)


async def test_a_return_of_an_order_of_who_was_erased_waits_for_nothing(town: Town) -> None:
    await town.order("o-1", "33.00", "anna")
    anna = await town.member("anna")
    async with town.db.transaction() as tx:
        await merging.erase(tx, town.config, anna, now=town.clock.now())
    answer = (await town.shop.send(town.shop.refund("o-1", "anna"))).answers[0]
    assert answer.status == "accepted"
    assert answer.outcome is not None
    assert (answer.outcome.cause, answer.outcome.taken_back) == ("member_erased", [])
    await right(town)


async def test_erasing_takes_everybody_who_was_merged_along(town: Town, database_url: str) -> None:
    bert = await town.member("bert")
    await merged(town)
    anna = await town.member("anna")
    async with town.db.transaction() as tx:
        assert sorted(await merging.erase(tx, town.config, anna, now=town.clock.now())) == sorted(
            [anna, bert]
        )
        states = [(await get_member(tx, town.config, number)).status for number in (anna, bert)]
    assert states == ["erased", "erased"]
    assert '"user_id":"bert"' not in dump(database_url)
    await right(town)


async def totals(town: Town) -> list[tuple[str, int, int]]:
    """What all members have, set aside or not, and owe: not one point may go with an erased member."""
    async with town.db.transaction() as tx:
        owed = await books.liability(tx, town.config)
    return [(one.point_type, one.available + one.held + one.pending, one.debt) for one in owed]


def dump(url: str) -> str:
    """Return everything the database holds, as text."""
    done = subprocess.run(
        [find_binaries() / "pg_dump", "--data-only", "--restrict-key=x", url],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


async def test_an_event_that_names_a_member_finds_who_took_over_from_who_took_over(town: Town) -> None:
    await town.order("cora-1", "30.00", "cora")
    bert = await town.member("bert")
    await merged(town, "bert", "cora")
    await merged(town, "cora", "anna")
    event = msgspec.structs.replace(
        town.shop.order("bert-2", "10.00"), user_id=None, identifiers={"member_id": encode("mem", bert)}
    )
    receipt = await town.shop.send(event)
    assert receipt.answers[0].member_id == await town.member("anna")
    await right(town)
