"""Fees of statements: what terms ask for beside points, whole on a statement and as far as they have arisen by a day.

A month takes its part of a statement that goes on: a flat fee by days, the others by what they are taken of. A
statement whose period is over has its fees whole, to the cent; so months add up to what statements charge.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import msgspec

from regulars.features.partners import Fee, Terms, select_terms
from regulars.features.programs import ProgramConfig
from regulars.flows.settlement.model import ISSUE_KINDS, Account, Statement, rounded
from regulars.flows.settlement.queries import queries
from regulars.flows.settlement.store import select_account, select_entries
from regulars.infra.db import Transaction
from regulars.kit.money import exponent
from regulars.kit.zones import local_date, zone


class Billed(msgspec.Struct, frozen=True):
    """What fees are taken of: lines, exact minor units of points issued, minor units that members bought for.

    `sales` may be below zero: the fee is then what the partner gets back.
    """

    lines: int = 0
    issued: Decimal = Decimal(0)
    sales: int = 0


class Charged(msgspec.Struct, frozen=True):
    """A fee on a statement: whose, of which days (`end_day` = the first after), and what it comes to in minor units."""

    partner_id: int
    partner: str
    statement_id: int
    first_day: date
    end_day: date
    code: str
    amount: int


async def settle_fees(
    tx: Transaction, config: ProgramConfig, statement: Statement, terms: Terms, now: datetime
) -> Account:
    """Bring fees and total of a draft up to date with its lines; return it."""
    await tx.run(queries.delete_fees, statement_id=statement.id, codes=[fee.code for fee in terms.fees])
    before = await select_account(tx, config, statement)
    billed = billed_of(before)
    for fee in terms.fees:
        sales = None
        if fee.percent_of_sales is not None:
            sales = await _sales(tx, statement.id, fee.code, None)
        of = msgspec.structs.replace(billed, sales=sales or 0)
        await tx.run(
            queries.replace_fee,
            program_id=config.id,
            statement_id=statement.id,
            code=fee.code,
            amount=fee_of(fee, of, exponent(config.currency)),
            text=_said(fee),
            sales=sales,
            now=now,
        )
    account = msgspec.structs.replace(before, entries=await select_entries(tx, statement.id))
    await tx.run(queries.update_total, id=statement.id, total=account.total)
    return msgspec.structs.replace(account, statement=msgspec.structs.replace(statement, total=account.total))


async def fees_at(
    tx: Transaction, config: ProgramConfig, before: datetime, beyond: int
) -> list[tuple[str, int]]:
    """Return (partner, minor units) of the fees that arose before a midnight, of what has ids below `beyond`.

    Of a statement that goes on at that moment: as far as it has come, at what the terms now ask for.
    """
    day = local_date(before, zone(config.zone))
    every = await tx.all(queries.select_fees, row=Charged, program_id=config.id, day=day)
    found = [(one.partner, one.amount) for one in every if one.end_day <= day]
    going_on = [one for one in every if one.end_day > day]
    if not going_on:
        return found
    terms = await select_terms(tx, config.id)
    billed = {
        statement: Billed(lines, issued)
        for statement, lines, issued in await tx.all(
            queries.select_billed,
            ids=[one.statement_id for one in going_on],
            kinds=list(ISSUE_KINDS),
            before=before,
            beyond=beyond,
        )
    }
    for one in going_on:
        asked = {fee.code: fee for fee in terms.get(one.partner_id, Terms()).fees}
        fee, of = asked.get(one.code), billed.get(one.statement_id, Billed())
        if fee is None or fee.amount is not None:
            found.append((one.partner, by_days(one, day)))
            continue
        if fee.percent_of_sales is not None:
            of = Billed(sales=await _sales(tx, one.statement_id, one.code, day))
        found.append((one.partner, fee_of(fee, of, exponent(config.currency))))
    return found


async def _sales(tx: Transaction, statement: int, code: str, until: date | None) -> int:
    found: int = await tx.value(queries.select_sales, statement_id=statement, code=code, until=until)
    return found


def billed_of(account: Account) -> Billed:
    """Return what fees of a statement are taken of, sales aside."""
    issued = sum((one.exact for one in account.sections if one.kind in ISSUE_KINDS), Decimal(0))
    return Billed(sum(one.lines for one in account.sections), issued)


def fee_of(fee: Fee, of: Billed, decimals: int) -> int:
    """Return what a fee comes to, in minor units."""
    if fee.percent_of_sales is not None:
        return rounded(of.sales * fee.percent_of_sales / 100)
    if fee.amount is not None:
        return rounded(fee.amount.scaleb(decimals))
    if fee.per_line is not None:
        return rounded(of.lines * fee.per_line.scaleb(decimals))
    return rounded(max(Decimal(0), of.issued) * (fee.percent or 0) / 100)


def by_days(fee: Charged, day: date) -> int:
    """Return the part of a fee that belongs to the days before `day`, which is one of its statement's."""
    return rounded(Decimal(fee.amount) * (day - fee.first_day).days / (fee.end_day - fee.first_day).days)


def _said(fee: Fee) -> str:
    if fee.amount is not None:
        return "flat"
    if fee.percent_of_sales is not None:
        return f"{fee.percent_of_sales} % of sales to members"
    return f"{fee.per_line} a line" if fee.per_line is not None else f"{fee.percent} % of points issued"
