"""Refusals in the OpenAPI document: every operation says which problems it may answer with, in one shape."""

from __future__ import annotations

from typing import Any, Final

PROBLEM_TYPE: Final = "application/problem+json"

_SAID: Final = {
    "400": ("Malformed", "It cannot be read: not JSON, not UTF-8, too deep, a field named twice, U+0000."),
    "401": ("Unauthenticated", "No credentials, or wrong, revoked or expired ones."),
    "403": ("Forbidden", "These credentials may not do this; see `x-roles`."),
    "404": ("NotFound", "There is no such thing, or none that this caller may know of."),
    "409": ("Conflict", "It cannot be done as things are; `code` says why. Nothing was changed."),
    "410": ("Gone", "It was there, and is used up or over."),
    "412": ("PreconditionFailed", "It has changed since you read it: `If-Match` names another version."),
    "413": ("TooLarge", "The body is too large."),
    "422": ("Invalid", "Readable and not valid: `errors[]` says where and what to write instead."),
    "429": ("TooMany", "Too many requests; come back after `Retry-After` seconds."),
    "503": ("Unavailable", "Come back after `Retry-After` seconds: overloaded, or the database is away."),
}
_OF_BODIES: Final = frozenset({"413"})
# Only where a route says so itself.
_RARE: Final = frozenset({"410"})
_METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A refusal (RFC 9457). Facts about it may stand beside these fields.",
    "required": ["type", "title", "status", "code", "message"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "For programs; stable"},
        "message": {"type": "string", "description": "For people"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("path", "code", "message")},
            },
        },
    },
}


def document_problems(document: dict[str, Any]) -> None:
    """Add to every operation of an OpenAPI document the problems that it may answer with."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    if "Problem" in schemas:
        return  # the document is kept, and asked for again
    schemas["Problem"] = PROBLEM
    components["responses"] = {name: _response(text) for name, text in _SAID.values()}
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if method in _METHODS:
                with_problems(operation)
                _document_put(method, operation)
                _document_once(operation)
    for deliveries in document.get("webhooks", {}).values():
        for operation in deliveries.values():  # who receives one answers as it likes
            operation["responses"].pop("422", None)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def with_problems(operation: dict[str, Any]) -> dict[str, Any]:
    """Return an operation of the document with the problems that it may answer with; they stand in its components."""
    for status in _statuses(operation):
        name, _ = _SAID[status]
        operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    return operation


def _document_put(method: str, operation: dict[str, Any]) -> None:
    """What is put may be new."""
    done = operation["responses"].get("200")
    if method == "put" and done is not None:
        operation["responses"]["201"] = {**done, "description": "It is new."}


def _document_once(operation: dict[str, Any]) -> None:
    """An idempotency key may be left out only where nothing may be written."""
    parameters = {one["name"].lower(): one for one in operation.get("parameters", ())}
    if "idempotency-key" in parameters and "dry_run" not in parameters:
        parameters["idempotency-key"]["required"] = True


def _response(text: str) -> dict[str, Any]:
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": text, "content": content}


def _statuses(operation: dict[str, Any]) -> list[str]:
    conditional = any(one["name"].lower() == "if-match" for one in operation.get("parameters", ()))
    return [
        status
        for status in _SAID
        if (status not in _OF_BODIES or "requestBody" in operation)
        and (status not in _RARE or status in operation["responses"])
        and (status != "412" or conditional)
    ]
