"""The report of a period: movements of points, what is deferred for them, the journal, the tie to the ledger."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from regulars.features.accounting import Accounting, Accounts
from regulars.features.partners import select_agreements
from regulars.features.programs import PointType, ProgramConfig
from regulars.flows.finance.dues import Due, DueLine, Ports, at_the_end, due_entries, due_lines
from regulars.flows.finance.errors import UnknownPeriod
from regulars.flows.finance.history import History, read_history
from regulars.flows.finance.journals import (
    MEASURE_OF,
    Entry,
    Journal,
    Pool,
    Terms,
    allocated,
    balanced,
    house_journal,
    partner_journal,
    rounded,
)
from regulars.flows.finance.prices import Prices, read_prices
from regulars.flows.finance.standing import Moment
from regulars.infra.db import Transaction, load_queries
from regulars.kit.errors import Bug
from regulars.kit.zones import add_months, start_of_day, zone

queries = load_queries(__package__)

BATCH_SHIFT: Final = 20
BEYOND_ALL: Final = 2**62
BREAKAGE_MAX: Final = Decimal("0.99")


class PoolLine(msgspec.Struct, frozen=True):
    """Points of one type and payer in a period; `late` = of the movements, what happened in a closed period before.

    Points in smallest units, money in minor units; movements are signed: + comes, − leaves.
    """

    point_type: str
    funding: str
    price_minor: str | None
    breakage: str
    opening_points: int
    opening_deferred: int
    movements: dict[str, int]
    late: dict[str, int]
    closing_points: int
    closing_deferred: int


class Tie(msgspec.Struct, frozen=True):
    """What the pools of a type hold at the end of a period, and what the ledger says its wallets held."""

    point_type: str
    pools: int
    ledger: int


class PeriodReport(msgspec.Struct, frozen=True):
    """A period as it is (`closed` false) or was when it was closed.

    `dues` = what is between partners and the program; None in a close from before they were kept. `fees`: whether fees
    are among them, which in older closes they are not.
    """

    period: date
    ends: date
    currency: str
    closed: bool
    sales: int
    pools: list[PoolLine]
    entries: list[Entry]
    ties: list[Tie]
    dues: list[DueLine] | None = None
    fees: bool = False

    @property
    def ties_out(self) -> bool:
        """Whether the pools are what the ledger says, and debits are credits."""
        return all(tie.pools == tie.ledger for tie in self.ties) and balanced(self.entries)


class Closed(msgspec.Struct, frozen=True):
    """A period that was closed, as its table says."""

    period: date
    version: int
    closed: bool
    ends: date
    until_batch: int
    digest: str
    closed_by: str
    closed_at: Any


def period_of(text: str) -> date:
    """Return the first day of a period such as 2026-03. Refuses with UnknownPeriod."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise UnknownPeriod from None


async def closes(tx: Transaction, program_id: int) -> list[Closed]:
    """Return the periods that were ever closed, in order."""
    return await tx.all(queries.select_periods, row=Closed, program_id=program_id)


async def stored(tx: Transaction, program_id: int, closed: Closed) -> PeriodReport:
    """Return the report of a close as it was then."""
    text, *_ = await tx.one(
        queries.select_report, program_id=program_id, period=closed.period, version=closed.version
    )
    return msgspec.json.decode(text, type=PeriodReport)


async def first_month(tx: Transaction, config: ProgramConfig, otherwise: date) -> date:
    """Return the first month that has anything; `otherwise` where there is nothing yet."""
    found = await tx.value(queries.select_first_month, program_id=config.id, zone=config.zone)
    return otherwise if found is None else min(found, otherwise)


