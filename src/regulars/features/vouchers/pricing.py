"""What vouchers take off a basket. Pure; money in minor units.

The stacking order, documented for whoever explains a receipt:

1. An exclusive voucher is used alone; of one group only one voucher is used.
2. Vouchers are used by priority (the smaller first), then the narrower before the wider (product, category, line,
   order, shipping), then percentages before amounts before free items, then by code.
3. Each voucher takes off what the ones before it left, never more. Minima look at the basket before any voucher.
4. Percentages are rounded down to the minor unit; what is taken off several lines is spread by what is left of
   them, the odd units going to the largest remainders, the earlier line first.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

import msgspec

from regulars.features.vouchers.errors import CodeTwice, MinimumNotReached, NothingDiscounted, NotStackable
from regulars.features.vouchers.model import Voucher, Worth

_SCOPES = {"product": 0, "category": 1, "line": 2, "order": 3}
_KINDS = {"percentage": 0, "amount": 1, "free_item": 2, "free_shipping": 3}


class BasketLine(msgspec.Struct, frozen=True):
    """A line of a basket: `amount` is what the whole line costs (minor units), `quantity` at least 1."""

    sku: str
    amount: int
    quantity: int = 1
    category: str = ""


class Basket(msgspec.Struct, frozen=True):
    """What is bought, and what bringing it costs."""

    lines: tuple[BasketLine, ...]
    shipping: int = 0

    @property
    def amount(self) -> int:
        """What the lines come to."""
        return sum(line.amount for line in self.lines)


class Discount(msgspec.Struct, frozen=True):
    """What one voucher takes off: `amount` in all, `lines` by the place of the line, `shipping` of the shipping.

    `add_item`: a free item that is not in the basket is to be put in, at no charge.
    """

    code: str
    definition: str
    amount: int
    lines: dict[int, int] = {}
    shipping: int = 0
    add_item: str | None = None


def stacking_order(vouchers: Sequence[Voucher]) -> list[Voucher]:
    """Return vouchers in the order in which they are used. Refuses with CodeTwice and NotStackable."""
    codes = [voucher.code for voucher in vouchers]
    if len(set(codes)) < len(codes):
        raise CodeTwice(code=next(code for code in codes if codes.count(code) > 1))
    ordered = sorted(vouchers, key=_place)
    for place, voucher in enumerate(ordered):
        others = ordered[:place] + ordered[place + 1 :]
        if others and voucher.definition.stacking == "exclusive":
            raise NotStackable(code=voucher.code, with_code=others[0].code)
        group = voucher.definition.group
        same = [other for other in ordered[:place] if group and other.definition.group == group]
        if same:
            raise NotStackable(code=voucher.code, with_code=same[0].code)
    return ordered


def _place(voucher: Voucher) -> tuple[int, int, int, str]:
    worth = voucher.definition.worth
    scope = 4 if worth.kind == "free_shipping" else 0 if worth.kind == "free_item" else _SCOPES[worth.on]
    return (voucher.definition.priority, scope, _KINDS[worth.kind], voucher.code)


def discounts(basket: Basket, vouchers: Sequence[Voucher]) -> list[Discount]:
    """Return what each voucher takes off, in stacking order.

    Refuses with CodeTwice, NotStackable, MinimumNotReached (fact `missing`) and NothingDiscounted.
    """
    left = [line.amount for line in basket.lines]
    shipping = basket.shipping
    found = []
    for voucher in stacking_order(vouchers):
        missing = voucher.definition.minimum - basket.amount
        if missing > 0:
            raise MinimumNotReached(code=voucher.code, missing=missing)
        discount = _discount(basket, voucher, left, shipping)
        for place, amount in discount.lines.items():
            left[place] -= amount
        shipping -= discount.shipping
        found.append(discount)
    return found


def _discount(basket: Basket, voucher: Voucher, left: list[int], shipping: int) -> Discount:
    worth, kind = voucher.definition.worth, voucher.definition.code
    if worth.kind == "free_shipping":
        return Discount(voucher.code, kind, shipping, shipping=shipping)
    if worth.kind == "free_item":
        return _free_item(basket, voucher, left)
    places = _places(basket, worth, left)
    if not places:
        raise NothingDiscounted(code=voucher.code)
    base = sum(left[place] for place in places)
    lines = spread(min(_amount(worth, base), base), {place: left[place] for place in places})
    return Discount(voucher.code, kind, sum(lines.values()), lines)


def _amount(worth: Worth, base: int) -> int:
    if worth.kind == "amount":
        assert worth.amount is not None
        return worth.amount
    assert worth.percentage is not None
    amount = int((Decimal(base) * worth.percentage / 100).to_integral_value(ROUND_FLOOR))
    return amount if worth.at_most is None else min(amount, worth.at_most)


def _free_item(basket: Basket, voucher: Voucher, left: list[int]) -> Discount:
    worth, kind = voucher.definition.worth, voucher.definition.code
    for place, line in enumerate(basket.lines):
        if line.sku == worth.item and line.quantity > 0:
            amount = min(left[place], line.amount // line.quantity)
            return Discount(voucher.code, kind, amount, {place: amount} if amount else {})
    return Discount(voucher.code, kind, 0, add_item=worth.item)


def _places(basket: Basket, worth: Worth, left: list[int]) -> list[int]:
    """Return the places of the lines that a voucher is for."""
    every = range(len(basket.lines))
    if worth.on == "order":
        return list(every)
    if worth.on == "line":
        return [max(every, key=lambda place: (left[place], -place))] if basket.lines else []
    if worth.on == "product":
        return [place for place in every if basket.lines[place].sku in worth.products]
    return [place for place in every if _within(basket.lines[place].category, worth.categories)]


def _within(category: str, wanted: Sequence[str]) -> bool:
    return any(category == one or category.startswith(f"{one}/") for one in wanted)


def spread(amount: int, among: dict[int, int]) -> dict[int, int]:
    """Return `amount` spread over places by their weights: exact in sum, nowhere more than the weight.

    `amount` is at most the sum of the weights. Places that get nothing are left out.
    """
    total = sum(among.values())
    if not amount or not total:
        return {}
    shares = {place: amount * weight // total for place, weight in among.items()}
    odd = amount - sum(shares.values())
    by_remainder = sorted(among, key=lambda place: (-(amount * among[place] % total), place))
    for place in by_remainder[:odd]:
        shares[place] += 1
    return {place: share for place, share in shares.items() if share}
