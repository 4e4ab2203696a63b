"""What we send, for the `webhooks` part of the OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Header
from pydantic import BaseModel
from starlette.routing import BaseRoute

from regulars.features.webhooks.notice_types import NOTICE_TYPES


def document_webhooks(app: FastAPI) -> None:
    """Have what we send in the `webhooks` part of the OpenAPI document, with the headers of Standard Webhooks.

    It is put there when somebody reads the document: it takes 40 ms, for which no start has to wait.
    """
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if not app.webhooks.routes:
            app.webhooks.routes.extend(_webhooks())
        return make()

    app.openapi = openapi  # type: ignore[method-assign]


@cache
def _webhooks() -> list[BaseRoute]:
    router = APIRouter()
    for name, description in NOTICE_TYPES.items():
        router.post(name, operation_id=f"on_{name.replace('.', '_')}", summary=description)(_documented)
    return router.routes


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
