"""Bodies of requests, read with bounds: bytes counted as they arrive, gzip unpacked with a cap, JSON read strictly."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect

from regulars.kit.errors import Rejected
from regulars.kit.strict_json import decode_strict

# A configuration document (a ruleset with 1,000 rules) has 700 KB; what takes more says so (`bodies_up_to`).
BODY_BYTES_MAX = 2 * 1024 * 1024
# zlib writes at most this much before it is asked again; the memory of a bomb is bounded by it.
_UNPACK_STEP_BYTES = 64 * 1024


class BodyTooLarge(Rejected):
    """The body is larger than what is accepted here."""

    status = 413


class BodyNotUnpacked(Rejected):
    """The body cannot be unpacked: Content-Encoding may be gzip, deflate or identity."""

    status = 400


async def read_body(request: Request, bytes_max: int) -> bytes:
    """Return the body, unpacked when Content-Encoding says gzip or deflate.

    Raises BodyTooLarge as soon as more than `bytes_max` bytes have come, packed or unpacked (with `bytes_max`), and
    BodyNotUnpacked for a broken or unknown encoding. What was sent is never held beyond the bound.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > bytes_max:
        raise BodyTooLarge(bytes_max=bytes_max)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return await _whole(request, bytes_max)
    if encoding in ("gzip", "x-gzip", "deflate"):
        return await _unpacked(request.stream(), bytes_max)
    raise BodyNotUnpacked(encoding=encoding[:40])


async def _whole(request: Request, bytes_max: int) -> bytes:
    """Return a body that is not packed. Most come in one piece, for which `Request.stream` needs a generator.

    Raises ClientDisconnect as that does.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > bytes_max:
            raise BodyTooLarge(bytes_max=bytes_max)
        parts.append(chunk)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _unpacked(chunks: AsyncIterator[bytes], bytes_max: int) -> bytes:
    """Unpack one gzip or zlib stream; the 32 tells zlib to recognise which by its first bytes."""
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    unpacked = bytearray()
    packed_size = 0
    try:
        async for chunk in chunks:
            packed_size += len(chunk)
            if packed_size > bytes_max:
                raise BodyTooLarge(bytes_max=bytes_max)
            while chunk:
                unpacked += unpacker.decompress(chunk, _UNPACK_STEP_BYTES)
                if len(unpacked) > bytes_max:
                    raise BodyTooLarge(bytes_max=bytes_max)
                if unpacker.eof:
                    if unpacker.unused_data:
                        raise BodyNotUnpacked("The body goes on after the end of its gzip stream.")
                    break
                chunk = unpacker.unconsumed_tail
    except zlib.error:
        raise BodyNotUnpacked("The body is not a valid gzip stream.") from None
    if not unpacker.eof:
        raise BodyNotUnpacked("The gzip stream ends too early.")
    return bytes(unpacked)


class MalformedAddress(Rejected):
    """The address holds U+0000."""

    status = 400


class StrictRequest(Request):
    """A request whose body is bounded and whose JSON is read strictly; what StrictRoute gives to its endpoints."""

    bytes_max = BODY_BYTES_MAX

    def refuse_nul(self) -> None:
        """Refuse an address with U+0000 in it, which no text in the database can hold. Raises MalformedAddress."""
        if "\0" in self.scope["path"] or b"%00" in self.scope["query_string"]:
            raise MalformedAddress

    async def read_strictly(self) -> None:
        """Read the body, and its JSON if it is said to be JSON; forms are left to be streamed.

        Raises BodyTooLarge, BodyNotUnpacked, MalformedJson. Called before the endpoint's own handler, which would turn
        these into a nameless 400.
        """
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type.startswith(("multipart/", "application/x-www-form-urlencoded")):
            return
        body = await self.body()
        if body and (media_type == "application/json" or media_type.endswith("+json")):
            await self.json()

    async def body(self) -> bytes:
        """Return the body, unpacked, of at most `bytes_max` bytes; read once and kept."""
        if not hasattr(self, "_strict_body"):
            self._strict_body = await read_body(self, self.bytes_max)
        return self._strict_body

    async def json(self) -> Any:
        """Return the value of the JSON body; numbers are int or Decimal. Raises MalformedJson."""
        if not hasattr(self, "_strict_json"):
            self._strict_json = decode_strict(await self.body(), bytes_max=self.bytes_max)
        return self._strict_json
