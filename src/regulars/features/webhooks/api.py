"""REST: /api/v1/programs/{program}/webhooks: endpoints, secrets, messages, deliveries, resending, testing."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Depends, Header, Path, Query, Request, Response

from regulars.features.webhooks import endpoints, store
from regulars.features.webhooks.bodies import (
    CreateEndpointBody,
    DeliveryAnswer,
    EndpointAnswer,
    EndpointBody,
    MessageAnswer,
    ResendAnswer,
    ResendBody,
    RotateBody,
    SecretAnswer,
    TestAnswer,
    TypeAnswer,
    delivery_answer,
    endpoint_answer,
    message_answer,
    new_endpoint,
)
from regulars.features.webhooks.errors import EndpointUnknown, MessageUnknown
from regulars.features.webhooks.notice_types import NOTICE_TYPES
from regulars.infra.clock import Clock
from regulars.infra.db import Database
from regulars.infra.http_out import check_url
from regulars.infra.web import (
    Page,
    PageQuery,
    api_router,
    etag_of,
    program_in_path,
    revision_in,
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


@router.get("", operation_id="list_webhooks", dependencies=READ)
async def list_webhooks(
    request: Request, program_id: Program, page: Annotated[PageQuery, Depends()]
) -> Page[EndpointAnswer]:
    """List the endpoints of a program."""
    (after,) = page.after(int) or (0,)
    async with _db(request).transaction(read_only=True) as tx:
        found = await store.select_endpoints(tx, program_id, after=after, limit=page.rows)
    answers = [endpoint_answer(endpoint) for endpoint in found]
    return page.page(answers, lambda answer: (ids.decode("whk", answer.id),))


@router.post("", operation_id="create_webhook", status_code=201, dependencies=WRITE)
async def create_webhook(
    request: Request, response: Response, program_id: Program, body: CreateEndpointBody
) -> EndpointAnswer:
    """Add an endpoint. Its secret is in the answer, this once."""
    await check_url(body.url, request.app.state.outbound_allow)
    async with _db(request).transaction() as tx:
        endpoint, secret = await endpoints.add_endpoint(
            tx, program_id, new_endpoint(body), _clock(request).now(), body.secret
        )
    response.headers["etag"] = etag_of(endpoint.revision)
    return endpoint_answer(endpoint, secret)


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
    response.headers["etag"] = etag_of(endpoint.revision)
    return endpoint_answer(endpoint)


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
            tx, program_id, _endpoint_id(endpoint_id), new_endpoint(body), revision_in(if_match)
        )
    response.headers["etag"] = etag_of(endpoint.revision)
    return endpoint_answer(endpoint)


@router.delete("/{endpoint_id}", operation_id="delete_webhook", status_code=204, dependencies=WRITE)
async def delete_webhook(
    request: Request, program_id: Program, endpoint_id: EndpointId, if_match: IfMatch = None
) -> None:
    """Take an endpoint away; what waits for it is given up."""
    async with _db(request).transaction() as tx:
        await endpoints.remove_endpoint(
            tx, program_id, _endpoint_id(endpoint_id), revision_in(if_match), _clock(request).now()
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
    answers = [message_answer(message) for message in found]
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
    return message_answer(message)


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
    answers = [delivery_answer(delivery) for delivery in found]
    return page.page(answers, lambda answer: (ids.decode("msg", answer.message), answer.attempt))


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
