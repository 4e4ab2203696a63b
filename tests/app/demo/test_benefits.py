"""Coupons, hampers and gift cards of the shop: what the months do to them, however often they are begun again."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.flows.points.world import make_members

from regulars.app.demo.benefits import begin, benefits_of, month_over
from regulars.app.demo.cards import sales_of
from regulars.app.demo.coupons import COUPON, MINIMUM, POOL, WORTH
from regulars.app.demo.invoices import Invoice, Line
from regulars.app.demo.program import make_program
from regulars.app.demo.rows import read_rows
from regulars.app.demo.year import year_of
from regulars.features.draws import enter_draw
from regulars.features.programs import load_config
from regulars.features.vouchers import get_definition
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

BEGAN = datetime(2010, 12, 1, tzinfo=UTC)
CHRISTMAS = datetime(2011, 1, 4, 10, tzinfo=UTC)
JANUARY_ENDS, FEBRUARY_ENDS = datetime(2011, 1, 31, 12, tzinfo=UTC), datetime(2011, 2, 28, 12, tzinfo=UTC)
DECEMBER, JANUARY, FEBRUARY = 2010 * 12 + 11, 2011 * 12, 2011 * 12 + 1


def bought(number: str, at: str, sku: str, price: str, units: int = 1) -> Invoice:
    """Return a sale to somebody without an account."""
    return Invoice(
        number, at, "", "United Kingdom", (Line(sku, units, Decimal(price)),), is_cancellation=False
    )


SOLD = bought("1", "2011-01-05 10:00:00", "gift_0001_20", "16.67", 2)
SPENT = bought("2", "2011-02-07 10:00:00", "22423", "12.50")
GIVEN_AWAY = bought("3", "2011-01-06 10:00:00", "gift_0001_30", "0")


async def test_a_month_sells_and_spends_gift_cards_once(db: Database) -> None:
    """What is on the cards is what was sold less what was spent; the invoices' numbers see to it that once is once."""
    async with db.transaction() as tx:
        prepared = await make_program(tx, [], BEGAN)
    invoices = [SOLD, GIVEN_AWAY, SPENT]
    await month_over(db, prepared, invoices, JANUARY, JANUARY_ENDS)
    sold = (await benefits_of(db, prepared)).cards
    assert (sold.cards, sold.sold, sold.spent, sold.on_cards) == (2, 4_000, 0, 4_000)
    for _ in range(2):
        await month_over(db, prepared, invoices, FEBRUARY, FEBRUARY_ENDS)
        spent = (await benefits_of(db, prepared)).cards
        assert (spent.cards, spent.sold, spent.payments, spent.spent, spent.on_cards) == (
            2,
            4_000,
            1,
            1_250,
            2_750,
        )
        assert spent.agrees


async def test_the_pool_is_filled_once_and_a_hamper_is_drawn_as_promised(db: Database) -> None:
    """Tickets, commitment, winners: what is published proves itself; again neither draws nor gives anything."""
    clock = FixedClock(BEGAN)
    async with db.transaction() as tx:
        prepared = await make_program(tx, [], BEGAN)
        config = await load_config(tx, prepared.program_id)
    for _ in range(2):
        await begin(db, prepared, clock)
    before = await benefits_of(db, prepared)
    assert before.coupons.pool == before.coupons.left == 500
    promised = {one.draw: one.commitment for one in before.draws}
    assert promised["christmas-2010"]
    assert not promised["christmas-2011"]
    members = await make_members(db, config, 40, joined=BEGAN)
    async with db.transaction() as tx:
        for place, member in enumerate(members):
            await enter_draw(
                tx, prepared.program_id, "christmas-2010", member, 1 + place % 3, f"t{member}", BEGAN
            )
    await month_over(db, prepared, [], DECEMBER, CHRISTMAS)
    drawn = await benefits_of(db, prepared)
    row = next(one for one in drawn.draws if one.draw == "christmas-2010")
    assert (row.status, row.members, row.won, row.given) == ("revealed", 40, 26, 26)
    assert row.commitment == promised["christmas-2010"]
    assert (len(row.seed), row.faults) == (64, [])
    assert drawn.agrees
    await month_over(db, prepared, [], DECEMBER, CHRISTMAS)
    assert await benefits_of(db, prepared) == drawn


async def test_the_document_says_of_coupons_what_the_demo_says(db: Database) -> None:
    async with db.transaction() as tx:
        prepared = await make_program(tx, [], BEGAN)
        stored = await get_definition(tx, prepared.program_id, COUPON)
    assert (stored.definition.worth.amount, stored.definition.minimum) == (WORTH, MINIMUM)
    assert len(set(POOL.read_text(encoding="utf-8").split()[1:])) == 500


@pytest.mark.slow
def test_the_shop_sold_33_gift_cards() -> None:
    """Those that were given away or counted in the stock are no sales."""
    sales = list(sales_of(year_of(list(read_rows())).invoices))
    assert (len(sales), sum(sale.amount for sale in sales)) == (33, 82_000)
    assert len({sale.reference for sale in sales}) == 33
