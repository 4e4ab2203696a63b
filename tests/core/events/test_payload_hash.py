"""What counts as the same content: a retry hashes as the first attempt, a changed message does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from regulars.core.events import (
    LIMITS_BY_PROFILE,
    Event,
    Origin,
    decode_doc,
    decode_message,
    decode_plain,
    encode_doc,
    payload_hash,
)

NOW = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)
MESSAGE: dict[str, Any] = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u1",
    "messageId": "m1",
    "timestamp": "2026-03-02T09:00:00.5Z",
    "context": {"ip": "8.8.8.8"},
    "properties": {"order_id": "o1", "total": 27.5, "note": "x", "products": [{"sku": "a", "price": 1}]},
}


def hashed(message: dict[str, Any], received_at: datetime = NOW, client: bool = False) -> bytes:
    event = decode_message(
        msgspec.json.encode(message),
        None,
        Origin(client_clock=client),
        received_at,
        LIMITS_BY_PROFILE["segment"],
    )
    assert isinstance(event, Event)
    doc = encode_doc(event)
    found = payload_hash(event, doc)
    assert len(found) == 16
    assert payload_hash(decode_doc(doc), doc) == found
    return found


def test_a_retry_is_the_same() -> None:
    later = NOW + timedelta(seconds=3)
    assert hashed(MESSAGE, later) == hashed(MESSAGE)
    reordered = dict(reversed(MESSAGE.items())) | {
        "properties": dict(reversed(MESSAGE["properties"].items()))
    }
    assert hashed(reordered) == hashed(MESSAGE)
    assert hashed(MESSAGE | {"context": {"ip": "1.1.1.1", "library": {"name": "x"}}}) == hashed(MESSAGE)
    assert hashed(MESSAGE | {"receivedAt": "x", "sentAt": "2026-03-02T09:00:01Z"}) == hashed(MESSAGE)
    same_money = MESSAGE["properties"] | {"total": "27.50"}
    assert hashed(MESSAGE | {"properties": same_money}) == hashed(MESSAGE)


def test_a_retry_from_a_wrong_clock_is_the_same() -> None:
    """Each attempt is sent later, so each is corrected differently; also when one of them is clamped."""
    first = hashed(MESSAGE | {"sentAt": "2026-03-02T09:00:01Z"}, NOW, client=True)
    second = hashed(MESSAGE | {"sentAt": "2026-03-02T09:05:01Z"}, NOW + timedelta(seconds=310), client=True)
    clamped = hashed(MESSAGE, NOW - timedelta(days=1))
    assert first == second == clamped == hashed(MESSAGE)


@pytest.mark.parametrize(
    "change",
    [
        {"userId": "u2"},
        {"timestamp": "2026-03-02T09:00:00.6Z"},
        {"timestamp": None},
        {"event": "Order Updated"},
        {"properties": MESSAGE["properties"] | {"total": 27.51}},
        {"properties": MESSAGE["properties"] | {"note": "y"}},
        {"properties": MESSAGE["properties"] | {"products": []}},
    ],
)
def test_another_content_is_another_hash(change: dict[str, Any]) -> None:
    assert hashed(MESSAGE | change) != hashed(MESSAGE)


def test_the_form_does_not_matter() -> None:
    """The till sends the plain form, the shop Segment's: the same order under the same id is the same content."""
    plain = decode_plain(
        {
            "id": "m1",
            "type": "Order Completed",
            "member": {"user_id": "u1"},
            "occurred_at": "2026-03-02T09:00:00.5Z",
            "order": {
                "order_id": "o1",
                "total": "27.50",
                "currency": "EUR",
                "lines": [{"sku": "a", "price": 1}],
            },
            "properties": {"note": "x"},
        },
        Origin(),
        NOW,
    )
    assert isinstance(plain, Event)
    assert payload_hash(plain, encode_doc(plain)) == hashed(MESSAGE)


def test_undated_events_do_not_depend_on_their_arrival() -> None:
    undated = {**MESSAGE, "timestamp": None}
    assert hashed(undated, NOW + timedelta(days=1)) == hashed(undated)
