"""What we send, for the `webhooks` part of the OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import FastAPI, Header
from pydantic import BaseModel

from regulars.features.webhooks.notice_types import NOTICE_TYPES


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
