"""The normal form of an event: the one shape that rules, the accrual flow and SQL see.

Every decoder of this package ends in an `Event`; nothing behind it knows which SDK, file or route the event
came from. Money is an int in minor units of `Event.currency`; instants are UTC with microseconds; other
numbers are int or Decimal.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from regulars.core.events.exact import stored_number


class EventKind(StrEnum):
    """What sort of message it is: the six of the Segment specification, and those the platform itself raises."""

    TRACK = "track"
    IDENTIFY = "identify"
    PAGE = "page"
    SCREEN = "screen"
    GROUP = "group"
    ALIAS = "alias"
    SYSTEM = "system"


class EventStatus(StrEnum):
    """What became of an event. Closed: a caller may switch over it.

    `accepted` and the two waiting states are stored; the refusals say why nothing happened.
    """

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    DUPLICATE_WITH_DIFFERENT_PAYLOAD = "duplicate_with_different_payload"
    DUPLICATE_ORDER = "duplicate_order"
    UNKNOWN_MEMBER = "unknown_member"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    TOO_OLD = "too_old"
    REFUSED_SOURCE = "refused_source"
    WAITING_FOR_ORDER = "waiting_for_order"
    PARKED = "parked"
    ORDER_OF_ANOTHER = "order_of_another_partner"

    @property
    def number(self) -> int:
        """The smallint that `events.event.status` stores; never reused, only appended to."""
        return STATUS_NUMBERS[self]


STATUS_NUMBERS = {status: number for number, status in enumerate(EventStatus)}
STATUS_BY_NUMBER = tuple(EventStatus)


class RefundScope(StrEnum):
    """How much of an order an `Order Refunded` takes back: all of it, the listed lines, or an amount of money."""

    WHOLE = "whole"
    LINES = "lines"
    TOTAL = "total"


class Line(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One line of an order. `price` is of one unit, `amount` = price × quantity − discount; minor units.

    A fractional quantity (1.254 kg) stays in `properties["quantity"]`, `quantity` is then 1 and `amount` is
    what counts.
    """

    sku: str = ""
    product_id: str = ""
    name: str = ""
    brand: str = ""
    category: str = ""
    variant: str = ""
    coupon: str = ""
    quantity: int = 1
    price: int | None = None
    amount: int = 0
    discount: int = 0
    properties: dict[str, Any] = msgspec.field(default_factory=dict)


class Order(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An order, or the part of one that a refund names. All amounts in minor units, None where the sender said nothing.

    `amount` is the base that earns: revenue, else subtotal, else total − tax − shipping, else the sum of
    the lines.
    """

    order_id: str
    amount: int = 0
    total: int | None = None
    subtotal: int | None = None
    revenue: int | None = None
    shipping: int | None = None
    tax: int | None = None
    discount: int | None = None
    coupon: str = ""
    lines: list[Line] = msgspec.field(default_factory=list)
    refund: RefundScope | None = None


class Event(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One thing that happened, in normal form.

    `occurred_at` is corrected and clamped; `stated_at` is what the sender wrote, when that differs;
    `undated` says that the sender wrote no time. These three come first so that `payload_hash` can cut them
    off the encoded document. `key` is the sender's message id, or one derived from the content, or "" when
    nothing identifies the event.
    """

    occurred_at: datetime
    stated_at: datetime | None = None
    undated: bool = False
    key: str = ""
    type: str = ""
    kind: EventKind = EventKind.TRACK
    user_id: str | None = None
    anonymous_id: str | None = None
    previous_id: str | None = None
    group_id: str | None = None
    identifiers: dict[str, str] = msgspec.field(default_factory=dict)
    traits: dict[str, Any] = msgspec.field(default_factory=dict)
    order: Order | None = None
    properties: dict[str, Any] = msgspec.field(default_factory=dict)
    context: dict[str, Any] = msgspec.field(default_factory=dict)
    store: str | None = None
    region: str | None = None
    channel: str | None = None
    partner: str | None = None
    currency: str | None = None


# Keys of free dicts are sorted so that equal content has equal bytes; Decimals are JSON numbers so that SQL
# compares them.
_encoder = msgspec.json.Encoder(order="deterministic", decimal_format="number")
_decoder = msgspec.json.Decoder(Event, float_hook=stored_number)

# 128 bits: two different payloads under one key collide with probability 2^-128; half the bytes of SHA-256
# in a narrow table.
PAYLOAD_HASH_BYTES = 16

_OCCURRED_AT_START = len(b'{"occurred_at":"')
_STATED_AT_START = len(b',"stated_at":"')


def encode_doc(event: Event) -> bytes:
    """Return the JSON text stored for `event`: fields at their default left out, keys of dicts sorted."""
    return _encoder.encode(event)


class _Tail(msgspec.Struct, omit_defaults=True):
    """The last fields of an event, as they stand at the end of its document."""

    store: str | None = None
    region: str | None = None
    channel: str | None = None
    partner: str | None = None
    currency: str | None = None


class Place(NamedTuple):
    """Where an event happened and in which money; `tail` is how its document ends with it."""

    store: str | None
    region: str | None
    channel: str | None
    partner: str | None
    currency: str | None
    tail: bytes


# Programs have thousands of stores at the most; a place is about 200 bytes.
_PLACES_REMEMBERED = 8192


@lru_cache(_PLACES_REMEMBERED)
def place_at(
    store: str | None, region: str | None, channel: str | None, partner: str | None, currency: str | None
) -> Place:
    """Return a place; equal ones are one and the same object, as far as they are remembered."""
    tail = _encoder.encode(_Tail(store, region, channel, partner, currency))[1:]
    return Place(store, region, channel, partner, currency, tail)


def place_of(event: Event) -> Place:
    """Return where an event happened."""
    return place_at(event.store, event.region, event.channel, event.partner, event.currency)


def moved_doc(doc: bytes, before: Place, after: Place) -> bytes | None:
    """Return `encode_doc` of an event that differs from the one whose document is `doc` in its place alone.

    The place ends the document, so that only its end is new. None where one of the two says nothing at all: there is a
    comma more or less then, and the event has to be encoded.
    """
    if len(before.tail) == 1 or len(after.tail) == 1:
        return None
    return doc[: -len(before.tail)] + after.tail


def decode_doc(doc: bytes | str) -> Event:
    """Return the event that `encode_doc` wrote. Raises msgspec.ValidationError on anything else."""
    return _decoder.decode(doc)


def payload_hash(event: Event, doc: bytes) -> bytes:
    """Return 16 bytes that are equal when two messages say the same thing; `doc` is `encode_doc(event)`.

    The same content means: equal normal form (type, member, order, properties, traits, store …) and the
    same time *as the sender stated it*. Not part of it: sentAt, receivedAt, the corrected time, IP address,
    user agent, library, order of keys, `27.5` against `"27.50"` in money fields. A retry of a message
    therefore hashes as its first attempt.
    """
    time_end = doc.index(b'"', _OCCURRED_AT_START)
    if event.undated:
        return blake2b(doc[time_end + 1 :], digest_size=PAYLOAD_HASH_BYTES).digest()
    stated_start = _OCCURRED_AT_START
    if event.stated_at is not None:
        stated_start = time_end + 1 + _STATED_AT_START
        stated_end = doc.index(b'"', stated_start)
    else:
        stated_end = time_end
    digest = blake2b(doc[stated_end + 1 :], digest_size=PAYLOAD_HASH_BYTES)
    digest.update(doc[stated_start:stated_end])
    return digest.digest()
