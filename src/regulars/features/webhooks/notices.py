"""Notices: what a change wrote into its outbox row, decoded, and turned into the body of a webhook.

Inside: [{"type": "points.earned", "member": "17", "at": "2026-03-02T10:05:00Z", "data": {"transfer": 4711, …}}]
Outside: {"type": "points.earned", "timestamp": "2026-03-02T10:05:00Z", "data": {"member": "mem_…", …}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from regulars.kit import ids

# Numbers under these names are our ids and go out in their public form; everything else goes out as it is.
WIRE_IDS: Final = {
    "member": "mem",
    "merged_into": "mem",
    "merged_from": "mem",
    "event": "evt",
    "transfer": "trf",
    "reversed": "trf",
    "lot": "lot",
    "hold": "hld",
    "batch": "bat",
    "redemption": "rdm",
    "checkout": "chk",
}
# What rules say in an effect is theirs: a "lot" in it is no lot of ours.
EFFECT_IDS: Final = {"event": "evt"}
# A notice that is about no member in particular.
NOBODY: Final = ("", "0")
_TYPE = re.compile(r"[a-zA-Z0-9_.]{1,128}")


class Notice(msgspec.Struct, frozen=True):
    """One thing that happened: `at` is an RFC 3339 instant, `member` the member's id in digits or empty."""

    type: str
    at: str
    member: str = ""
    data: dict[str, Any] = {}


class NoticesUnreadable(Exception):
    """An outbox row does not hold a list of notices."""


_decoder = msgspec.json.Decoder(list[Notice], float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


def bodies_of(text: str) -> list[tuple[str, str]]:
    """Return type and body of each notice of an outbox row, as subscribers get it. Raises NoticesUnreadable."""
    return [(notice.type, encode_body(notice)) for notice in decode_notices(text)]


def decode_notices(text: str) -> list[Notice]:
    """Return the notices of one outbox row. Raises NoticesUnreadable."""
    try:
        found = _decoder.decode(text)
    except msgspec.DecodeError as error:
        raise NoticesUnreadable(str(error)) from error
    for notice in found:
        if not _TYPE.fullmatch(notice.type):
            raise NoticesUnreadable(f"{notice.type[:40]!r} is not a type")
    return found


def encode_body(notice: Notice) -> str:
    """Return the JSON body that subscribers get, with ids in their public form. Raises NoticesUnreadable."""
    try:
        prefixes = EFFECT_IDS if notice.type.startswith("effect.") else WIRE_IDS
        data = {name: _public(name, value, prefixes) for name, value in notice.data.items()}
        if notice.member not in NOBODY:
            data = {"member": ids.encode("mem", int(notice.member)), **data}
    except ValueError as error:
        raise NoticesUnreadable(str(error)) from error
    return _encoder.encode({"type": notice.type, "timestamp": notice.at, "data": data}).decode()


def _public(name: str, value: Any, prefixes: Mapping[str, str]) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and name in prefixes:
        return ids.encode(prefixes[name], value)
    if isinstance(value, dict):
        return {inner: _public(inner, item, prefixes) for inner, item in value.items()}
    if isinstance(value, list):
        return [_public(name, item, prefixes) for item in value]
    return value
