"""The intake's part of the OpenAPI document, by hand: its routes read bytes themselves and are unknown to FastAPI."""

from __future__ import annotations

from typing import Any

from regulars.flows.intake.events import CLOUDEVENT, CLOUDEVENTS_BATCH, PATH, ROLES, SCOPE
from regulars.flows.intake.pixel import KINDS
from regulars.flows.intake.segment import BATCH_ROUTES, SINGLE_ROUTES

_WRITE_KEY_ROLES = ["write_key"]


def _schema(description: str) -> dict[str, Any]:
    return {"schema": {"type": "object", "description": description, "additionalProperties": True}}


def _answers(errors: tuple[str, ...], success: str, error_type: str = "application/json") -> dict[str, Any]:
    said = {
        "400": "The body cannot be read or is too large",
        "401": "Wrong write key",
        "403": "Not from this origin, or not with these credentials",
        "404": "There is no such source, or it was disabled",
        "409": "The id was used for another content",
        "413": "Too large",
        "422": "The event was refused and had no effect",
        "429": "Too many requests; see Retry-After",
        "503": "Overloaded; see Retry-After",
    }
    done = {"200": {"description": success, "content": {"application/json": {"schema": {"type": "object"}}}}}
    shape = {"type": "object", "required": ["code", "message"], "additionalProperties": True}
    content = {error_type: {"schema": shape}}
    return done | {code: {"description": said[code], "content": content} for code in errors}


def _segment_operation(name: str, what: str) -> dict[str, Any]:
    return {
        "operationId": f"segment_{name}",
        "summary": f"Segment-compatible: {what}",
        "tags": ["events"],
        "x-roles": _WRITE_KEY_ROLES,
        "requestBody": {"content": {"application/json": _schema("As in Segment's HTTP Tracking API")}},
        "responses": _answers(
            ("400", "401", "403", "404", "413", "429", "503"), "Taken in; `rejected` lists what was not"
        ),
    }


def intake_openapi() -> dict[str, Any]:
    """Return the `paths` of the intake, to be merged into the application's OpenAPI document."""
    paths: dict[str, Any] = {
        PATH: {
            "post": {
                "operationId": "send_events",
                "summary": "Send one event or many; answers with what each did",
                "tags": ["events"],
                "x-roles": [*ROLES, f"key:{SCOPE}", *_WRITE_KEY_ROLES],
                "parameters": [
                    {"name": "dry_run", "in": "query", "schema": {"type": "boolean", "default": False}},
                    {
                        "name": "explain",
                        "in": "query",
                        "description": "Say in rules_not_fired why other rules did not apply; a dry run always does",
                        "schema": {"type": "boolean", "default": False},
                    },
                    {"name": "source", "in": "query", "schema": {"type": "string"}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": _schema("An event in the plain form, a list, or {events: […]}"),
                        CLOUDEVENT: _schema("A CloudEvent 1.0"),
                        CLOUDEVENTS_BATCH: {"schema": {"type": "array", "items": {"type": "object"}}},
                    },
                },
                "responses": _answers(
                    ("400", "401", "403", "404", "409", "413", "422", "429", "503"),
                    "status, effects, rules_fired, rules_not_fired, member; the balances leave expiring out where "
                    "rating did not read what ends when: ask the wallet",
                    "application/problem+json",
                ),
            }
        }
    }
    for name in BATCH_ROUTES:
        paths[f"/v1/{name}"] = {"post": _segment_operation(name, "a batch of messages")}
    for name, kind in SINGLE_ROUTES.items():
        paths[f"/v1/{name}"] = {"post": _segment_operation(name, f"one {kind.value} message")}
    paths["/v1/webhook"] = {
        "post": _segment_operation("webhook", "what its Webhooks destination sends, signed")
    }
    for name in KINDS:
        paths[f"/pixel/v1/{name}"] = {"get": _pixel_operation(name)}
    return paths


def _pixel_operation(name: str) -> dict[str, Any]:
    said = _answers(("400", "401", "403", "404", "429", "503"), "A transparent image; the event was taken in")
    said["200"]["content"] = {"image/gif": {"schema": {"type": "string", "format": "binary"}}}
    fields = {"type": "object", "additionalProperties": {"type": "string"}}
    return {
        "operationId": f"pixel_{name}",
        "summary": f"RudderStack-compatible pixel: one {name} message in an address",
        "tags": ["events"],
        "x-roles": _WRITE_KEY_ROLES,
        "parameters": [
            {"name": "writeKey", "in": "query", "required": True, "schema": {"type": "string"}},
            {
                "name": "fields",
                "in": "query",
                "description": "Fields of the message; dots lead into objects: properties.campaign=spring",
                "style": "form",
                "explode": True,
                "schema": fields,
            },
        ],
        "responses": said,
    }
