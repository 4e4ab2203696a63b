"""Gift cards: money on a purse of their own, and the books that stay right over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from tests.flows.points.world import make_program

from regulars.features.giftcards import (
    CardActive,
    CardTooLow,
    InvalidCard,
    NewCard,
    PaymentReturned,
    check_pin,
)
from regulars.features.giftcards.errors import CardBlocked, CardNotActive, TooManyWrongPins, UnknownCard
from regulars.features.giftcards.numbers import check_digit
from regulars.features.programs import ProgramConfig
from regulars.flows import gifting
from regulars.flows.books import verify
from regulars.flows.upkeep.settle import settle_due
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, Transaction

T = TypeVar("T")
TYPES: dict[str, dict[str, Any]] = {
    "points": {"kind": "redeemable", "policy": {}},
    "gift": {"kind": "redeemable", "scale": 2, "policy": {"expiry": {"rolling_days": 30}}},
    "status": {"kind": "qualifying", "policy": {}},
}


class Counter:
    """A counter that sells and takes gift cards."""

    def __init__(self, db: Database, clock: FixedClock, config: ProgramConfig, card: NewCard) -> None:
        self.db = db
        self.clock = clock
        self.config = config
        self.card = card

    async def do(self, work: Callable[..., Awaitable[T]], *given: Any, **more: Any) -> T:
        async with self.db.transaction() as tx:
            return await work(
                tx, self.config, self.card.number, *given, actor="till", now=self.clock.now(), **more
            )

    async def available(self) -> int:
        async with self.db.transaction(read_only=True, snapshot=True) as tx:
            found = await gifting.balance(tx, self.config, self.card.number, self.clock.now())
        return found.available

    async def books_are_right(self) -> None:
        async with self.db.transaction(snapshot=True) as tx:
            result = await verify(tx, self.config.id)
        assert result.healthy, [check for check in result.checks if check.bad]


@pytest.fixture
async def counter(db: Database, clock: FixedClock) -> AsyncIterator[Counter]:
    config = await make_program(db, types=TYPES)
    async with db.transaction() as tx:
        (card,) = await gifting.create(tx, config, "gift", 1, clock.now())
    return Counter(db, clock, config, card)


async def test_a_card_is_sold_used_topped_up_and_refunded(counter: Counter) -> None:
    with pytest.raises(CardNotActive):
        await counter.do(gifting.pay, 100)
    assert (await counter.do(gifting.activate, 5_000)).available == 5_000
    with pytest.raises(CardActive):
        await counter.do(gifting.activate, 5_000)
    paid = await counter.do(gifting.pay, 3_000, reference="order 1")
    assert paid.available == 2_000
    with pytest.raises(CardTooLow) as refused:
        await counter.do(gifting.pay, 2_001)
    assert (refused.value.available, refused.value.missing) == (2_000, 1)
    assert (await counter.do(gifting.pay, 9_999, up_to=True)).available == 0
    assert (await counter.do(gifting.top_up, 700)).available == 700
    assert (await counter.do(gifting.refund, paid.transfer, amount=1_000)).available == 1_700
    assert (await counter.do(gifting.refund, paid.transfer)).available == 3_700
    with pytest.raises(PaymentReturned) as returned:
        await counter.do(gifting.refund, paid.transfer)
    assert returned.value.left == 0
    await counter.books_are_right()


async def test_what_is_on_a_card_ends_by_lots(counter: Counter) -> None:
    await counter.do(gifting.activate, 1_000)
    counter.clock.advance(timedelta(days=20))
    await counter.do(gifting.top_up, 500)
    counter.clock.advance(timedelta(days=11))
    assert await counter.available() == 500
    async with counter.db.transaction() as tx:
        now = counter.clock.now()
        assert await settle_due(tx, counter.config, now, now) == 1
    assert await counter.available() == 500
    await counter.books_are_right()


async def test_no_money_goes_on_a_card_whose_day_is_over(db: Database, clock: FixedClock) -> None:
    gift = {**TYPES["gift"], "policy": {"expiry": {"fixed": "2026-03-31"}}}
    config = await make_program(db, types={**TYPES, "gift": gift})
    async with db.transaction() as tx:
        (card,) = await gifting.create(tx, config, "gift", 1, clock.now())
    counter = Counter(db, clock, config, card)
    clock.advance(timedelta(days=30))
    with pytest.raises(InvalidCard) as refused:
        await counter.do(gifting.activate, 1_000)
    assert (refused.value.errors[0].path, refused.value.errors[0].code) == ("point_type", "past")
    with pytest.raises(CardNotActive):
        await counter.do(gifting.pay, 100)


async def test_every_answer_says_when_what_is_on_a_card_ends_next(counter: Counter) -> None:
    soon = (await counter.do(gifting.activate, 1_000)).ends_next
    counter.clock.advance(timedelta(days=20))
    topped_up = await counter.do(gifting.top_up, 500)
    paid = await counter.do(gifting.pay, 600)
    assert soon is not None
    assert (topped_up.ends_next, paid.ends_next) == (soon, soon)
    later = (await counter.do(gifting.pay, 400)).ends_next
    assert later is not None
    assert later > soon
    assert (await counter.do(gifting.pay, 500)).ends_next is None, "nothing is left that could end"
    assert (await counter.do(gifting.refund, paid.transfer)).ends_next == soon


async def test_pins_cannot_be_tried_for_long(counter: Counter) -> None:
    wrong = "000000" if counter.card.pin != "000000" else "111111"

    async def tried(pin: str, number: str = counter.card.number) -> None:
        await check_pin(counter.db, counter.config.id, number, pin, counter.clock.now())

    spaced = " ".join(counter.card.number[at : at + 4] for at in range(0, 19, 4))
    await tried(counter.card.pin, spaced)
    for _ in range(5):
        with pytest.raises(UnknownCard):
            await tried(wrong)
    with pytest.raises(TooManyWrongPins):
        await tried(counter.card.pin)
    with pytest.raises(UnknownCard):
        await tried(counter.card.pin, "6000000000000000000")
    counter.clock.advance(timedelta(minutes=30))
    await tried(counter.card.pin)


async def test_a_blocked_card_keeps_its_money(counter: Counter) -> None:
    await counter.do(gifting.activate, 1_000)
    async with counter.db.transaction() as tx:
        await gifting.block(tx, counter.config, counter.card.number, blocked=True, now=counter.clock.now())
    with pytest.raises(CardBlocked):
        await counter.do(gifting.pay, 1)
    async with counter.db.transaction() as tx:
        await gifting.block(tx, counter.config, counter.card.number, blocked=False, now=counter.clock.now())
    assert (await counter.do(gifting.pay, 400)).available == 600


@pytest.mark.parametrize("code", ["points", "status", "nothing"])
async def test_cards_hold_money_only(counter: Counter, code: str) -> None:
    async def create(tx: Transaction) -> None:
        await gifting.create(tx, counter.config, code, 1, counter.clock.now())

    async with counter.db.transaction() as tx:
        with pytest.raises(InvalidCard):
            await create(tx)


def test_luhn_s_digit_is_the_known_one() -> None:
    assert check_digit("7992739871") == "3"
