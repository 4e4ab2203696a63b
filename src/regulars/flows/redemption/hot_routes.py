"""The till's two requests, as plain routes that read bytes themselves, and their part of the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final, Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from regulars.flows.redemption.bodies import (
    RedemptionBody,
    RedemptionCaptureBody,
    TillCaptureBody,
    TillTakeBody,
)
from regulars.flows.redemption.till import (
    Caller,
    CallerUnproven,
    CaptureRequest,
    Replayed,
    TakeRequest,
    Till,
)
from regulars.infra.web import (
    KEY_LENGTH_MAX,
    MEMBER,
    REPLAYED_HEADER,
    IdempotencyKeyMissing,
    KeptAnswer,
    Keyed,
    ProgramUnknown,
    RouteRoles,
    StrictRequest,
    Subject,
    problem_response,
    request_hash,
    request_id_of,
    route_roles,
    validation_refusal,
    with_problems,
)
from regulars.kit.errors import FieldError, Forbidden, Rejected, Unavailable

TAKE_PATH: Final = "/api/v1/programs/{program}/members/{ref}/redemptions"
CAPTURE_PATH: Final = "/api/v1/programs/{program}/redemptions/{redemption}/capture"
# The same without names in the address, in the program of the API key: the way that costs least.
TAKE_FLAT: Final = "/api/v1/redemptions"
CAPTURE_FLAT: Final = "/api/v1/redemptions/capture"
TAKE = route_roles("owner", "operator", "manager", "agent", MEMBER, scope="redemptions:write")
CAPTURE = route_roles("owner", "operator", "manager", "agent", scope="redemptions:write")

Body = TypeVar("Body", bound=BaseModel)


class NotServing(Unavailable):
    """The server is starting or stopping; try again."""


class _Work(Protocol):
    async def __call__(self, request: StrictRequest, till: Till, /, *, anew: bool) -> KeptAnswer: ...


async def take_route(request: Request) -> Response:
    """Set a reward aside for a member, or take it at once."""
    return await _answered(request, _take)


async def capture_route(request: Request) -> Response:
    """Confirm a reservation."""
    return await _answered(request, _capture)


async def _answered(request: Request, work: _Work) -> Response:
    """Answer a request; refusals too, since no other layer may stand around these routes."""
    till: Till | None = getattr(request.app.state, "till", None)
    strict = StrictRequest(request.scope, request.receive)
    try:
        if till is None:
            raise NotServing
        strict.refuse_nul()
        try:
            answer = await work(strict, till, anew=False)
        except CallerUnproven:
            answer = await work(strict, till, anew=True)
    except Rejected as refusal:
        return problem_response(refusal, request_id_of(request))
    except ClientDisconnect:
        return Response(status_code=400)
    headers = {REPLAYED_HEADER: "true"} if isinstance(answer, Replayed) else None
    return Response(answer.body, answer.status, headers, "application/json")


async def _take(request: StrictRequest, till: Till, *, anew: bool) -> KeptAnswer:
    caller = await _admitted(request, till, TAKE, anew=anew)
    program_id = await _program(till, caller.subject, request)
    ref = request.path_params.get("ref")
    if ref is None:
        flat = await _body(request, TillTakeBody)
        ref, body = flat.member, RedemptionBody.model_construct(**dict(flat))
    else:
        body = await _body(request, RedemptionBody)
    keyed = await _keyed(request, caller.subject, TAKE_PATH if "ref" in request.path_params else TAKE_FLAT)
    asked = TakeRequest(caller, keyed, ref, body)
    return await till.do(program_id, asked, dry_run=_dry_run(request))


async def _capture(request: StrictRequest, till: Till, *, anew: bool) -> KeptAnswer:
    caller = await _admitted(request, till, CAPTURE, anew=anew)
    program_id = await _program(till, caller.subject, request)
    number = request.path_params.get("redemption")
    if number is None:
        flat = await _body(request, TillCaptureBody)
        number, body = flat.redemption, RedemptionCaptureBody(quantity=flat.quantity, points=flat.points)
        path = CAPTURE_FLAT
    else:
        body, path = await _body(request, RedemptionCaptureBody), CAPTURE_PATH
    asked = CaptureRequest(caller, await _keyed(request, caller.subject, path), number, body)
    return await till.do(program_id, asked, dry_run=_dry_run(request))


def till_routes() -> list[BaseRoute]:
    """Return the till's routes; they find the Till in `app.state.till`."""
    return [
        Route(TAKE_FLAT, take_route, methods=["POST"]),
        Route(CAPTURE_FLAT, capture_route, methods=["POST"]),
        Route(TAKE_PATH, take_route, methods=["POST"]),
        Route(CAPTURE_PATH, capture_route, methods=["POST"]),
    ]


