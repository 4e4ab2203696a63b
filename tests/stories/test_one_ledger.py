"""A general ledger into which somebody reads both files, the journals of months and the entries of statements."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from tests.flows.accrual.setting import Shop
from tests.flows.funding.coalition import agree, open_coalition
from tests.flows.settlement.test_random_days import Days
from tests.flows.settlement.test_statements import BRAND, draw_up, give_terms, issued, order, spent
from tests.stories.fees import FEES, arisen, fees_by

from regulars.app.finance_ports import FINANCE_PORTS
from regulars.features.accounting import Accounting, PointAccounting, write_accounting
from regulars.features.partners import Agreement, Books, Fee, Rate, Terms
from regulars.features.programs import load_config
from regulars.flows import finance, settlement
from regulars.flows.finance.errors import UnknownClose
from regulars.flows.funding import buy_block, withdraw_from_block
from regulars.flows.points import Till, cancel
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries
from regulars.kit.zones import add_months, local_date, zone

queries = load_queries(__package__)
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
SUPPLIER = Terms(rates=(Rate("points", "issue", per_point=Decimal("0.0125")),))
BURN_KINDS = ("burned", "unburned")


class GeneralLedger:
    """Books outside of the program: a document is read once by its number, and balances are kept by account."""

    def __init__(self) -> None:
        self.documents: dict[str, list[tuple[str, Decimal]]] = {}
        self.ends = MARCH

    def read(self, text: str, number: str, account: str) -> None:
        """Read a CSV file; a document that is known must say what it said."""
        found: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
        for row in csv.DictReader(io.StringIO(text)):
            amount = Decimal(row["debit"]) - Decimal(row["credit"])
            found[row[number]].append((row[account].split()[0], amount))
        for document, lines in found.items():
            assert sum(amount for _, amount in lines) == 0, document
            assert self.documents.setdefault(document, lines) == lines, f"{document} says something else now"

    def balance(self, *accounts: str) -> int:
        """Return what accounts together hold, in minor units."""
        lines = [line for document in self.documents.values() for line in document]
        return int(100 * sum(amount for account, amount in lines if account in accounts))


async def price_points(shop: Shop, price_minor: str = "0.9") -> None:
    """Let finance value points by something else than what partners pay for them."""
    async with shop.db.transaction() as tx:
        priced = Accounting(point_types={"points": PointAccounting(price_minor=price_minor, breakage="0.1")})
        await write_accounting(tx, shop.program_id, {"points"}, priced, None, shop.clock.now())


async def close(shop: Shop, books: GeneralLedger, month: date) -> finance.PeriodReport:
    """Close a month, once it is over, and read its journal."""
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        found = await finance.close_period(
            tx, config, month, FINANCE_PORTS, actor="finance", now=shop.clock.now()
        )
    await read_journal(shop, books, month)
    books.ends = found.ends
    return found


async def read_journal(shop: Shop, books: GeneralLedger, month: date, less: int | None = None) -> None:
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        config = await load_config(tx, shop.program_id)
        found = await finance.Books(tx, config, FINANCE_PORTS).report(month)
        state = await finance.state_of(tx, config, month, shop.clock.now())
        entries = found.entries if less is None else await finance.entries_less(tx, config.id, found, less)
    books.read(finance.journal_csv(found, state, entries, less), "entry", "account")


async def read_statements(
    shop: Shop, books: GeneralLedger, statements: Iterable[int], nettings: Iterable[int] = ()
) -> None:
    async with shop.db.transaction(read_only=True) as tx:
        config = await load_config(tx, shop.program_id)
        found = await settlement.read_entries(tx, config, statements, nettings)
    assert settlement.balanced(found)
    books.read(settlement.entries_csv(found, config.currency), "entry", "account")


async def sides(shop: Shop, ends: date) -> dict[str, tuple[int, int]]:
    """Return what statements say that partners owe and are owed, by status; of drafts the fees that arose by `ends`."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    async with shop.db.transaction(read_only=True) as tx:
        config = await load_config(tx, shop.program_id)
        for one in await settlement.select_statements(tx, config.id):
            account = await settlement.account_of(tx, config, one.id)
            burned = sum(part.amount for part in account.sections if part.kind in BURN_KINDS)
            points = sum(part.amount for part in account.sections) - burned
            blocks = sum(part.amount for part in account.entries if part.kind == "block")
            other = account.total - burned - points - blocks
            if one.status == "draft" and one.end_day > ends:
                other = await arisen(tx, account, ends)
            found[one.status][0] += points + blocks + other
            found[one.status][1] -= burned
    return {status: (owes, owed) for status, (owes, owed) in found.items()}


