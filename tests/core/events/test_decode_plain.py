"""The plain form and CloudEvents."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from regulars.core.events import (
    Event,
    EventKind,
    Origin,
    RefundScope,
    Rejection,
    decode_binary_cloudevent,
    decode_cloudevent,
    decode_plain,
)
from regulars.kit import ids

NOW = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)


def plain(**fields: Any) -> dict[str, Any]:
    return {"id": "e1", "type": "Order Completed", "member": {"user_id": "u1"}} | fields


def accepted(found: Event | Rejection) -> Event:
    assert isinstance(found, Event), found
    return found


def test_an_order_of_a_till() -> None:
    found = accepted(
        decode_plain(
            plain(
                occurred_at="2026-03-02T09:30:00Z",
                member={"card": "4000 1234", "email": "A@B.C"},
                store="s-12",
                cashier=7,
                order={
                    "id": 1001,
                    "total": Decimal("27.50"),
                    "currency": "usd",
                    "lines": [{"sku": "A1", "price": 3}],
                },
            ),
            Origin(currency="USD"),
            NOW,
        )
    )
    assert found.key == "e1"
    assert found.identifiers == {"card": "40001234", "email": "a@b.c"}
    assert (found.store, found.currency, found.properties) == ("s-12", "USD", {"cashier": 7})
    assert found.order is not None
    assert (found.order.order_id, found.order.amount) == ("1001", 2750)


def test_a_custom_event_may_carry_an_order() -> None:
    found = accepted(
        decode_plain(plain(type="Fuel Bought", order={"order_id": "f1", "total": 5}), Origin(), NOW)
    )
    assert found.type == "Fuel Bought"
    assert found.order is not None


def test_an_order_may_be_nobodys() -> None:
    """A till that does not know its customer still tells of the sale, which is claimed with its number."""
    found = accepted(decode_plain(plain(member=None, order={"order_id": "g1", "total": 5}), Origin(), NOW))
    assert (found.user_id, found.anonymous_id, found.identifiers) == (None, None, {})


def test_members_by_public_id_and_by_kinds_of_their_own() -> None:
    member = {"id": ids.encode("mem", 22), "student_id": "S-1"}
    found = accepted(decode_plain(plain(type="Visited", member=member), Origin(), NOW))
    assert found.identifiers == {"member_id": ids.encode("mem", 22), "student_id": "S-1"}


def test_identify_and_page_by_their_names() -> None:
    found = accepted(
        decode_plain(plain(type="identify", traits={"email": "a@b.c", "vip": True}), Origin(), NOW)
    )
    assert (found.kind, found.identifiers) == (EventKind.IDENTIFY, {"email": "a@b.c"})
    assert accepted(decode_plain(plain(type="Page"), Origin(), NOW)).kind is EventKind.PAGE


@pytest.mark.parametrize(
    ("message", "code", "path"),
    [
        ([], "malformed_field", ""),
        (plain(type=None), "missing_field", "type"),
        (plain(member=None), "missing_field", "member"),
        (plain(member={"email": "nobody"}), "malformed_field", "member.email"),
        (plain(member={"id": "mem_x"}), "malformed_field", "member.id"),
        (plain(member={"No Such": "x"}), "malformed_field", "member.No Such"),
        (plain(member=[]), "malformed_field", "member"),
        (plain(order=[]), "malformed_field", "order"),
        (plain(order={"total": 1}), "missing_field", "order.order_id"),
        (plain(order={"order_id": "1", "lines": [{"price": -1}]}), "malformed_field", "order.lines[0].price"),
        (plain(order={"order_id": "1", "currency": "x"}), "malformed_field", "order.currency"),
        (plain(properties="x"), "malformed_field", "properties"),
        (plain(occurred_at=7), "malformed_field", "occurred_at"),
        (plain(id={}), "malformed_field", "id"),
        (plain(type="x" * 201), "malformed_field", "type"),
        (plain(properties={"a\0": 1}), "nul_character", ""),
        (plain(type="alias"), "missing_field", "previous_id"),
        (plain(type="group"), "missing_field", "group_id"),
        # A field is called as it was written: beside the parts of an event, below `order`, or below `properties`.
        (plain(order=None, total=5), "missing_field", "order.order_id"),
        (plain(order=None, order_id="1", products=[{"price": "x"}]), "malformed_field", "products[0].price"),
        (plain(order={"order_id": "1", "currency": "usd"}), "other_currency", "order.currency"),
        (plain(order=None, order_id="1", currency="usd"), "other_currency", "currency"),
        (plain(type="Seen", big=2**70), "number_too_large", "big"),
        (plain(type="Seen", properties={"big": 2**70}), "number_too_large", "properties.big"),
        (plain(type="Seen", occurred_at="1970-01-01T00:00:00Z"), "timestamp_too_old", "occurred_at"),
        (plain(order={"order_id": "1", "total": "27,50"}), "malformed_field", "order.total"),
    ],
)
def test_what_is_wrong_is_named(message: Any, code: str, path: str) -> None:
    found = decode_plain(message, Origin(), NOW, 3)
    assert isinstance(found, Rejection), found
    assert (found.index, found.code, found.path) == (3, code, path)


def cloud(**fields: Any) -> dict[str, Any]:
    base = {"specversion": "1.0", "id": "1", "source": "/shop/7", "type": "com.shop.order.completed"}
    return base | {"subject": "u1", "time": "2026-03-02T09:30:00Z"} | fields


def test_a_structured_cloudevent() -> None:
    found = accepted(decode_cloudevent(cloud(data={"order_id": "o1", "total": 5}), Origin(), NOW))
    assert (found.key, found.type, found.user_id) == ("/shop/7#1", "Order Completed", "u1")
    assert found.occurred_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert found.order is not None
    assert found.order.amount == 500


@pytest.mark.parametrize(
    ("subject", "identifiers", "user_id"),
    [
        ("email:A@b.c", {"email": "a@b.c"}, None),
        ("user_id:7", {}, "7"),
        ("urn:x:7", {}, "urn:x:7"),
        (ids.encode("mem", 5), {"member_id": ids.encode("mem", 5)}, None),
    ],
)
def test_the_subject_is_the_member(subject: str, identifiers: dict[str, str], user_id: str | None) -> None:
    found = accepted(decode_cloudevent(cloud(type="coffee.tasted", subject=subject), Origin(), NOW))
    assert (found.identifiers, found.user_id, found.type) == (identifiers, user_id, "coffee.tasted")


def test_data_in_base64_and_in_the_plain_form() -> None:
    packed = base64.b64encode(b'{"order_id":"o1","total":5.5}').decode()
    order = accepted(decode_cloudevent(cloud(data_base64=packed), Origin(), NOW)).order
    assert order is not None
    assert order.amount == 550
    refund = cloud(
        type="Order Refunded",
        subject=None,
        data={"member": {"card": "9"}, "order": {"order_id": "o1"}, "store": "s"},
    )
    found = accepted(decode_cloudevent(refund, Origin(), NOW))
    assert found.store == "s"
    assert found.order is not None
    assert found.order.refund is RefundScope.WHOLE


@pytest.mark.parametrize(
    ("message", "code", "path"),
    [
        (cloud(specversion="0.3"), "malformed_field", "specversion"),
        (cloud(id=None), "missing_field", "id"),
        (cloud(source=""), "missing_field", "id"),
        (cloud(type=""), "missing_field", "type"),
        (cloud(subject=7), "malformed_field", "subject"),
        (cloud(data="x"), "malformed_field", "data"),
        (cloud(data_base64="%%"), "malformed_field", "data_base64"),
        (cloud(data_base64="e30x"), "invalid_json", "data"),
        (cloud(id="x" * 250), "malformed_field", "id"),
        (7, "malformed_field", ""),
    ],
)
def test_cloudevents_that_are_turned_away(message: Any, code: str, path: str) -> None:
    found = decode_cloudevent(message, Origin(), NOW)
    assert isinstance(found, Rejection), found
    assert (found.code, found.path) == (code, path)


def test_a_binary_cloudevent() -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/caf%C3%A9",
        "ce-type": '"coffee.tasted"',
        "ce-subject": "u1",
        "content-type": "application/json; charset=utf-8",
    }
    found = accepted(decode_binary_cloudevent(headers, b'{"cups":2}', Origin(), NOW))
    assert (found.key, found.properties) == ("/café#1", {"cups": 2})
    for body, changed in (
        (b"{", {}),
        (b"<a/>", {"content-type": "text/xml"}),
        (b"{}", {"ce-type": "%ff"}),
    ):
        assert isinstance(decode_binary_cloudevent(headers | changed, body, Origin(), NOW), Rejection)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"data": {"total": 5}}, "data.order_id"),
        ({"data": {"order_id": "1", "products": [{"price": "x"}]}}, "data.products[0].price"),
        ({"data": {"order_id": "1", "currency": "usd"}}, "data.currency"),
        ({"data": {"order": {"order_id": "1", "lines": [{"price": "x"}]}}}, "data.order.lines[0].price"),
        ({"data": {"order_id": "1"}, "subject": "email:nobody"}, "subject"),
        ({"data": {"order_id": "1", "member": {"email": "nobody"}}, "subject": None}, "data.member.email"),
        ({"data": {"big": 2**70}, "type": "com.shop.seen"}, "data.big"),
        ({"data": {"order_id": "1"}, "time": "yesterday"}, "time"),
        ({"data": {"order_id": "1"}, "time": "1970-01-01T00:00:00Z"}, "time"),
    ],
)
def test_what_is_wrong_in_a_cloudevent_is_called_as_it_was_written(fields: dict[str, Any], path: str) -> None:
    found = decode_cloudevent(cloud(**fields), Origin(), NOW)
    assert isinstance(found, Rejection), found
    assert found.path == path
