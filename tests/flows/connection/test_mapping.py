"""What shops' platforms send, as events: each sale and each refund once, under ids that do not collide."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.flows.connection import Connected, shopify_events, snippet, woocommerce_events
from regulars.flows.connection.errors import OrderUnreadable
from regulars.flows.connection.hooks import events_of

UPDATED = ("acme:727:updated:2026-03-02T12:01:05", "Order Updated")
WOO: dict[str, Any] = {
    "id": 727,
    "status": "processing",
    "currency": "EUR",
    "date_created_gmt": "2026-03-02T12:00:00",
    "date_paid_gmt": "2026-03-02T12:01:00",
    "date_modified_gmt": "2026-03-02T12:01:05",
    "discount_total": "1.00",
    "shipping_total": "4.00",
    "total": "34.00",
    "total_tax": "5.00",
    "customer_id": 26,
    "billing": {"email": "Ann@Example.com", "phone": "+370 612 34567"},
    "meta_data": [{"key": "_loyalty_card", "value": "4000 1234"}],
    "coupon_lines": [{"code": "SPRING"}],
    "line_items": [
        {"name": "Tea", "product_id": 93, "variation_id": 0, "quantity": 2, "total": "20.00", "sku": "TEA"},
        {"name": "Mug", "product_id": 22, "variation_id": 23, "quantity": 1, "total": "5.00", "sku": ""},
    ],
    "refunds": [],
}
SHOPIFY: dict[str, Any] = {
    "id": 450789469,
    "name": "#1001",
    "email": "ann@example.com",
    "phone": None,
    "currency": "EUR",
    "financial_status": "paid",
    "created_at": "2026-03-02T14:00:00+02:00",
    "processed_at": "2026-03-02T14:00:00+02:00",
    "total_price": "29.00",
    "subtotal_price": "25.00",
    "total_tax": "4.00",
    "total_discounts": "0.00",
    "test": False,
    "note_attributes": [{"name": "loyalty_card", "value": "40001234"}],
    "line_items": [
        {
            "sku": "TEA",
            "variant_id": 7,
            "title": "Tea",
            "vendor": "Leaf",
            "quantity": 2,
            "price": "12.50",
            "total_discount": "0.00",
        }
    ],
}


def test_a_paid_order_of_woocommerce_is_a_sale_under_the_partner_s_own_number() -> None:
    sale, _ = woocommerce_events("order.created", WOO, "acme")
    assert (sale["id"], sale["type"], sale["occurred_at"]) == (
        "acme:727:paid",
        "Order Completed",
        "2026-03-02T12:01:00Z",
    )
    assert sale["member"] == {"email": "Ann@Example.com", "phone": "+370 612 34567", "card": "4000 1234"}
    order = sale["order"]
    assert (order["order_id"], order["total"], order["tax"], order["shipping"]) == (
        "acme:727",
        "34.00",
        "5.00",
        "4.00",
    )
    assert [(one["sku"], one["product_id"], one["quantity"], one["amount"]) for one in order["lines"]] == [
        ("TEA", "93", 2, "20.00"),
        ("", "23", 1, "5.00"),
    ]


@pytest.mark.parametrize(
    ("topic", "change", "kinds"),
    [
        ("order.created", {"status": "pending"}, []),
        ("order.updated", {"status": "on-hold"}, []),
        ("order.updated", {"status": "cancelled"}, [("acme:727:cancelled", "Order Cancelled")]),
        ("order.deleted", {}, [("acme:727:cancelled", "Order Cancelled")]),
        (
            "order.updated",
            {"status": "refunded"},
            [("acme:727:paid", "Order Completed"), UPDATED, ("acme:727:refunded", "Order Refunded")],
        ),
        (
            "order.updated",
            {"refunds": [{"id": 9, "total": "-10.00"}]},
            [("acme:727:paid", "Order Completed"), UPDATED, ("acme:727:refund:9", "Order Refunded")],
        ),
        ("customer.created", {}, []),
        ("order.created", {"id": "x"}, []),
    ],
)
def test_what_else_woocommerce_tells(
    topic: str, change: dict[str, Any], kinds: list[tuple[str, str]]
) -> None:
    events = woocommerce_events(topic, WOO | change, "acme")
    assert [(one["id"], one["type"]) for one in events] == kinds


def test_a_paid_order_of_shopify_is_a_sale() -> None:
    (sale,) = shopify_events("orders/paid", SHOPIFY, "leaf")
    assert (sale["id"], sale["occurred_at"]) == ("leaf:450789469:paid", "2026-03-02T14:00:00+02:00")
    assert sale["member"] == {"email": "ann@example.com", "card": "40001234"}
    assert (sale["order"]["subtotal"], sale["order"]["lines"][0]["price"]) == ("25.00", "12.50")
    assert shopify_events("orders/create", SHOPIFY, "leaf")[0]["id"] == sale["id"], (
        "the same sale, told twice"
    )


def test_a_code_of_a_whole_order_comes_off_its_lines() -> None:
    """Shopify leaves the line's own discount at nought and names each line's share of every discount beside it."""
    (tea,) = SHOPIFY["line_items"]
    shares = [{"amount": "2.00"}, {"amount": "0.50"}]
    (sale,) = shopify_events(
        "orders/paid", SHOPIFY | {"line_items": [tea | {"discount_allocations": shares}]}, "leaf"
    )
    assert sale["order"]["lines"][0]["discount"] == "2.50"
    own = tea | {"total_discount": "1.00", "discount_allocations": []}
    (sale,) = shopify_events("orders/paid", SHOPIFY | {"line_items": [own]}, "leaf")
    assert sale["order"]["lines"][0]["discount"] == "1.00"


@pytest.mark.parametrize(
    ("topic", "body", "kinds"),
    [
        ("orders/create", SHOPIFY | {"financial_status": "pending"}, []),
        (
            "orders/cancelled",
            SHOPIFY | {"financial_status": "voided", "cancelled_at": "2026-03-03T10:00:00Z"},
            [],
        ),
        ("orders/paid", SHOPIFY | {"test": True}, []),
        ("orders/cancelled", SHOPIFY | {"cancelled_at": "2026-03-03T10:00:00Z"}, [("Order Cancelled", None)]),
        ("orders/fulfilled", SHOPIFY, []),
        (
            "refunds/create",
            {
                "id": 5,
                "order_id": 450789469,
                "created_at": "2026-03-03T10:00:00Z",
                "refund_line_items": [],
                "transactions": [{"kind": "refund", "amount": "7.50"}, {"kind": "refund", "amount": "2.25"}],
            },
            [("Order Refunded", "9.75")],
        ),
        (
            "refunds/create",
            {
                "id": 6,
                "order_id": 450789469,
                "refund_line_items": [{"quantity": 1, "subtotal": 12.5, "line_item": {"sku": "TEA"}}],
            },
            [("Order Refunded", None)],
        ),
    ],
)
def test_what_else_shopify_tells(
    topic: str, body: dict[str, Any], kinds: list[tuple[str, str | None]]
) -> None:
    events = shopify_events(topic, body, "leaf")
    assert [(one["type"], one["order"].get("total")) for one in events] == kinds
    assert all(one["order"]["order_id"] == "leaf:450789469" for one in events)


@pytest.mark.parametrize(
    ("platform", "words"),
    [
        ("segment", ['analytics.load("wk_1"', "points.example/v1"]),
        ("woocommerce", ["https://points.example/v1/hooks/h1", "s3cret"]),
        ("shopify", ["https://points.example/v1/hooks/h1", "Order payment"]),
        ("plain", ["curl -X POST https://points.example/api/v1/events", "Bearer wk_1"]),
    ],
)
def test_the_snippet_has_everything_that_is_pasted(platform: str, words: list[str]) -> None:
    text = snippet(
        Connected("acme", "acme", platform, True, "wk_1", "ak_1", "h1", "s3cret"), "https://points.example/"
    )
    assert all(word in text for word in words), text


anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.integers(), max_size=2)
)


@given(st.data())
def test_what_no_platform_sends_is_refused_and_never_a_mistake_of_ours(data: st.DataObject) -> None:
    for platform, order, topics in (
        ("woocommerce", WOO, ("order.created", "order.updated", "order.deleted")),
        ("shopify", SHOPIFY, ("orders/paid", "orders/cancelled", "refunds/create")),
    ):
        changes = data.draw(st.dictionaries(st.sampled_from(sorted(order)), anything, max_size=4))
        refunds = data.draw(
            st.sampled_from([{}, {"refunds": [3]}, {"refund_line_items": [None]}, {"transactions": 7}])
        )
        try:
            events = events_of(
                platform, data.draw(st.sampled_from(topics)), order | refunds | changes, "acme"
            )
        except OrderUnreadable:
            continue
        assert all(one["order"]["order_id"].startswith("acme:") for one in events)
    with pytest.raises(OrderUnreadable):
        events_of("shopify", "orders/paid", [1], "acme")


@pytest.mark.parametrize(
    ("transactions", "total"),
    [
        ([], None),
        ([{"kind": "refund", "status": "failure", "amount": "29.00", "currency": "EUR"}], None),
        ([{"kind": "refund", "status": "pending", "amount": "29.00", "currency": "EUR"}], None),
        ([{"kind": "refund", "status": "success", "amount": "5.00", "currency": "EUR"}], ("5.00", "EUR")),
        ([{"kind": "refund", "status": "success", "amount": "6.00", "currency": "USD"}], ("6.00", "USD")),
    ],
)
def test_a_refund_of_money_is_what_went_back_in_its_own_currency(
    transactions: list[dict[str, Any]], total: tuple[str, str] | None
) -> None:
    """Shopify tells a refund also where nothing went back (yet): that takes nothing, and never the whole order."""
    refund = {"id": 1, "order_id": 2, "refund_line_items": [], "transactions": transactions}
    events = shopify_events("refunds/create", refund, "leaf")
    assert [(one["order"]["total"], one["order"]["currency"]) for one in events] == ([total] if total else [])


def test_an_edited_order_of_shopify_is_what_is_left_of_it() -> None:
    (tea,) = SHOPIFY["line_items"]
    mug = tea | {"sku": "MUG", "variant_id": 8, "quantity": 1, "current_quantity": 1, "price": "10.00"}
    gone = tea | {"sku": "HAT", "variant_id": 9, "current_quantity": 0}
    fewer = tea | {"current_quantity": 1, "discount_allocations": [{"amount": "3.00"}]}
    now = {
        "line_items": [fewer, mug, gone],
        "current_total_price": "24.00",
        "current_subtotal_price": "21.00",
        "current_total_tax": "3.00",
        "updated_at": "2026-03-03T10:00:00Z",
    }
    _, update = shopify_events("orders/updated", SHOPIFY | now, "leaf")
    assert (update["type"], update["occurred_at"]) == ("Order Updated", "2026-03-03T10:00:00Z")
    assert (update["order"]["total"], update["order"]["subtotal"]) == ("24.00", "21.00")
    assert [(one["sku"], one["quantity"], one["discount"]) for one in update["order"]["lines"]] == [
        ("TEA", 1, "1.50"),
        ("MUG", 1, "0.00"),
    ]
