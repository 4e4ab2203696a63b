"""Endpoints, messages and deliveries as values."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, TypeAlias

import msgspec

MessageStatus: TypeAlias = Literal["waiting", "sending", "delivered", "failed"]

DESCRIPTION_LETTERS_MAX: Final = 500
TYPES_MAX: Final = 100
ENDPOINTS_PER_PROGRAM_MAX: Final = 100
# A hung endpoint holds at most this many of a worker's places, each for the deadline of a request.
CONCURRENCY_DEFAULT: Final = 4
CONCURRENCY_MAX: Final = 32


class Endpoint(msgspec.Struct, frozen=True):
    """A subscriber of a program. `failures` counts attempts failed in a row; it is left alone until `rest_until`."""

    id: int
    program_id: int
    url: str
    description: str
    types: list[str]
    concurrency: int
    revision: int
    enabled: bool
    disabled_reason: str | None
    failures: int
    failing_since: datetime | None
    rest_until: datetime | None
    created_at: datetime


class NewEndpoint(msgspec.Struct, frozen=True):
    """What somebody wants to hear, and where."""

    url: str
    types: tuple[str, ...] = ("*",)
    description: str = ""
    concurrency: int = CONCURRENCY_DEFAULT
    enabled: bool = True


class LivingSecret(msgspec.Struct, frozen=True):
    """A signing secret without its value: its number, and when it ends (None: not yet known)."""

    number: int
    created_at: datetime
    expires_at: datetime | None


class Message(msgspec.Struct, frozen=True):
    """One notice for one endpoint; `id` is the webhook-id. `tries` counts the attempts of the present round."""

    id: int
    endpoint_id: int
    type: str
    body: str
    status: MessageStatus
    attempts: int
    tries: int
    next_at: datetime
    created_at: datetime
    finished_at: datetime | None


class Delivery(msgspec.Struct, frozen=True):
    """One attempt at a message. `status` is None when there was no answer; `response` is how the answer began."""

    message_id: int
    type: str
    attempt: int
    url: str
    sent_at: datetime
    duration_ms: int
    outcome: str
    status: int | None
    response: str


class Outgoing(msgspec.Struct, frozen=True):
    """A message that this worker has taken to send now, with everything needed for it."""

    endpoint_id: int
    id: int
    fence: int
    attempt: int
    tries: int
    url: str
    body: str
    secrets: list[str]


class Sent(msgspec.Struct, frozen=True):
    """What came of an attempt, ready to be written down."""

    message: Outgoing
    sent_at: datetime
    duration_ms: int
    outcome: str
    status: int | None
    response: str
    message_status: MessageStatus
    next_at: datetime
    rest_until: datetime | None = None
    gone: bool = False
