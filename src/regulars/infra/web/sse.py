"""Server-sent events: a stream of named messages over one HTTP answer, for the live event list and for progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
from fastapi.responses import StreamingResponse

MEDIA_TYPE = "text/event-stream"
# Proxies drop a connection that is silent for a minute.
KEEP_ALIVE_S = 15.0


_encoder = msgspec.json.Encoder(decimal_format="number")


class StreamMessage(msgspec.Struct, frozen=True):
    """One message: `body` is encoded as JSON; `id` is what a client that comes back says it saw last."""

    body: object
    event: str = "message"
    id: str | None = None


def encode_message(message: StreamMessage) -> bytes:
    """Return the message as it goes over the wire; JSON has no line breaks, so one `data:` line suffices."""
    head = f"event: {message.event}\n" + (f"id: {message.id}\n" if message.id else "")
    return head.encode() + b"data: " + _encoder.encode(message.body) + b"\n\n"


def event_stream(
    messages: AsyncIterator[StreamMessage], keep_alive_s: float = KEEP_ALIVE_S
) -> StreamingResponse:
    """Return the answer that sends `messages` as they come, and a comment when none came for `keep_alive_s`.

    The iterator is closed when the client goes away.
    """
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_encoded(messages, keep_alive_s), headers=headers, media_type=MEDIA_TYPE)


async def _encoded(messages: AsyncIterator[StreamMessage], keep_alive_s: float) -> AsyncIterator[bytes]:
    pending: asyncio.Future[StreamMessage] | None = None
    yield b": open\n\n"
    try:
        while True:
            pending = pending or asyncio.ensure_future(_next(messages))
            done, _ = await asyncio.wait({pending}, timeout=keep_alive_s)
            if not done:
                yield b": still here\n\n"
                continue
            finished, pending = pending, None
            try:
                yield encode_message(finished.result())
            except StopAsyncIteration:
                return
    finally:
        if pending is not None:
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)
        closing = getattr(messages, "aclose", None)
        if closing is not None:
            await closing()


async def _next(messages: AsyncIterator[StreamMessage]) -> StreamMessage:
    return await anext(messages)
