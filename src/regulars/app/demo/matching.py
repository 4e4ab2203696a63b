"""Which order a cancellation takes back from: the same customer's orders by stock code, the latest first.
Pure.

The data set does not say which invoice a cancellation belongs to. Never more is taken back from an order
than is left of
it; what no earlier order explains is returned as the rest.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from regulars.app.demo.invoices import Invoice, Line


class Refund(msgspec.Struct, frozen=True, gc=False):
    """Units that one cancellation takes back from one order."""

    cancellation: Invoice
    order: str
    units: dict[str, int]


class Matched(msgspec.Struct):
    """Refunds by cancellation number, and the lines (or parts of lines) that no earlier order explains."""

    refunds: dict[str, list[Refund]]
    rest: list[tuple[Invoice, Line]]


class _Purchases:
    """What is left of one customer's orders: by stock code, the orders that had it with the units left,
    oldest first."""

    def __init__(self) -> None:
        self.left: dict[str, list[list[str | int]]] = {}

    def add(self, invoice: Invoice) -> None:
        units: dict[str, int] = {}
        for line in invoice.lines:
            units[line.sku] = units.get(line.sku, 0) + line.quantity
        for sku, quantity in units.items():
            self.left.setdefault(sku, []).append([invoice.number, quantity])

    def take(self, sku: str, wanted: int) -> dict[str, int]:
        """Take up to `wanted` units, the latest order first; return units by order."""
        taken: dict[str, int] = {}
        orders = self.left.get(sku, [])
        while wanted and orders:
            order, left = orders[-1]
            part = min(wanted, int(left))
            taken[str(order)] = part
            wanted -= part
            orders[-1][1] = int(left) - part
            if not orders[-1][1]:
                orders.pop()
        return taken


def match_cancellations(invoices: Iterable[Invoice]) -> Matched:
    """Return which earlier order each cancellation takes back from; `invoices` in the order of time."""
    purchases: dict[str, _Purchases] = {}
    matched = Matched({}, [])
    for invoice in invoices:
        if not invoice.customer:
            continue
        own = purchases.setdefault(invoice.customer, _Purchases())
        if invoice.is_cancellation:
            _match(own, invoice, matched)
        else:
            own.add(invoice)
    return matched


def _match(own: _Purchases, cancellation: Invoice, matched: Matched) -> None:
    by_order: dict[str, dict[str, int]] = {}
    for line in cancellation.lines:
        taken = own.take(line.sku, line.quantity)
        for order, units in taken.items():
            of_order = by_order.setdefault(order, {})
            of_order[line.sku] = of_order.get(line.sku, 0) + units
        rest = line.quantity - sum(taken.values())
        if rest:
            matched.rest.append((cancellation, msgspec.structs.replace(line, quantity=rest)))
    if by_order:
        matched.refunds[cancellation.number] = [
            Refund(cancellation, order, units) for order, units in by_order.items()
        ]
