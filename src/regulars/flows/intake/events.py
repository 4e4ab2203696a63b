"""`POST /api/v1/events`: the plain form and CloudEvents, one or many, answered with what each event did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from regulars.core.events import (
    Decoded,
    Event,
    EventStatus,
    Rejection,
    decode_binary_cloudevent,
    decode_cloudevent,
    decode_plain,
    is_binary_cloudevent,
)
from regulars.flows.intake.answers import JSON, SENTENCES, TAKEN, item_answer, results_body
from regulars.flows.intake.gate import Gate
from regulars.flows.intake.keys import authorized_key, plausible
from regulars.flows.intake.needs import Needs
from regulars.flows.intake.port import IntakePort, ItemResult, Source
from regulars.flows.intake.refusals import SourceDisabled
from regulars.flows.intake.segment import limits_of
from regulars.flows.intake.signature import check_signature
from regulars.infra.web import (
    BodyTooLarge,
    TokenBuckets,
    problem_response,
    read_body,
    request_id_of,
)
from regulars.kit.errors import FieldError, Forbidden, Invalid, NotFound, Rejected, Unauthenticated
from regulars.kit.strict_json import decode_strict

log = structlog.get_logger("regulars.intake")

PATH = "/api/v1/events"
SCOPE = "events:write"
ROLES = ("owner", "operator")
CLOUDEVENT = "application/cloudevents+json"
CLOUDEVENTS_BATCH = "application/cloudevents-batch+json"

# Of the statuses of a refused event, those that are not 422.
_HTTP_STATUS = {
    EventStatus.DUPLICATE_WITH_DIFFERENT_PAYLOAD: 409,
    EventStatus.ORDER_OF_ANOTHER: 409,
    EventStatus.TOO_LARGE: 413,
    EventStatus.REFUSED_SOURCE: 403,
}


class EventRefused(Invalid):
    """The event was refused and had no effect."""

    def __init__(self, status: EventStatus, code: str, message: str, path: str = "") -> None:
        """Refuse one event, under the code of what is wrong with it."""
        super().__init__(message, errors=[FieldError(path, code, message)] if path else ())
        self.__dict__.update(status=_HTTP_STATUS.get(status, 422), code=code)


class TooManyEvents(Rejected):
    """The request has more events than are accepted at once."""

    status = 413


class EventRoutes:
    """The route, with what it needs."""

    def __init__(self, needs: Callable[[Request], Needs], buckets: TokenBuckets, gate: Gate) -> None:
        """Serve events into the port that `needs` finds, which also knows the write keys."""
        self._needs = needs
        self._buckets = buckets
        self._gate = gate

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route(PATH, self._answered, methods=["POST"])]

    async def _answered(self, request: Request) -> Response:
        request_id = request_id_of(request)
        try:
            with self._gate.request():
                return await self._answer(request)
        except Rejected as refusal:
            return problem_response(refusal, request_id)
        except ClientDisconnect:
            return Response(status_code=400)

    async def _answer(self, request: Request) -> Response:
        needs = self._needs(request)
        source = await self._source(needs, request)
        limits = limits_of(source)
        body = await read_body(request, limits.batch_bytes_max)
        source = await check_signature(needs.port, request, source, body)
        with self._gate.bytes_held(len(body)):
            received_at = needs.clock.now()
            decoded, single = decode_events(request, body, source, received_at)
            if single and len(body) > limits.event_bytes_max:
                raise BodyTooLarge(bytes_max=limits.event_bytes_max)
            if len(decoded) > limits.batch_events_max:
                raise TooManyEvents(events_max=limits.batch_events_max)
            dry_run = _asked(request, "dry_run")
            explain = dry_run or _asked(request, "explain")
            results = await _accepted(
                needs.port, source, decoded, received_at, dry_run=dry_run, explain=explain
            )
        if single:
            return single_response(decoded[0], results[0])
        answers = [
            item_answer(position, item, result)
            for position, (item, result) in enumerate(zip(decoded, results, strict=True))
        ]
        return Response(results_body(answers), media_type=JSON)

    async def _source(self, needs: Needs, request: Request) -> Source:
        """Return the source that the caller may send for: of a write key, or `?source=` of an API key's program."""
        key = plausible(authorized_key(request))
        source = await needs.port.source_by_write_key(key) if key else None
        if source is None:
            source = await _source_of_subject(needs, request)
        if not source.enabled:
            raise SourceDisabled
        self._buckets.take(("source", source.id), source.rate_per_second, needs.clock.now())
        return source


