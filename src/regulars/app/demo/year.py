"""The shop's year, ready to be sent: read, sorted out, matched and written as requests. And what must come
out of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import msgspec

from regulars.app.demo.invoices import Invoice, Ledgers, Line, invoices_of
from regulars.app.demo.matching import Matched, match_cancellations
from regulars.app.demo.messages import Body, bodies_of, messages_of
from regulars.app.demo.rows import Row

_PENNY: Final = Decimal("0.01")


class Totals(msgspec.Struct, frozen=True):
    """What the database must show after a load; amounts in pence. The known totals of the data set follow
    from these."""

    members: int
    orders: int
    orders_of_nobody: int
    refunds: int
    order_amount: int


class Year(msgspec.Struct):
    """All or the first part of the data set."""

    ledgers: Ledgers
    invoices: list[Invoice]
    matched: Matched
    bodies: list[Body]
    totals: Totals


# What the whole data set comes to; `year_of` finds the same numbers, which a test proves.
WHOLE_YEAR: Final = Totals(
    members=4_372, orders=19_964, orders_of_nobody=1_428, refunds=3_849, order_amount=1_065_562_248
)
# The last message of the whole data set: once it is known to the server, the load is finished.
LAST_MESSAGE: Final = "order-581587"


def year_of(rows: Sequence[Row], invoices_max: int | None = None) -> Year:
    """Return the year in `rows`, or its first `invoices_max` invoices (sales and cancellations)."""
    ledgers = invoices_of(rows)
    invoices = ledgers.invoices[:invoices_max]
    matched = match_cancellations(invoices)
    bodies = list(bodies_of(messages_of(invoices, matched)))
    return Year(ledgers, invoices, matched, bodies, totals_of(invoices, matched))


def totals_of(invoices: Sequence[Invoice], matched: Matched) -> Totals:
    """Return what the database must show once these invoices were loaded."""
    sales = [invoice for invoice in invoices if not invoice.is_cancellation]
    return Totals(
        members=len({invoice.customer for invoice in invoices if invoice.customer}),
        orders=len(sales),
        orders_of_nobody=sum(not invoice.customer for invoice in sales),
        refunds=sum(map(len, matched.refunds.values())),
        order_amount=sum(pence_of(invoice) for invoice in sales),
    )


def pence_of(invoice: Invoice) -> int:
    """Return the value of an invoice; each line is rounded to the penny by itself, halves up."""
    return sum(
        int((line.price * line.quantity).quantize(_PENNY, ROUND_HALF_UP) * 100) for line in invoice.lines
    )


def value_of(lines: Iterable[tuple[Invoice, Line]]) -> Decimal:
    """Return the value of lines of invoices, in pounds."""
    return sum((line.price * line.quantity for _, line in lines), Decimal(0))
