"""One Segment message at a time: what becomes of each field, and which messages are turned away with what reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from regulars.core.events import (
    LIMITS_BY_PROFILE,
    AmountBase,
    Event,
    EventKind,
    EventStatus,
    Malformed,
    Origin,
    RefundScope,
    Rejection,
    decode_batch,
    decode_doc,
    decode_message,
    encode_doc,
)

NOW = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)
LIMITS = LIMITS_BY_PROFILE["segment"]


def decoded(
    message: dict[str, Any] | bytes, kind: EventKind | None = None, **origin: Any
) -> Event | Rejection:
    raw = message if isinstance(message, bytes) else msgspec.json.encode(message)
    return decode_message(raw, kind, Origin(**origin), NOW, LIMITS)


def event(message: dict[str, Any] | bytes, kind: EventKind | None = None, **origin: Any) -> Event:
    found = decoded(message, kind, **origin)
    assert isinstance(found, Event), found
    assert decode_doc(encode_doc(found)) == found
    return found


def rejection(message: dict[str, Any] | bytes, **origin: Any) -> Rejection:
    found = decoded(message, **origin)
    assert isinstance(found, Rejection), found
    return found


def order(event_name: str = "Order Completed", **properties: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": event_name,
        "userId": "u1",
        "messageId": "m1",
        "properties": {"order_id": "o1"} | properties,
    }


def line(**fields: Any) -> dict[str, Any]:
    return order(products=[fields])


def test_an_order_as_the_python_client_sends_it() -> None:
    found = event(
        b'{"integrations":{},"anonymousId":null,"properties":{"order_id":"o1","total":27.5,"currency":"eur",'
        b'"store":"s-12","till":3,"products":[{"sku":"45790-32","product_id":"p1","name":"Monopoly","price":19,'
        b'"quantity":1,"category":"Games","position":1},{"sku":"46493-32","price":3.25,"quantity":2}]},'
        b'"timestamp":"2026-03-02T09:32:11.972+00:00","context":{"library":{"name":"analytics-python"},'
        b'"ip":"8.8.8.8"},"userId":"u1","type":"track","event":"Order Completed","messageId":"d4936087"}'
    )
    assert found.key == "d4936087"
    assert found.type == "Order Completed"
    assert found.user_id == "u1"
    assert found.anonymous_id is None
    assert found.occurred_at == datetime(2026, 3, 2, 9, 32, 11, 972000, tzinfo=UTC)
    assert (found.store, found.currency) == ("s-12", "EUR")
    assert found.properties == {"till": 3}
    assert found.context == {}
    assert found.order is not None
    assert (found.order.order_id, found.order.total, found.order.amount) == ("o1", 2750, 2750)
    first, second = found.order.lines
    assert (first.sku, first.price, first.quantity, first.amount) == ("45790-32", 1900, 1, 1900)
    assert first.properties == {"position": 1}
    assert (second.price, second.quantity, second.amount) == (325, 2, 650)


@pytest.mark.parametrize("total", ["27.50", 27.5, "27.5", " 27.50 "])
def test_amounts_are_exact_in_every_spelling(total: Any) -> None:
    found = event(order(total=total)).order
    assert found is not None
    assert found.total == 2750


def test_whole_amounts_and_other_exponents() -> None:
    yen = event(order(total=2750), currency="JPY").order
    dinar = event(order(total="2.750", currency="kwd"), currency="KWD").order
    default = event(order(total=27), currency="JPY").order
    assert yen is not None
    assert yen.total == 2750
    assert dinar is not None
    assert dinar.total == 2750
    assert default is not None
    assert default.total == 27


def test_float_noise_is_rounded_away() -> None:
    found = event(order(total=30.000000000000004)).order
    assert found is not None
    assert found.total == 3000


@pytest.mark.parametrize(
    ("properties", "amount"),
    [
        ({"total": 27.5, "subtotal": 22.5, "revenue": 25, "tax": 2, "shipping": 3}, 2500),
        ({"total": 27.5, "subtotal": 22.5, "tax": 2, "shipping": 3}, 2250),
        ({"total": 27.5, "tax": 2, "shipping": 3}, 2250),
        ({"total": 2, "tax": 2, "shipping": 3}, 0),
        ({"products": [{"price": 2, "quantity": 3, "discount": 1}, {"price": 1}]}, 600),
        ({}, 0),
    ],
)
def test_the_amount_that_earns(properties: dict[str, Any], amount: int) -> None:
    found = event(order(**properties)).order
    assert found is not None
    assert found.amount == amount


@pytest.mark.parametrize(
    ("base", "amount"), [("total", 2750), ("subtotal", 2300), ("lines", 600), ("revenue", 2500)]
)
def test_a_program_chooses_the_amount_that_earns(base: str, amount: int) -> None:
    properties: dict[str, Any] = {"total": 27.5, "subtotal": 23, "revenue": 25, "tax": 2, "shipping": 3}
    found = event(order(products=[{"price": 6}], **properties), amount_base=AmountBase(base)).order
    assert found is not None
    assert found.amount == amount


def test_three_times_a_third_is_one() -> None:
    found = event(line(sku="a", price="0.333", quantity=3)).order
    assert found is not None
    assert (found.lines[0].price, found.lines[0].amount) == (33, 100)


def test_fuel_by_the_litre_keeps_its_quantity() -> None:
    found = event(line(sku="diesel", price="1.459", quantity=40.12)).order
    assert found is not None
    fuel = found.lines[0]
    assert (fuel.quantity, fuel.amount) == (1, 5854)
    assert fuel.properties == {"quantity": Decimal("40.12")}


def test_a_line_may_state_its_amount() -> None:
    found = event(line(sku="cheese", price="19.90", quantity="0.254", amount="5.05", discount="0.05")).order
    assert found is not None
    assert (found.lines[0].amount, found.lines[0].discount) == (505, 5)


@pytest.mark.parametrize(
    ("message", "path"),
    [
        (order(total=-1), "properties.total"),
        (order(total="NaN"), "properties.total"),
        (order(total="1_000"), "properties.total"),
        (order(total="Infinity"), "properties.total"),
        (order(total=True), "properties.total"),
        (order(total=[1]), "properties.total"),
        (order(total=10**16), "properties.total"),
        (order(total="1e20"), "properties.total"),
        (line(price=-3), "properties.products[0].price"),
        (line(price="x"), "properties.products[0].price"),
        (line(quantity=-1), "properties.products[0].quantity"),
        (line(quantity=10**12), "properties.products[0].quantity"),
        (line(quantity="many"), "properties.products[0].quantity"),
        (line(sku={"a": 1}), "properties.products[0].sku"),
        (line(deep=10**30), "properties.products[0].deep"),
        (order(products={"sku": 1}), "properties.products"),
        (order(products=[1]), "properties.products[0]"),
        (order(currency="EURO"), "properties.currency"),
        (order(order_id={}), "properties.order_id"),
        (order(order_id="x" * 256), "properties.order_id"),
        (order(custom={"a": [10**30]}), "properties.custom.a[0]"),
        (order() | {"userId": True}, "userId"),
        (order() | {"timestamp": "yesterday"}, "timestamp"),
        (order() | {"messageId": "x" * 256}, "messageId"),
    ],
)
def test_what_is_wrong_is_named(message: dict[str, Any], path: str) -> None:
    found = rejection(message)
    assert (found.code, found.path) == (
        "number_too_large" if path.endswith(("deep", "a[0]")) else "malformed_field",
        path,
    )
    assert found.status is EventStatus.MALFORMED
    assert found.message.endswith(".")


@pytest.mark.parametrize(
    ("message", "code", "path"),
    [
        (order(order_id=None), "missing_field", "properties.order_id"),
        (order(order_id=" "), "missing_field", "properties.order_id"),
        (order(event_name=""), "missing_field", "event"),
        (order() | {"userId": None}, "missing_field", "userId"),
        (order() | {"type": None}, "missing_field", "type"),
        (order() | {"type": "tack"}, "unknown_type", "type"),
        ({"type": "group", "userId": "u"}, "missing_field", "groupId"),
        ({"type": "alias", "userId": "u"}, "missing_field", "previousId"),
        (order() | {"timestamp": "1970-01-01T00:00:00Z"}, "timestamp_too_old", "timestamp"),
        (order(note="a\0b"), "nul_character", ""),
        (b'{"type":"track","properties":{"a":1e400}}', "malformed_field", "properties[...]"),
        (b'{"type":"track","properties":{"a":NaN}}', "invalid_json", ""),
        (b'{"type":"track","properties":{"a":"\xff"}}', "invalid_json", ""),
        (b'{"properties":{"a":' + b"[" * 10_000, "too_deep", ""),
        (b'{"type":"track","event":"a","userId":"u\\u0000"}', "nul_character", ""),
        (b"[1]", "malformed_field", ""),
        (b"", "invalid_json", ""),
    ],
)
def test_messages_that_are_turned_away(message: dict[str, Any] | bytes, code: str, path: str) -> None:
    found = rejection(message)
    assert (found.code, found.path) == (code, path)


def test_too_deep_and_too_large() -> None:
    nested: Any = 1
    for _ in range(40):
        nested = {"a": nested}
    assert rejection(order(nested=nested)).code == "too_deep"
    large = rejection(order(note="x" * 33_000))
    assert (large.code, large.status) == ("event_too_large", EventStatus.TOO_LARGE)


@pytest.mark.parametrize(
    ("said", "key"),
    [('"m-7"', "m-7"), ("7", "7"), ("null", ""), ("{}", ""), ('"' + "x" * 256 + '"', ""), ('"a\\u0000"', "")],
)
@pytest.mark.parametrize(
    "more", ['"note":"' + "x" * 33_000 + '"', '"properties":{"a":1e400}', '"properties":7']
)
def test_who_is_turned_away_unread_is_named(said: str, key: str, more: str) -> None:
    """Its sender finds out which of a batch it was; an id that is none names nobody."""
    for message in (f'{{"type":"track","messageId":{said},{more}}}', f'{{{more},"messageId":{said}}}'):
        found = rejection(message.encode())
        assert (found.code in ("event_too_large", "malformed_field"), found.key) == (True, key)
    assert rejection(b'{"messageId":"m-7","properties":{' + b" " * 33_000).key == ""


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("Completed Order", "Order Completed"),
        ("order completed", "Order Completed"),
        ("order_completed", "Order Completed"),
        ("Order Canceled", "Order Cancelled"),
        ("Viewed Product", "Product Viewed"),
        ("Added Product", "Product Added"),
        ("  Coffee Tasted ", "Coffee Tasted"),
        ("coffee tasted", "coffee tasted"),
    ],
)
def test_names(sent: str, canonical: str) -> None:
    assert event(order(event_name=sent)).type == canonical


@pytest.mark.parametrize(
    ("properties", "scope", "amount"),
    [
        ({}, RefundScope.WHOLE, 0),
        ({"total": 10, "tax": 1}, RefundScope.TOTAL, 900),
        ({"total": 30, "products": [{"sku": "a", "price": 19}]}, RefundScope.LINES, 1900),
    ],
)
def test_refunds(properties: dict[str, Any], scope: RefundScope, amount: int) -> None:
    found = event(order("Order Refunded", **properties)).order
    assert found is not None
    assert (found.refund, found.amount) == (scope, amount)


def test_a_cancelled_order_needs_only_its_id() -> None:
    found = event(order("Order Cancelled")).order
    assert found is not None
    assert found.order_id == "o1"
    assert found.refund is None


def test_identify_gives_identifiers_and_keeps_all_traits() -> None:
    traits = {
        "email": " Ann@Example.COM ",
        "phone": "020 7946 0018",
        "card": "4000-1234 5",
        "plan": "gold",
        "n": 2.5,
    }
    found = event({"type": "identify", "userId": 42, "anonymousId": "a1", "traits": traits})
    assert found.kind is EventKind.IDENTIFY
    assert found.type == "Identify"
    assert (found.user_id, found.anonymous_id) == ("42", "a1")
    assert found.identifiers == {"email": "ann@example.com", "phone": "+442079460018", "card": "400012345"}
    assert found.traits == traits | {"n": Decimal("2.5")}


def test_traits_that_are_no_identifiers_stay_attributes() -> None:
    found = event({"type": "identify", "userId": "u", "traits": {"email": "none", "phone": "ask me"}})
    assert found.identifiers == {}
    assert found.traits == {"email": "none", "phone": "ask me"}


def test_rudderstack_puts_traits_into_the_context() -> None:
    found = event({"type": "identify", "userId": "u", "context": {"traits": {"email": "a@b.c", "vip": True}}})
    assert found.identifiers == {"email": "a@b.c"}
    assert found.traits == {"email": "a@b.c", "vip": True}


def test_a_track_call_may_name_the_member_in_its_context() -> None:
    context = {
        "traits": {"email": "a@b.c"},
        "externalIds": [{"id": "77", "type": "card"}, {"id": "ab", "type": "Shop_Id"}, {"id": 1}],
        "campaign": {"source": "mail"},
        "userAgent": "x",
    }
    found = event(order() | {"userId": None, "context": context})
    assert found.identifiers == {"email": "a@b.c", "card": "77", "shop_id": "ab"}
    assert found.traits == {}
    assert found.context == {"campaign": {"source": "mail"}}


def test_page_and_screen_keep_their_name() -> None:
    page = event(
        {"type": "page", "anonymousId": "a", "name": "Home", "category": "Docs", "properties": {"url": "u"}}
    )
    assert (page.type, page.kind) == ("Page", EventKind.PAGE)
    assert page.properties == {"name": "Home", "category": "Docs", "url": "u"}


def test_alias_and_group() -> None:
    alias = event({"type": "alias", "previousId": "a1", "userId": "u1"})
    group = event({"type": "group", "groupId": 7, "userId": "u1", "traits": {"plan": "x"}})
    assert (alias.previous_id, alias.user_id) == ("a1", "u1")
    assert group.group_id == "7"


def test_the_path_says_what_the_message_is() -> None:
    assert event({"event": "Tasted", "userId": "u"}, EventKind.TRACK).type == "Tasted"
    assert event({"action": "track", "event": "Tasted", "user_id": "u"}).user_id == "u"


def test_store_region_channel_partner() -> None:
    found = event(
        order(store=12, region="north", partner="p", channel="app"), store="web-shop", channel="web"
    )
    assert (found.store, found.region, found.partner, found.channel) == ("12", "north", "p", "app")
    assert found.properties == {}
    default = event(order(channel="espn"), store="web-shop", channel="web")
    assert (default.store, default.channel) == ("web-shop", "web")
    assert default.properties == {"channel": "espn"}


def test_a_source_of_a_partner_speaks_for_no_other() -> None:
    own: dict[str, Any] = {"partner": "p", "of_partner": True}
    assert event(order(), **own).partner == event(order(partner="p"), **own).partner == "p"
    told = rejection(order(partner="q"), **own)
    assert (told.code, told.path) == ("another_partner", "properties.partner")


def test_a_client_side_clock_is_corrected() -> None:
    """The phone is one day ahead; the order was placed ten minutes before it was sent."""
    ahead = NOW + timedelta(days=1)
    sent = {"timestamp": (ahead - timedelta(minutes=10)).isoformat(), "sentAt": ahead.isoformat()}
    corrected = event(order() | sent, client_clock=True)
    assert corrected.occurred_at == NOW - timedelta(minutes=10)
    assert corrected.stated_at == ahead - timedelta(minutes=10)
    assert event(order() | sent | {"channel": "mobile"}).occurred_at == NOW - timedelta(minutes=10)
    server = event(order() | sent)
    assert server.occurred_at == NOW  # clamped: nothing occurs in the future


def test_times_with_offsets_without_and_missing() -> None:
    offset = event(order() | {"timestamp": "2026-03-02T01:05:00-05:00"})
    naive = event(order() | {"timestamp": "2026-03-02T06:05:00"})
    assert offset.occurred_at == naive.occurred_at == datetime(2026, 3, 2, 6, 5, tzinfo=UTC)
    missing = event(order())
    assert (missing.occurred_at, missing.undated) == (NOW, True)


def test_a_missing_message_id_is_derived_when_the_message_has_a_time() -> None:
    timed = order() | {"messageId": None, "timestamp": "2026-03-02T06:05:00Z"}
    assert event(timed).key == event(timed).key != ""
    assert event(timed).key != event(timed | {"userId": "u2"}).key
    assert event(order() | {"messageId": None}).key == ""


def test_a_batch_judges_each_message_alone() -> None:
    good, bad = order(), order(total=-1)
    body = msgspec.json.encode({"batch": [good, bad, 17, good | {"messageId": "m2"}], "sentAt": NOW})
    found, _ = decode_batch(body, Origin(), NOW, LIMITS)
    assert [type(item).__name__ for item in found] == ["Event", "Rejection", "Rejection", "Event"]
    second = found[1]
    assert isinstance(second, Rejection)
    assert (second.index, second.key, second.path) == (1, "m1", "properties.total")


def test_the_context_of_a_batch_is_under_that_of_its_messages() -> None:
    body = msgspec.json.encode(
        {
            "context": {"locale": "de", "timezone": "Europe/Berlin"},
            "batch": [order(), order() | {"context": {"locale": "fr"}}],
        }
    )
    first, second = decode_batch(body, Origin(), NOW, LIMITS)[0]
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert first.context == {"locale": "de", "timezone": "Europe/Berlin"}
    assert second.context == {"locale": "fr", "timezone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_json"),
        (b"{}", "malformed_field"),
        (b'{"batch":{}}', "malformed_field"),
        (b'{"batch":[' + b"{}," * 2500 + b"{}]}", "too_many_events"),
        (b'{"batch":[{"a":nul}]}', "invalid_json"),
        (b'{"batch":[],"context":{"campaign":"\\u0000"}}', "nul_character"),
        (b'{"batch":' + b"[" * 10_000, "too_deep"),
    ],
)
def test_bodies_that_are_no_batch(body: bytes, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        decode_batch(body, Origin(), NOW, LIMITS)
    assert refused.value.code == code
