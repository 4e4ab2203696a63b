"""A URL that somebody else typed, taken apart strictly, and the addresses behind its host."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import msgspec

from regulars.infra.http_out.addresses import Address, AllowList, is_public
from regulars.kit.errors import Invalid

# Asks the name service: host, port → addresses. Raises OSError when there is no answer.
Resolve: TypeAlias = Callable[[str, int], Awaitable[list[Address]]]

URL_LETTERS_MAX: Final = 2_048
# A name server that hangs must not take the threads of the others, so names are looked up in threads of their own.
LOOKUPS_MAX: Final = 32
LOOKUP_WAIT_S: Final = 5.0
# At least two labels and a last one that begins with a letter: 127.1, 0x7f.1 and 2130706433 are not names.
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\.?")
_threads = ThreadPoolExecutor(LOOKUPS_MAX, thread_name_prefix="lookup")


class UrlRefused(Invalid):
    """This URL cannot be called."""


class AddressRefused(UrlRefused):
    """The host of this URL is not on the public Internet."""


class Target(msgspec.Struct, frozen=True):
    """A URL in its parts: `host` is a lower-case name or an address, `path` begins with / and holds the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Return host and port as the Host header wants them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


def parse_url(url: str, allowed: AllowList) -> Target:
    """Take a URL apart; no network is asked.

    Raises UrlRefused unless it is https (http for allow-listed hosts) with a full name or a plain address and neither
    credentials nor fragment. Numbers that only some resolvers take for an address (127.1, 0x7f000001, 017700000001)
    are refused.
    """
    if len(url) > URL_LETTERS_MAX or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise UrlRefused(
            f"A URL is at most {URL_LETTERS_MAX} printable ASCII letters without spaces or backslashes."
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UrlRefused(f"This is not a URL: {error}.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UrlRefused("A URL begins with https:// and a host.")
    if "@" in parts.netloc or parts.fragment:
        raise UrlRefused("A URL carries neither credentials nor a fragment; secrets go into the signature.")
    host = _checked_host(parts.hostname, allowed)
    port = (443 if parts.scheme == "https" else 80) if port is None else port
    if port == 0:
        raise UrlRefused("Port 0 cannot be called.")
    if parts.scheme == "http" and not allowed.allows_host(host, port):
        raise UrlRefused("A URL begins with https://; plain http only reaches hosts the operator allows.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


async def check_url(url: str, allowed: AllowList, resolve: Resolve | None = None) -> Target:
    """Take a URL apart and look up its host, as it is done again for each connection.

    Raises UrlRefused, and AddressRefused when the name is unknown or any of its addresses is not public.
    """
    target = parse_url(url, allowed)
    await addresses_of(target.host, target.port, allowed, resolve or look_up)
    return target


async def addresses_of(host: str, port: int, allowed: AllowList, resolve: Resolve) -> list[Address]:
    """Return the addresses of a host, every one of them public or allowed. Raises AddressRefused otherwise.

    One private address among public ones refuses them all: such an answer is an attempt to rebind.
    """
    try:
        found = [ipaddress.ip_address(host)]
    except ValueError:
        try:
            async with asyncio.timeout(LOOKUP_WAIT_S):
                found = await resolve(host, port)
        except (OSError, TimeoutError, UnicodeError) as error:
            raise AddressRefused(f"The host {host} cannot be found.") from error
    if not found:
        raise AddressRefused(f"The host {host} has no address.")
    named = allowed.allows_host(host, port)
    if not named and not all(is_public(address) or allowed.allows_address(address) for address in found):
        raise AddressRefused(f"The host {host} is not on the public Internet.")
    return found


async def look_up(host: str, port: int) -> list[Address]:
    """Ask the system's resolver for a host's addresses, in the order it prefers. Raises OSError."""
    loop = asyncio.get_running_loop()
    answers = await loop.run_in_executor(_threads, _getaddrinfo, host, port)
    return list(dict.fromkeys(ipaddress.ip_address(answer) for answer in answers))


def _getaddrinfo(host: str, port: int) -> list[str]:
    return [str(answer[4][0]) for answer in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _checked_host(host: str, allowed: AllowList) -> str:
    host = host.lower()
    if "%" in host:
        raise UrlRefused("The address in a URL carries no zone.")
    try:
        # Only the usual spelling of an address is one: no octal, hexadecimal or short forms.
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    if any(name == host for name, _ in allowed.hosts):
        return host
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise UrlRefused("The host of a URL is a full domain name or a plain address.")
    return host.removesuffix(".")