async def holds(shop: Shop, books: GeneralLedger) -> None:
    """The receivable is what open statements say and what none says yet, once; the payable likewise."""
    found = await sides(shop, books.ends)
    opened = [found.get(status, (0, 0)) for status in ("issued", "disputed", "agreed")]
    draft = found.get("draft", (0, 0))
    assert books.balance("1200", "2100", "1300") == sum(owes - owed for owes, owed in opened)
    assert books.balance("1210") == draft[0]
    assert -books.balance("2110") == draft[1]


async def make_month(shop: Shop) -> int:
    """Sell, return a part, spend at the brand, cancel a part of that; return whose it was."""
    member = await order(shop, f"{shop.clock.now():%m-%d}", "20.00")
    await shop.send(shop.refund(f"{shop.clock.now():%m-%d}", total="5.00"))
    transfer = await spent(shop, member, 40, Till("brand", "", "R-7"))
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await cancel(
            tx, config, member, transfer, actor="till", reason="back", now=shop.clock.now(), points=10
        )
    return member


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    found = await open_coalition(db, clock, tmp_path)
    await give_terms(found, brand=BRAND, supplier=SUPPLIER)
    await price_points(found)
    return found


async def test_a_receivable_is_in_the_books_once_from_the_award_to_the_payment(shop: Shop) -> None:
    """Of 200 points 150 stay: 90 of the brand at a cent, 60 of the supplier at 1.25; 30 spent there at 0.8."""
    books = GeneralLedger()
    await make_month(shop)
    number = await issued(shop)
    await close(shop, books, MARCH)
    assert books.balance("1210") == 90 + 75 + 509
    assert -books.balance("4100") == 509, "fees are of the month, whenever they are stated"
    assert books.balance("2110") == -24
    assert books.balance("1200", "2100", "1300", "1000") == 0, "nothing was stated to the books yet"
    await read_statements(shop, books, [number])
    assert books.balance("1210") == 75, "the supplier's, of which there is a draft"
    assert books.balance("1200") == 90 + 500 + 9
    assert (books.balance("2100"), books.balance("2110")) == (-24, 0)
    await holds(shop, books)
    await make_month(shop)
    shop.clock.advance(timedelta(days=30))
    await close(shop, books, APRIL)
    await holds(shop, books)
    async with shop.db.transaction() as tx:
        config, now = await load_config(tx, shop.program_id), shop.clock.now()
        await settlement.agree(tx, config, number, now)
        made = (await settlement.make_netting(tx, config, by="finance", now=now)).netting.id
    await read_statements(shop, books, [number], [made])
    assert books.balance("1300") == 90 + 500 + 9 - 24
    await holds(shop, books)
    async with shop.db.transaction() as tx:
        await settlement.confirm_paid(tx, config, made, now)
    await read_statements(shop, books, [number], [made])
    assert (books.balance("1000"), books.balance("1300")) == (575, 0)
    await holds(shop, books)


async def test_revenue_and_costs_are_those_of_what_partners_pay_and_are_paid(shop: Shop) -> None:
    """Of what partners pay, the price of what members still have is deferred; the rest, and what is used, is earned."""
    books = GeneralLedger()
    await make_month(shop)
    shop.clock.advance(timedelta(days=30))
    report = await close(shop, books, MARCH)
    pools = [pool for pool in report.pools if pool.funding.startswith("partner:")]
    deferred = sum(pool.closing_deferred for pool in pools)
    redeemed = sum(round(Decimal("0.9") * -pool.movements.get("redeemed", 0)) for pool in pools)
    assert books.balance("2410") == -deferred
    assert -books.balance("4040") == 90 + 75 - deferred - redeemed
    assert books.balance("5000") == 24


