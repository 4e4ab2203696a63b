"""REST: /api/v1/programs/{program}/webhooks: endpoints, secrets, messages, deliveries, resending, testing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Header, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from regulars.features.webhooks import endpoints, store
from regulars.features.webhooks.errors import EndpointChanged, EndpointUnknown, MessageUnknown
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
from regulars.features.webhooks.notice_types import NOTICE_TYPES
from regulars.infra.clock import Clock
from regulars.infra.db import Database
from regulars.infra.http_out import check_url
from regulars.infra.web import (
    Page,
    PageQuery,
    StrictModel,
    api_router,
    program_in_path,
    route_roles,
)
from regulars.kit import ids

router = api_router("/api/v1/programs/{program}/webhooks", tag="webhooks")

READ = [Depends(route_roles("owner", "operator", "analyst", scope="webhooks:read"))]
WRITE = [Depends(route_roles("owner", "operator", scope="webhooks:write"))]
Program = Annotated[int, Depends(program_in_path)]
IfMatch = Annotated[str | None, Header(description="The ETag you read; refused with 412 when it has changed")]
EndpointId = Annotated[str, Path(description="whk_…")]
MessageId = Annotated[str, Path(description="msg_…, the webhook-id")]


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


@router.get("", operation_id="list_webhooks", dependencies=READ)
async def list_webhooks(
    request: Request, program_id: Program, page: Annotated[PageQuery, Depends()]
) -> Page[EndpointAnswer]:
    """List the endpoints of a program."""
    (after,) = page.after(int) or (0,)
    async with _db(request).transaction(read_only=True) as tx:
        found = await store.select_endpoints(tx, program_id, after=after, limit=page.rows)
    answers = [_endpoint(endpoint) for endpoint in found]
    return page.page(answers, lambda answer: (ids.decode("whk", answer.id),))


@router.post("", operation_id="create_webhook", status_code=201, dependencies=WRITE)
async def create_webhook(
    request: Request, response: Response, program_id: Program, body: CreateEndpointBody
) -> EndpointAnswer:
    """Add an endpoint. Its secret is in the answer, this once."""
    await check_url(body.url, request.app.state.outbound_allow)
    async with _db(request).transaction() as tx:
        endpoint, secret = await endpoints.add_endpoint(
            tx, program_id, _new(body), _clock(request).now(), body.secret
        )
    response.headers["etag"] = _etag(endpoint)
    return _endpoint(endpoint, secret)


@router.get("/types", operation_id="list_webhook_types", dependencies=READ)
async def list_webhook_types(_: Program) -> list[TypeAnswer]:
    """List what can be heard."""
    return [TypeAnswer(type=name, description=text) for name, text in NOTICE_TYPES.items()]


@router.get("/{endpoint_id}", operation_id="get_webhook", dependencies=READ)
async def get_webhook(
    request: Request, response: Response, program_id: Program, endpoint_id: EndpointId
) -> EndpointAnswer:
    """Read an endpoint."""
    async with _db(request).transaction(read_only=True) as tx:
        endpoint = await endpoints.get_endpoint(tx, program_id, _endpoint_id(endpoint_id))
    response.headers["etag"] = _etag(endpoint)
    return _endpoint(endpoint)


@router.put("/{endpoint_id}", operation_id="put_webhook", dependencies=WRITE)
async def put_webhook(
    request: Request,
    response: Response,
    program_id: Program,
    endpoint_id: EndpointId,
    body: EndpointBody,
    if_match: IfMatch = None,
) -> EndpointAnswer:
    """Change an endpoint. Enabling one again forgets its failures; what still waits for it is sent."""
    await check_url(body.url, request.app.state.outbound_allow)
    async with _db(request).transaction() as tx:
        endpoint = await endpoints.change_endpoint(
            tx, program_id, _endpoint_id(endpoint_id), _new(body), _revision(if_match)
        )
    response.headers["etag"] = _etag(endpoint)
    return _endpoint(endpoint)


@router.delete("/{endpoint_id}", operation_id="delete_webhook", status_code=204, dependencies=WRITE)
async def delete_webhook(
    request: Request, program_id: Program, endpoint_id: EndpointId, if_match: IfMatch = None
) -> None:
    """Take an endpoint away; what waits for it is given up."""
    async with _db(request).transaction() as tx:
        await endpoints.remove_endpoint(
            tx, program_id, _endpoint_id(endpoint_id), _revision(if_match), _clock(request).now()
        )


@router.post(
    "/{endpoint_id}/secrets",
    operation_id="rotate_webhook_secret",
    status_code=201,
    dependencies=WRITE,
)
async def rotate_webhook_secret(
    request: Request, program_id: Program, endpoint_id: EndpointId, body: RotateBody
) -> SecretAnswer:
    """Give an endpoint a new secret. Until the overlap ends, messages carry the signatures of both."""
    async with _db(request).transaction() as tx:
        secret = await endpoints.rotate_secret(
            tx,
            program_id,
            _endpoint_id(endpoint_id),
            _clock(request).now(),
            secret=body.secret,
            overlap=timedelta(seconds=body.overlap_s),
        )
    return SecretAnswer(secret=secret)


@router.post("/{endpoint_id}/test", operation_id="test_webhook", status_code=202, dependencies=WRITE)
async def test_webhook(request: Request, program_id: Program, endpoint_id: EndpointId) -> TestAnswer:
    """Send a `webhook.ping` to an endpoint, whatever it listens to."""
    async with _db(request).transaction() as tx:
        message_id = await endpoints.send_test(
            tx, program_id, _endpoint_id(endpoint_id), _clock(request).now()
        )
    return TestAnswer(message=ids.encode("msg", message_id))


@router.get("/{endpoint_id}/messages", operation_id="list_webhook_messages", dependencies=READ)
async def list_webhook_messages(
    request: Request,
    program_id: Program,
    endpoint_id: EndpointId,
    page: Annotated[PageQuery, Depends()],
    status: Annotated[Literal["waiting", "sending", "delivered", "failed"] | None, Query()] = None,
) -> Page[MessageAnswer]:
    """List an endpoint's messages of the last 30 days, newest first."""
    (before,) = page.after(int) or (None,)
    async with _db(request).transaction(read_only=True) as tx:
        endpoint = await endpoints.get_endpoint(tx, program_id, _endpoint_id(endpoint_id))
        found = await store.select_messages(tx, endpoint.id, status=status, before=before, limit=page.rows)
    answers = [_message(message) for message in found]
    return page.page(answers, lambda answer: (ids.decode("msg", answer.id),))


