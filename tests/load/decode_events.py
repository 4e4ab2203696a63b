"""How fast messages become events: `python tests/load/decode_events.py` prints one JSON object a measurement.

The baseline of each, measured in the same run, is msgspec's generic decoding of the same bytes to plain dicts.
"""

from __future__ import annotations

import json
import sys
import timeit
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from regulars.core.events import (
    LIMITS_BY_PROFILE,
    Event,
    Origin,
    decode_batch,
    decode_doc,
    decode_message,
    decode_plain,
    encode_doc,
    payload_hash,
)
from regulars.kit.strict_json import decode_strict

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LIMITS = LIMITS_BY_PROFILE["segment"]
REPEATS = 7

LINES = [
    {
        "product_id": "507f1f77bcf86cd799439011",
        "sku": "45790-32",
        "name": "Monopoly: 3rd Edition",
        "price": 19.95,
    }
    | {"quantity": 1, "category": "Games", "brand": "Hasbro"},
    {
        "product_id": "505bd76785ebb509fc183733",
        "sku": "46493-32",
        "name": "Uno Card Game",
        "price": 3.5,
        "quantity": 2,
    }
    | {"category": "Games"},
    {
        "product_id": "505bd76785ebb509fc183734",
        "sku": "46493-33",
        "name": "Uno Card Game B",
        "price": 1,
        "quantity": 2,
    }
    | {"category": "Games"},
]
ORDER = {"order_id": "o1-2234234", "total": 27.5, "revenue": 22.5, "tax": 2, "shipping": 3, "currency": "EUR"}
MESSAGE = {
    "integrations": {},
    "anonymousId": None,
    "properties": ORDER | {"store": "s-12", "products": LINES},
    "timestamp": "2026-11-22T03:32:11.972+00:00",
    "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
    "userId": "u1",
    "type": "track",
    "event": "Order Completed",
    "messageId": "d4936087-0a3b-4d6b-9a5e-2f1d3c1b2a11",
}
PLAIN = {
    "id": "r-1",
    "type": "Order Completed",
    "occurred_at": "2026-11-22T03:32:11Z",
    "member": {"card": "40001234"},
    "store": "s-12",
    "order": ORDER | {"lines": LINES},
}


def microseconds(work: Callable[[], object], events: int = 1, times: int = 5_000) -> float:
    """Return the best time of `work` in microseconds an event."""
    return min(timeit.repeat(work, number=times // events, repeat=REPEATS)) / (times // events) / events * 1e6


def main() -> None:
    """Measure and print."""
    raw, plain = msgspec.json.encode(MESSAGE), msgspec.json.encode(PLAIN)
    body = msgspec.json.encode({"batch": [MESSAGE] * 100, "sentAt": "2026-11-22T03:32:12Z"})
    origin = Origin()
    event = decode_message(raw, None, origin, NOW, LIMITS)
    assert isinstance(event, Event)
    doc = encode_doc(event)
    generic = microseconds(lambda: msgspec.json.decode(raw))
    figures = {
        "decode_message": microseconds(lambda: decode_message(raw, None, origin, NOW, LIMITS)),
        "decode_batch_100": microseconds(lambda: decode_batch(body, origin, NOW, LIMITS), events=100),
        "decode_plain": microseconds(lambda: decode_plain(decode_strict(plain), origin, NOW)),
        "encode_doc": microseconds(lambda: encode_doc(event)),
        "decode_doc": microseconds(lambda: decode_doc(doc)),
        "payload_hash": microseconds(lambda: payload_hash(event, doc)),
    }
    for name, figure in figures.items():
        line = {"bench": name, "rate": round(figure, 2), "unit": "µs/event", "baseline": round(generic, 2)}
        sys.stdout.write(json.dumps(line | {"ratio": round(figure / generic, 2)}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