async def test_a_second_version_adds_what_it_changed(shop: Shop) -> None:
    """Whoever read the first version reads the second one beside it, and has what the statement says."""
    books = GeneralLedger()
    await make_month(shop)
    number = await issued(shop)
    await close(shop, books, MARCH)
    await read_statements(shop, books, [number])
    first = dict(books.documents)
    async with shop.db.transaction() as tx:
        config, now = await load_config(tx, shop.program_id), shop.clock.now()
        dispute = await settlement.open_dispute(
            tx, config, number, "fee", "too much", side="partner", by="brand", now=now
        )
        await settlement.close_dispute(
            tx, config, dispute.id, "accepted", "so it is", side="program", by="x", now=now, adjustment=-120
        )
    only = await entries_of_version(shop, number, 2)
    assert {(one.entry, one.account.split()[0], one.debit - one.credit) for one in only} == {
        (f"ST-{number}-2", "1200", -120),
        (f"ST-{number}-2", "4900", 120),
    }
    assert {one.day for one in only} == {now.date()}, "a correction is in the month in which it was made"
    await read_statements(shop, books, [number])
    assert {name: books.documents[name] for name in first} == first
    assert books.balance("1200") == 90 + 500 + 9 - 120
    await holds(shop, books)


async def entries_of_version(shop: Shop, number: int, version: int) -> list[settlement.Posting]:
    async with shop.db.transaction(read_only=True) as tx:
        config = await load_config(tx, shop.program_id)
        return await settlement.read_entries(tx, config, [number], [], version)


async def test_a_statement_that_was_taken_back_is_what_it_said_until_it_is_issued_again(shop: Shop) -> None:
    """What came in meanwhile, and a fee that was changed, are the second version's; drafts are nothing for books."""
    books = GeneralLedger()
    await make_month(shop)
    late = shop.clock.now()
    number = await issued(shop)
    await close(shop, books, MARCH)
    await read_statements(shop, books, [number])
    first = dict(books.documents)
    back = shop.clock.now()
    shop.clock.move_to(late)
    await order(shop, "late", "10.00")
    shop.clock.move_to(back)
    await give_terms(shop, brand=Terms(BRAND.period, rates=BRAND.rates, fees=(Fee("monthly", Decimal(7)),)))
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await settlement.reopen(tx, config, number)
        await settlement.draw_up(tx, config, MARCH, back)
    await read_statements(shop, books, [number])
    assert books.documents == first
    async with shop.db.transaction() as tx:
        await settlement.issue(tx, config, number, by="x", now=back)
    await read_statements(shop, books, [number])
    assert books.balance("1200") == 90 + 60 + 700
    late_ones = 60 + 700 - 509
    assert books.balance("1210") == 75 - late_ones, "April's journal, in which these are, was not read yet"
    shop.clock.advance(timedelta(days=30))
    await close(shop, books, APRIL)
    await holds(shop, books)
    with pytest.raises(settlement.UnknownVersion) as refusal:
        await entries_of_version(shop, number, 3)
    assert refusal.value.facts == {"statement": number, "latest": 2}
    draft = next(iter(await drafts(shop)))
    with pytest.raises(settlement.NotIssued) as unready:
        await read_statements(shop, books, [draft])
    assert unready.value.facts == {"statement": draft, "status": "draft"}


async def drafts(shop: Shop) -> list[int]:
    async with shop.db.transaction(read_only=True) as tx:
        return [one.id for one in await settlement.select_statements(tx, shop.program_id, status="draft")]


async def test_a_month_that_is_closed_again_adds_what_it_changed(shop: Shop) -> None:
    """An order that was forgotten, and another price of points: the second journal less the first."""
    books = GeneralLedger()
    await make_month(shop)
    start = shop.clock.now()
    shop.clock.advance(timedelta(days=30))
    now = shop.clock.now()
    await close(shop, books, MARCH)
    async with shop.db.transaction() as tx:
        await finance.reopen_period(tx, await load_config(tx, shop.program_id), MARCH)
    shop.clock.move_to(start)
    await order(shop, "forgotten", "10.00")
    shop.clock.move_to(now)
    await price_points(shop, "0.8")
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        again = await finance.close_period(tx, config, MARCH, FINANCE_PORTS, actor="x", now=now)
    await read_journal(shop, books, MARCH, 1)
    assert sorted(books.documents) == ["JRN-2026-03-1", "JRN-2026-03-2-less-1"]
    for line in finance.balances(again.entries):
        assert books.balance(line["code"]) == line["balance"], line["account"]
    await holds(shop, books)
    with pytest.raises(UnknownClose) as refusal:
        await read_journal(shop, books, MARCH, 3)
    assert refusal.value.facts == {"latest": 2}


