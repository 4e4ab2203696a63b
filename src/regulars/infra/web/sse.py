"""Server-sent events: a stream of named messages over one HTTP answer, for the live event list and for progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import msgspec
from fastapi import Request
from fastapi.responses import StreamingResponse

from regulars.infra.web.routing import RouteRoles
from regulars.kit.errors import Forbidden, Unauthenticated

MEDIA_TYPE = "text/event-stream"
# Proxies drop a connection that is silent for a minute.
KEEP_ALIVE_S = 15.0
# How often it is asked whether a stream may go on: within the second in which a process that stops says goodbye.
LOOK_S: Final = 0.8


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


def listening(request: Request, readers: RouteRoles) -> Callable[[], Awaitable[bool]]:
    """Return what says whether a stream may go on: the process stays, and the caller's key or session is still good.

    The application says by `app.state.stopping` that it is about to stop.
    """
    stopping = getattr(request.app.state, "stopping", None)

    async def may() -> bool:
        if stopping is not None and stopping():
            return False
        try:
            await readers(request)
        except (Unauthenticated, Forbidden):
            return False
        return True

    return may


def event_stream(
    messages: AsyncIterator[StreamMessage],
    may_go_on: Callable[[], Awaitable[bool]],
    keep_alive_s: float = KEEP_ALIVE_S,
    look_s: float = LOOK_S,
) -> StreamingResponse:
    """Return the answer that sends `messages` as they come, and a comment when none came for `keep_alive_s`.

    It ends when `may_go_on`, asked every `look_s`, says no. The iterator is closed then, and when the client goes away.
    """
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    chunks = _encoded(messages, may_go_on, keep_alive_s, look_s)
    return StreamingResponse(chunks, headers=headers, media_type=MEDIA_TYPE)


async def _encoded(
    messages: AsyncIterator[StreamMessage],
    may_go_on: Callable[[], Awaitable[bool]],
    keep_alive_s: float,
    look_s: float,
) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    spoke = looked = clock()
    pending: asyncio.Future[StreamMessage] | None = None
    yield b": open\n\n"
    try:
        while True:
            pending = pending or asyncio.ensure_future(_next(messages))
            done, _ = await asyncio.wait({pending}, timeout=min(look_s, keep_alive_s))
            if clock() - looked >= look_s:
                if not await may_go_on():
                    return
                looked = clock()
            if not done:
                if clock() - spoke >= keep_alive_s:
                    spoke = clock()
                    yield b": still here\n\n"
                continue
            spoke = clock()
            finished, pending = pending, None
            try:
                yield encode_message(finished.result())
            except StopAsyncIteration:
                return
    finally:
        # A cancellation may be lost in the moment in which what was waited for comes: then it is said again.
        while pending is not None and not pending.done():
            pending.cancel()
            await asyncio.wait({pending}, timeout=look_s)
        if pending is not None:
            await asyncio.gather(pending, return_exceptions=True)
        closing = getattr(messages, "aclose", None)
        if closing is not None:
            await closing()


async def _next(messages: AsyncIterator[StreamMessage]) -> StreamMessage:
    return await anext(messages)
