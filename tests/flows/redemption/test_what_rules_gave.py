"""What rules gave for a redemption comes back with it: whole, in parts, once, also where it was spent."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from tests.flows.points.world import NOW
from tests.flows.redemption.kiosk import Kiosk, open_kiosk

from regulars.app.redemption_ports import redemption_ports
from regulars.features.rewards import Price, Reward
from regulars.flows import books, points
from regulars.flows.accrual import Rulebooks
from regulars.flows.apply import apply_document, decode_document
from regulars.flows.explanation import event_at, explain_event
from regulars.flows.merging import merge
from regulars.flows.redemption.errors import RedemptionClosed
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)

GIVING: dict[str, Any] = {
    "tier_sets": [
        {"code": "club", "name": "Club", "metric": {"of": "points", "point_type": "status"},
         "tiers": [{"code": "bronze", "name": "Bronze", "threshold": 0},
                   {"code": "gold", "name": "Gold", "threshold": 20}]},
    ],
    "rules": [
        {"code": "back", "name": "Points back for a service", "trigger": {"redemption": {"kind": "service"}},
         "then": [{"award": {"point_type": "points", "points": 41}}],
         "funding": [{"account": "partner:bakery", "share": 60}, {"account": "house", "share": 40}],
         "limits": [{"measure": "points", "max": 82, "per": "rule", "period": "lifetime"}]},
        {"code": "climb", "name": "Taking rewards counts for the tier", "trigger": {"redemption": {}},
         "then": [{"award": {"point_type": "status", "points": 10}}]},
        {"code": "twice", "name": "Two a member", "trigger": {"redemption": {"category": "few"}},
         "then": [{"award": {"point_type": "points", "points": 7}}],
         "limits": [{"measure": "count", "max": 2, "per": "member", "period": "lifetime"}]},
        {"code": "other", "name": "Points that are never owed", "trigger": {"redemption": {"kind": "content"}},
         "then": [{"award": {"point_type": "fading", "points": 40}}]},
        {"code": "fee", "name": "A fee for a mug", "trigger": {"redemption": {"reward": "mug"}},
         "then": [{"deduct": {"point_type": "points", "points": 3}}]},
    ],
    "publish": True,
}  # fmt: skip


@pytest.fixture
async def kiosk(db: Database) -> Kiosk:
    kiosk = await open_kiosk(db, ports=redemption_ports())
    await kiosk.put(Reward("few", "Few", "goods", Price(points=10), category="few"))
    await kiosk.put(Reward("song", "Song", "content", Price(points=5)))
    await kiosk.put(Reward("film", "Film", "goods", Price(points=40), point_type="fading"))
    await publish(kiosk, GIVING)
    return kiosk


async def publish(kiosk: Kiosk, document: dict[str, Any]) -> None:
    async with kiosk.db.transaction() as tx:
        await apply_document(tx, decode_document(document), "acme", now=NOW)


async def has(kiosk: Kiosk) -> dict[str, tuple[int, int]]:
    """Return what Ann can use and what she owes of every point type."""
    async with kiosk.db.transaction(read_only=True, snapshot=True) as tx:
        found = await points.wallets(tx, kiosk.config, kiosk.ann, NOW)
    return {one.point_type: (one.available, one.debt) for one in found if one.available or one.debt}


async def verified(kiosk: Kiosk) -> None:
    async with kiosk.db.transaction(read_only=True, snapshot=True) as tx:
        found = await books.verify(tx)
    assert [check for check in found.checks if check.bad] == []


async def reversals(kiosk: Kiosk) -> list[tuple[int, int]]:
    """Return what each transfer of rules for redemptions gave or took, and how much of it was undone."""
    async with kiosk.db.transaction(read_only=True) as tx:
        return await tx.all(queries.select_undone, member_id=kiosk.ann)


async def test_nothing_is_left_of_a_redemption_that_was_cancelled(kiosk: Kiosk) -> None:
    """As often as one likes: the budget, for two of them, and the limit have room again, the tier is lost again."""
    before = await has(kiosk)
    for _ in range(3):
        done = await kiosk.redeem(kiosk.ann, "coffee")
        again = await kiosk.redeem(kiosk.ann, "few")
        assert await has(kiosk) == {"points": (1_000 - 30 + 41 - 10 + 7, 0), "status": (20, 0)}
        await kiosk.cancel(again.order.id)
        back = await kiosk.cancel(done.order.id)
        assert await has(kiosk) == before
        assert back.wallet.available == 1_000
    assert all(given == undone for given, undone in await reversals(kiosk))
    assert len(await reversals(kiosk)) == 3 * 5
    await verified(kiosk)


async def test_parts_add_up_to_the_whole(kiosk: Kiosk) -> None:
    before = await has(kiosk)
    done = await kiosk.redeem(kiosk.ann, "coffee", quantity=3)
    left = []
    for _ in range(3):
        await kiosk.cancel(done.order.id, quantity=1)
        left.append(await has(kiosk))
    # 41 = 25 of the bakery's and 16 of the house's: of a third 8 and 5 are back, of two thirds 16 and 10.
    assert left[0] == {"points": (1_000 - 60 + 28, 0), "status": (7, 0)}
    assert left[1] == {"points": (1_000 - 30 + 15, 0), "status": (4, 0)}
    assert left[2] == before
    odd = await kiosk.redeem(kiosk.ann, "coffee", quantity=3)
    for _ in range(9):
        await kiosk.cancel(odd.order.id, share=Fraction(1, 9))
    assert await has(kiosk) == before
    await verified(kiosk)


async def test_what_rules_took_goes_back(kiosk: Kiosk) -> None:
    mug = await kiosk.redeem(kiosk.ann, "mug", quantity=2)
    assert (await has(kiosk))["points"] == (797, 0)
    assert (await kiosk.cancel(mug.order.id, quantity=1)).wallet.available == 898
    assert (await kiosk.cancel(mug.order.id)).wallet.available == 1_000
    await verified(kiosk)


async def test_what_was_spent_is_owed_where_the_point_type_allows_it(kiosk: Kiosk) -> None:
    done = await kiosk.redeem(kiosk.ann, "coffee")
    await kiosk.redeem(kiosk.ann, "cash", points=1_010)
    back = await kiosk.cancel(done.order.id)
    assert back.wallet.available == 0
    assert (await has(kiosk))["points"] == (0, 10)
    await verified(kiosk)


async def test_what_was_spent_stays_where_the_point_type_allows_no_debt(kiosk: Kiosk) -> None:
    done = await kiosk.redeem(kiosk.ann, "song")
    await kiosk.redeem(kiosk.ann, "film")
    await kiosk.cancel(done.order.id)
    assert await has(kiosk) == {"points": (1_000, 0), "status": (10, 0)}
    await verified(kiosk)


async def test_it_comes_back_once(kiosk: Kiosk) -> None:
    done = await kiosk.redeem(kiosk.ann, "coffee")
    await kiosk.cancel(done.order.id)
    before = await has(kiosk), await reversals(kiosk)
    with pytest.raises(RedemptionClosed):
        await kiosk.cancel(done.order.id)
    assert (await has(kiosk), await reversals(kiosk)) == before


async def test_what_gave_nothing_takes_nothing_back(kiosk: Kiosk, db: Database) -> None:
    """Set aside and let go; taken before any rule listened; and where none ever does nothing is raised."""
    held = await kiosk.take(kiosk.ann, "coffee")
    await kiosk.void(held.order.id)
    held = await kiosk.take(kiosk.ann, "coffee")
    await kiosk.cancel(held.order.id)
    assert await reversals(kiosk) == []
    plain = await open_kiosk(db, code="plain", ports=redemption_ports())
    early = await plain.redeem(plain.ann, "coffee", quantity=2)
    await plain.cancel(early.order.id, quantity=1)
    assert await raised(plain) == []
    async with db.transaction() as tx:
        await apply_document(tx, decode_document(GIVING), "plain", now=NOW)
    assert (await plain.cancel(early.order.id)).wallet.available == 1_000
    assert await has(plain) == {"points": (1_000, 0)}
    await verified(plain)


async def test_rules_that_are_gone_are_taken_back_as_well(kiosk: Kiosk) -> None:
    before = await has(kiosk)
    done = await kiosk.redeem(kiosk.ann, "coffee")
    rules = [{"code": "sorry", "name": "A point", "trigger": {"event": "Reward Cancelled"},
              "then": [{"award": {"point_type": "points", "points": 1}}]}]  # fmt: skip
    await publish(kiosk, {"rules": rules, "publish": True})
    back = await kiosk.cancel(done.order.id)
    assert back.wallet.available == 1_001
    assert await has(kiosk) == {"points": (before["points"][0] + 1, 0)}
    await verified(kiosk)


async def test_it_comes_back_from_whoever_took_over(kiosk: Kiosk) -> None:
    mug = await kiosk.redeem(kiosk.ann, "mug")
    coffee = await kiosk.redeem(kiosk.ann, "coffee")
    async with kiosk.db.transaction() as tx:
        await merge(tx, kiosk.config, kiosk.ann, kiosk.bob, reason="one person", now=NOW)
    await kiosk.cancel(mug.order.id)
    back = await kiosk.cancel(coffee.order.id)
    assert (back.owner_id, back.wallet.available) == (kiosk.bob, 2_000)
    async with kiosk.db.transaction(read_only=True, snapshot=True) as tx:
        found = await points.wallets(tx, kiosk.config, kiosk.bob, NOW)
    assert {one.point_type: one.available for one in found if one.available} == {"points": 2_000}
    await verified(kiosk)


async def test_the_explanation_says_why(kiosk: Kiosk) -> None:
    done = await kiosk.redeem(kiosk.ann, "coffee", quantity=2)
    await kiosk.cancel(done.order.id, quantity=1)
    taken, cancelled = await raised(kiosk)
    async with kiosk.db.transaction(read_only=True, snapshot=True) as tx:
        book = await Rulebooks().read(tx, kiosk.config.id)
        told = await explain_event(tx, book, await event_at(tx, book, taken), NOW)
    (correction,) = told["corrections"]
    assert correction["type"] == "Reward Cancelled"
    assert {one["type"] for one in correction["effects"]} == {"points_reversed"}
    assert cancelled > taken


async def raised(kiosk: Kiosk) -> list[int]:
    """Return the ids of the events that redemptions of Ann's raised."""
    async with kiosk.db.transaction(read_only=True) as tx:
        return [number for (number,) in await tx.all(queries.select_raised, member_id=kiosk.ann)]