class Books:
    """The open periods of a program, one after the other from the last one that is closed."""

    def __init__(
        self, tx: Transaction, config: ProgramConfig, ports: Ports, beyond: int = BEYOND_ALL
    ) -> None:
        """Count what has an id below `beyond`."""
        self._tx, self._config, self._ports, self._beyond = tx, config, ports, beyond
        self._prices = Prices(Accounting(), frozenset())
        self._pools: dict[tuple[str, str], Pool] = {}
        self._agreed: dict[tuple[str, str], str] = {}
        self._histories: dict[str, History] = {}
        self._until = date.min
        self._place = zone(config.zone)

    async def report(self, period: date) -> PeriodReport:
        """Return a period: a closed one as it was stored, else as it is now. Refuses with UnknownPeriod.

        What is deferred goes on from month to month, so an open period is counted with all open ones before it.
        """
        await self._tx.run(queries.allow_long)
        last: Closed | None = None
        for close in await closes(self._tx, self._config.id):
            if close.closed and close.period == period:
                return await stored(self._tx, self._config.id, close)
            if close.closed:
                last = close
        self._prices = await read_prices(self._tx, self._config)
        agreements = [one.agreement for one in await select_agreements(self._tx, self._config.id)]
        self._agreed = {(one.point_type, one.account): one.basis for one in agreements}
        opened = await self._begin(last, period)
        movements = await self._movements(last, opened, add_months(period, 1))
        self._histories, self._until = {}, add_months(period, 1)
        month, found = opened, None
        while month <= period:
            found = await self._one(month, movements.get(month, {}))
            month = add_months(month, 1)
        if found is None:
            raise UnknownPeriod
        found = await self._with_dues(found, last, period == opened)
        return msgspec.structs.replace(found, ties=await self._ties(found.pools, found.ends))

    async def _with_dues(self, report: PeriodReport, last: Closed | None, first: bool) -> PeriodReport:
        """Return a period with what has arisen between partners and the program since the one before.

        `first`: of the open ones. Without a close before it, everything that arose is in it.
        """
        if not first:
            before = await self._dues(report.period, self._beyond)
        else:
            before = [] if last is None else await self._kept(last)
        lines = due_lines(before, await self._dues(report.ends, self._beyond))
        entries = [*report.entries, *due_entries(lines, self._accounts)]
        if not balanced(entries):
            raise Bug(f"The journal of {report.period} does not balance.")
        return msgspec.structs.replace(report, entries=entries, dues=lines, fees=True)

    async def _kept(self, last: Closed) -> list[Due]:
        """Return what was due at the end of a close; what it did not keep yet, as it is known now."""
        report = await stored(self._tx, self._config.id, last)
        if report.dues is not None and report.fees:
            return at_the_end(report.dues)
        beyond = (last.until_batch + 1) << BATCH_SHIFT
        known = await self._dues(last.ends, beyond)
        if report.dues is None:
            return known
        return [*at_the_end(report.dues), *(one for one in known if one.kind == "fee")]

    async def _dues(self, ends: date, beyond: int) -> list[Due]:
        return await self._ports.dues_at(self._tx, self._config, self._start(ends), beyond)

    def _start(self, day: date) -> datetime:
        return start_of_day(day, self._place)

    @property
    def _accounts(self) -> Accounts:
        return self._prices.accounting.accounts

    async def _begin(self, last: Closed | None, period: date) -> date:
        if last is not None:
            report = await stored(self._tx, self._config.id, last)
            self._pools = {
                (line.point_type, line.funding): Pool(line.closing_points, line.closing_deferred)
                for line in report.pools
            }
            return last.ends
        first = await self._tx.value(
            queries.select_first_month, program_id=self._config.id, zone=self._config.zone
        )
        return period if first is None else first

    async def _movements(
        self, last: Closed | None, opened: date, ends: date
    ) -> dict[date, dict[tuple[int, str], dict[int, tuple[int, int]]]]:
        rows = await self._tx.all(
            queries.select_movements,
            program_id=self._config.id,
            zone=self._config.zone,
            before=self._start(ends),
            beyond=self._beyond,
            opened=opened,
            opened_at=self._start(opened),
            opened_beyond=0 if last is None else (last.until_batch + 1) << BATCH_SHIFT,
            without_lots=[t.id for t in self._config.point_types.values() if not t.policy.lots],
        )
        found: dict[date, dict[tuple[int, str], dict[int, tuple[int, int]]]] = defaultdict(
            lambda: defaultdict(dict)
        )
        for month, type_id, funding, kind, points, late in rows:
            found[month][type_id, funding][kind] = (points, late)
        return found

    async def _one(
        self, month: date, rows: dict[tuple[int, str], dict[int, tuple[int, int]]]
    ) -> PeriodReport:
        """Return the next month, not held against the ledger yet."""
        ends = add_months(month, 1)
        sales = await self._ports.sales_of(self._tx, self._config.id, month, ends)
        by_pool: dict[tuple[str, str], tuple[dict[str, int], dict[str, int]]] = {}
        for (type_id, funding), kinds in rows.items():
            code = self._config.point_types_by_id[type_id].code
            by_pool[code, funding] = _measured(kinds)
        keys = sorted({*by_pool, *(key for key, pool in self._pools.items() if pool != Pool())})
        terms = {key: await self._terms(*key, ends) for key in keys}
        awards = self._awards(keys, by_pool, terms, sales)
        lines, entries = [], []
        for key in keys:
            moved, late = by_pool.get(key, ({}, {}))
            before = self._pools.get(key, Pool())
            journal = _journal(terms[key], before, moved, awards.get(key, 0))
            self._pools[key] = journal.pool
            entries += journal.entries
            lines.append(self._line(key, terms[key], before, moved, late, journal.pool))
        return PeriodReport(month, ends, self._config.currency, False, sales, lines, entries, [])

    async def _terms(self, code: str, funding: str, ends: date) -> Terms | None:
        kind = self._config.point_types[code]
        price = self._prices.price(kind)
        if price is None:
            return None
        basis = self._agreed.get((code, funding))
        found = Terms(
            code, funding, price.scaleb(-kind.scale), Decimal(0), self._accounts, agreed=basis is not None,
            on_redemption=basis == "redemption", face=code in self._prices.of_cards,
        )  # fmt: skip
        if found.of_partner:
            return found
        return msgspec.structs.replace(found, breakage=await self._breakage(kind, ends))

    async def _breakage(self, kind: PointType, ends: date) -> Decimal:
        said = self._prices.accounting.of(kind.code).breakage
        if said is not None:
            return Decimal(said)
        if not kind.policy.lots or kind.code in self._prices.of_cards:
            return Decimal(
                0
            )  # what was paid for is owed whole, until it ends or somebody says what never comes
        if kind.code not in self._histories:
            self._histories[kind.code] = await read_history(self._tx, self._config, kind, self._until)
        found = self._histories[kind.code].breakage(ends)
        return min(found, BREAKAGE_MAX) if found is not None else Decimal(0)

    def _awards(
        self,
        keys: list[tuple[str, str]],
        by_pool: dict[tuple[str, str], tuple[dict[str, int], dict[str, int]]],
        terms: dict[tuple[str, str], Terms | None],
        sales: int,
    ) -> dict[tuple[str, str], int]:
        """Return what of the period's sales the points awarded in it take, by pool."""
        fulls: dict[tuple[str, str], Decimal] = {}
        for key in keys:
            own, issued = terms[key], by_pool.get(key, ({}, {}))[0].get("issued", 0)
            if own is not None and not own.of_partner:
                fulls[key] = own.net * issued
        relative = [
            key
            for key in fulls
            if key[0] not in self._prices.of_cards
            and self._prices.accounting.of(key[0]).allocation == "relative"
        ]
        awards = {key: rounded(full) for key, full in fulls.items()}
        awards |= dict(zip(relative, allocated(sales, [fulls[key] for key in relative]), strict=True))
        return awards

    def _line(
        self,
        key: tuple[str, str],
        terms: Terms | None,
        before: Pool,
        moved: dict[str, int],
        late: dict[str, int],
        after: Pool,
    ) -> PoolLine:
        kind = self._config.point_types[key[0]]
        price = self._prices.price(kind)
        return PoolLine(
            *key, None if price is None else f"{price:f}", "0" if terms is None else f"{terms.breakage:f}",
            before.points, before.deferred, moved, late, after.points, after.deferred,
        )  # fmt: skip

    async def _ties(self, lines: list[PoolLine], ends: date) -> list[Tie]:
        moment = Moment(self._start(ends), beyond=self._beyond)
        rows = await self._tx.all(
            queries.select_sides_at,
            program_id=self._config.id,
            at=moment.at,
            known_at=None,
            beyond=moment.beyond,
        )
        ledger = {row[0]: row[1] + row[2] + row[3] for row in rows}
        found = []
        for _, kind in sorted(self._config.point_types_by_slot.items()):
            pools = sum(line.closing_points for line in lines if line.point_type == kind.code)
            found.append(Tie(kind.code, pools, ledger.get(kind.id, 0)))
        return found


def _measured(kinds: dict[int, tuple[int, int]]) -> tuple[dict[str, int], dict[str, int]]:
    moved: dict[str, int] = defaultdict(int)
    late: dict[str, int] = defaultdict(int)
    for kind, (points, of_before) in kinds.items():
        name = MEASURE_OF.get(kind, "other")
        moved[name] += points
        if of_before:
            late[name] += of_before
    return dict(moved), dict(late)


def _journal(terms: Terms | None, before: Pool, moved: dict[str, int], award: int) -> Journal:
    if terms is None:
        journal = Journal(Terms("", "", Decimal(0), Decimal(0), Accounting().accounts), before)
        journal.points += sum(moved.values())
        return journal
    if terms.of_partner:
        return partner_journal(terms, before, moved)
    return house_journal(terms, before, moved, award)
