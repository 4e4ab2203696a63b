"""Refusals on the wire: RFC 9457 `application/problem+json` with `code`, `message`, `errors[]`; no insides."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from regulars.infra.web.known_fields import unknown_field
from regulars.kit.errors import FieldError, Invalid, NotFound, Rejected, Unavailable

MEDIA_TYPE = "application/problem+json"
# A client that was told nothing else comes back after this.
RETRY_AFTER_DEFAULT_S = 1
# The first errors of a body are enough to repair it; a body of 10,000 bad rows is not answered with all of them.
ERRORS_MAX = 100
# Facts of a refusal that clients may see are those with these plain types.
_PLAIN = (str, int, bool)

log = structlog.get_logger("regulars.web")


class Problem(msgspec.Struct, omit_defaults=True):
    """The members of a problem document; `type` is a name, not an address to be fetched."""

    type: str
    title: str
    status: int
    code: str
    message: str
    detail: str
    errors: list[FieldError] = []
    facts: dict[str, Any] = {}
    request_id: str = ""


def problem_response(
    refusal: Rejected, request_id: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer that a refusal is."""
    facts = {name: value for name, value in refusal.facts.items() if type(value) in _PLAIN}
    retry_after = facts.pop("retry_after", None)
    problem = Problem(
        type=f"urn:regulars:problem:{refusal.code}",
        title=HTTPStatus(refusal.status).phrase,
        status=refusal.status,
        code=refusal.code,
        message=refusal.message,
        detail=refusal.message,
        errors=list(refusal.errors[:ERRORS_MAX]),
        facts=facts,
        request_id=request_id,
    )
    answer = Response(msgspec.json.encode(problem), refusal.status, dict(headers or {}), MEDIA_TYPE)
    if retry_after is not None or refusal.status in (429, 503):
        answer.headers.setdefault("retry-after", str(retry_after or RETRY_AFTER_DEFAULT_S))
    if refusal.status == 401:
        answer.headers.setdefault("www-authenticate", 'Bearer realm="regulars"')
    return answer


class MethodNotAllowed(Rejected):
    """This address does not take that method."""

    status = 405


class InternalError(Rejected):
    """Something went wrong on our side. It has been noted under the request's id."""

    status = 500


def validation_refusal(mistakes: list[Mapping[str, Any]]) -> Invalid:
    """Return the refusal for what Pydantic found wrong in a request: one FieldError each, paths as `lines[3].price`."""
    errors = [
        FieldError(field_path(mistake["loc"]), str(mistake["type"]), sentence(str(mistake["msg"])))
        for mistake in [one for one in mistakes if not _follows(one, mistakes)][:ERRORS_MAX]
    ]
    return Invalid("The request is not valid; see errors.", errors=errors)


def _follows(mistake: Mapping[str, Any], mistakes: list[Mapping[str, Any]]) -> bool:
    """Whether a list is too short only because what is wrong in it was left out."""
    where = mistake["loc"]
    return mistake["type"] == "too_short" and any(
        len(other["loc"]) > len(where) and other["loc"][: len(where)] == where for other in mistakes
    )


def field_path(location: tuple[str | int, ...]) -> str:
    """Return ("body", "lines", 3, "price") as `lines[3].price`; "body" itself is left out."""
    parts = list(location)
    if parts and parts[0] == "body" and len(parts) > 1:
        parts = parts[1:]
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def sentence(text: str) -> str:
    """Return text that begins with a capital and ends with a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def install_problems(app: FastAPI) -> None:
    """Let every refusal and error of `app` be answered as a problem document."""
    app.add_exception_handler(Rejected, _on_rejected)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_bug)


def request_id_of(request: Request) -> str:
    """Return the id of this request, "" outside of RequestIdentity."""
    return str(request.scope.get("state", {}).get("request_id", ""))


async def _on_rejected(request: Request, error: Exception) -> Response:
    assert isinstance(error, Rejected)
    if isinstance(error, Unavailable):
        log.warning("unavailable", code=error.code, path=request.url.path)
    return problem_response(error, request_id_of(request))


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    mistakes = [
        {**mistake, "msg": unknown_field(request, mistake["loc"])}
        if mistake["type"] == "extra_forbidden"
        else mistake
        for mistake in error.errors()
    ]
    return problem_response(validation_refusal(mistakes), request_id_of(request))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    refusal: Rejected
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if error.status_code == 404:
        refusal = NotFound("There is no such address.")
    elif error.status_code == 405:
        refusal = MethodNotAllowed()
        headers["allow"] = ", ".join(methods_at(request.app, request.url.path)) or headers.get("allow", "")
    else:
        refusal = _refusal_of_status(error.status_code, str(error.detail))
    return problem_response(refusal, request_id_of(request), headers)


def methods_at(app: FastAPI, path: str) -> list[str]:
    """Return the methods of an address by the OpenAPI document, in which each method is a route of its own.

    Of several that fit, the one with the fewest names left open.
    """
    fitting = [
        (template.count("{"), operations)
        for template, operations in app.openapi()["paths"].items()
        if compile_path(template)[0].match(path)
    ]
    _, nearest = min(fitting, key=lambda one: one[0], default=(0, {}))
    return sorted(method.upper() for method in nearest)


def _refusal_of_status(status: int, message: str) -> Rejected:
    refusal = Rejected(sentence(message) if message else None)
    phrase = HTTPStatus(status).phrase
    refusal.__dict__.update(status=status, code=phrase.lower().replace(" ", "_").replace("-", "_"))
    return refusal


async def _on_bug(request: Request, error: Exception) -> Response:
    return bug_response(request, error)


def bug_response(request: Request, error: Exception) -> Response:
    """Note a mistake of ours under the request's id, and return the answer that says so and nothing else."""
    log.error("bug", path=request.url.path, request_id=request_id_of(request), exc_info=error)
    return problem_response(InternalError(), request_id_of(request))
