"""Orders as Shopify sends them, as plain events. Pure.

https://shopify.dev/docs/api/admin-rest/latest/resources/order
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

Plain = dict[str, Any]

TOPICS: Final = ("orders/create", "orders/paid", "orders/updated", "orders/cancelled", "refunds/create")
PAID: Final = ("paid", "partially_refunded", "refunded")
# In these states nothing was ever paid: no sale was told, so its end takes nothing back.
UNPAID: Final = ("pending", "authorized", "expired", "voided")


def shopify_events(topic: str, body: Plain, partner: str) -> list[Plain]:
    """Return the events of one delivery: the sale once it is paid, a refund, a cancellation; none for all else.

    Test orders earn nothing. Ids are those of order and refund, so each counts once however often it is sent.
    """
    if topic not in TOPICS or not isinstance(body.get("id"), int) or body.get("test") is True:
        return []
    if topic == "refunds/create":
        return [_refund(body, partner)]
    order_id = f"{partner}:{body['id']}"
    if topic == "orders/cancelled" or body.get("cancelled_at"):
        if body.get("financial_status") in UNPAID:
            return []
        return [
            {
                "id": f"{order_id}:cancelled",
                "type": "Order Cancelled",
                "occurred_at": body.get("cancelled_at"),
                "member": shopify_member(body),
                "order": {"order_id": order_id, "currency": body.get("currency")},
            }
        ]
    if body.get("financial_status") not in PAID:
        return []
    return [_sale(order_id, body)]


def shopify_member(order: Plain) -> Plain:
    """Return what a coalition knows a customer by: card, e-mail, telephone; her number in the shop is its own."""
    customer = order.get("customer") or {}
    notes = {str(one.get("name")): one.get("value") for one in order.get("note_attributes") or []}
    member = {
        "email": order.get("email") or customer.get("email"),
        "phone": order.get("phone") or customer.get("phone"),
        "card": notes.get("loyalty_card"),
    }
    return {kind: value for kind, value in member.items() if value}


def _sale(order_id: str, order: Plain) -> Plain:
    shipping = ((order.get("total_shipping_price_set") or {}).get("shop_money") or {}).get("amount")
    return {
        "id": f"{order_id}:paid",
        "type": "Order Completed",
        "occurred_at": order.get("processed_at") or order.get("created_at"),
        "member": shopify_member(order),
        "order": {
            "order_id": order_id,
            "currency": order.get("currency"),
            "total": order.get("total_price"),
            "subtotal": order.get("subtotal_price"),
            "tax": order.get("total_tax"),
            "shipping": shipping,
            "discount": order.get("total_discounts"),
            "coupon": ",".join(str(one.get("code")) for one in order.get("discount_codes") or []),
            "lines": [_line(one) for one in order.get("line_items") or []],
        },
    }


def _line(item: Plain) -> Plain:
    return {
        "sku": item.get("sku") or "",
        "product_id": str(item.get("variant_id") or item.get("product_id") or ""),
        "name": item.get("title") or item.get("name") or "",
        "brand": item.get("vendor") or "",
        "quantity": item.get("quantity") or 1,
        "price": item.get("price"),
        "discount": _discount(item),
    }


def _discount(item: Plain) -> Any:
    """Return what came off a line. Codes of the whole order are in the line's shares alone, not in its own discount."""
    shares = item.get("discount_allocations")
    if not shares:
        return item.get("total_discount")
    return str(sum_of([str(one.get("amount", "0")) for one in shares]))


def _refund(refund: Plain, partner: str) -> Plain:
    order_id = f"{partner}:{refund.get('order_id')}"
    order: Plain = {"order_id": order_id}
    lines = [_returned(one) for one in refund.get("refund_line_items") or []]
    if lines:
        order["lines"] = lines
    else:
        paid = [one for one in refund.get("transactions") or [] if one.get("kind") == "refund"]
        if paid:
            order["total"] = str(sum_of([str(one.get("amount", "0")) for one in paid]))
    return {
        "id": f"{order_id}:refund:{refund['id']}",
        "type": "Order Refunded",
        "occurred_at": refund.get("processed_at") or refund.get("created_at"),
        "member": {},
        "order": order,
    }


def _returned(one: Plain) -> Plain:
    item = one.get("line_item") or {}
    return {
        "sku": item.get("sku") or "",
        "product_id": str(item.get("variant_id") or item.get("product_id") or ""),
        "quantity": one.get("quantity") or 1,
        "amount": str(one.get("subtotal", "0")),
    }


def sum_of(amounts: list[str]) -> Decimal:
    """Return the exact sum of amounts written as text."""
    return sum((Decimal(one) for one in amounts), Decimal(0))
