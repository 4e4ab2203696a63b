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

from regulars.core.events import Event, Line, Order, Place, encode_doc, moved_doc, place_at
from regulars.flows.accrual.item import Item
from regulars.flows.accrual.rulebook import Rulebook

_FILLED = ("name", "category", "brand")


def complete(item: Item, book: Rulebook) -> Item:
    """Return the item with what the program knows about its products and store, or the same item."""
    item.note()
    at_hand = item.at_hand
    place = item.place
    assert place is not None
    filled = _filled(place, book) if place.store else place
    lines = _lines(item.event.order, book) if book.products and item.order_key is not None else None
    completed = item if filled is place and lines is None else _with(item, filled, lines)
    if not at_hand:  # read for its lines, and not asked for again before it is decided
        item.let_go()
        completed.let_go()
    return completed


def _with(item: Item, place: Place, lines: list[Line] | None) -> Item:
    """Return the item in a place and with other lines (None: its own)."""
    assert item.place is not None
    doc = moved_doc(item.doc, item.place, place) if lines is None else None
    if doc is not None and not item.at_hand:
        return item.completed(None, doc, place)
    event = _completed(item.event, place, lines)
    return item.completed(event, encode_doc(event) if doc is None else doc, place)


def _filled(place: Place, book: Rulebook) -> Place:
    """Return a place with the region, channel and partner of its store where the sender named none."""
    store = book.stores.get(place.store or "")
    if store is None:
        return place
    region, channel, partner = store
    return place_at(
        place.store,
        place.region or region or place.region,
        place.channel or channel or place.channel,
        place.partner or partner or place.partner,
        place.currency,
    )


def _lines(order: Order | None, book: Rulebook) -> list[Line] | None:
    """Return the lines of an order with what the catalogue knows; None where it knows no more."""
    if order is None:
        return None
    lines = [_line(line, book) for line in order.lines]
    known = any(new is not old for new, old in zip(lines, order.lines, strict=True))
    return lines if known else None


def _completed(event: Event, place: Place, lines: list[Line] | None) -> Event:
    order = event.order
    if lines is not None and order is not None:
        order = msgspec.structs.replace(order, lines=lines)
    return msgspec.structs.replace(
        event, order=order, region=place.region, channel=place.channel, partner=place.partner
    )


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