async def test_a_block_is_owed_when_it_is_bought_and_earned_as_it_is_awarded(shop: Shop) -> None:
    """1,000 points for 8.00 and 500 for 7.00 are a cent each; 60 go, half of which come back."""
    books = GeneralLedger()
    await agree(shop, Agreement("brand-points", "partner:brand", "points", mode="prepaid"))
    async with shop.db.transaction() as tx:
        config, now = await load_config(tx, shop.program_id), shop.clock.now()
        for points, price in ((1000, 800), (500, 700)):
            await buy_block(
                tx, config, "brand-points", points, price, reference=f"po-{points}", by="cli", now=now
            )
    await order(shop)
    await shop.send(shop.refund("1", total="5.00"))
    number = await issued(shop)
    await close(shop, books, MARCH)
    assert books.balance("2300") == -(1500 - 30)
    await read_statements(shop, books, [number])
    await holds(shop, books)
    assert books.balance("1200") == 1500 + 500
    async with shop.db.transaction() as tx:
        now = shop.clock.now()
        await withdraw_from_block(tx, config, "brand-points", 1470, 1470, reference="", by="cli", now=now)
    shop.clock.advance(timedelta(days=30))
    await close(shop, books, APRIL)
    assert books.balance("2300") == 0, "all that was not given back was awarded"
    await holds(shop, books)


async def test_points_paid_for_when_redeemed_are_a_claim_until_then(shop: Shop) -> None:
    """The claim stands against the liability; what is redeemed is owed at the rate, what ends was never owed."""
    books = GeneralLedger()
    await agree(shop, Agreement("brand-points", "partner:brand", "points", basis="redemption"))
    member = await order(shop)
    shop.clock.advance(timedelta(days=30))
    report = await close(shop, books, MARCH)
    (pool,) = [one for one in report.pools if one.funding == "partner:brand"]
    assert books.balance("1220") == pool.closing_deferred == 54
    assert books.balance("1210") == 50, "the supplier's alone"
    await spent(shop, member, 260, Till("brand"))
    shop.clock.advance(timedelta(days=31))
    report = await close(shop, books, APRIL)
    assert books.balance("1220") == sum(
        one.closing_deferred for one in report.pools if one.funding == "partner:brand"
    )
    assert books.balance("1210") == 50 + 60 + 500 + 6
    await holds(shop, books)
    assert -books.balance("4030") == 0


async def test_what_was_kept_before_is_read_and_nothing_of_it_is_accrued_again(shop: Shop) -> None:
    """A close without dues, and a treasury with accounts that are named elsewhere now."""
    books = GeneralLedger()
    await make_month(shop)
    shop.clock.advance(timedelta(days=30))
    await close(shop, GeneralLedger(), MARCH)
    async with shop.db.transaction() as tx:
        await tx.run(queries.forget_dues)
        await tx.run(queries.insert_old_treasury, program_id=shop.program_id)
    await order(shop, "april", "10.00")
    shop.clock.advance(timedelta(days=30))
    report = await close(shop, books, APRIL)
    assert books.balance("1210") == 60 + 50 + 506, "what April brought"
    assert {(one.partner, one.kind): one.before for one in report.dues or ()}["brand", "issued"] == 120
    async with shop.db.transaction(read_only=True) as tx:
        named = (await settlement.read_chart(tx, await load_config(tx, shop.program_id))).books
    assert (named.bank, named.receivable) == ("1010 Bank", Books().receivable)


async def test_a_month_is_closed_while_others_draw_up_and_sell(shop: Shop) -> None:
    books = GeneralLedger()
    await make_month(shop)
    shop.clock.advance(timedelta(days=30))

    async def sell(number: int) -> None:
        await order(shop, f"meanwhile-{number}", "10.00")

    others = [*(draw_up(shop, APRIL) for _ in range(4)), *(sell(number) for number in range(4))]
    await asyncio.gather(close(shop, books, MARCH), *others)
    assert books.balance("1210") == 90 + 75 + 509
    shop.clock.advance(timedelta(days=30))
    await close(shop, books, APRIL)
    assert books.balance("1210") == 90 + 75 + 509 + 4 * (60 + 50) + 500 + 24
    await holds(shop, books)


