"""What is left of an order, told a second time: cents, plain dicts, floor divisions. Shares nothing with the
engine.

A basket is {"amount": cents that earn, "lines": [{"sku", "qty", "amount"}, …]}; what is left of nothing is
None.
"""

from __future__ import annotations

from typing import Any

Basket = dict[str, Any]
EARNS_NOTHING = {"CARD"}


def basket(order: dict[str, Any]) -> Basket:
    """The basket that a message describes: its revenue earns, without one its lines."""
    lines = [{"sku": sku, "qty": qty, "amount": (price or 0) * qty} for sku, qty, price in order["lines"]]
    revenue = order.get("revenue")
    return {"amount": sum(line["amount"] for line in lines) if revenue is None else revenue, "lines": lines}


def earning(whole: Basket) -> Basket:
    """The part that earns: without gift cards and their amount."""
    kept = [line for line in whole["lines"] if line["sku"] not in EARNS_NOTHING]
    gone = sum(line["amount"] for line in whole["lines"]) - sum(line["amount"] for line in kept)
    return {"amount": max(0, whole["amount"] - gone), "lines": kept}


def corrected(old: Basket, kind: str, order: dict[str, Any]) -> Basket | None:
    """The basket after a correction of a kind: cancelled, updated, refunded by lines or by total or as a
    whole."""
    if kind == "Order Updated":
        new = basket(order)
        return new if new["lines"] or new["amount"] else None
    if kind == "Order Refunded" and order["lines"]:
        return without_lines(old, order)
    if kind == "Order Refunded" and order.get("total") is not None:
        return without_amount(old, order["total"])
    return None


def without_lines(old: Basket, order: dict[str, Any]) -> Basket | None:
    """Take units out, each with its share of its line; the amount that earns shrinks as the lines do."""
    if not old["lines"]:
        return without_amount(old, basket(order)["amount"])
    lines = [dict(line) for line in old["lines"]]
    for sku, qty, _ in order["lines"]:
        for line in lines:
            taken = min(qty, line["qty"]) if line["sku"] == sku else 0
            if taken:
                line["amount"] = line["amount"] * (line["qty"] - taken) // line["qty"]
                line["qty"] -= taken
                qty -= taken
    left = [line for line in lines if line["qty"]]
    if not left and any(line["qty"] for line in old["lines"]):
        return None
    measure = "amount" if any(line["amount"] for line in old["lines"]) else "qty"
    before, after = (sum(line[measure] for line in some) for some in (old["lines"], left))
    return {"amount": old["amount"] * after // before if before else old["amount"], "lines": left}


def without_amount(old: Basket, refunded: int) -> Basket | None:
    """Take money out; every line is worth that much less in proportion, the last one takes the rounding."""
    amount = old["amount"] - refunded
    if amount <= 0:
        return None
    lines = [line | {"amount": line["amount"] * amount // old["amount"]} for line in old["lines"]]
    if lines:
        whole = sum(line["amount"] for line in old["lines"]) * amount // old["amount"]
        lines[-1]["amount"] = whole - sum(line["amount"] for line in lines[:-1])
    return {"amount": amount, "lines": lines}
