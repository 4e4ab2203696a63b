"""The brand and the supplier behind the Advent campaign: their statements of the year, held against the ledger."""

from __future__ import annotations

from datetime import datetime

import msgspec
from rich.console import Console

from regulars.app.demo.members import pounds
from regulars.app.demo.program import Prepared
from regulars.app.demo.rows import SHOP_ZONE
from regulars.app.demo.tables import table
from regulars.features.programs import load_config
from regulars.flows import settlement
from regulars.infra.db import Database

ISSUED = ("issued", "reversed")


class PartnerRow(msgspec.Struct, frozen=True):
    """One partner: points on its statement and by the ledger, net of returns, and what it owes (pence)."""

    partner: str
    statement: int
    lines: int
    points: int
    by_the_ledger: int
    owed: int

    @property
    def agrees(self) -> bool:
        """Whether the statement bills what the ledger says the partner funded."""
        return self.points == self.by_the_ledger


async def settle(db: Database, prepared: Prepared, now: datetime) -> list[PartnerRow]:
    """Draw the partners' statements up to date, twice, which bills nothing twice; return how they stand."""
    day = now.astimezone(SHOP_ZONE).date()
    async with db.transaction() as tx:
        config = await load_config(tx, prepared.program_id)
        await settlement.draw_up(tx, config, day, now)
    async with db.transaction() as tx:
        accounts = await settlement.draw_up(tx, config, day, now)
        checked = await settlement.check_billed(tx, config.id)
    funded: dict[str, int] = {}
    for one in checked:
        funded[one.account] = funded.get(one.account, 0) + one.funded
    return [
        PartnerRow(
            partner=account.statement.partner,
            statement=account.statement.id,
            lines=sum(one.lines for one in account.sections),
            points=sum(one.points for one in account.sections if one.kind in ISSUED),
            by_the_ledger=funded.get(f"partner:{account.statement.partner}", 0),
            owed=account.total,
        )
        for account in accounts
    ]


def show_partners(console: Console, rows: list[PartnerRow]) -> None:
    """Print how the partners' statements stand."""
    made = table(
        "What partners owe for the points they funded",
        "partner",
        "lines",
        "points",
        "by the ledger",
        "owes",
        "",
    )
    for row in rows:
        tick = "[green]✓[/green]" if row.agrees else "[red]✗[/red]"
        numbers = (f"{row.lines:,}", f"{row.points:,}", f"{row.by_the_ledger:,}")
        made.add_row(row.partner, *numbers, pounds(row.owed), tick)
    console.print()
    console.print(made)
