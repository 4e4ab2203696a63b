"""Orders as WooCommerce sends them (REST API v3), as plain events. Pure.

https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

from regulars.flows.connection.port import EDITED, ONLY_KNOWN

Plain = dict[str, Any]

TOPICS: Final = ("order.created", "order.updated", "order.deleted", "order.restored")
# From these states on an order is paid; before them it may still fail.
PAID: Final = ("processing", "completed", "refunded")
GONE: Final = ("cancelled", "failed", "trash")


def woocommerce_events(topic: str, order: Plain, partner: str) -> list[Plain]:
    """Return the events of one delivery: the sale once it is paid, each refund, a cancellation; none for all else.

    WooCommerce repeats the whole order at every change: ids are those of order and refund, so each counts once.
    """
    if topic not in TOPICS or not isinstance(order.get("id"), int):
        return []
    order_id = f"{partner}:{order['id']}"
    member = woocommerce_member(order)
    status = order.get("status")
    if topic == "order.deleted" or status in GONE:
        end = _about(f"{order_id}:cancelled", "Order Cancelled", order, order_id, member)
        # Without a day of payment it was paid on delivery, or never: a customer whose card was refused tries again.
        return [end if order.get("date_paid_gmt") else end | {ONLY_KNOWN: True}]
    if status not in PAID:
        return []
    sale = _sale(order_id, order, member)
    events = [sale, _edited(sale, order)]
    refunds = order.get("refunds") or []
    if status == "refunded":
        return [*events, _about(f"{order_id}:refunded", "Order Refunded", order, order_id, member)]
    for refund in refunds if isinstance(refunds, list) else []:
        total = str(refund.get("total", "")).lstrip("-")
        if total:
            key = f"{order_id}:refund:{refund.get('id')}"
            back = _about(key, "Order Refunded", order, order_id, member)
            back["order"]["total"] = total
            events.append(back)
    return events


def woocommerce_member(order: Plain) -> Plain:
    """Return what a coalition knows a customer by: card, e-mail, telephone; her number in the shop is its own."""
    billing = order.get("billing") or {}
    member = {
        "email": billing.get("email"),
        "phone": billing.get("phone"),
        "card": _meta(order, "loyalty_card"),
    }
    return {kind: value for kind, value in member.items() if value}


def _meta(order: Plain, name: str) -> Any:
    for one in order.get("meta_data") or []:
        if isinstance(one, dict) and str(one.get("key", "")).lstrip("_") == name:
            return one.get("value")
    return None


def _about(key: str, kind: str, order: Plain, order_id: str, member: Plain) -> Plain:
    return {
        "id": key,
        "type": kind,
        "occurred_at": _utc(order.get("date_modified_gmt")),
        "member": dict(member),
        "order": {"order_id": order_id, "currency": order.get("currency")},
    }


def _sale(order_id: str, order: Plain, member: Plain) -> Plain:
    at = order.get("date_paid_gmt") or order.get("date_created_gmt")
    body = {
        "order_id": order_id,
        "currency": order.get("currency"),
        "total": order.get("total"),
        "tax": order.get("total_tax"),
        "shipping": order.get("shipping_total"),
        "discount": order.get("discount_total"),
        "coupon": ",".join(str(one.get("code")) for one in order.get("coupon_lines") or []),
        "lines": [_line(one) for one in order.get("line_items") or []],
    }
    return {
        "id": f"{order_id}:paid",
        "type": "Order Completed",
        "occurred_at": _utc(at),
        "member": dict(member),
        "order": body,
    }


def _edited(sale: Plain, order: Plain) -> Plain:
    """Return the update of an order that was edited since its sale was told.

    WooCommerce goes on saying what was bought, refunds beside it: the update happened as early as the sale, so that all
    refunds are taken from what it says.
    """
    key = f"{sale['order']['order_id']}:updated:{order.get('date_modified_gmt')}"
    return sale | {
        "id": key,
        "type": "Order Updated",
        "member": {},
        "order": deepcopy(sale["order"]),
        EDITED: sale["id"],
    }


def _line(item: Plain) -> Plain:
    return {
        "sku": item.get("sku") or "",
        "product_id": str(item.get("variation_id") or item.get("product_id") or ""),
        "name": item.get("name") or "",
        "quantity": item.get("quantity") or 1,
        "amount": item.get("total"),
    }


def _utc(text: Any) -> str | None:
    """Return a time that WooCommerce writes in UTC without saying so."""
    return f"{text}Z" if isinstance(text, str) and text else None
