"""The data set against the database: known totals on one side, what was found on the other."""

from __future__ import annotations

import msgspec

from regulars.app.demo.invoices import (
    BOOK_ADJUSTMENT,
    CANCELLATION,
    NOBODY_CANCELLED,
    SALE,
    STOCK_MOVEMENT,
    STRANGE,
)
from regulars.app.demo.year import Totals, Year, value_of

# Published totals of the data set.
ROWS, INVOICES, CANCELLATIONS = 541_909, 25_900, 3_836


class Line(msgspec.Struct, frozen=True):
    """One comparison; `money` in pence."""

    what: str
    found: int
    expected: int
    money: bool = False

    @property
    def agrees(self) -> bool:
        """Whether both are the same."""
        return self.found == self.expected


def reconcile(loaded: Totals, expected: Totals) -> list[Line]:
    """Return the comparison of what was loaded with what the data set says."""
    return [
        Line("customers → members", loaded.members, expected.members),
        Line("sales invoices → orders", loaded.orders, expected.orders),
        Line("  of nobody known, to be claimed", loaded.orders_of_nobody, expected.orders_of_nobody),
        Line("cancellations → refunds of orders", loaded.refunds, expected.refunds),
        Line("value of the orders, before refunds", loaded.order_amount, expected.order_amount, money=True),
    ]


def account_for(year: Year) -> list[str]:
    """Return in sentences what became of every row and invoice of the file: nothing is lost silently."""
    ledgers, matched = year.ledgers, year.matched
    rows, left_out = ledgers.rows, ledgers.left_out
    numbers = {invoice.number.partition("-")[0] for invoice in ledgers.invoices}
    rest = {cancellation.number for cancellation, _ in matched.rest}
    only = {kind: f"{left_out[kind]:,}" for kind in (STOCK_MOVEMENT, NOBODY_CANCELLED, BOOK_ADJUSTMENT)}
    return [
        f"{rows.total():,} rows: {rows[SALE]:,} sold, {rows[CANCELLATION]:,} cancelled, "
        f"{rows[STOCK_MOVEMENT]:,} movements of stock, {rows[NOBODY_CANCELLED]:,} cancelled by nobody known, "
        f"{rows[BOOK_ADJUSTMENT]:,} adjustments of the books, {rows[STRANGE]:,} strange.",
        f"{len(numbers) + left_out.total():,} invoices: {len(numbers):,} sent, {only[STOCK_MOVEMENT]} only move stock, "
        f"{only[NOBODY_CANCELLED]} cancel for nobody known, {only[BOOK_ADJUSTMENT]} adjust the books.",
        f"{len(matched.refunds):,} cancellations became {year.totals.refunds:,} refunds. "
        f"{len(matched.rest):,} lines of {len(rest):,} cancellations, worth £{value_of(matched.rest):,.2f}, match no "
        "earlier order: postage, manual entries, discounts, and what was bought before the data begin.",
    ]