@router.get("/{endpoint_id}/messages/{message_id}", operation_id="get_webhook_message", dependencies=READ)
async def get_webhook_message(
    request: Request,
    program_id: Program,
    endpoint_id: EndpointId,
    message_id: MessageId,
) -> MessageAnswer:
    """Read a message with its body."""
    async with _db(request).transaction(read_only=True) as tx:
        endpoint = await endpoints.get_endpoint(tx, program_id, _endpoint_id(endpoint_id))
        message = await store.select_message(tx, endpoint.id, _message_id(message_id))
    if message is None:
        raise MessageUnknown
    return _message(message)


@router.post(
    "/{endpoint_id}/messages/{message_id}/resend",
    operation_id="resend_webhook_message",
    status_code=202,
    dependencies=WRITE,
)
async def resend_webhook_message(
    request: Request,
    program_id: Program,
    endpoint_id: EndpointId,
    message_id: MessageId,
) -> ResendAnswer:
    """Send a message again, under the same webhook-id, with a new round of tries."""
    async with _db(request).transaction() as tx:
        await endpoints.resend(
            tx, program_id, _endpoint_id(endpoint_id), _message_id(message_id), _clock(request).now()
        )
    return ResendAnswer(messages=1)


@router.post(
    "/{endpoint_id}/resend", operation_id="resend_webhook_messages", status_code=202, dependencies=WRITE
)
async def resend_webhook_messages(
    request: Request, program_id: Program, endpoint_id: EndpointId, body: ResendBody
) -> ResendAnswer:
    """Send the messages of a stretch of time again: by default those that failed."""
    now = _clock(request).now()
    async with _db(request).transaction() as tx:
        count = await endpoints.resend_between(
            tx,
            program_id,
            _endpoint_id(endpoint_id),
            since=body.since,
            until=body.until or now,
            statuses=body.statuses,
            now=now,
        )
    return ResendAnswer(messages=count)


@router.get("/{endpoint_id}/deliveries", operation_id="list_webhook_deliveries", dependencies=READ)
async def list_webhook_deliveries(
    request: Request,
    program_id: Program,
    endpoint_id: EndpointId,
    page: Annotated[PageQuery, Depends()],
    message: Annotated[str | None, Query(description="Only the attempts at this message")] = None,
) -> Page[DeliveryAnswer]:
    """List the attempts at an endpoint's messages, newest message first."""
    before = page.after(int, int)
    async with _db(request).transaction(read_only=True) as tx:
        endpoint = await endpoints.get_endpoint(tx, program_id, _endpoint_id(endpoint_id))
        found = await store.select_deliveries(
            tx,
            endpoint.id,
            message_id=None if message is None else _message_id(message),
            before=None if before is None else (before[0], before[1]),
            limit=page.rows,
        )
    answers = [_delivery(delivery) for delivery in found]
    return page.page(answers, lambda answer: (ids.decode("msg", answer.message), answer.attempt))


def document_webhooks(app: FastAPI) -> None:
    """Add what we send to the `webhooks` part of the OpenAPI document, with the headers of Standard Webhooks."""
    for name, description in NOTICE_TYPES.items():
        app.webhooks.post(name, operation_id=f"on_{name.replace('.', '_')}", summary=description)(_documented)


class WebhookBody(BaseModel):
    """What is posted; ids are in their public form, and `data` depends on the type."""

    type: str
    timestamp: datetime
    data: dict[str, object]


def _documented(
    body: WebhookBody,
    webhook_id: Annotated[str, Header(description="The same over all attempts: drop what you have seen")],
    webhook_timestamp: Annotated[int, Header(description="Of this attempt, seconds since 1970")],
    webhook_signature: Annotated[
        str, Header(description="v1,<base 64 of HMAC-SHA256 over id.timestamp.body>, several with spaces")
    ],
) -> None:
    """Answer with 2xx within 15 s; 410 ends the subscription, Retry-After is honoured."""


def _db(request: Request) -> Database:
    db: Database = request.app.state.db
    return db


def _clock(request: Request) -> Clock:
    clock: Clock = request.app.state.clock
    return clock


def _endpoint_id(text: str) -> int:
    try:
        return ids.decode("whk", text)
    except ValueError:
        raise EndpointUnknown from None


def _message_id(text: str) -> int:
    try:
        return ids.decode("msg", text)
    except ValueError:
        raise MessageUnknown from None


def _etag(endpoint: Endpoint) -> str:
    return f'"{endpoint.revision}"'


def _revision(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    number = if_match.strip().removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) > 9:
        raise EndpointChanged
    return int(number)


def _new(body: EndpointBody) -> NewEndpoint:
    return NewEndpoint(body.url, body.types, body.description, body.concurrency, body.enabled)


def _endpoint(endpoint: Endpoint, secret: str | None = None) -> EndpointAnswer:
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


def _message(message: Message) -> MessageAnswer:
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


def _delivery(delivery: Delivery) -> DeliveryAnswer:
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