class Months(Days):
    """Days of a coalition, and an accountant who reads what there is to read whenever she has time."""

    def __init__(self, shop: Shop, random: Random) -> None:
        super().__init__(shop, random)
        self.books, self.month = GeneralLedger(), MARCH
        self.nettings: list[int] = []
        self.daily, self.read_until = GeneralLedger(), MARCH

    async def read_all(self) -> None:
        """Read by number what there is, again and again; and beside it day after day what these days brought."""
        now = self.shop.clock.now()
        async with self.shop.db.transaction(read_only=True) as tx:
            config = await load_config(tx, self.shop.program_id)
            found = await settlement.select_statements(tx, config.id)
            daily = await settlement.read_entries_between(tx, config, self.read_until, None, now)
        self.read_until = local_date(now, zone(config.zone))
        assert not {one.entry for one in daily} & set(self.daily.documents), "each on one day alone"
        self.daily.read(settlement.entries_csv(daily, config.currency), "entry", "account")
        numbers = [one.id for one in found if one.version]
        await read_statements(self.shop, self.books, numbers, self.nettings)

    async def close(self) -> None:
        while self.shop.clock.now() > datetime.combine(add_months(self.month, 1), datetime.min.time(), UTC):
            await close(self.shop, self.books, self.month)
            self.month = add_months(self.month, 1)

    async def correct(self) -> None:
        async with self.shop.db.transaction() as tx:
            config, now = await load_config(tx, self.shop.program_id), self.shop.clock.now()
            for one in await settlement.select_statements(tx, config.id, status="issued"):
                made = await settlement.open_dispute(
                    tx, config, one.id, str(now), "no", side="partner", by="p", now=now
                )
                by = self.random.randrange(-50, 50)
                await settlement.close_dispute(
                    tx, config, made.id, "accepted", "yes", side="program", by="x", now=now, adjustment=by
                )

    async def net(self) -> None:
        async with self.shop.db.transaction() as tx:
            config, now = await load_config(tx, self.shop.program_id), self.shop.clock.now()
            ready = await settlement.select_statements(tx, config.id, status="issued")
            for one in ready:
                await settlement.agree(tx, config, one.id, now)
            if ready:
                made = await settlement.make_netting(tx, config, by="x", now=now)
                self.nettings.append(made.netting.id)
                if self.random.random() < 0.5:
                    await settlement.confirm_paid(tx, config, made.netting.id, now)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_nothing_is_in_the_books_twice_or_missing(
    db: Database, clock: FixedClock, tmp_path: Path, seed: int
) -> None:
    """Rates that come out even in no cent; what undoes something is in another month than that, and known late."""
    shop = await open_coalition(db, clock, tmp_path)
    rates = (
        Rate("points", "issue", per_point=Decimal("0.00337")),
        Rate("points", "burn", per_point=Decimal("0.00291")),
    )
    await give_terms(
        shop,
        brand=Terms(("month", "quarter", "year")[seed], rates=rates, fees=FEES),
        supplier=Terms(
            "week", rates=(Rate("points", "issue", per_point=Decimal("0.00713")),), fees=(FEES[0],)
        ),
    )
    await price_points(shop, "0.777")
    if seed:
        mode = {"mode": "prepaid"} if seed == 1 else {"basis": "redemption"}
        await agree(shop, Agreement("brand-points", "partner:brand", "points", **mode))  # type: ignore[arg-type]
    months = Months(shop, Random(seed))
    steps = [months.order, months.order, months.refund, months.spend, months.cancel, months.draw_up]
    steps += [months.pass_days, months.pass_days, months.close, months.correct, months.net, months.read_all]
    for _ in range(110):
        await months.random.choice([*steps, months.buy] if seed == 1 else steps)()
    shop.clock.advance(timedelta(days=31))
    await months.close()
    await months.read_all()
    assert months.month >= MAY
    await holds(shop, months.books)
    assert -months.books.balance("4100") == await fees_by(shop.db, shop.program_id, months.books.ends)
    of_statements = {name: one for name, one in months.books.documents.items() if name[:3] != "JRN"}
    assert months.daily.documents == of_statements
    assert len(of_statements) > 5
    async with shop.db.transaction(read_only=True) as tx:
        config, now = await load_config(tx, shop.program_id), shop.clock.now()
        with pytest.raises(settlement.DaysNotOver):
            await settlement.read_entries_between(tx, config, MARCH, now.date() + timedelta(days=1), now)
