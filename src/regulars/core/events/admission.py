"""What may enter: where an event came from, the bounds of a source's profile, and how an event is turned away."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from regulars.core.events.model import Event, EventStatus
from regulars.kit.money import exponent


class AmountBase(StrEnum):
    """Which amount of an order earns. `revenue`: revenue, else subtotal, else total − tax − shipping, else lines."""

    REVENUE = "revenue"
    SUBTOTAL = "subtotal"
    TOTAL = "total"
    LINES = "lines"


class Origin(msgspec.Struct, frozen=True):
    """What a source and its program give to every event that comes through it: the defaults of the decoders.

    `client_clock` says that the sender's clock cannot be trusted, so that `sentAt` corrects it. `of_partner`: the
    source is its partner's own, and speaks for no other. `platform`: nobody sends; what is read are examples, which may
    be events that the platform raises itself.
    """

    currency: str = "EUR"
    phone_region: str = "GB"
    amount_base: AmountBase = AmountBase.REVENUE
    client_clock: bool = False
    store: str | None = None
    region: str | None = None
    channel: str | None = None
    partner: str | None = None
    of_partner: bool = False
    platform: bool = False

    @property
    def decimals(self) -> int:
        """How many decimals the minor unit of the program's currency has."""
        return exponent(self.currency)


class Rejection(msgspec.Struct, frozen=True):
    """Why one message of a request was turned away: its position, its key where it had one, and what to repair.

    `code` is for programs, `message` for people; `path` is the field in question
    (`properties.products[1].price`).
    """

    index: int
    key: str
    code: str
    message: str
    path: str = ""
    status: EventStatus = EventStatus.MALFORMED


Decoded = Event | Rejection


class Malformed(Exception):
    """A message that cannot become an event. Raised inside the decoders, which turn it into a Rejection."""

    def __init__(
        self,
        code: str,
        message: str,
        path: str = "",
        status: EventStatus = EventStatus.MALFORMED,
    ) -> None:
        """Refuse with a code, a sentence, and the path of the field in question."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path
        self.status = status

    def rejection(self, index: int, key: str) -> Rejection:
        """Return this refusal for the message at `index`."""
        return Rejection(index, key, self.code, self.message, self.path, self.status)


class Limits(msgspec.Struct, frozen=True):
    """How much one request may carry; a property of the source's profile."""

    event_bytes_max: int
    batch_bytes_max: int
    batch_events_max: int


# Segment's documented limits. Its clients stop at 475,000 bytes and 100 events; 2,500 is what its API takes.
SEGMENT_LIMITS = Limits(event_bytes_max=32 * 1024, batch_bytes_max=500 * 1024, batch_events_max=2_500)
# RudderStack's gateway takes 4,000 KB a request and messages up to that size; its clients are set
# accordingly.
RUDDER_LIMITS = Limits(event_bytes_max=4_000 * 1024, batch_bytes_max=4_000 * 1024, batch_events_max=2_500)
LIMITS_BY_PROFILE = {"segment": SEGMENT_LIMITS, "rudder": RUDDER_LIMITS, "system": RUDDER_LIMITS}

# Ids longer than this are no ids but mistakes; it also bounds the index entries made from them.
ID_LENGTH_MAX = 255
# Codes of stores, partners and regions.
CODE_LENGTH_MAX = 120
# A wallet app sends two levels, Shopify's orders seven; recursion anywhere behind the intake is bounded by
# this.
DEPTH_MAX = 16
# The least and greatest bigint: whatever an event says must fit PostgreSQL and JSON readers alike.
_INT_MAX = (1 << 63) - 1
_INT_MIN = -(1 << 63)


def check_free_values(value: Any, path: str, depth: int = 0) -> None:
    """Check what a sender put into free dicts (properties, traits): bounded depth, integers that fit a bigint.

    Raises Malformed naming the first offending field.
    """
    kind = type(value)
    if kind is int:
        if not _INT_MIN <= value <= _INT_MAX:
            raise Malformed("number_too_large", "A whole number is at most 2^63 − 1.", path)
    elif kind is dict:
        if depth >= DEPTH_MAX:
            raise Malformed("too_deep", f"Objects may be nested {DEPTH_MAX} deep.", path)
        for name, inner in value.items():
            inner_kind = type(inner)
            if inner_kind is dict or inner_kind is list or inner_kind is int:
                check_free_values(inner, f"{path}.{name}", depth + 1)
    elif kind is list:
        if depth >= DEPTH_MAX:
            raise Malformed("too_deep", f"Lists may be nested {DEPTH_MAX} deep.", path)
        for position, inner in enumerate(value):
            inner_kind = type(inner)
            if inner_kind is dict or inner_kind is list or inner_kind is int:
                check_free_values(inner, f"{path}[{position}]", depth + 1)


def has_nul(value: Any) -> bool:
    """Whether any text inside `value` holds U+0000, which PostgreSQL cannot store."""
    kind = type(value)
    if kind is str:
        return "\0" in value
    if kind is dict:
        for name, inner in value.items():
            if "\0" in name or (type(inner) in _WITH_TEXT and has_nul(inner)):
                return True
    elif kind is list:
        for inner in value:
            if type(inner) in _WITH_TEXT and has_nul(inner):
                return True
    return False


_WITH_TEXT = frozenset({str, dict, list})

# Nothing a loyalty program rewards happened before this; an earlier date is a clock that was never set.
OLDEST_YEAR = 1990


def corrected_time(
    stated: datetime | None, sent: datetime | None, received_at: datetime
) -> tuple[datetime, datetime | None]:
    """Return (when it occurred, the stated time if that differs) from what the sender's clock said.

    With `sent` the sender's clock is compared with ours: occurred = received − (sent − stated), as Segment
    does. Nothing occurs in the future: a later time becomes the moment of receipt. Raises Malformed
    (`too_old`) before 1990.
    """
    if stated is None:
        return received_at, None
    occurred_at = stated
    if sent is not None:
        occurred_at = received_at - (sent - stated)
    if occurred_at > received_at:
        occurred_at = received_at
    if occurred_at.year < OLDEST_YEAR:
        raise Malformed(
            "timestamp_too_old",
            f"The time is before {OLDEST_YEAR}; check the sender's clock.",
            "timestamp",
            EventStatus.TOO_OLD,
        )
    return occurred_at, None if occurred_at == stated else stated
