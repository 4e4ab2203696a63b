"""What of fees belongs to the days before one, counted from what stands on statements alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from regulars.features.partners import Fee
from regulars.features.programs import load_config
from regulars.flows import settlement
from regulars.infra.db import Database, Transaction, load_queries

queries = load_queries(__package__)
FEES = (
    Fee("flat", amount=Decimal("9.97")),
    Fee("line", per_line=Decimal("0.07")),
    Fee("percent", percent=Decimal("3.3")),
)


async def arisen(tx: Transaction, account: settlement.Account, ends: date) -> int:
    """Return what of the fees on a statement that goes on belongs to the days before one."""
    one, found = account.statement, Fraction(0)
    if ends <= one.first_day:
        return 0
    lines, issued = await tx.one(queries.select_lines_before, statement_id=one.id, day=ends)
    for fee in (part for part in account.entries if part.kind == "fee"):
        share = Fraction((ends - one.first_day).days, (one.end_day - one.first_day).days)
        by = {
            "flat": fee.amount * share,
            "line": Fraction(7 * lines),
            "percent": Fraction(max(issued, 0)) * 33 / 1000,
        }
        found += round(by[fee.code])
    return int(found)


async def fees_by(db: Database, program: int, ends: date) -> int:
    """Return the fees of all days before one, whatever became of their statements."""
    found = 0
    async with db.transaction(read_only=True) as tx:
        config = await load_config(tx, program)
        for one in await settlement.select_statements(tx, config.id):
            account = await settlement.account_of(tx, config, one.id)
            whole = sum(part.amount for part in account.entries if part.kind == "fee")
            found += whole if one.end_day <= ends else await arisen(tx, account, ends)
    return found
