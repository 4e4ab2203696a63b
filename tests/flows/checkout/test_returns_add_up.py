"""Any sequence of returns of lines and rewards adds up to exactly what was paid, held against plain arithmetic."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from tests.flows.checkout.counter import Counter, open_counter
from tests.flows.points.world import NOW

from regulars.features.rewards import Price, Reward
from regulars.flows.apply import apply_document, decode_document
from regulars.flows.checkout import Content, Line, Named, Session, Wish
from regulars.flows.checkout.errors import CheckoutClosed, InvalidCheckout, MoreThanBought
from regulars.infra.db import Database

ORDERS = 3
THINGS = ("mug", "pan", "coffee", "set")
FREE_TEA = Reward("free-tea", "A free tea", "free_item", Price(points=37, money=11), sku="TEA")


@pytest.mark.parametrize("seed", range(5))
async def test_any_sequence_of_returns_adds_up_to_what_was_paid(db: Database, seed: int) -> None:
    counter, chance = await open_counter(db), random.Random(seed)
    kiosk = counter.kiosk
    await kiosk.put(FREE_TEA)
    await kiosk.earn(kiosk.ann, 10_000)
    for number in range(ORDERS):
        opened = await open_one(counter, chance)
        session = await counter.close(opened.id, f"o{number}")
        assert {one.quantity for one in session.content.taken} > {1}
        points = money = 0
        while session.status != "returned":
            lines, named = asked(session.content, chance)
            keep = bool(named) or chance.random() < 0.6
            if not fits(session.content, lines, named):
                with pytest.raises((InvalidCheckout, MoreThanBought)):
                    await counter.take_in(session.id, lines, *named, keep=keep)
                continue
            session, back = await counter.take_in(session.id, lines, *named, keep=keep)
            points, money = points + back["points"], money + back["money"]
            assert (points, money) == so_far(session.content)
        assert (points, money) == (sum(one.points for one in session.content.taken), session.content.to_pay)
        with pytest.raises(CheckoutClosed):
            await counter.take_in(session.id, {0: 1})
        wallet = await kiosk.wallet(kiosk.ann)
        assert (wallet.available, wallet.held) == (11_000, 0)
        assert (await kiosk.free("mug"), await kiosk.free("pan")) == (10, 10)
    assert await kiosk.gaps() == []
    assert await counter.faults() == []


async def open_one(counter: Counter, chance: random.Random) -> Session:
    """Prices and numbers of pieces that do not divide well, a code, two rewards off the lines, and things."""
    lines = (
        Line("TEA", chance.randrange(1_000, 9_999), chance.randrange(2, 8)),
        Line("MUG", chance.randrange(100, 999), 3),
        Line("LEAFLET", 0, 1),
        Line("CAN", chance.randrange(1_000, 9_999), chance.randrange(1, 4)),
    )
    things = [Wish(code, chance.randrange(1, 4)) for code in THINGS]
    things[0] = Wish("mug", 3)
    off = [Wish("free-tea", 2), Wish("tenth"), Wish("cash", points=chance.randrange(5, 40) * 10)]
    return await counter.open(
        counter.kiosk.ann, *things, *off, codes=("TEN",), lines=lines, shipping=chance.randrange(900)
    )


def asked(content: Content, chance: random.Random) -> tuple[dict[int, int], list[Named]]:
    """What somebody brings back next, sometimes nothing and sometimes too much."""
    lines = {
        place: chance.randrange(1, line.quantity - line.returned + 1)
        for place, line in enumerate(content.lines)
        if line.returned < line.quantity and chance.random() < 0.3
    }
    named = [
        Named(one.redemption, chance.randrange(1, one.quantity - one.returned + 1))
        for one in content.taken
        if one.reward in THINGS and one.returned < one.quantity and chance.random() < 0.3
    ]
    if chance.random() < 0.1:
        named.append(Named(chance.choice(content.taken).redemption, 1))
    if chance.random() < 0.1:
        lines[chance.randrange(4)] = 3
    return lines, named


def fits(content: Content, lines: dict[int, int], named: list[Named]) -> bool:
    """Whether so much can come back, and is anything at all."""
    left = {one.redemption: one.quantity - one.returned for one in content.taken if one.reward in THINGS}
    for one in named:
        left[one.redemption] = left.get(one.redemption, 0) - one.quantity
    return (
        bool(lines or named)
        and min(left.values()) >= 0
        and all(
            content.lines[place].returned + pieces <= content.lines[place].quantity
            for place, pieces in lines.items()
        )
    )


def so_far(content: Content) -> tuple[int, int]:
    """The points and the money that have come back, by what has come back of lines and rewards."""
    points = money = 0
    for line in content.lines:
        money += line.net * line.returned // line.quantity
    if all(line.returned == line.quantity for line in content.lines if line.amount):
        money += content.shipping - content.shipping_off
    for one in content.taken:
        if one.reward in THINGS:
            part = Fraction(one.returned, one.quantity)
        else:
            (off,) = (off for off in content.offs if (off.source, off.code) == ("reward", one.reward))
            back = sum(
                Fraction(amount, content.lines[place].quantity) * content.lines[place].returned
                for place, amount in off.lines.items()
            )
            part = Fraction(back, off.amount)
        points += int(one.points * part)
        money += int(one.money * part)
    return points, money


async def test_what_costs_nothing_and_earned_comes_back_piece_by_piece(db: Database) -> None:
    counter = await open_counter(db)
    piece = {"code": "piece", "name": "Five points a piece", "trigger": {"event": "Order Completed"},
             "then": [{"award": {"point_type": "points", "per_line": {"points": 5, "per": "unit"}}}]}  # fmt: skip
    async with db.transaction() as tx:
        await apply_document(tx, decode_document({"rules": [piece], "publish": True}), "acme", now=NOW)
    ann = counter.kiosk.ann
    opened = await counter.open(ann, lines=(Line("TEA", 1_000), Line("SAMPLE", 0, 3)))
    await counter.close(opened.id, "o1")
    left = []
    for _ in range(3):
        await counter.take_in(opened.id, {1: 1})
        left.append((await counter.kiosk.wallet(ann)).available - 1_000)
    assert left == [15, 10, 5]


async def test_a_reward_that_comes_back_is_no_refund_of_the_order(db: Database) -> None:
    counter = await open_counter(db)
    sorry = {"code": "sorry", "name": "Seven points for a refund", "trigger": {"event": "Order Refunded"},
             "then": [{"award": {"point_type": "points", "points": "7"}}]}  # fmt: skip
    async with db.transaction() as tx:
        await apply_document(tx, decode_document({"rules": [sorry], "publish": True}), "acme", now=NOW)
    ann = counter.kiosk.ann
    opened = await counter.open(ann, Wish("mug"))
    await counter.close(opened.id, "o1")
    await counter.take_in(opened.id, {}, Named(opened.content.taken[0].redemption, 1))
    assert (await counter.kiosk.wallet(ann)).available == 1_000
    await counter.take_in(opened.id, {0: 1})
    assert (await counter.kiosk.wallet(ann)).available == 1_007
