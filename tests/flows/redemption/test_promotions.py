"""Rules that change what rewards cost, refund points and look at tiers; vouchers that rewards hand out."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from tests.flows.points.world import NOW
from tests.flows.redemption.kiosk import Kiosk, open_kiosk

from regulars.app.redemption_ports import redemption_ports
from regulars.app.reward_issuer import RewardUsed
from regulars.features.draws import Draw, Prize, close_draw, open_draw, put_draw
from regulars.features.rewards import Price, Rate, Reward
from regulars.features.vouchers import Definition, Worth, put_definition, void_vouchers
from regulars.flows import books, gifting, points
from regulars.flows.apply import apply_document, decode_document
from regulars.flows.couponing import redeem_basket
from regulars.flows.redemption import Ask, quote
from regulars.flows.redemption.bodies import as_confirmed, sentences_of
from regulars.flows.redemption.errors import RewardNotForTier, WholePiecesOnly
from regulars.infra.db import Database, load_queries
from regulars.kit.errors import Rejected

queries = load_queries(__package__)

RULES: list[dict[str, Any]] = [
    {
        "code": "kitchen-week",
        "name": "Kitchen things a fifth off",
        "trigger": {"redemption": {"category": "kitchen"}},
        "then": [{"change_price": {"percent": 20}}],
    },
    {
        "code": "dear",
        "name": "Five points off what costs 100 or more",
        "priority": -1,
        "trigger": {"redemption": {}},
        "when": {
            "combinator": "and",
            "rules": [{"field": "reward.price_points", "operator": ">=", "value": 100}],
        },
        "then": [{"change_price": {"points": 5}}],
    },
    {
        "code": "back",
        "name": "Ten points back for a service",
        "trigger": {"redemption": {"kind": "service"}},
        "then": [{"award": {"point_type": "points", "points": "10"}}],
    },
]


@pytest.fixture
async def kiosk(db: Database) -> Kiosk:
    kiosk = await open_kiosk(db, ports=redemption_ports())
    await kiosk.put(Reward("spoon", "Spoon", "goods", Price(points=50), category="kitchen"))
    await kiosk.put(Reward("pot", "Pot", "goods", Price(points=333), category="kitchen"))
    async with db.transaction() as tx:
        document = decode_document({"rules": RULES, "publish": True})
        await apply_document(tx, document, "acme", now=NOW)
    return kiosk


async def test_the_quoted_price_is_the_price(kiosk: Kiosk) -> None:
    quoted = await quote(kiosk.db, kiosk.grounds, kiosk.config.id, Ask(kiosk.ann, "pot"), NOW)
    assert quoted.price is not None
    assert quoted.refusal is None
    assert [(one.rule, one.off) for one in quoted.price.changes] == [("kitchen-week", 66), ("dear", 5)]
    done = await kiosk.redeem(kiosk.ann, "pot")
    assert (done.points, done.order.price) == (262, quoted.price)
    held = await kiosk.take(kiosk.ann, "spoon", quantity=2)
    assert held.points == 75
    half = (await kiosk.capture(held.order.id, quantity=1)).order
    assert half.points == 37


async def test_what_rules_took_off_adds_up_with_what_was_confirmed(kiosk: Kiosk) -> None:
    held = await kiosk.take(kiosk.ann, "pot", quantity=3)
    part = (await kiosk.capture(held.order.id, quantity=2)).order
    shown = as_confirmed(part)
    assert shown.listed - sum(one.off for one in shown.changes) == part.points < held.points
    assert [one.rule for one in shown.changes] == ["kitchen-week", "dear"]
    assert as_confirmed(held.order) == held.order.price
    await kiosk.put(Reward("money", "Money", "discount", Price(rate=Rate(points=10, worth=7, least=10))))
    money = await kiosk.take(kiosk.ann, "money", points=200)
    less = as_confirmed((await kiosk.capture(money.order.id, points=100)).order)
    assert less.points == 100
    assert less.listed - sum(one.off for one in less.changes) == 100


async def test_why_it_costs_that_is_said_in_the_decimals_of_points_and_money(kiosk: Kiosk) -> None:
    done = await kiosk.redeem(kiosk.ann, "pot")
    kind = kiosk.config.point_types_by_id[done.order.point_type_id]
    assert sentences_of(done.order, msgspec.structs.replace(kind, scale=1), "EUR") == [
        "1 × the reward come to 33.3 points.",
        "The rule “kitchen-week” takes off 20 %: 6.6.",
        "The rule “dear” takes off 0.5: 0.5.",
    ]
    half = (await kiosk.cancel(done.order.id, share=Fraction(1, 2))).order
    said = sentences_of(msgspec.structs.replace(half, money=990, money_back=495), kind, "EUR")
    assert said[-2:] == ["9.90 EUR go with it.", "50.00 % came back: 131 points and 4.95 EUR."]


async def test_points_come_back_for_a_reward(kiosk: Kiosk) -> None:
    done = await kiosk.redeem(kiosk.ann, "coffee")
    assert done.points == 30
    assert (await kiosk.wallet(kiosk.ann)).available == 1_000 - 30 + 10
    held = await kiosk.take(kiosk.ann, "coffee")
    assert (await kiosk.wallet(kiosk.ann)).available == 950
    await kiosk.capture(held.order.id)
    assert (await kiosk.wallet(kiosk.ann)).available == 960


GAINS: dict[str, Any] = {
    "tier_sets": [
        {"code": "club", "name": "Club", "metric": {"of": "points", "point_type": "status"},
         "tiers": [{"code": "bronze", "name": "Bronze", "threshold": 0},
                   {"code": "gold", "name": "Gold", "threshold": 20,
                    "award": {"point_type": "points", "points": 100}}]},
    ],
    "rules": [
        *RULES,
        {"code": "half", "name": "Half of it back, twice a member", "trigger": {"redemption": {}},
         "then": [{"award": {"point_type": "points", "formula": "event.properties.paid_points / 2",
                             "rounding": "floor"}}],
         "funding": [{"account": "partner:bakery", "share": 60}, {"account": "house", "share": 40}],
         "limits": [{"measure": "count", "max": 2, "per": "member", "period": "lifetime"}]},
        {"code": "climb", "name": "Taking rewards counts for the tier", "trigger": {"redemption": {}},
         "then": [{"award": {"point_type": "status", "points": 10}}]},
        {"code": "fee", "name": "A fee for a pot", "trigger": {"redemption": {"reward": "pot"}},
         "then": [{"deduct": {"point_type": "points", "points": 3}}]},
    ],
    "publish": True,
}  # fmt: skip


async def test_the_quote_says_what_comes_back_and_that_comes(kiosk: Kiosk) -> None:
    """At once, and set aside and confirmed: awards, shares, fees, limits used up, a tier's entry."""
    async with kiosk.db.transaction() as tx:
        await apply_document(tx, decode_document(GAINS), "acme", now=NOW)
    said: list[dict[tuple[str, str], int]] = []
    for reward, at_once in [("coffee", True), ("pot", False), ("coffee", False), ("spoon", True)]:
        before = await everything(kiosk)
        quoted = await quote(kiosk.db, kiosk.grounds, kiosk.config.id, Ask(kiosk.ann, reward), NOW)
        again = Ask(kiosk.ann, reward, at_once=True)
        assert (
            await quote(kiosk.db, kiosk.grounds, kiosk.config.id, again, NOW)
        ).given_back == quoted.given_back
        assert await everything(kiosk) == before, "a quote writes nothing"
        assert quoted.price is not None
        expected = Counter(before)
        expected["points"] -= quoted.price.points
        for gain in quoted.given_back:
            expected[gain.point_type] += gain.points
        if at_once:
            await kiosk.redeem(kiosk.ann, reward)
        else:
            await kiosk.capture((await kiosk.take(kiosk.ann, reward)).order.id)
        assert Counter(await everything(kiosk)) == expected
        said.append({(gain.rule, gain.point_type): gain.points for gain in quoted.given_back})
    climb, half, entry = ("climb", "status"), ("half", "points"), ("", "points")
    assert said == [
        {("back", "points"): 10, half: 15, climb: 10},
        {half: 131, climb: 10, ("fee", "points"): -3, entry: 100},
        {("back", "points"): 10, climb: 10},
        {climb: 10},
    ]


