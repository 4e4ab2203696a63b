"""Segment's tracking API: what an SDK reaches when its host is changed to ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from regulars.core.events import (
    LIMITS_BY_PROFILE,
    Decoded,
    EventKind,
    Limits,
    Malformed,
    Rejection,
    decode_batch,
    decode_message,
)
from regulars.flows.intake.answers import JSON, error_response, refusal_response, success_response
from regulars.flows.intake.gate import Gate
from regulars.flows.intake.keys import basic_key, body_key, plausible
from regulars.flows.intake.needs import Needs
from regulars.flows.intake.pixel import KINDS, pixel_message, pixel_response
from regulars.flows.intake.port import IntakePort, ItemResult, Source, Taken
from regulars.flows.intake.refusals import (
    InvalidWriteKey,
    NotUnderstood,
    OriginNotAllowed,
    SourceDisabled,
    too_large,
)
from regulars.flows.intake.signature import check_signature
from regulars.infra.web import BodyTooLarge, TokenBuckets, cors_headers, preflight_headers, read_body
from regulars.kit.errors import Rejected

log = structlog.get_logger("regulars.intake")

# Until the source is known a body may have the size of the most generous profile.
_WIDEST = max(LIMITS_BY_PROFILE.values(), key=lambda limits: limits.batch_bytes_max)

CORS_METHODS = "POST, GET, OPTIONS"
CORS_HEADERS = "Authorization, Content-Type, X-Retry-Count, AnonymousId"

# Each message has a route by its name and one by its first letter, as analytics.js wants it.
SINGLE_ROUTES = {
    name: kind
    for kind in (
        EventKind.TRACK,
        EventKind.IDENTIFY,
        EventKind.PAGE,
        EventKind.SCREEN,
        EventKind.GROUP,
        EventKind.ALIAS,
    )
    for name in (kind.value, kind.value[0])
}
BATCH_ROUTES = ("batch", "b", "import")

Endpoint = Callable[[Request], Awaitable[Response]]


class SegmentRoutes:
    """The routes, with what they need: port and clock, buckets for rates, the gate against overload."""

    def __init__(self, needs: Callable[[Request], Needs], buckets: TokenBuckets, gate: Gate) -> None:
        """Serve events into the port that `needs` finds."""
        self._needs = needs
        self._buckets = buckets
        self._gate = gate

    def routes(self) -> list[BaseRoute]:
        """Return every route, at the root and again below `/segment`."""
        inner: list[BaseRoute] = [
            *[self._route(f"/v1/{name}", self._batch) for name in BATCH_ROUTES],
            *[self._route(f"/v1/{name}", self._single(kind)) for name, kind in SINGLE_ROUTES.items()],
            self._route("/beacon/v1/batch", self._batch),
            self._route("/v1/webhook", self._webhook),
            *[self._route(f"/pixel/v1/{name}", self._pixel(kind), "GET") for name, kind in KINDS.items()],
            self._route("/v1/m", self._metrics),
            self._route("/v1/projects/{write_key}/settings", self._settings, "GET"),
        ]
        return [*inner, Mount("/segment", routes=inner)]

    def _route(self, path: str, endpoint: Endpoint, method: str = "POST") -> Route:
        async def answer(request: Request) -> Response:
            return await self._answered(request, endpoint)

        return Route(path, answer, methods=[method, "OPTIONS"])

    async def _answered(self, request: Request, endpoint: Endpoint) -> Response:
        """Answer a request, always with an object that has `code` and `message` when it is not 200."""
        origin = request.headers.get("origin")
        if request.method == "OPTIONS":
            headers = preflight_headers(origin, "*", CORS_METHODS, CORS_HEADERS)
            return Response(status_code=204, headers=headers)
        try:
            with self._gate.request():
                answer = await endpoint(request)
        except Rejected as refusal:
            answer = refusal_response(refusal)
        except Malformed as malformed:
            message = f"{malformed.path}: {malformed.message}".removeprefix(": ")
            answer = error_response(400, malformed.code, message)
        except ClientDisconnect:
            answer = error_response(400, "client_disconnected", "The request ended before its body did.")
        except Exception:
            log.exception("bug", path=request.url.path)
            answer = error_response(500, "internal_error", "Something went wrong on our side.")
        answer.headers.update(cors_headers(origin, "*"))
        return answer

    async def _batch(self, request: Request) -> Response:
        needs = self._needs(request)
        source, body = await self._admitted(needs, request)
        with self._gate.bytes_held(len(body)):
            received_at = needs.clock.now()
            decoded, keys = _taken(needs.port, source, body, received_at)
            return await _accepted(needs.port, source, decoded, keys, received_at)

    def _single(self, kind: EventKind) -> Endpoint:
        async def answer(request: Request) -> Response:
            needs = self._needs(request)
            source, body = await self._admitted(needs, request)
            return await self._one(needs, source, body, kind)

        return answer

    async def _webhook(self, request: Request) -> Response:
        """Take what Segment's Webhooks destination sends: a message of any kind, or a list of them.

        Its body names the key of the source at Segment; ours stands in the address or in the authorization.
        """
        needs = self._needs(request)
        source = await self._source(
            needs, request, basic_key(request) or request.query_params.get("writeKey")
        )
        body = await _bounded_body(request, limits_of(source), source.profile)
        source = await check_signature(needs.port, request, source, body)
        if body.lstrip()[:1] == b"[":
            body = b'{"batch":' + body + b"}"
            with self._gate.bytes_held(len(body)):
                received_at = needs.clock.now()
                decoded, keys = _taken(needs.port, source, body, received_at)
                return await _accepted(needs.port, source, decoded, keys, received_at)
        return await self._one(needs, source, body, None)

    def _pixel(self, kind: EventKind) -> Endpoint:
        async def answer(request: Request) -> Response:
            needs = self._needs(request)
            source = await self._source(
                needs, request, basic_key(request) or request.query_params.get("writeKey")
            )
            source = await check_signature(needs.port, request, source, b"")
            await self._one(needs, source, pixel_message(request.query_params), kind)
            return pixel_response()

        return answer

    async def _one(self, needs: Needs, source: Source, body: bytes, kind: EventKind | None) -> Response:
        """Take in one message. Raises what is wrong with it."""
        limits = limits_of(source)
        with self._gate.bytes_held(len(body)):
            received_at = needs.clock.now()
            item = decode_message(body, kind, source.origin, received_at, limits)
            if isinstance(item, Rejection):
                needs.port.note_rejections(source, [item])
                if item.code == "event_too_large":
                    raise too_large(source.profile, limits.event_bytes_max)
                raise NotUnderstood(item.code, f"{item.path}: {item.message}".removeprefix(": "))
            return await _accepted(needs.port, source, [item], [item.key], received_at)

    async def _admitted(self, needs: Needs, request: Request) -> tuple[Source, bytes]:
        """Return the source of a request and its body, within the bounds of the source's profile."""
        key = basic_key(request)
        if key is not None:
            source = await self._source(needs, request, key)
            body = await _bounded_body(request, limits_of(source), source.profile)
            return await check_signature(needs.port, request, source, body), body
        body = await _bounded_body(request, _WIDEST, "segment")
        source = await self._source(needs, request, body_key(body) or request.query_params.get("writeKey"))
        if len(body) > limits_of(source).batch_bytes_max:
            raise too_large(source.profile, limits_of(source).batch_bytes_max)
        return await check_signature(needs.port, request, source, body), body

    async def _source(self, needs: Needs, request: Request, key: str | None) -> Source:
        usable = plausible(key)
        source = await needs.port.source_by_write_key(usable) if usable else None
        if source is None:
            raise InvalidWriteKey
        if not source.enabled:
            raise SourceDisabled
        origin = request.headers.get("origin")
        if origin is not None and not cors_headers(origin, source.origins):
            raise OriginNotAllowed
        self._buckets.take(("source", source.id), source.rate_per_second, needs.clock.now())
        return source

    async def _metrics(self, request: Request) -> Response:
        """Take the metrics that analytics.js sends about itself, and forget them."""
        await _bounded_body(request, _WIDEST, "segment")
        return Response(b'{"success":true}', media_type=JSON)

    async def _settings(self, request: Request) -> Response:
        """Return what analytics.js and the mobile SDKs ask before they send: where to send."""
        key = plausible(request.path_params["write_key"])
        source = await self._needs(request).port.source_by_write_key(key) if key else None
        if source is None or not source.enabled:
            return error_response(404, "invalid_write_key", "There is no source with this write key.")
        return settings_response(key or "", api_host(request))


