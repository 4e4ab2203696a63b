"""Events the platform raises by itself: a member joined by a form, a birthday came, thirty days passed
without a purchase.

They go the way of every event. Their key says what they are about, so that the same one raised twice is a
duplicate.
"""

from __future__ import annotations

from typing import Any

from regulars.core.events import Event, EventKind, encode_doc, payload_hash
from regulars.flows.accrual.clock import instant
from regulars.flows.accrual.item import Item
from regulars.flows.accrual.roll import MEMBER_ID
from regulars.flows.accrual.types import SYSTEM_SOURCE_ID
from regulars.kit import ids


def system_item(member_id: int, event_type: str, key: str, at: int, properties: dict[str, Any]) -> Item:
    """Return an event of the platform's own about a member, at an instant in microseconds, ready for
    `accrue`."""
    event = Event(
        occurred_at=instant(at),
        key=key,
        type=event_type,
        kind=EventKind.SYSTEM,
        identifiers={MEMBER_ID: ids.encode("mem", member_id)},
        properties=properties,
    )
    doc = encode_doc(event)
    return Item(SYSTEM_SOURCE_ID, event, doc, at, payload_hash(event, doc))
