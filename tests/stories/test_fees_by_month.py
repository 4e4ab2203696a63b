"""Fees are in the journals of the months they belong to, and in the end they are what statements charge."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.flows.accrual.setting import Shop
from tests.flows.funding.coalition import open_coalition
from tests.flows.settlement.test_statements import draw_up, give_terms
from tests.stories.test_one_ledger import GeneralLedger, close, price_points, read_statements

from regulars.app.finance_ports import FINANCE_PORTS
from regulars.features.partners import Fee, Rate, Terms
from regulars.features.programs import load_config
from regulars.flows import finance, settlement
from regulars.flows.finance.showing import balances
from regulars.flows.reporting import Rollup
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)
MARCH, APRIL, MAY, JUNE, JULY = (date(2026, month, 1) for month in range(3, 8))
FLAT = Fee("flat", amount=Decimal("9.10"))
FEES = (
    FLAT,
    Fee("line", per_line=Decimal("0.25")),
    Fee("percent", percent=Decimal(10)),
    Fee("sales", percent_of_sales=Decimal(2)),
)


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    """A partner whose statements are of a quarter; the story begins with April."""
    found = await open_coalition(db, clock, tmp_path)
    await give_terms(found, brand=by_quarter(*FEES))
    await price_points(found)
    go_to(found, APRIL)
    return found


def by_quarter(*fees: Fee) -> Terms:
    return Terms("quarter", rates=(Rate("points", "issue", per_point=Decimal("0.01")),), fees=fees)


def go_to(shop: Shop, day: date) -> None:
    shop.clock.move_to(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))


async def over(shop: Shop, books: GeneralLedger, month: date, after: date) -> int:
    """Close a month on the first day of the one after; return what of fees its journal earns, in minor units."""
    go_to(shop, after)
    await Rollup(shop.db, shop.clock).drain()
    report = await close(shop, books, month)
    return sum(one["credit"] - one["debit"] for one in balances(report.entries) if one["code"] == "4100")


async def issued(shop: Shop) -> int:
    """Issue the statement of the second quarter."""
    number = (await draw_up(shop, APRIL))["brand"].statement.id
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await settlement.issue(tx, config, number, by="finance", now=shop.clock.now())
    return number


async def fees_of(shop: Shop, number: int) -> int:
    async with shop.db.transaction(read_only=True) as tx:
        account = await settlement.account_of(tx, await load_config(tx, shop.program_id), number)
    return sum(one.amount for one in account.entries if one.kind == "fee")


async def sell(shop: Shop, number: str, amount: str) -> None:
    await shop.send(shop.order(number, amount, store="web", partner="brand"))


async def test_a_statement_of_a_quarter_is_earned_in_its_three_months(shop: Shop) -> None:
    """Of 91 days 30, 31 and 30 have passed; what came back in May was taken of in April, and is given back in May."""
    books = GeneralLedger()
    await draw_up(shop, APRIL)
    await sell(shop, "april", "20.00")
    go_to(shop, MAY)
    await sell(shop, "may", "10.00")
    assert await over(shop, books, APRIL, MAY) == 300 + 25 + 12 + 40, "what May sold before is May's"
    assert books.balance("1210") == 120 + 377, "no statement says any of it, and none will for two months"
    await shop.send(shop.refund("april", total="15.00"))
    assert await over(shop, books, MAY, JUNE) == 310 + 50 + (9 - 12) + (30 - 40)
    assert await over(shop, books, JUNE, JULY) == 300, "nothing was sold: the days alone"
    number = await issued(shop)
    whole = await fees_of(shop, number)
    assert whole == -books.balance("4100") == 910 + 75 + 9 + 30
    await read_statements(shop, books, [number])
    assert books.balance("1210") == 0
    assert books.balance("1200") == 90 + whole
    assert -books.balance("4100") == whole, "the statement says what is owed, and earns nothing again"


async def test_what_is_agreed_later_is_in_the_next_open_month(shop: Shop) -> None:
    """A fee of the quarter that was changed in May: the part of April that was not earned is May's."""
    books = GeneralLedger()
    await draw_up(shop, APRIL)
    await sell(shop, "april", "20.00")
    assert await over(shop, books, APRIL, MAY) == 377
    await give_terms(shop, brand=by_quarter(Fee("flat", amount=Decimal("18.20"))))
    assert await over(shop, books, MAY, JUNE) == 2 * 610 - 377
    async with shop.db.transaction(read_only=True) as tx:
        config = await load_config(tx, shop.program_id)
        going_on = await finance.Books(tx, config, FINANCE_PORTS).report(JUNE)
    assert [one.after for one in going_on.dues or () if one.kind == "fee"] == [1820]
    assert await over(shop, books, JUNE, JULY) == 600
    assert await fees_of(shop, await issued(shop)) == -books.balance("4100") == 1820


async def test_a_program_s_first_month_has_what_arose_before_it(shop: Shop) -> None:
    """The quarter began a month before anything moved: no journal could have earned that month."""
    books = GeneralLedger()
    await give_terms(shop, brand=by_quarter(FLAT))
    await draw_up(shop, APRIL)
    go_to(shop, MAY)
    await sell(shop, "may", "10.00")
    assert await over(shop, books, MAY, JUNE) == 610
    assert await over(shop, books, JUNE, JULY) == 300


async def test_a_close_from_before_fees_were_kept_is_left_as_it_is(shop: Shop) -> None:
    """Nobody knows what of them was earned by statements then; nothing of it is earned again."""
    books = GeneralLedger()
    await draw_up(shop, APRIL)
    await sell(shop, "april", "20.00")
    assert await over(shop, GeneralLedger(), APRIL, MAY) == 377
    async with shop.db.transaction() as tx:
        await tx.run(queries.forget_fees)
    assert await over(shop, books, MAY, JUNE) == 310
    assert books.balance("1210") == 310
