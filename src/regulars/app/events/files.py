"""Files of events, read message by message: JSON (one, a list, {"events": …}, {"batch": …}), JSON lines, CSV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from regulars.core.events import Malformed, Rejection, csv_messages
from regulars.kit.errors import Invalid

# A JSON file is read as a whole; larger ones are better written as JSON lines.
JSON_BYTES_MAX: Final = 64 * 2**20
LINES = (".jsonl", ".ndjson")
# What only Segment's messages have; the plain form names the member in `member`.
_SEGMENT: Final = frozenset({"messageId", "userId", "anonymousId", "event"})


# Bytes that are no UTF-8 spoil their own line alone.
_TORN: Final = "surrogateescape"


class UnreadableEvents(Invalid):
    """The file holds no events: write JSON, JSON lines or CSV."""


class EventFile:
    """A file of events. `read` = bytes read so far, of `size`."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is opened when its messages are asked for."""
        self.path = path
        self.size = path.stat().st_size
        self.read = 0
        self.of_columns = path.suffix.lower() == ".csv"

    def messages(self) -> Iterator[tuple[int, dict[str, Any] | Rejection]]:
        """Yield (place, message or why it cannot be read); place = line, row or position, from 1."""
        if self.of_columns:
            with self.path.open(encoding="utf-8-sig", newline="", errors=_TORN) as file:
                try:
                    yield from csv_messages(self._lines(file))
                except Malformed as mistake:
                    raise UnreadableEvents(mistake.message) from mistake
        elif self.path.suffix.lower() in LINES:
            with self.path.open(encoding="utf-8-sig", errors=_TORN) as file:
                for number, line in enumerate(self._lines(file), 1):
                    if line.strip():
                        yield number, _object(number, line)
        else:
            yield from enumerate(self._whole(), 1)

    def _lines(self, file: IO[str]) -> Iterator[str]:
        for line in file:
            self.read += len(line.encode(errors=_TORN))
            yield line

    def _whole(self) -> list[dict[str, Any] | Rejection]:
        if self.size > JSON_BYTES_MAX:
            raise UnreadableEvents(
                f"The file has more than {JSON_BYTES_MAX // 2**20} MB; write it as JSON lines (.jsonl)."
            )
        try:
            value = msgspec.json.decode(self.path.read_bytes())
        except msgspec.DecodeError as mistake:
            raise UnreadableEvents(f"The file is not JSON: {mistake}.") from mistake
        self.read = self.size
        if isinstance(value, dict):
            value = value.get("events") or value.get("batch") or [value]
        if not isinstance(value, list):
            raise UnreadableEvents
        return [
            item if isinstance(item, dict) else _rejection(place, "An event is an object.")
            for place, item in enumerate(value, 1)
        ]


def is_segment(message: dict[str, Any]) -> bool:
    """Return whether a message is one of Segment's, to be sent to /v1/batch; others are in the plain form."""
    return not _SEGMENT.isdisjoint(message)


def _object(number: int, line: str) -> dict[str, Any] | Rejection:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeEncodeError) as mistake:
        return _rejection(number, f"The line is not JSON: {mistake}.")
    if not isinstance(value, dict):
        return _rejection(number, "An event is an object.")
    # In a line of a file of rejected ones stands the event, repaired.
    event = value.get("event")
    return event if isinstance(event, dict) else value


def _rejection(place: int, message: str) -> Rejection:
    return Rejection(place, "", "malformed_row", message)
