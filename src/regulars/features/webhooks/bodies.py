"""What requests about webhooks hold and what they are answered: ids in their public form, secrets only when new."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from regulars.features.webhooks.model import (
    CONCURRENCY_DEFAULT,
    CONCURRENCY_MAX,
    DESCRIPTION_LETTERS_MAX,
    TYPES_MAX,
    Delivery,
    Endpoint,
    Message,
    NewEndpoint,
)
from regulars.infra.web import StrictModel
from regulars.kit import ids


class EndpointBody(StrictModel):
    """What somebody wants to hear, and where."""

    url: Annotated[str, Field(max_length=2_048, description="https, on the public Internet")]
    types: Annotated[
        tuple[str, ...],
        Field(min_length=1, max_length=TYPES_MAX, description="Types, families (points.*) or *"),
    ] = ("*",)
    description: Annotated[str, Field(max_length=DESCRIPTION_LETTERS_MAX)] = ""
    concurrency: Annotated[
        int, Field(ge=1, le=CONCURRENCY_MAX, description="Messages on the way at once")
    ] = CONCURRENCY_DEFAULT
    enabled: bool = True


class CreateEndpointBody(EndpointBody):
    """A new endpoint; it gets a secret of ours unless you bring your own."""

    secret: Annotated[
        str | None, Field(max_length=120, description="whsec_ and 24 to 64 bytes in base 64")
    ] = None


class EndpointAnswer(BaseModel):
    """An endpoint and how it fares. `secret` is shown when it is made, never again."""

    id: str
    url: str
    types: list[str]
    description: str
    concurrency: int
    enabled: bool
    disabled_reason: str | None
    failures: int
    failing_since: datetime | None
    rest_until: datetime | None
    created_at: datetime
    secret: str | None = None


class RotateBody(StrictModel):
    """A new secret; the old ones sign along for a while."""

    secret: Annotated[str | None, Field(max_length=120)] = None
    overlap_s: Annotated[int, Field(ge=0, le=30 * 86_400, description="Seconds until the old ones end")] = (
        86_400
    )


class SecretAnswer(BaseModel):
    """The new secret, shown this once."""

    secret: str


class MessageAnswer(BaseModel):
    """A message: `id` is its webhook-id, `body` exactly what is signed and sent."""

    id: str
    type: str
    status: str
    attempts: int
    next_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
    body: str


class DeliveryAnswer(BaseModel):
    """One attempt: `status` is null when there was no answer; `response` is how the answer began."""

    message: str
    type: str
    attempt: int
    url: str
    sent_at: datetime
    duration_ms: int
    outcome: str
    status: int | None
    response: str


class ResendBody(StrictModel):
    """Which messages to send again: those made in [since, until) that have one of the statuses."""

    since: AwareDatetime
    until: AwareDatetime | None = None
    statuses: tuple[Literal["failed", "delivered", "waiting"], ...] = ("failed",)


class ResendAnswer(BaseModel):
    """How many messages are sent again."""

    messages: int


class TestAnswer(BaseModel):
    """The message that was made for the test; see its deliveries."""

    message: str


class TypeAnswer(BaseModel):
    """A type of notice and when it is sent."""

    type: str
    description: str


def new_endpoint(body: EndpointBody) -> NewEndpoint:
    """Return what a body asks for."""
    return NewEndpoint(body.url, body.types, body.description, body.concurrency, body.enabled)


def endpoint_answer(endpoint: Endpoint, secret: str | None = None) -> EndpointAnswer:
    """Return an endpoint as it is answered, with its secret only when that is new."""
    return EndpointAnswer(
        id=ids.encode("whk", endpoint.id),
        url=endpoint.url,
        types=endpoint.types,
        description=endpoint.description,
        concurrency=endpoint.concurrency,
        enabled=endpoint.enabled,
        disabled_reason=endpoint.disabled_reason,
        failures=endpoint.failures,
        failing_since=endpoint.failing_since,
        rest_until=endpoint.rest_until,
        created_at=endpoint.created_at,
        secret=secret,
    )


def message_answer(message: Message) -> MessageAnswer:
    """Return a message as it is answered."""
    return MessageAnswer(
        id=ids.encode("msg", message.id),
        type=message.type,
        status=message.status,
        attempts=message.attempts,
        next_at=message.next_at if message.status == "waiting" else None,
        created_at=message.created_at,
        finished_at=message.finished_at,
        body=message.body,
    )


def delivery_answer(delivery: Delivery) -> DeliveryAnswer:
    """Return an attempt as it is answered."""
    return DeliveryAnswer(
        message=ids.encode("msg", delivery.message_id),
        type=delivery.type,
        attempt=delivery.attempt,
        url=delivery.url,
        sent_at=delivery.sent_at,
        duration_ms=delivery.duration_ms,
        outcome=delivery.outcome,
        status=delivery.status,
        response=delivery.response,
    )
