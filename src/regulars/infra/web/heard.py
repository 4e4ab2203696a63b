"""Who sends a body that nobody reads hears the answer all the same, where the connection ends with it. Plain ASGI.

A refusal (no key, too many requests, too large) is answered before the body has come. Where the connection closes then
(HTTP/1.0, most proxies, a server that stops) it would be reset while its sender still sends: a broken connection, and a
request tried again for ever, where the sender was told why.
"""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# So much of a body that nobody wants is read and forgotten; who sends more has to read while sending.
FORGOTTEN_BYTES_MAX: Final = 16 * 1024 * 1024
_BODY: Final = frozenset({b"content-length", b"transfer-encoding"})


class Heard:
    """Lets a body come to its end before an answer that closes the connection begins."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            receive, send = heard(scope, receive, send)
        await self.app(scope, receive, send)


def heard(scope: Scope, receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Return how to receive and send where a body shall come to its end before an answer that ends the connection.

    Who asks before sending (Expect) is told at once, and sends nothing.
    """
    names = {name for name, _ in scope["headers"]}
    if names.isdisjoint(_BODY) or b"expect" in names:
        return receive, send
    more = True

    async def noted() -> Message:
        nonlocal more
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def patient(message: Message) -> None:
        if more and message["type"] == "http.response.start" and _ends(scope, message):
            left = FORGOTTEN_BYTES_MAX
            while more and left > 0:
                left -= len((await noted()).get("body", b""))
        await send(message)

    return noted, patient


def _ends(scope: Scope, answer: Message) -> bool:
    """Whether the connection ends with an answer."""
    if scope.get("http_version") == "1.0":
        return True
    said = [*scope["headers"], *answer.get("headers", ())]
    return any(name.lower() == b"connection" and b"close" in value.lower() for name, value in said)
