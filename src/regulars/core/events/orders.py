"""Orders: from the properties of an e-commerce event to an `Order` with amounts in minor units."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from regulars.core.events.admission import ID_LENGTH_MAX, AmountBase, Malformed, check_free_values
from regulars.core.events.exact import NumberRefused, money_minor, price_minor, whole_or_exact
from regulars.core.events.model import Line, Order, RefundScope

# More lines than any basket; it bounds the rows that one event can make.
ORDER_LINES_MAX = 1_000
# Units of one line: a pallet of straws, not a mistyped barcode.
LINE_QUANTITY_MAX = 1_000_000_000

_NO_LINES: list[Line] = []


def text_of(value: Any, path: str) -> str:
    """Return a text field; numbers are spelled out, null is empty. Raises Malformed for anything else."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if value is None:
        return ""
    if kind is int or kind is Decimal:
        return str(value)
    raise Malformed("malformed_field", "Write this field as text.", path)


def _money(source: dict[str, Any], name: str, decimals: int, path: str) -> int | None:
    value = source.pop(name, None)
    if value is None or value == "":
        return None
    try:
        amount = money_minor(value, decimals)
    except NumberRefused as refused:
        raise Malformed("malformed_field", str(refused), f"{path}.{name}") from None
    if amount < 0:
        raise Malformed("malformed_field", "An amount of an order is not negative.", f"{path}.{name}")
    return amount


def _quantity(value: Any, path: str) -> int | Decimal:
    try:
        quantity = whole_or_exact(value)
    except NumberRefused as refused:
        raise Malformed("malformed_field", str(refused), f"{path}.quantity") from None
    if not 0 <= quantity <= LINE_QUANTITY_MAX:
        raise Malformed(
            "malformed_field", f"A quantity is between 0 and {LINE_QUANTITY_MAX:,}.", f"{path}.quantity"
        )
    return quantity


# What nearly every line says and nothing else; `quantity` and `price` among it.
_PLAIN_FIELDS = frozenset(
    {"sku", "product_id", "name", "brand", "category", "variant", "coupon", "quantity", "price"}
)


def _line(source: Any, decimals: int, path: str, position: int) -> Line:
    """Return one line; what it does not know stays in `Line.properties`. `source` is consumed."""
    if type(source) is dict and _PLAIN_FIELDS.issuperset(source):
        line = _plain_line(source, decimals)
        if line is not None:
            return line
    return _any_line(source, decimals, f"{path}[{position}]")


def _plain_line(source: dict[str, Any], decimals: int) -> Line | None:
    """Return the line of texts, a whole quantity and an exact price; None where it says anything else."""
    said = source.get
    quantity, raw_price = said("quantity", 1), said("price")
    sku, product_id = said("sku", ""), said("product_id", "")
    name, brand, category = said("name", ""), said("brand", ""), said("category", "")
    variant, coupon = said("variant", ""), said("coupon", "")
    for text in (sku, product_id, name, brand, category, variant, coupon):
        if type(text) is not str:
            return None
    if type(quantity) is not int or not 0 <= quantity <= LINE_QUANTITY_MAX or type(raw_price) not in _NUMBERS:
        return None
    try:
        price, exact = price_minor(raw_price, decimals)
    except NumberRefused:
        return None
    if price < 0 or not exact:
        return None
    return Line(
        sku, product_id, name, brand, category, variant, coupon, quantity, price, price * quantity, 0, {}
    )


_NUMBERS = frozenset({int, Decimal})


def _any_line(source: Any, decimals: int, path: str) -> Line:
    """Return one line, whatever it says."""
    if type(source) is not dict:
        raise Malformed("malformed_field", "A product of an order is an object.", path)
    take = source.pop
    sku = take("sku", "")
    product_id = take("product_id", None)
    if product_id is None:
        product_id = take("productId", None)
        if product_id is None:
            product_id = take("id", "")
    name, brand, category = take("name", ""), take("brand", ""), take("category", "")
    variant, coupon = take("variant", ""), take("coupon", "")
    raw_quantity, raw_price = take("quantity", None), take("price", None)
    quantity: int | Decimal = 1
    if raw_quantity is not None:
        if type(raw_quantity) is int and 0 <= raw_quantity <= LINE_QUANTITY_MAX:
            quantity = raw_quantity
        else:
            quantity = _quantity(raw_quantity, path)
    price, price_exact = None, True
    if raw_price is not None and raw_price != "":
        try:
            price, price_exact = price_minor(raw_price, decimals)
        except NumberRefused as refused:
            raise Malformed("malformed_field", str(refused), f"{path}.price") from None
        if price < 0:
            raise Malformed("malformed_field", "A price is not negative.", f"{path}.price")
    discount = amount = None
    if source:
        discount = _money(source, "discount", decimals, path)
        amount = _money(source, "amount", decimals, path)
        if type(quantity) is Decimal:
            source["quantity"] = quantity
        if source:
            check_free_values(source, path)
    elif type(quantity) is Decimal:
        source["quantity"] = quantity
    if amount is None:
        if price is None:
            amount = 0
        elif price_exact and type(quantity) is int:
            amount = price * quantity
        else:
            amount = _product(raw_price, quantity, decimals, path)
        if discount:
            amount = amount - discount if amount > discount else 0
    return Line(
        sku if type(sku) is str else text_of(sku, f"{path}.sku"),
        product_id if type(product_id) is str else text_of(product_id, f"{path}.product_id"),
        name if type(name) is str else text_of(name, f"{path}.name"),
        brand if type(brand) is str else text_of(brand, f"{path}.brand"),
        category if type(category) is str else text_of(category, f"{path}.category"),
        variant if type(variant) is str else text_of(variant, f"{path}.variant"),
        coupon if type(coupon) is str else text_of(coupon, f"{path}.coupon"),
        quantity if type(quantity) is int else 1,
        price,
        amount,
        discount or 0,
        source,
    )


