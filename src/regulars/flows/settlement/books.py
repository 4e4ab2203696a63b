"""Statements and nettings read and written as double entry, each on its day: the same for HTTP and the command line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from regulars.features.accounting import read_accounting
from regulars.features.partners import select_treasury
from regulars.features.programs import ProgramConfig
from regulars.flows.settlement.bookkeeping import (
    Chart,
    Posting,
    netting_entries,
    payment_entries,
    said,
    version_entries,
)
from regulars.flows.settlement.errors import DaysNotOver, NotIssued, UnknownVersion
from regulars.flows.settlement.netting_store import select_nettings_between
from regulars.flows.settlement.queries import queries
from regulars.flows.settlement.settle import netted
from regulars.flows.settlement.states import account_of
from regulars.flows.settlement.store import find_statement, select_versions
from regulars.infra.db import Transaction
from regulars.kit.zones import local_date, start_of_day, zone


async def read_entries(
    tx: Transaction,
    config: ProgramConfig,
    statements: Iterable[int],
    nettings: Iterable[int],
    version: int | None = None,
) -> list[Posting]:
    """Return the entries of statements and of nettings.

    Every version that was issued is an entry of its own: the first is dated on the last day of the statement's period,
    a later one, which is the difference to the one before, on the day on which it was issued; `version` asks for one
    alone. A netting is dated on the day on which it was made, its payments on the day on which they were noted as made,
    not before. What is named twice is written once. Refuses with UnknownStatement, NotIssued, UnknownVersion and
    UnknownNetting.
    """
    chart = await read_chart(tx, config)
    found: list[Posting] = []
    for number in dict.fromkeys(statements):
        found += await _of_statement(tx, config, chart, number, version)
    for number in dict.fromkeys(nettings):
        found += await _of_netting(tx, config, chart, number)
    return found


async def read_entries_between(
    tx: Transaction, config: ProgramConfig, since: date, until: date | None, now: datetime
) -> list[Posting]:
    """Return the entries of everything that was issued, netted or paid from `since` to the day before `until`.

    Days are the program's; `until` is today where it is left out. Each entry arises on one day, so that whoever asks
    for one span after the other reads all of them, and none twice. Refuses with DaysNotOver (fact `today`).
    """
    place = zone(config.zone)
    today = local_date(now, place)
    if until is not None and until > today:
        raise DaysNotOver(today=today.isoformat())
    span = {"from_at": start_of_day(since, place), "to_at": start_of_day(until or today, place)}
    chart = await read_chart(tx, config)
    found: list[Posting] = []
    for number, version in await tx.all(queries.select_versions_between, program_id=config.id, **span):
        found += await _of_statement(tx, config, chart, number, version)
    for number, made, paid in await select_nettings_between(tx, config.id, **span):
        found += await _of_netting(tx, config, chart, number, made=made, paid=paid)
    return found


async def read_chart(tx: Transaction, config: ProgramConfig) -> Chart:
    """Return the accounts that entries name: of the treasury, and of the journals that accrued before."""
    accounts = (await read_accounting(tx, config.id))[0].accounts
    books = (await select_treasury(tx, config.id)).books
    scales = {one.code: one.scale for one in config.point_types.values()}
    return Chart(books, accounts.partner_receivable, accounts.partner_payable, scales)


async def _of_statement(
    tx: Transaction, config: ProgramConfig, chart: Chart, number: int, only: int | None
) -> list[Posting]:
    statement = await find_statement(tx, config.id, number)
    versions = sorted(await select_versions(tx, number), key=lambda one: one.version)
    if not versions:
        raise NotIssued(statement=number, status=statement.status)
    if only is not None and only > len(versions):
        raise UnknownVersion(statement=number, latest=len(versions))
    found: list[Posting] = []
    before = said(None)
    for one in versions:
        now = said(one)
        if only in (None, one.version):
            day = local_date(one.issued_at, zone(config.zone))
            day = statement.end_day - timedelta(days=1) if one.version == 1 else day
            found += version_entries(number, statement.partner, one.version, now, before, chart, day)
        before = now
    return found


async def _of_netting(
    tx: Transaction, config: ProgramConfig, chart: Chart, number: int, *, made: bool = True, paid: bool = True
) -> list[Posting]:
    done, place = await netted(tx, config, number), zone(config.zone)
    accounts = [await account_of(tx, config, one) for one, _, _ in done.statements]
    day = local_date(done.netting.created_at, place)
    found = netting_entries(done, accounts, chart.books, day) if made else []
    if paid and done.netting.paid_at is not None:
        found += payment_entries(done, chart.books, local_date(done.netting.paid_at, place))
    return found
