"""`POST /v1/hooks/{hook}`: orders from the shops' own platforms, their signatures checked, into the intake."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from regulars.flows.connection.errors import OrderUnreadable, SignatureWrong, UnknownHook
from regulars.flows.connection.port import HookIntake, Taken
from regulars.flows.connection.queries import HOOK_SECRET, queries
from regulars.flows.connection.shopify import shopify_events
from regulars.flows.connection.woocommerce import woocommerce_events
from regulars.infra.web import PROBLEM_TYPE, TokenBuckets, problem_response, read_body, request_id_of
from regulars.kit.errors import Rejected
from regulars.kit.strict_json import decode_strict

log = structlog.get_logger("regulars.hooks")

PATH: Final = "/v1/hooks/{hook}"
# The largest order of either platform has some hundred lines; a megabyte holds thousands.
BODY_BYTES_MAX: Final = 1_048_576

# Far more than one shop sells; beyond it its platform is told to come back, and does.
DELIVERIES_PER_SECOND: Final = 50

_SIGNATURES: Final = {"woocommerce": "x-wc-webhook-signature", "shopify": "x-shopify-hmac-sha256"}
_TOPICS: Final = {"woocommerce": "x-wc-webhook-topic", "shopify": "x-shopify-topic"}
_EVENTS: Final = {"woocommerce": woocommerce_events, "shopify": shopify_events}
_encode = msgspec.json.Encoder().encode


class Hook(msgspec.Struct, frozen=True):
    """A connected shop as a delivery finds it; its secret is sealed."""

    id: str
    program_id: int
    partner: str
    source: str
    platform: str
    secret: str
    live: bool


def hook_routes(intake_of: Callable[[Request], HookIntake]) -> list[Route]:
    """Return the route; `intake_of` finds the intake of a request."""

    buckets = TokenBuckets()

    async def answered(request: Request) -> Response:
        try:
            return await _answer(request, intake_of(request), buckets)
        except Rejected as refusal:
            return problem_response(refusal, request_id_of(request))
        except ClientDisconnect:
            return Response(status_code=400)

    return [Route(PATH, answered, methods=["POST"])]


async def _answer(request: Request, intake: HookIntake, buckets: TokenBuckets) -> Response:
    state = request.app.state
    async with state.db.transaction(read_only=True) as tx:
        hook = await tx.maybe(queries.select_hook, row=Hook, id=request.path_params["hook"][:40])
    if hook is None or not hook.live:
        raise UnknownHook
    buckets.take(("hook", hook.id), DELIVERIES_PER_SECOND, state.clock.now())
    body = await read_body(request, BODY_BYTES_MAX)
    if hook.platform == "woocommerce" and is_ping(request, body):
        return _said([])
    check_signature(
        HOOK_SECRET.open(hook.secret, hook.id), body, request.headers.get(_SIGNATURES[hook.platform], "")
    )
    if hook.platform == "shopify" and request.headers.get("x-shopify-test") == "true":
        return _said([])  # somebody tries the webhook; orders and refunds of such a message are made up
    topic = request.headers.get(_TOPICS[hook.platform], "")
    order = decode_strict(body, bytes_max=BODY_BYTES_MAX)
    messages = events_of(hook.platform, topic, order, hook.partner)
    taken = await intake.take(hook.program_id, hook.source, messages, state.clock.now()) if messages else []
    for one in taken:
        if one.message:
            log.info("hook_refused", source=hook.source, status=one.status)
    return _said(taken)


def events_of(platform: str, topic: str, order: Any, partner: str) -> list[dict[str, Any]]:
    """Return the events of a delivery. Raises OrderUnreadable for what its platform would never send."""
    if not isinstance(order, dict):
        raise OrderUnreadable
    try:
        return _EVENTS[platform](topic, order, partner)
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError) as mistake:
        raise OrderUnreadable from mistake


def check_signature(secret: str, body: bytes, signature: str) -> None:
    """Refuse a body whose base64 HMAC-SHA256 under the shop's secret is another one. Raises SignatureWrong."""
    right = base64.b64encode(hmac.new(secret.encode(), body, sha256).digest())
    if not hmac.compare_digest(right, signature.strip().encode()):
        raise SignatureWrong


def is_ping(request: Request, body: bytes) -> bool:
    """Return whether WooCommerce only tries the address: a form with the webhook's number and nothing else."""
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    number = body.removeprefix(b"webhook_id=")
    return form and body.startswith(b"webhook_id=") and number.isdigit() and len(number) <= 20


def _said(taken: list[Taken]) -> Response:
    return Response(_encode({"taken": taken}), media_type="application/json")


def hook_openapi() -> dict[str, Any]:
    """Return the route's part of the OpenAPI document."""
    problem = {"content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    return {
        "/v1/hooks/{hook}": {
            "post": {
                "operationId": "take_shop_order",
                "tags": ["intake"],
                "summary": "Take an order from a shop's platform",
                "description": "WooCommerce (order.created, order.updated) or Shopify (orders/create, orders/paid, "
                "orders/cancelled, refunds/create). The signature header is checked against the shop's secret.",
                "x-roles": ["public"],
                "parameters": [
                    {"name": "hook", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {
                    "200": {
                        "description": "What became of its events",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    },
                    "401": {"description": "The signature is wrong", **problem},
                    "404": {"description": "No shop is connected here", **problem},
                },
            }
        }
    }
