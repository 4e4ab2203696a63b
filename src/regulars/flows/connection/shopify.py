"""Orders as Shopify sends them, as plain events. Pure.

https://shopify.dev/docs/api/admin-rest/latest/resources/order
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from regulars.flows.connection.port import EDITED

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
        refund = _refund(body, partner)
        return [refund] if refund else []
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
    sale = _sale(order_id, body)
    edited = _edited(sale, body)
    return [sale, edited] if edited else [sale]


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


def _edited(sale: Plain, order: Plain) -> Plain | None:
    """Return the update of an order that was edited since its sale was told: what is left of it, refunds taken off."""
    if order.get("current_subtotal_price") is None:
        return None
    left = [_left(one) for one in order.get("line_items") or [] if one.get("current_quantity", 1)]
    body = sale["order"] | {
        "total": order.get("current_total_price"),
        "subtotal": order["current_subtotal_price"],
        "tax": order.get("current_total_tax"),
        "discount": order.get("current_total_discounts"),
        "lines": [_line(one) for one in left],
    }
    at = order.get("updated_at")
    key = f"{sale['order']['order_id']}:updated:{at}"
    return {
        "id": key,
        "type": "Order Updated",
        "occurred_at": at,
        "member": {},
        "order": body,
        EDITED: sale["id"],
    }


def _left(item: Plain) -> Plain:
    """Return a line with the units and the share of its discount that are left of it."""
    bought, left = item.get("quantity") or 1, item.get("current_quantity")
    if left is None or left == bought:
        return item
    discount = Decimal(str(_discount(item) or 0)) * left / bought
    return item | {"quantity": left, "total_discount": str(discount), "discount_allocations": []}


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


def _refund(refund: Plain, partner: str) -> Plain | None:
    """Return a refund by its lines, else by the money that went back; None where neither came back (yet)."""
    order_id = f"{partner}:{refund.get('order_id')}"
    order: Plain = {"order_id": order_id}
    lines = [_returned(one) for one in refund.get("refund_line_items") or []]
    if lines:
        order["lines"] = lines
    else:
        paid = [one for one in refund.get("transactions") or [] if _went_back(one)]
        if not paid:
            return None
        order["total"] = str(sum_of([str(one.get("amount", "0")) for one in paid]))
        # The customer's own currency, which may be another one than the shop's: never taken for the shop's.
        order["currency"] = paid[0].get("currency")
    return {
        "id": f"{order_id}:refund:{refund['id']}",
        "type": "Order Refunded",
        "occurred_at": refund.get("processed_at") or refund.get("created_at"),
        "member": {},
        "order": order,
    }


def _went_back(transaction: Plain) -> bool:
    """Return whether a transaction gave money back: one that failed did not."""
    return transaction.get("kind") == "refund" and transaction.get("status", "success") == "success"


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