async def everything(kiosk: Kiosk) -> dict[str, int]:
    """Return what Ann can use of every point type."""
    async with kiosk.db.transaction(read_only=True, snapshot=True) as tx:
        return {
            one.point_type: one.available for one in await points.wallets(tx, kiosk.config, kiosk.ann, NOW)
        }


async def test_a_reward_for_a_tier_is_for_that_tier(kiosk: Kiosk) -> None:
    tiers = {
        "tier_sets": [
            {
                "code": "club",
                "name": "Club",
                "metric": {"of": "points", "point_type": "status"},
                "window": {"calendar": "year"},
                "tiers": [
                    {"code": "bronze", "name": "Bronze", "threshold": 0},
                    {"code": "gold", "name": "Gold", "threshold": 100},
                ],
            }
        ]
    }
    async with kiosk.db.transaction() as tx:
        await apply_document(tx, decode_document(tiers), "acme", now=NOW)
    await kiosk.put(Reward("all", "All", "content", Price(points=1), tiers={"club": ("bronze", "gold")}))
    await kiosk.put(Reward("few", "Few", "content", Price(points=1), tiers={"club": ("gold",)}))
    await kiosk.redeem(kiosk.ann, "all")
    with pytest.raises(RewardNotForTier) as refusal:
        await kiosk.redeem(kiosk.ann, "few")
    assert refusal.value.tiers == "club: gold"


