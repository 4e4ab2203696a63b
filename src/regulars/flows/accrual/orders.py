"""An order's identity, and what is left of a basket after refunds, updates and a cancellation. Pure arithmetic on
money.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from hashlib import blake2b

import msgspec

from regulars.core.events import (
    ORDER_CANCELLED,
    ORDER_REFUNDED,
    ORDER_UPDATED,
    Event,
    EventKind,
    Line,
    Order,
    RefundScope,
)
from regulars.kit import ids

CORRECTIONS = frozenset({ORDER_REFUNDED, ORDER_UPDATED, ORDER_CANCELLED})

REWARD_REDEEMED = "Reward Redeemed"
# A redemption was given back, whole or in part: the platform's own event, which says of which one, and how much of it
# has come back in all.
REWARD_CANCELLED = "Reward Cancelled"
# What stands before the key of the event of a redemption, so that it is never taken for an order's.
OF_REDEMPTION = b"redemption/"


class Correction(msgspec.Struct, frozen=True, array_like=True):
    """A correction as it is kept with its order: when it happened (microseconds), which event it is, what it says."""

    occurred_at: int
    event_id: int
    type: str
    order: Order


encode_corrections = msgspec.json.Encoder(decimal_format="number").encode
_decode_corrections = msgspec.json.Decoder(list[Correction], float_hook=Decimal).decode


def decode_corrections(text: str) -> list[Correction]:
    """Return the corrections that are kept with an order, as they happened; "" = none so far."""
    return _decode_corrections(text) if text else []


def order_key(order_id: str) -> bytes:
    """Return the 16 bytes under which an order is known in its program."""
    return blake2b(order_id.encode(), digest_size=16).digest()


def gives_back(event: Event) -> bool:
    """Return whether an event gives back a redemption, whole or in part, and says which."""
    of_platform = event.type == REWARD_CANCELLED and event.kind is EventKind.SYSTEM
    return of_platform and "redemption" in event.properties


def redemption_key(event: Event) -> bytes | None:
    """Return the key of the redemption that an event is about, taken or given back; None of any other event."""
    if gives_back(event):
        return _redemption_key(f"redemption/{ids.decode('rdm', event.properties['redemption'])}")
    if event.type == REWARD_REDEEMED and event.kind is EventKind.SYSTEM and event.key:
        return _redemption_key(event.key)
    return None


def _redemption_key(told_as: str) -> bytes:
    return OF_REDEMPTION + blake2b(told_as.encode(), digest_size=16).digest()


def is_correction(event: Event) -> bool:
    """Return whether an event changes an order that was (or will be) rated."""
    return event.type in CORRECTIONS and event.order is not None


def left_of(order: Order, corrections: Iterable[Correction]) -> Order | None:
    """Return what is left of an order after its corrections, one after the other; None when nothing is left.

    After one that left nothing none counts: what was given back is not bought again by a message about it.
    """
    left: Order | None = order
    for correction in corrections:
        if left is None:
            break
        left = _reduced(left, correction)
    return left


def _reduced(order: Order, correction: Correction) -> Order | None:
    """Return what one correction leaves of an order.

    Refunds by line take the line's own share of its amount, so that partial refunds add up to exactly the whole; more
    than is left of a line is not taken; a line the order never had is passed over (`not_in_order` tells both). An
    update that names no lines and no amount says nothing of them: all stays.
    """
    change = correction.order
    if correction.type == ORDER_CANCELLED:
        return None
    if correction.type == ORDER_UPDATED:
        if not change.lines and change.total is None and change.subtotal is None and change.revenue is None:
            return order
        return change if change.lines or change.amount else None
    if change.refund is RefundScope.LINES:
        return _without_lines(order, change)
    if change.refund is RefundScope.TOTAL:
        return _without_total(order, change.total or change.amount)
    return None


def _without_lines(order: Order, change: Order) -> Order | None:
    """Take units out of the lines.

    An order that named no lines is less by what the refunded ones cost, if they say so.
    """
    if not order.lines:
        return _without_amount(order, change.amount)
    lines = list(order.lines)
    for gone in change.lines:
        _take(lines, gone)
    if lines == order.lines:
        return order
    kept = [line for line in lines if line.quantity]
    if not kept:
        return None
    measure = _worth if _worth(order.lines) else _amount_of_goods
    amount = int(order.amount * measure(kept) / measure(order.lines))
    return msgspec.structs.replace(order, lines=kept, amount=amount, **_shares(order, order.amount, amount))


def not_in_order(order: Order, correction: Correction) -> list[tuple[str, str]]:
    """Return what a refund by lines names that the order does not have (any more): the product, and how many of it."""
    change = correction.order
    if correction.type != ORDER_REFUNDED or change.refund is not RefundScope.LINES:
        return []
    if not order.lines and change.amount:
        return []  # less by that amount, whatever it was for
    lines = list(order.lines)
    missed = [(gone.sku or gone.product_id or gone.name, _take(lines, gone)) for gone in change.lines]
    return [(product, f"{_exact(left).normalize():f}") for product, left in missed if left]


def beyond_order(order: Order, correction: Correction) -> int:
    """Return how much more money a refund says came back than there is left of the order; 0 where it names lines of it.

    It is measured by what is taken from: what was paid, where a refund is a total and the order has one.
    """
    change = correction.order
    if correction.type != ORDER_REFUNDED:
        return 0
    if change.refund is RefundScope.TOTAL:
        return max(0, (change.total or change.amount) - (order.total or order.amount))
    if change.refund is RefundScope.LINES and not order.lines:
        return max(0, change.amount - order.amount)
    return 0


def _take(lines: list[Line], gone: Line) -> Fraction:
    """Take the units of a refunded line out of `lines`; return how many were not there."""
    left = _units(gone)
    for place, line in enumerate(lines):
        if left and line.quantity and _same_product(line, gone):
            taken = min(left, _units(line))
            lines[place] = _fewer(line, taken)
            left -= taken
    return left


def _worth(lines: list[Line]) -> Fraction:
    return Fraction(sum(line.amount for line in lines))


def _amount_of_goods(lines: list[Line]) -> Fraction:
    """Return the units of lines without prices: they say how much of the order is left."""
    return sum(map(_units, lines), Fraction(0))


def _same_product(line: Line, gone: Line) -> bool:
    return bool(gone.sku and gone.sku == line.sku) or bool(
        gone.product_id and gone.product_id == line.product_id
    )


def _units(line: Line) -> Fraction:
    """Return how much of the product a line is: 1.5 of what is sold by weight stands among its properties."""
    return Fraction(line.properties.get("quantity", line.quantity)) if line.quantity else Fraction(0)


def _fewer(line: Line, taken: Fraction) -> Line:
    units = _units(line)
    left = units - taken
    amount = int(line.amount * left / units)
    if left.denominator == 1:
        rest = {name: value for name, value in line.properties.items() if name != "quantity"}
        return msgspec.structs.replace(line, quantity=int(left), amount=amount, properties=rest)
    return msgspec.structs.replace(
        line, amount=amount, properties={**line.properties, "quantity": _exact(left)}
    )


def _exact(units: Fraction) -> Decimal:
    return Decimal(units.numerator) / Decimal(units.denominator)


def _without_total(order: Order, refunded: int) -> Order | None:
    """Take the share of the order that `refunded` is of what was paid: taxes and shipping come back, too, and never
    earned anything.
    """
    if not order.total:
        return _without_amount(order, refunded)
    left = order.total - refunded
    if left <= 0:
        return None
    amount = order.amount * left // order.total
    lines = scale_lines(order.lines, left, order.total)
    return msgspec.structs.replace(order, lines=lines, amount=amount, **_shares(order, order.total, left))


def _without_amount(order: Order, refunded: int) -> Order | None:
    amount = order.amount - refunded
    if amount <= 0:
        return None
    lines = scale_lines(order.lines, amount, order.amount)
    return msgspec.structs.replace(order, lines=lines, amount=amount, **_shares(order, order.amount, amount))


def scale_lines(lines: list[Line], part: int, whole: int) -> list[Line]:
    """Return lines worth part/whole of what they were; the last line takes the rounding."""
    total = sum(line.amount for line in lines) * part // whole
    scaled: list[Line] = []
    for line in lines[:-1]:
        scaled.append(msgspec.structs.replace(line, amount=line.amount * part // whole))
    if lines:
        rest = total - sum(line.amount for line in scaled)
        scaled.append(msgspec.structs.replace(lines[-1], amount=rest))
    return scaled


def _shares(order: Order, before: int, after: int) -> dict[str, int]:
    """Return the order's other amounts in the same proportion as the one that earns."""
    shares = {}
    for name in ("total", "subtotal", "revenue", "shipping", "tax", "discount"):
        value = getattr(order, name)
        if value is not None and before > 0:
            shares[name] = value * after // before
    return shares