def _product(raw_price: Any, quantity: int | Decimal, decimals: int, path: str) -> int:
    """Return price × quantity rounded once, at the end: 3 × 0.333 is 1.00, not 0.99."""
    try:
        return money_minor(Decimal(raw_price) * quantity, decimals)
    except NumberRefused as refused:
        raise Malformed("malformed_field", str(refused), f"{path}.price") from None


def order_lines(products: Any, decimals: int, path: str) -> list[Line]:
    """Return the lines of `products`; None is no lines. Raises Malformed naming the first field that is wrong."""
    if products is None:
        return _NO_LINES
    if type(products) is not list:
        raise Malformed("malformed_field", "The products of an order are a list.", path)
    if len(products) > ORDER_LINES_MAX:
        raise Malformed("malformed_field", f"An order has at most {ORDER_LINES_MAX:,} lines.", path)
    return [_line(product, decimals, path, position) for position, product in enumerate(products)]


def _order_id(source: dict[str, Any], path: str) -> str:
    for name in ("order_id", "orderId", "id"):
        value = source.pop(name, None)
        if value is not None:
            order_id = text_of(value, f"{path}.{name}").strip()
            if not order_id:
                break
            if len(order_id) > ID_LENGTH_MAX:
                raise Malformed(
                    "malformed_field",
                    f"An order id has at most {ID_LENGTH_MAX} characters.",
                    f"{path}.{name}",
                )
            return order_id
    raise Malformed("missing_field", "An order needs its order_id.", f"{path}.order_id")


def _base_amount(
    base: AmountBase,
    revenue: int | None,
    subtotal: int | None,
    total: int | None,
    beside: int,
    lines: list[Line],
) -> int:
    """Return the amount that earns; `beside` = tax and shipping, which a total contains and which do not earn."""
    if base is AmountBase.REVENUE and revenue is not None:
        return revenue
    if base is AmountBase.TOTAL and total is not None:
        return total
    if base is not AmountBase.LINES or not lines:
        if subtotal is not None and base is not AmountBase.TOTAL:
            return subtotal
        if total is not None:
            return max(0, total - beside)
        if revenue is not None:
            return revenue
    return sum([line.amount for line in lines])


def build_order(
    source: dict[str, Any], decimals: int, base: AmountBase, refund: bool, path: str, products: str
) -> Order:
    """Return the order that `source` describes, taking its fields out; the rest stays for the event's properties.

    `decimals` of the currency; `refund`: the event takes an order back, wholly or in part; `products`: the
    name of the list of lines. Raises Malformed naming the field: no order id, negative amounts, quantities
    or prices.
    """
    order_id = _order_id(source, path)
    lines = order_lines(source.pop(products, None), decimals, f"{path}.{products}")
    total = _money(source, "total", decimals, path) if "total" in source else None
    subtotal = _money(source, "subtotal", decimals, path) if "subtotal" in source else None
    revenue = _money(source, "revenue", decimals, path) if "revenue" in source else None
    shipping = _money(source, "shipping", decimals, path) if "shipping" in source else None
    tax = _money(source, "tax", decimals, path) if "tax" in source else None
    discount = _money(source, "discount", decimals, path) if "discount" in source else None
    coupon = source.pop("coupon", "")
    if type(coupon) is not str:
        coupon = text_of(coupon, f"{path}.coupon")
    scope = None
    if refund:
        stated = total is not None or subtotal is not None or revenue is not None
        scope = RefundScope.LINES if lines else RefundScope.TOTAL if stated else RefundScope.WHOLE
        base = AmountBase.LINES if lines else base
    amount = _base_amount(base, revenue, subtotal, total, (tax or 0) + (shipping or 0), lines)
    return Order(order_id, amount, total, subtotal, revenue, shipping, tax, discount, coupon, lines, scope)
