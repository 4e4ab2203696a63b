"""The parts that are no routes: token buckets, cross-origin headers, streams."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta

import pytest
from fastapi import Request
from fastapi.responses import StreamingResponse

from regulars.infra.clock import FixedClock
from regulars.infra.web import (
    BodyTooLarge,
    RateLimited,
    StreamMessage,
    TokenBuckets,
    cors_headers,
    event_stream,
    preflight_headers,
    read_body,
)
from regulars.infra.web.problem import validation_refusal


def test_a_bucket_lets_a_burst_through_and_then_the_rate(clock: FixedClock) -> None:
    buckets = TokenBuckets(burst_seconds=2)
    for _ in range(20):
        buckets.take("a", 10, clock.now())
    with pytest.raises(RateLimited) as refused:
        buckets.take("a", 10, clock.now())
    assert refused.value.retry_after == 1
    buckets.take("b", 10, clock.now())
    clock.advance(timedelta(milliseconds=100))
    buckets.take("a", 10, clock.now())
    with pytest.raises(RateLimited):
        buckets.take("a", 10, clock.now())


def test_a_slow_rate_says_how_long_to_wait_in_whole_seconds(clock: FixedClock) -> None:
    buckets = TokenBuckets(burst_seconds=1)
    buckets.take("a", 0.25, clock.now())
    with pytest.raises(RateLimited) as refused:
        buckets.take("a", 0.25, clock.now())
    assert refused.value.retry_after == 4
    clock.advance(timedelta(seconds=4))
    buckets.take("a", 0.25, clock.now())


def test_buckets_are_bounded(clock: FixedClock) -> None:
    buckets = TokenBuckets(burst_seconds=1, callers_max=2)
    for caller in ("a", "b", "c"):
        buckets.take(caller, 1, clock.now())
    buckets.take("a", 1, clock.now())  # forgotten, so full again
    with pytest.raises(RateLimited):
        buckets.take("c", 1, clock.now())


@pytest.mark.parametrize(
    ("origin", "allowed", "answer"),
    [
        (None, ["*"], None),
        ("https://a", ["*"], "https://a"),
        ("https://a", ["https://a"], "https://a"),
        ("https://a", ["https://b"], None),
        ("https://a", [], None),
    ],
)
def test_origins(origin: str | None, allowed: list[str], answer: str | None) -> None:
    assert cors_headers(origin, allowed).get("access-control-allow-origin") == answer
    preflight = preflight_headers(origin, allowed, "POST", "Authorization")
    assert ("access-control-allow-methods" in preflight) == (answer is not None)


def chunks_of(answer: StreamingResponse) -> AsyncGenerator[bytes]:
    assert isinstance(answer.body_iterator, AsyncGenerator)
    return answer.body_iterator


async def always() -> bool:
    return True


async def test_a_stream_sends_messages_and_signs_of_life() -> None:
    more = asyncio.Event()
    closed = asyncio.Event()

    async def messages() -> AsyncIterator[StreamMessage]:
        try:
            yield StreamMessage({"n": 1}, "tick", "1")
            await more.wait()
            yield StreamMessage("two\nlines")
        finally:
            closed.set()

    answer = event_stream(messages(), always, keep_alive_s=0.01)
    chunks = chunks_of(answer)
    assert await anext(chunks) == b": open\n\n"
    assert await anext(chunks) == b'event: tick\nid: 1\ndata: {"n":1}\n\n'
    assert await anext(chunks) == b": still here\n\n"
    more.set()
    rest = [chunk async for chunk in chunks]
    assert rest[-1] == b'event: message\ndata: "two\\nlines"\n\n'
    assert closed.is_set()


async def test_a_client_that_leaves_closes_the_source() -> None:
    closed = asyncio.Event()

    async def messages() -> AsyncIterator[StreamMessage]:
        try:
            yield StreamMessage(1)
            await asyncio.Event().wait()
        finally:
            closed.set()

    chunks = chunks_of(event_stream(messages(), always, keep_alive_s=0.01))
    for _ in range(3):
        await anext(chunks)
    await chunks.aclose()
    assert closed.is_set()


async def test_a_stream_ends_once_its_reader_may_not_listen_any_more_however_much_there_is_to_tell() -> None:
    closed = asyncio.Event()
    left = [True, True, False]

    async def messages() -> AsyncIterator[StreamMessage]:
        try:
            while True:
                yield StreamMessage(1)
        finally:
            closed.set()

    async def may_go_on() -> bool:
        return left.pop(0)

    chunks = [chunk async for chunk in chunks_of(event_stream(messages(), may_go_on, look_s=0.0))]
    assert len(chunks) == 3
    assert closed.is_set()


async def test_a_bomb_is_not_unpacked_to_its_end() -> None:
    """Ten megabytes are 10 KB when packed; reading stops as soon as the bound of 100 KB is passed."""
    packed = gzip.compress(b" " * 10_000_000, 9)
    left = [packed[start : start + 256] for start in range(0, len(packed), 256)]
    total = len(left)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    headers = [(b"content-encoding", b"gzip")]
    request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
    with pytest.raises(BodyTooLarge):
        await read_body(request, 100_000)
    assert len(left) > total * 0.9


def test_what_is_wrong_in_a_list_is_told_once() -> None:
    """Not also that the list is too short without it; an empty list is too short."""
    wrong = {"type": "literal_error", "loc": ("body", "consents", 0, "channel"), "msg": "write email"}
    short = {"type": "too_short", "loc": ("body", "consents"), "msg": "write one"}
    assert [one.path for one in validation_refusal([wrong, short]).errors] == ["consents[0].channel"]
    assert [one.path for one in validation_refusal([short]).errors] == ["consents"]
