"""Signed requests, as Segment's Webhooks destination sends them: X-Signature is the HMAC-SHA1 of the body."""

from __future__ import annotations

import hmac
from typing import Final

from starlette.requests import Request

from regulars.flows.intake.port import IntakePort, Source
from regulars.flows.intake.refusals import InvalidSignature

HEADER: Final = "x-signature"


async def check_signature(port: IntakePort, request: Request, source: Source, body: bytes) -> Source:
    """Return the source of a request whose signature is right, or that needs none; read again when in doubt.

    Refuses with InvalidSignature. A source that was remembered from before it signed is found out by `accept`.
    """
    if _is_right(request, source, body):
        return source
    source = await port.renewed(source)
    if not _is_right(request, source, body):
        raise InvalidSignature
    return source


def _is_right(request: Request, source: Source, body: bytes) -> bool:
    if source.signing_secret is None:
        return True
    expected = hmac.digest(source.signing_secret.encode(), body, "sha1").hex()
    stated = request.headers.get(HEADER, "").strip().lower().removeprefix("sha1=")
    return hmac.compare_digest(expected.encode(), stated.encode())