def till_openapi() -> dict[str, Any]:
    """Return the `paths` of the two routes, to be merged into the application's OpenAPI document."""
    return {
        TAKE_PATH: {
            "post": _operation(
                "take_reward",
                "Set a reward aside for a member (authorise), or take it at once with `confirm`",
                ["program", "ref"],
                TAKE.declared,
                {"$ref": "#/components/schemas/RedemptionBody"},
            )
        },
        TAKE_FLAT: {
            "post": _operation(
                "take_reward_at_till",
                "The same in the program of the API key: the fastest way",
                [],
                TAKE.declared,
                TillTakeBody.model_json_schema(),
            )
        },
        CAPTURE_FLAT: {
            "post": _operation(
                "capture_at_till",
                "Confirm a reservation in the program of the API key: the fastest way",
                [],
                CAPTURE.declared,
                TillCaptureBody.model_json_schema(),
            )
        },
        CAPTURE_PATH: {
            "post": _operation(
                "capture_redemption",
                "Confirm a reservation (capture), whole or in part; the rest goes back",
                ["program", "redemption"],
                CAPTURE.declared,
                RedemptionCaptureBody.model_json_schema(),
            )
        },
    }


def _operation(
    name: str, summary: str, places: list[str], roles: list[str], schema: dict[str, Any]
) -> dict[str, Any]:
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/RedemptionAnswer"}}}
    key = {"name": "idempotency-key", "in": "header", "required": True, "schema": {"type": "string"}}
    dry_run = {"name": "dry_run", "in": "query", "schema": {"type": "boolean", "default": False}}
    named = [
        {"name": place, "in": "path", "required": True, "schema": {"type": "string"}} for place in places
    ]
    operation = {
        "operationId": name,
        "summary": summary,
        "tags": ["redemptions"],
        "x-roles": roles,
        "parameters": [*named, key, dry_run],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {
            "201": {"description": "Done, and kept under the key", "content": answer},
            "200": {"description": "A dry run: what would be done", "content": answer},
        },
    }
    return with_problems(operation)


async def _admitted(request: StrictRequest, till: Till, roles: RouteRoles, *, anew: bool) -> Caller:
    caller = await till.caller_of(request.headers, anew=anew)
    subject = roles.admit(request, None if caller is None else caller.subject)
    return Caller(subject, None if caller is None else caller.revision, request_id_of(request))


async def _program(till: Till, subject: Subject, request: Request) -> int:
    code = request.path_params.get("program")
    if code is None:
        if subject.program_id is None:
            raise Forbidden("This credential belongs to no program; name the program in the address.")
        return subject.program_id
    program_id = await till.program_of(code)
    if program_id is None or subject.program_id not in (None, program_id):
        raise ProgramUnknown
    return program_id


async def _body(request: StrictRequest, model: type[Body]) -> Body:
    value = await request.json()
    try:
        return model.model_validate(value)
    except ValidationError as mistake:
        raise validation_refusal([dict(one) for one in mistake.errors()]) from mistake


async def _keyed(request: StrictRequest, subject: Subject, path: str) -> Keyed:
    key = request.headers.get("idempotency-key", "").strip()
    if _dry_run(request) and not key:
        key = "dry-run"
    if not 0 < len(key) <= KEY_LENGTH_MAX:
        errors = [FieldError("Idempotency-Key", "missing", "Send a key of your own choice.")]
        raise IdempotencyKeyMissing(errors=errors)
    digest = request_hash(*_address(request), await request.body())
    return Keyed(subject.credential, f"POST {path}", key, digest)


def _address(request: Request) -> tuple[str, str]:
    """Return path and query as `request.url` has them, without making a URL of them first."""
    path = request.scope["path"].replace("?", "%3F").replace("#", "%23").replace("\\", "%5C")
    return path, request.scope["query_string"].decode(errors="replace")


def _dry_run(request: Request) -> bool:
    if not request.scope["query_string"]:
        return False
    return request.query_params.get("dry_run", "").lower() in ("1", "true")
