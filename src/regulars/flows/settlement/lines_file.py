"""The lines of a statement as a file: what its sums are made of, in the columns a partner's own file is read by."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, Final

from regulars.flows.settlement.model import BURN_KINDS
from regulars.flows.settlement.queries import queries
from regulars.infra.csv_files import csv_lines
from regulars.infra.db import Transaction
from regulars.kit import ids
from regulars.kit.money import exponent
from regulars.kit.zones import local_date, zone

COLUMNS: Final = (
    "date", "order_id", "side", "points", "amount", "kind", "point_type", "store", "member", "transfer",
)  # fmt: skip


async def lines_csv(tx: Transaction, statement_id: int, currency: str, zone_name: str) -> AsyncIterator[str]:
    """Yield CSV text, the header first; points with their type's decimals, amounts in major units, exact."""
    decimals = exponent(currency)
    yield csv_lines([COLUMNS])
    async for rows in tx.stream(queries.stream_lines, statement_id=statement_id):
        yield csv_lines(_row(row, decimals, zone_name) for row in rows)


def _row(row: tuple[Any, ...], decimals: int, zone_name: str) -> list[str | Decimal]:
    member_id, transfer_id, _, kind, point_type, points, amount, occurred_at, _, order_id, store, scale = row
    return [
        local_date(occurred_at, zone(zone_name)).isoformat(),
        order_id,
        "burn" if kind in BURN_KINDS else "issue",
        Decimal(points).scaleb(-scale),
        _major(amount, decimals),
        kind,
        point_type,
        store,
        ids.encode("mem", member_id),
        ids.encode("trf", transfer_id),
    ]


def _major(amount: Decimal, decimals: int) -> Decimal:
    """Return exact minor units in major ones: with the currency's decimals, and more only where there are more."""
    exact = amount.scaleb(-decimals).normalize()
    least = Decimal(1).scaleb(-decimals)
    return exact.quantize(least) if exact == exact.quantize(least) else exact
