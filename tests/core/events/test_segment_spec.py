"""Every example of Segment's published specification is understood, or turned away with a reason.

The examples (CC BY 4.0, Segment / Twilio) lie beside the repository, in `../shared`; without them this is skipped.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from regulars.core.events import (
    KNOWN_NAMES,
    LIMITS_BY_PROFILE,
    ORDER_TYPES,
    Event,
    Origin,
    Rejection,
    decode_doc,
    decode_message,
    encode_doc,
    payload_hash,
)

EXAMPLES = Path(__file__).parents[4] / "shared" / "data" / "segment-spec"
DOLLARS = Origin(currency="USD")  # as the examples of the specification
NOW = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)

if not EXAMPLES.is_dir():
    pytest.skip(f"The examples of the specification are not in {EXAMPLES}.", allow_module_level=True)


def examples(name: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in (EXAMPLES / name).read_text(encoding="utf-8").splitlines()]


def decoded(message: dict[str, Any]) -> Event | Rejection:
    found = decode_message(msgspec.json.encode(message), None, DOLLARS, NOW, LIMITS_BY_PROFILE["segment"])
    if isinstance(found, Event):
        doc = encode_doc(found)
        assert decode_doc(doc) == found
        assert len(payload_hash(found, doc)) == 16
    else:
        assert found.code
        assert found.message
    return found


def message_of_call(call: dict[str, Any]) -> dict[str, Any]:
    """Return the message that a client library makes of a call, with the ids and times that it adds."""
    method, args = call["method"], list(call["args"])
    message: dict[str, Any] = {
        "type": method,
        "anonymousId": "a1",
        "messageId": "m",
        "timestamp": NOW.isoformat(),
    }
    if method == "track" and isinstance(args[0], dict):
        return message | args[0]
    if method == "track":
        return message | {"event": args[0], "properties": args[1]} | (args[2] if len(args) > 2 else {})
    if method == "alias":
        return message | {"userId": args[0]}
    texts = [argument for argument in args if isinstance(argument, str)]
    objects = [argument for argument in args if isinstance(argument, dict)]
    if method == "identify":
        return message | ({"userId": texts[0]} if texts else {}) | {"traits": objects[0] if objects else {}}
    if method == "group":
        return message | {"groupId": texts[0], "traits": objects[0] if objects else {}}
    names = dict(zip(("category", "name") if len(texts) > 1 else ("name",), texts, strict=False))
    return message | names | {"properties": objects[0] if objects else {}}


def test_every_payload() -> None:
    found = [decoded(example["payload"]) for example in examples("payloads.jsonl")]
    assert len(found) == 78
    events = [item for item in found if isinstance(item, Event)]
    refused = [item for item in found if isinstance(item, Rejection)]
    assert len(events) >= 60
    assert {item.code for item in refused} <= {"missing_field", "unknown_type"}


def test_every_call() -> None:
    calls = examples("calls.jsonl")
    assert len(calls) == 57
    for call in calls:
        found = decoded(message_of_call(call))
        if isinstance(found, Rejection):
            # The page shows an Order without the id that its own text calls required.
            assert (found.code, found.path) == ("missing_field", "properties.order_id"), call


def test_every_e_commerce_call_has_its_name_and_orders_their_amounts() -> None:
    seen: dict[str, Event] = {}
    for call in examples("calls.jsonl"):
        if call["page"] == "ecommerce/v2.md":
            found = decoded(message_of_call(call))
            assert isinstance(found, Event), (call, found)
            assert found.type in KNOWN_NAMES, found.type
            seen[found.type] = found
    assert seen.keys() >= ORDER_TYPES
    completed = seen["Order Completed"].order
    assert completed is not None
    assert (completed.total, completed.revenue, completed.amount, completed.discount) == (
        2750,
        2250,
        2250,
        250,
    )
    assert [line.amount for line in completed.lines] == [1900, 600]