async def _accepted(
    port: IntakePort,
    source: Source,
    decoded: list[Decoded],
    received_at: datetime,
    *,
    dry_run: bool,
    explain: bool,
) -> list[ItemResult | None]:
    """Return the results of the events among `decoded`, None in the place of each rejection."""
    events = [item for item in decoded if isinstance(item, Event)]
    rejections = [item for item in decoded if isinstance(item, Rejection)]
    if rejections and not dry_run:
        port.note_rejections(source, rejections)
    results: list[ItemResult] = []
    if events:
        results = await port.accept(
            source, events, received_at=received_at, dry_run=dry_run, effects=True, explain=explain
        )
    outcomes = iter(results)
    return [next(outcomes) if isinstance(item, Event) else None for item in decoded]


def _asked(request: Request, name: str) -> bool:
    if not request.scope["query_string"]:
        return False
    return request.query_params.get(name, "").lower() in ("1", "true")


async def _source_of_subject(needs: Needs, request: Request) -> Source:
    if needs.authenticator is None:
        raise Unauthenticated
    subject = await needs.authenticator.authenticate(request.headers)
    if subject is None:
        raise Unauthenticated
    allowed = SCOPE in subject.scopes or not subject.roles.isdisjoint(ROLES)
    if not allowed:
        raise Forbidden(f"You are known, but you may not do this: it takes the scope {SCOPE}.")
    if subject.program_id is None:
        raise Forbidden(
            "This credential belongs to no program: send with a write key, or an API key of the program."
        )
    code = request.query_params.get("source")
    source = await needs.port.source_by_code(subject.program_id, code)
    if source is None:
        message = "This program has no source yet: make one."
        raise NotFound(
            f"This program has no source {code}; ?source= names one of its own." if code else message
        )
    return source


def decode_events(
    request: Request, body: bytes, source: Source, received_at: datetime
) -> tuple[list[Decoded], bool]:
    """Return the events of a body, whatever its form, and whether it was a single one (and is answered as one).

    Raises MalformedJson and Invalid for a body that is no event, no list of events and no {"events": […]}.
    """
    if is_binary_cloudevent(request.headers):
        return [decode_binary_cloudevent(request.headers, body, source.origin, received_at)], True
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    value = decode_strict(body, bytes_max=limits_of(source).batch_bytes_max)
    decode = decode_cloudevent if media_type in (CLOUDEVENT, CLOUDEVENTS_BATCH) else decode_plain
    items = _items(value, media_type)
    if items is None:
        return [decode(value, source.origin, received_at)], True
    return [decode(item, source.origin, received_at, position) for position, item in enumerate(items)], False


def _items(value: Any, media_type: str) -> list[Any] | None:
    """Return the list of events in a body, None when the body is one event."""
    if media_type == CLOUDEVENTS_BATCH and type(value) is not list:
        raise Invalid("A batch of CloudEvents is a list.")
    if type(value) is list:
        return value
    if type(value) is dict and type(value.get("events")) is list and "type" not in value:
        return value["events"]  # type: ignore[no-any-return]
    return None


def single_response(item: Decoded, result: ItemResult | None) -> Response:
    """Return the answer to a single event: 200 with what it did, or a problem when it was refused."""
    if isinstance(item, Rejection):
        raise EventRefused(item.status, item.code, item.message, item.path)
    assert result is not None
    if result.status not in TAKEN:
        message = result.message or SENTENCES.get(result.status, "")
        raise EventRefused(result.status, result.status.value, message)
    answer = Response(bytes(item_answer(0, item, result)), media_type=JSON)
    if result.status is EventStatus.DUPLICATE:
        answer.headers["idempotency-replayed"] = "true"
    return answer
