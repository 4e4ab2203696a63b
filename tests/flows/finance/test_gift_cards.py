"""Money on gift cards is owed at its face, whatever was said about its worth, and deferred in full."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.flows.finance.test_close import PORTS, SALES
from tests.flows.gifting.test_cards import TYPES, Counter
from tests.flows.points.world import NOW, make_program

from regulars.features.accounting import Accounting, PointAccounting, write_accounting
from regulars.features.giftcards import InvalidCard
from regulars.flows import books, finance, gifting
from regulars.flows.upkeep.settle import settle_due
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


@pytest.fixture
async def counter(db: Database, clock: FixedClock) -> Counter:
    clock.move_to(NOW)
    config = await make_program(db, types=TYPES)
    async with db.transaction() as tx:
        (card,) = await gifting.create(tx, config, "gift", 1, clock.now())
    return Counter(db, clock, config, card)


async def worth(counter: Counter, at: datetime) -> tuple[Decimal | None, Decimal | None]:
    """Return what finance and the books say that is owed on cards, in minor units."""
    async with counter.db.transaction(read_only=True, snapshot=True) as tx:
        prices = await finance.read_prices(tx, counter.config)
        found = await finance.liability_at(tx, counter.config, prices, finance.Moment(at))
        now = await books.liability(tx, counter.config)
    by_type = {one.point_type: one.worth_minor for one in found}
    return by_type["gift"], {one.point_type: one.worth_minor for one in now}["gift"]


async def report(counter: Counter, month: date) -> Any:
    async with counter.db.transaction(read_only=True, snapshot=True) as tx:
        return await finance.Books(tx, counter.config, PORTS).report(month)


def lines(found: Any) -> list[tuple[str, int, int, str]]:
    return [(one.account, one.debit, one.credit, one.text) for one in found.entries]


async def test_what_is_on_cards_is_owed_to_the_cent(counter: Counter) -> None:
    """Nobody wrote what a point of this type is worth; cards for 50 and 7 were sold, 30 of it was used."""
    await counter.do(gifting.activate, 5_000)
    await counter.do(gifting.pay, 3_000)
    await counter.do(gifting.top_up, 700)
    assert await worth(counter, counter.clock.now() + timedelta(seconds=1)) == (Decimal(2700), Decimal(2700))
    month = counter.clock.now().date().replace(day=1)
    found = await report(counter, month)
    assert found.sales == SALES
    assert lines(found) == [
        ("sales_revenue", 5_700, 0, "awarded"),
        ("deferred_revenue", 0, 5_700, "awarded"),
        ("deferred_revenue", 3_000, 0, "redeemed"),
        ("points_revenue", 0, 3_000, "redeemed"),
    ]
    (pool,) = [one for one in found.pools if one.point_type == "gift"]
    assert (pool.price_minor, pool.closing_points, pool.closing_deferred) == ("100", 2_700, 2_700)


async def test_a_card_does_not_share_in_the_price_of_what_else_was_sold(counter: Counter) -> None:
    """Points take their part of sales; a card was paid for on its own, and no price or breakage makes it cheaper."""
    await counter.do(gifting.activate, SALES)
    async with counter.db.transaction() as tx:
        said = Accounting(point_types={"gift": PointAccounting(price_minor="1", breakage="0.25")})
        await write_accounting(tx, counter.config.id, {"gift"}, said, None, counter.clock.now())
    found = await report(counter, counter.clock.now().date().replace(day=1))
    assert lines(found)[:2] == [
        ("sales_revenue", SALES, 0, "awarded"),
        ("deferred_revenue", 0, SALES, "awarded"),
    ]
    await counter.do(gifting.pay, 3_000)
    found = await report(counter, counter.clock.now().date().replace(day=1))
    assert lines(found)[2:] == [
        ("deferred_revenue", 3_000, 0, "redeemed"),
        ("points_revenue", 0, 3_000, "redeemed"),
        ("deferred_revenue", 1_000, 0, "breakage in proportion"),
        ("breakage_revenue", 0, 1_000, "breakage in proportion"),
    ]


async def test_what_is_never_spent_of_cards_is_not_guessed(counter: Counter) -> None:
    """A year in which hardly anything of a card is used, month after month: all of the rest is owed to its end."""
    await counter.do(gifting.activate, 10_000)
    for _ in range(7):
        counter.clock.advance(timedelta(days=4))
        await counter.do(gifting.pay, 100)
    for months in range(1, 5):
        counter.clock.advance(timedelta(days=31))
        await counter.do(gifting.top_up, 1_000 * months)
        await counter.do(gifting.pay, 10)
    month = counter.clock.now().date().replace(day=1)
    (pool,) = [one for one in (await report(counter, month)).pools if one.point_type == "gift"]
    async with counter.db.transaction(read_only=True, snapshot=True) as tx:
        estimated = await finance.breakage_at(tx, counter.config, counter.config.point_types["gift"], month)
    assert estimated.breakage is not None, "there is enough to estimate from"
    assert Decimal(estimated.breakage) > Decimal("0.1")
    assert (pool.breakage, pool.closing_deferred) == ("0", pool.closing_points)


async def test_what_ends_on_a_card_is_breakage(counter: Counter) -> None:
    await counter.do(gifting.activate, 1_000)
    await counter.do(gifting.pay, 400)
    counter.clock.advance(timedelta(days=40))
    async with counter.db.transaction() as tx:
        await settle_due(tx, counter.config, counter.clock.now(), counter.clock.now())
    found = await report(counter, counter.clock.now().date().replace(day=1))
    assert ("breakage_revenue", 0, 600, "points ended") in lines(found)
    assert await worth(counter, datetime(2027, 1, 1, tzinfo=UTC)) == (Decimal(0), Decimal(0))


@pytest.mark.parametrize("said", ["1", "0", "50"])
async def test_a_type_that_is_worth_something_else_is_no_money(db: Database, said: str) -> None:
    types = {**TYPES, "gift": {"kind": "redeemable", "scale": 2, "policy": {"value_minor": said}}}
    config = await make_program(db, types=types)
    async with db.transaction() as tx:
        with pytest.raises(InvalidCard) as refused:
            await gifting.create(tx, config, "gift", 1, NOW)
    assert "value_minor 100" in refused.value.errors[0].message
