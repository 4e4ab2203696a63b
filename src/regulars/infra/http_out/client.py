"""POST to a URL that somebody else typed: one checked and pinned connection, no redirect, bounded time and answer."""

from __future__ import annotations

import asyncio
import enum
import ssl
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpcore2
import msgspec

from regulars.infra.http_out.addresses import AllowList
from regulars.infra.http_out.targets import (
    Resolve,
    UrlRefused,
    addresses_of,
    look_up,
    parse_url,
)

# From the first byte of the look-up to the last byte of the answer. Standard Webhooks: 15 to 30 s.
DEADLINE_S: Final = 15.0
# An address that does not answer leaves time for the next one of the same host.
CONNECT_S: Final = 5.0
# What an answer may hold before we stop reading, and how much of it is kept.
ANSWER_BYTES_MAX: Final = 64 * 1024
EXCERPT_BYTES_MAX: Final = 1_024
# Idle connections are kept for the next message to the same host, not for long: a closed one costs a retry.
IDLE_CONNECTIONS_MAX: Final = 64
IDLE_S: Final = 10.0


class Outcome(enum.Enum):
    """How an attempt ended."""

    ANSWERED = "answered"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"  # by us: the URL or its address may not be called
    BROKEN = "broken"  # the other side did not speak HTTP to the end


class Answer(msgspec.Struct, frozen=True):
    """What came back: status and headers when the other side answered, and how long it took in milliseconds.

    `excerpt` is the beginning of the body, or the reason when there was no answer. Header names are in lower case.
    """

    outcome: Outcome
    duration_ms: int
    status: int | None = None
    headers: Mapping[str, str] = {}
    excerpt: str = ""


class Outbound:
    """A client for untrusted targets. Use it as `async with Outbound(allowed) as out`."""

    def __init__(
        self, allowed: AllowList, *, resolve: Resolve = look_up, deadline_s: float = DEADLINE_S
    ) -> None:
        """Allow the private hosts of `allowed`; give each request `deadline_s` seconds in all."""
        self._allowed = allowed
        self._deadline_s = deadline_s
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=None,  # bounded by the caller, per endpoint: one full pool would delay everybody
            max_keepalive_connections=IDLE_CONNECTIONS_MAX,
            keepalive_expiry=IDLE_S,
            network_backend=_PinnedBackend(allowed, resolve),
        )

    async def __aenter__(self) -> Self:
        """Return this client, ready."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self._pool.aclose()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send `body` once and return what came of it; never raises for what the other side does.

        Redirects are answers like any other, proxies of the environment are not used.
        """
        began = time.monotonic()
        status: int | None = None
        answered: dict[str, str] = {}
        excerpt = ""
        try:
            async with asyncio.timeout(self._deadline_s):
                outcome, status, answered, excerpt = await self._exchange(url, body, headers)
        except UrlRefused as refusal:
            outcome, excerpt = Outcome.REFUSED, refusal.message
        except (TimeoutError, httpcore2.TimeoutException):
            outcome, excerpt = Outcome.TIMEOUT, f"no complete answer within {self._deadline_s:g} s"
        except httpcore2.ConnectError as error:
            outcome, excerpt = Outcome.UNREACHABLE, str(error) or "no connection"
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            outcome, excerpt = Outcome.BROKEN, str(error) or type(error).__name__
        return Answer(outcome, int((time.monotonic() - began) * 1000), status, answered, excerpt)

    async def _exchange(
        self, url: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[Outcome, int, dict[str, str], str]:
        target = parse_url(url, self._allowed)
        own = {"host": target.authority, "content-length": str(len(body)), "accept-encoding": "identity"}
        sent = [*own.items(), *headers.items()]
        place = httpcore2.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        timeouts = {"connect": self._deadline_s, "read": self._deadline_s, "write": self._deadline_s}
        async with self._pool.stream(
            "POST", place, headers=sent, content=body, extensions={"timeout": timeouts}
        ) as response:
            answered = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
            }
            received = bytearray()
            async for part in response.aiter_stream():
                received += part
                if len(received) > ANSWER_BYTES_MAX:
                    break
            excerpt = bytes(received[:EXCERPT_BYTES_MAX]).decode("utf-8", "replace").replace("\0", "\ufffd")
            return Outcome.ANSWERED, response.status, answered, excerpt


class _PinnedBackend(httpcore2.AsyncNetworkBackend):
    """Connects to an address that was looked up and checked here and nowhere else.

    TLS above it still checks the certificate against the host's name.
    """

    def __init__(self, allowed: AllowList, resolve: Resolve) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        addresses = await addresses_of(host, port, self._allowed, self._resolve)
        failure: Exception | None = None
        for address in addresses:
            try:
                stream = await self._inner.connect_tcp(
                    str(address), port, min(CONNECT_S, timeout or CONNECT_S), local_address, socket_options
                )
                return _Stream(stream)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        assert failure is not None, "A host without an address was refused before."
        raise httpcore2.ConnectError(f"no connection to {host}: {type(failure).__name__}") from failure

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class _Stream(httpcore2.AsyncNetworkStream):
    """A connection that is closed also when the deadline strikes in the middle of the TLS handshake."""

    def __init__(self, inner: httpcore2.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
