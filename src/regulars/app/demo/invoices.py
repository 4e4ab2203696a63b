"""What each row of the data set is, by stated rules: a sale, a cancellation, or something that no customer
did.

| row | is |
|---|---|
| an A-invoice, or the stock code B | an adjustment of the books ("Adjust bad debt"): left out |
| no customer, price 0 | a movement of stock (damages, counts, samples): left out |
| no customer, C-invoice | taken back from nobody known: left out, counted |
| C-invoice | a cancellation of what this customer bought before |
| all others with a positive quantity | a sale; without a customer an order of nobody, which can be claimed later |
| anything else | strange: left out, counted (the data set has none) |

Postage, carriage, fees, manual entries and vouchers are ordinary lines of an order; their products earn
nothing. A line at
price 0 that a customer got is kept: it is on her invoice. Rows that are exactly equal are kept, too: the
shop's own
totals count them, and a till that scans an item twice writes two equal lines. Lines of one invoice with the
same product and
price become one line with the quantities added up. An invoice of more lines than an order may have is sent
in parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec

from regulars.app.demo.rows import Row

# As many lines as the intake takes in one order; one invoice of the data set has more.
ORDER_LINES_MAX: Final = 1_000
BAD_DEBT: Final = "B"

SALE, CANCELLATION = "sale", "cancellation"
STOCK_MOVEMENT, BOOK_ADJUSTMENT = "stock movement", "book adjustment"
NOBODY_CANCELLED, STRANGE = "cancelled by nobody known", "strange"


class Line(msgspec.Struct, frozen=True, gc=False):
    """Some units of one product at one price (pounds)."""

    sku: str
    quantity: int
    price: Decimal


class Invoice(msgspec.Struct, frozen=True, gc=False):
    """A sale or a cancellation. Quantities are positive in both. `customer` is "" for a guest."""

    number: str
    at: str
    customer: str
    country: str
    lines: tuple[Line, ...]
    is_cancellation: bool


class Ledgers(msgspec.Struct):
    """The invoices to be sent, and how many rows were what. `left_out` holds the numbers of invoices with no
    row to send."""

    invoices: list[Invoice]
    rows: Counter[str]
    left_out: Counter[str]


def kind_of(row: Row) -> str:
    """Return what a row is."""
    if row.invoice.startswith("A") or row.sku == BAD_DEBT:
        return BOOK_ADJUSTMENT
    if not row.customer and row.price == 0:
        return STOCK_MOVEMENT
    if row.is_cancellation and row.quantity < 0:
        return CANCELLATION if row.customer else NOBODY_CANCELLED
    if not row.is_cancellation and row.quantity > 0 and row.price >= 0:
        return SALE
    return STRANGE


def invoices_of(rows: Iterable[Row]) -> Ledgers:
    """Return the invoices in the order of time, each with its first row's time."""
    kinds: Counter[str] = Counter()
    grouped: dict[str, list[Row]] = {}
    without: dict[str, str] = {}
    for row in rows:
        kind = kind_of(row)
        kinds[kind] += 1
        if kind in (SALE, CANCELLATION):
            grouped.setdefault(row.invoice, []).append(row)
        else:
            without.setdefault(row.invoice, kind)
    left_out = Counter(kind for number, kind in without.items() if number not in grouped)
    invoices = [part for number, group in grouped.items() for part in _parts(number, group)]
    invoices.sort(key=lambda invoice: invoice.at)
    return Ledgers(invoices, kinds, left_out)


def _parts(number: str, rows: list[Row]) -> list[Invoice]:
    quantities: dict[tuple[str, Decimal], int] = {}
    for row in rows:
        quantities[row.sku, row.price] = quantities.get((row.sku, row.price), 0) + abs(row.quantity)
    lines = [Line(sku, quantity, price) for (sku, price), quantity in quantities.items()]
    first = rows[0]
    return [
        Invoice(
            number if start == 0 else f"{number}-{start // ORDER_LINES_MAX + 1}",
            first.at,
            first.customer,
            first.country,
            tuple(lines[start : start + ORDER_LINES_MAX]),
            first.is_cancellation,
        )
        for start in range(0, len(lines), ORDER_LINES_MAX)
    ]
