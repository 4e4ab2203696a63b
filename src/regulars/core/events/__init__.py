"""Events: their types, how messages of every form become them, and what may enter. Pure; SQL tables in schema.sql.

`decode_batch`, `decode_message` (Segment, RudderStack), `decode_plain`, `decode_cloudevent`, `decode_csv`
all return `Event` or `Rejection`, item by item: a malformed message never spoils its neighbours.
`encode_doc` is the JSON text that is stored, `payload_hash` what makes two messages the same.
"""

from regulars.core.events.admission import (
    LIMITS_BY_PROFILE,
    AmountBase,
    Decoded,
    Limits,
    Malformed,
    Origin,
    Rejection,
)
from regulars.core.events.decode_cloudevents import (
    decode_binary_cloudevent,
    decode_cloudevent,
    is_binary_cloudevent,
)
from regulars.core.events.decode_csv import csv_messages, decode_csv
from regulars.core.events.decode_plain import decode_plain
from regulars.core.events.decode_segment import decode_batch, decode_envelope, decode_message
from regulars.core.events.identifiers import normal_identifier
from regulars.core.events.model import (
    STATUS_BY_NUMBER,
    Event,
    EventKind,
    EventStatus,
    Line,
    Order,
    Place,
    RefundScope,
    decode_doc,
    encode_doc,
    moved_doc,
    payload_hash,
    place_at,
    place_of,
)
from regulars.core.events.names import (
    KNOWN_NAMES,
    ORDER_CANCELLED,
    ORDER_COMPLETED,
    ORDER_REFUNDED,
    ORDER_TYPES,
    ORDER_UPDATED,
    PLATFORM_NAMES,
    canonical_name,
)
from regulars.core.events.outbox import announce, next_batch_id, notice
from regulars.core.events.written import csv_column

__all__ = [
    "KNOWN_NAMES",
    "LIMITS_BY_PROFILE",
    "ORDER_CANCELLED",
    "ORDER_COMPLETED",
    "ORDER_REFUNDED",
    "ORDER_TYPES",
    "ORDER_UPDATED",
    "PLATFORM_NAMES",
    "STATUS_BY_NUMBER",
    "AmountBase",
    "Decoded",
    "Event",
    "EventKind",
    "EventStatus",
    "Limits",
    "Line",
    "Malformed",
    "Order",
    "Origin",
    "Place",
    "RefundScope",
    "Rejection",
    "announce",
    "canonical_name",
    "csv_column",
    "csv_messages",
    "decode_batch",
    "decode_binary_cloudevent",
    "decode_cloudevent",
    "decode_csv",
    "decode_doc",
    "decode_envelope",
    "decode_message",
    "decode_plain",
    "encode_doc",
    "is_binary_cloudevent",
    "moved_doc",
    "next_batch_id",
    "normal_identifier",
    "notice",
    "payload_hash",
    "place_at",
    "place_of",
]
