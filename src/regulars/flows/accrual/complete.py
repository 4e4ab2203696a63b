"""What a till leaves out: the category of a product it names by SKU, the region and channel of a store it
names by
code.

Completed from the program's own catalogue before the event is decided and stored, so that rating it again
later
sees the same.
What counts as "the same message sent again" is what was sent, never what was added here.
"""

from __future__ import annotations

from typing import Any

import msgspec

from regulars.core.events import Event, Line, encode_doc, encode_moved
from regulars.flows.accrual.rulebook import Rulebook
from regulars.flows.accrual.types import Item

_FILLED = ("name", "category", "brand")


def complete(item: Item, book: Rulebook) -> Item:
    """Return the item with what the program knows about its products and store, or the same item."""
    event = item.event
    completed = event
    place = _place(event, book) if event.store else None
    if place:
        completed = msgspec.structs.replace(event, **place)
    doc = encode_moved(completed, event, item.doc) if place else item.doc
    if event.order is not None and book.products:
        lines = [_line(line, book) for line in event.order.lines]
        if any(new is not old for new, old in zip(lines, event.order.lines, strict=True)):
            completed = msgspec.structs.replace(
                completed, order=msgspec.structs.replace(event.order, lines=lines)
            )
            doc = encode_doc(completed)
    if completed is event:
        return item
    return Item(item.source_id, completed, doc, item.occurred_at, item.content, item.enrol)


def _line(line: Line, book: Rulebook) -> Line:
    product = book.products.get(line.sku)
    if product is None or (line.category and line.brand and product.earns):
        return line
    known: dict[str, Any] = {
        name: getattr(product, name) for name in _FILLED if not getattr(line, name) and getattr(product, name)
    }
    if not product.earns and "earns" not in line.properties:
        known["properties"] = {**line.properties, "earns": False}
    return msgspec.structs.replace(line, **known) if known else line


def earning_part(event: Event) -> Event:
    """Return the event as rules see it: without the order lines whose products earn nothing, and without
    their
    amount.
    """
    order = event.order
    if order is None:
        return event
    for line in order.lines:
        if line.properties:
            break
    else:
        return event
    lines = [line for line in order.lines if line.properties.get("earns") is not False]
    if len(lines) == len(order.lines):
        return event
    excluded = sum(line.amount for line in order.lines) - sum(line.amount for line in lines)
    earning = msgspec.structs.replace(order, lines=lines, amount=max(0, order.amount - excluded))
    return msgspec.structs.replace(event, order=earning)


def _place(event: Event, book: Rulebook) -> dict[str, Any]:
    store = book.stores.get(event.store or "")
    if store is None:
        return {}
    region, channel, partner = store
    known = {}
    if region and not event.region:
        known["region"] = region
    if channel and not event.channel:
        known["channel"] = channel
    if partner and not event.partner:
        known["partner"] = partner
    return known