async def test_tickets_of_a_draw_are_entered_and_taken_out_again(kiosk: Kiosk) -> None:
    async with kiosk.db.transaction() as tx:
        draw = Draw("bike", "Win a bike", (Prize("bike", "A bike", 1),), once_per_member=False)
        await put_draw(tx, kiosk.config.id, draw, NOW)
        await open_draw(tx, kiosk.config.id, "bike", NOW)
    await kiosk.put(
        Reward("tickets", "Three tickets", "draw_tickets", Price(points=40), draw="bike", tickets=3)
    )
    done = await kiosk.redeem(kiosk.ann, "tickets", quantity=2)
    assert [(one["draw"], one["tickets"]) for one in done.order.issued] == [("bike", 6)]
    assert (await kiosk.cancel(done.order.id)).points == 40 * 2
    again = await kiosk.redeem(kiosk.ann, "tickets")
    async with kiosk.db.transaction() as tx:
        await close_draw(tx, kiosk.config.id, "bike", NOW)
    with pytest.raises(RewardUsed):
        await kiosk.cancel(again.order.id)
    with pytest.raises(Rejected):
        await kiosk.redeem(kiosk.ann, "tickets")
    assert (await kiosk.wallet(kiosk.ann)).available == 960


async def test_vouchers_are_handed_out_once_and_taken_back_unused(kiosk: Kiosk) -> None:
    async with kiosk.db.transaction() as tx:
        definition = Definition("five", "Five off", Worth("amount", 500), pattern="FIVE-########")
        await put_definition(tx, kiosk.config.id, definition, zone="UTC", now=NOW)
    await kiosk.put(Reward("five", "Five euro", "voucher", Price(points=100), voucher="five"))
    held = await kiosk.take(kiosk.ann, "five", quantity=2)
    assert held.order.issued == ()
    done = await kiosk.capture(held.order.id)
    codes = [one["code"] for one in done.order.issued]
    assert len(set(codes)) == 2
    with pytest.raises(WholePiecesOnly):
        await kiosk.cancel(done.order.id, share=Fraction(1, 4))
    one = await kiosk.cancel(done.order.id, quantity=1)
    assert (one.points, len(one.order.issued)) == (done.points // 2, 1)
    back = await kiosk.cancel(done.order.id)
    assert (one.points + back.points, back.order.status, back.order.issued) == (done.points, "returned", ())
    again = await kiosk.redeem(kiosk.ann, "five")
    async with kiosk.db.transaction() as tx:
        await void_vouchers(tx, kiosk.config.id, [again.order.issued[0]["code"]], now=NOW)
    with pytest.raises(RewardUsed):
        await kiosk.cancel(again.order.id)


async def test_of_several_codes_those_nobody_used_come_back(kiosk: Kiosk) -> None:
    async with kiosk.db.transaction() as tx:
        definition = Definition("five", "Five off", Worth("amount", 500), pattern="FIVE-########")
        await put_definition(tx, kiosk.config.id, definition, zone="UTC", now=NOW)
    await kiosk.put(Reward("five", "Five euro", "voucher", Price(points=30), voucher="five"))
    done = await kiosk.redeem(kiosk.ann, "five", quantity=3)
    used = sorted(one["code"] for one in done.order.issued)[0]
    async with kiosk.db.transaction() as tx:
        await redeem_basket(tx, kiosk.config.id, [used], None, member_id=kiosk.ann, order_id="o1", now=NOW)
    back = await kiosk.cancel(done.order.id, quantity=2)
    assert [one["code"] for one in back.order.issued] == [used]
    with pytest.raises(RewardUsed):
        await kiosk.cancel(done.order.id)
    assert (await kiosk.wallet(kiosk.ann)).available == 970


async def test_a_gift_card_holds_what_was_promised_and_comes_back_unused(kiosk: Kiosk) -> None:
    gift = Reward("gift", "A card", "gift_card", Price(points=200), gift_card="cash", value=2_500)
    await kiosk.put(gift)
    await kiosk.put(
        Reward("chosen", "As you like", "gift_card", Price(rate=Rate(points=10, worth=7)), gift_card="cash")
    )
    done = await kiosk.redeem(kiosk.ann, "gift", quantity=2)
    first, second = done.order.issued
    assert (len(first["pin"]), first["worth"]) == (6, 2_500)
    assert "pin" not in await kept(kiosk, done.order.id)
    assert await on_card(kiosk, first["card"]) == 2_500
    async with kiosk.db.transaction() as tx:
        paid = await gifting.pay(tx, kiosk.config, first["card"], 500, actor="till", now=NOW)
    back = await kiosk.cancel(done.order.id, quantity=1)
    assert [one["card"] for one in back.order.issued] == [first["card"]]
    assert await on_card(kiosk, second["card"]) == 0
    with pytest.raises(RewardUsed):
        await kiosk.cancel(done.order.id)
    async with kiosk.db.transaction() as tx:
        await gifting.refund(tx, kiosk.config, first["card"], paid.transfer, actor="till", now=NOW)
    await kiosk.cancel(done.order.id)
    assert await on_card(kiosk, first["card"]) == 0, "all of it was there again"
    chosen = await kiosk.redeem(kiosk.ann, "chosen", points=300)
    assert await on_card(kiosk, chosen.order.issued[0]["card"]) == 210
    async with kiosk.db.transaction() as tx:
        card = chosen.order.issued[0]["card"]
        await gifting.top_up(tx, kiosk.config, card, 50, actor="till", now=NOW)
        await gifting.pay(tx, kiosk.config, card, 50, actor="till", now=NOW)
    with pytest.raises(RewardUsed):
        await kiosk.cancel(chosen.order.id)
    async with kiosk.db.transaction(read_only=True, snapshot=True) as tx:
        found = await books.verify(tx)
    assert [check for check in found.checks if check.bad] == []


async def on_card(kiosk: Kiosk, number: str) -> int:
    async with kiosk.db.transaction(read_only=True, snapshot=True) as tx:
        return (await gifting.balance(tx, kiosk.config, number, NOW)).available


async def kept(kiosk: Kiosk, order: int) -> str:
    """What the database keeps of what an order handed out."""
    async with kiosk.db.transaction(read_only=True) as tx:
        return str(await tx.value(queries.select_issued, id=order))
