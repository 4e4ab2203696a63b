"""The client against real servers: pinned, not redirected, bounded in time and size."""

from __future__ import annotations

import ipaddress

import pytest
from tests.infra.http_out.receiver import receiver

from regulars.infra.http_out import AllowList, Outbound, Outcome
from regulars.infra.http_out.addresses import Address

LOOPBACK = AllowList.parse("127.0.0.1")


async def test_posts_once_and_keeps_the_connection() -> None:
    """Body and headers arrive as given; the next post to the same host goes over the same connection."""
    async with receiver() as there, Outbound(LOOPBACK) as out:
        for _ in range(3):
            answer = await out.post(f"{there.url}?a=1", b'{"a":1}', {"x-one": "1"})
            assert (answer.outcome, answer.status, answer.excerpt) == (Outcome.ANSWERED, 200, "ok")
        got = there.requests[0]
        assert (got.method, got.path, got.body) == ("POST", "/hook?a=1", b'{"a":1}')
        assert got.headers["x-one"] == "1"
        assert got.headers["host"] == f"127.0.0.1:{there.port}"
        assert got.headers["accept-encoding"] == "identity"
        assert there.connections == 1


async def test_a_redirect_is_an_answer() -> None:
    """Nobody can send us on to an address of our own network."""
    async with receiver() as there, Outbound(LOOPBACK) as out:
        target = f"http://127.0.0.1:{there.port}/other"
        there.answer = lambda _: (
            f"HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n".encode()
        )
        answer = await out.post(there.url, b"", {})
        assert answer.status == 302
        assert len(there.requests) == 1


async def test_a_private_address_is_refused_when_sending_too() -> None:
    """What was allowed when it was saved is checked again for the connection, and no byte leaves."""
    async with receiver() as there, Outbound(AllowList()) as out:
        answer = await out.post(there.url.replace("http:", "https:"), b"", {})
        assert answer.outcome is Outcome.REFUSED
        assert there.connections == 0


async def test_a_name_is_resolved_once_and_its_address_pinned() -> None:
    """A name that turns to a private address between check and connection finds no gap: there is only one look-up."""
    asked: list[str] = []
    answers = [["127.0.0.1"], ["169.254.169.254"]]

    async def resolve(host: str, port: int) -> list[Address]:
        asked.append(host)
        return [ipaddress.ip_address(address) for address in answers[len(asked) - 1]]

    async with receiver() as there:
        allowed = AllowList.parse("127.0.0.0/8")
        async with Outbound(allowed, resolve=resolve, deadline_s=0.5) as out:
            url = f"https://hooks.test.example:{there.port}/"
            first = await out.post(url, b"", {})
            assert asked == ["hooks.test.example"]
            assert there.connections == 1, "connected to the address that was looked up"
            assert first.outcome is Outcome.TIMEOUT, "which speaks no TLS"
            second = await out.post(url, b"", {})
            assert second.outcome is Outcome.REFUSED
            assert there.connections == 1


async def test_an_answer_that_never_comes_ends_at_the_deadline() -> None:
    """Hanging before the answer, or in the middle of it, takes no longer than the deadline in all."""
    async with receiver() as there, Outbound(LOOPBACK, deadline_s=0.2) as out:
        there.answer = lambda _: None
        answer = await out.post(there.url, b"", {})
        assert (answer.outcome, answer.status) == (Outcome.TIMEOUT, None)
        assert answer.duration_ms < 5_000


async def test_an_endless_answer_is_cut() -> None:
    """Only the beginning of an answer is read, and less of it kept."""
    async with receiver() as there, Outbound(LOOPBACK) as out:
        there.answer = lambda _: b"HTTP/1.1 200 OK\r\ncontent-length: 900000000\r\n\r\n" + b"x" * 200_000
        answer = await out.post(there.url, b"", {})
        assert (answer.outcome, answer.status, answer.excerpt) == (Outcome.ANSWERED, 200, "x" * 1024)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
        b"\0" * 100 + b"\r\n\r\n",
    ],
)
async def test_a_broken_answer_is_none(raw: bytes) -> None:
    """What does not speak HTTP to the end is a failure."""
    async with receiver() as there, Outbound(LOOPBACK) as out:
        there.answer = lambda _: raw
        assert (await out.post(there.url, b"", {})).outcome is Outcome.BROKEN


async def test_nobody_listens() -> None:
    """A closed port is unreachable."""
    async with receiver() as there:
        url = there.url
    async with Outbound(LOOPBACK) as out:
        assert (await out.post(url, b"", {})).outcome is Outcome.UNREACHABLE


async def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the machine would connect for us, unpinned."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with receiver() as there, Outbound(LOOPBACK) as out:
        assert (await out.post(there.url, b"", {})).status == 200