def _taken(
    port: IntakePort, source: Source, body: bytes, received_at: datetime
) -> tuple[list[Taken], list[str]]:
    """Return the messages of a batch, each taken by the port as soon as it is decoded, and rejections in between; and
    the id of each."""
    keys: list[str] = []

    def take(one: Decoded) -> Taken:
        keys.append(one.key)
        return one if isinstance(one, Rejection) else port.take(source, one)

    decoded, _ = decode_batch(body, source.origin, received_at, limits_of(source), take)
    return decoded, keys


async def _accepted(
    port: IntakePort, source: Source, decoded: Sequence[Taken], keys: Sequence[str], received_at: datetime
) -> Response:
    events = [item for item in decoded if not isinstance(item, Rejection)]
    rejections = [item for item in decoded if isinstance(item, Rejection)]
    if rejections:
        port.note_rejections(source, rejections)
    results: list[ItemResult] = []
    if events:
        results = await port.accept(source, events, received_at=received_at)
    return success_response(decoded, keys, results)


def settings_response(key: str, host: str) -> Response:
    """Return the settings document of a source: send everything to `host`."""
    settings = {
        "integrations": {"Segment.io": {"apiKey": key, "apiHost": host}},
        "plan": {"track": {"__default": {"enabled": True}}},
    }
    return Response(msgspec.json.encode(settings), media_type=JSON)


def api_host(request: Request) -> str:
    """Return where the SDK is to send, as it wants it: host and path without scheme, `shop.example/segment/v1`."""
    path = request.url.path.partition("/v1/projects/")[0]
    return f"{request.url.netloc}{path}/v1"


def limits_of(source: Source) -> Limits:
    """Return the bounds of a source's profile."""
    return LIMITS_BY_PROFILE.get(source.profile, LIMITS_BY_PROFILE["segment"])


async def _bounded_body(request: Request, limits: Limits, profile: str) -> bytes:
    try:
        return await read_body(request, limits.batch_bytes_max)
    except BodyTooLarge:
        raise too_large(profile, limits.batch_bytes_max) from None
