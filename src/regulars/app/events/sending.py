"""Sending a file through the public intake: in requests, with what was turned away written beside the file.

Going on after an interruption: how many messages were answered is kept in `<file>.sent` until the end. What was on its
way then is sent again, which is harmless for messages with an id.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import httpx2
import msgspec

from regulars.app.events.files import EventFile, is_segment
from regulars.core.events import Rejection, csv_column
from regulars.flows.intake import TAKEN
from regulars.kit.errors import Conflict, Unauthenticated, Unavailable

BATCH_EVENTS: Final = 250
# Below Segment's 500 KB a request, so that every source may take it.
BATCH_BYTES: Final = 400_000
ATTEMPTS_MAX: Final = 8
TIMEOUT_S: Final = 60.0

# Decimals of a file are sent as they are written there.
_encode = msgspec.json.Encoder(decimal_format="number").encode
Numbered = tuple[int, dict[str, Any]]


class IntakeRefused(Conflict):
    """The server did not take a request."""


class IntakeAway(Unavailable):
    """The server does not answer; what was sent is kept. Run the same command again to go on."""


class Sent(msgspec.Struct):
    """What was sent: messages answered, taken in, and turned away; `skipped` were answered in an earlier run."""

    messages: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    seconds: float = 0.0


class TurnedAway(msgspec.Struct, omit_defaults=True):
    """A line of the file of rejected messages."""

    place: int
    code: str
    message: str
    path: str = ""
    event: dict[str, Any] | None = None


class Sending:
    """One file on its way."""

    def __init__(self, client: httpx2.Client, write_key: str, file: EventFile, rejected: Path) -> None:
        """Send `file` with `write_key`; what is turned away goes to the file `rejected`, as JSON lines."""
        self._client = client
        self._key = write_key
        self._file = file
        self._rejected = rejected
        self._mark = file.path.with_name(f"{file.path.name}.sent")
        self.sent = Sent()

    def run(self, advance: Callable[[EventFile], None]) -> Sent:
        """Send everything that was not sent before. Raises IntakeRefused, IntakeAway, Unauthenticated."""
        began = time.monotonic()
        self.sent.skipped = self._before()
        if not self.sent.skipped:
            # That of an earlier sending of this file: what is refused now is written anew.
            self._rejected.unlink(missing_ok=True)
        messages = self._file.messages()
        for _ in islice(messages, self.sent.skipped):
            pass
        for batch in _batches(messages):
            self._send(batch)
            self._mark.write_bytes(_encode([self._file.size, self.sent.skipped + self.sent.messages]))
            advance(self._file)
        self._mark.unlink(missing_ok=True)
        self.sent.seconds = time.monotonic() - began
        return self.sent

    def _before(self) -> int:
        """Return how many messages were answered in an earlier run of the same file."""
        if not self._mark.exists():
            return 0
        size, messages = msgspec.json.decode(self._mark.read_bytes(), type=tuple[int, int])
        return messages if size == self._file.size else 0

    def _send(self, batch: list[tuple[int, dict[str, Any] | Rejection]]) -> None:
        good: list[Numbered] = []
        for place, message in batch:
            if isinstance(message, Rejection):
                self._turn_away(TurnedAway(place, message.code, message.message, message.path))
            else:
                good.append((place, message))
        for segment in (True, False):
            part = [(place, message) for place, message in good if is_segment(message) is segment]
            if part:
                (self._to_segment if segment else self._to_events)(part)
        self.sent.messages += len(batch)

    def _to_segment(self, part: list[Numbered]) -> None:
        answer = self._post("/v1/batch", {"batch": [message for _, message in part]})
        for one in answer.get("rejected", ()):
            self._turn_away(self._turned_away(part, one))
        self.sent.accepted += answer["accepted"]

    def _to_events(self, part: list[Numbered]) -> None:
        answer = self._post("/api/v1/events", {"events": [message for _, message in part]})
        for one in answer["results"]:
            if one["status"] in TAKEN:
                self.sent.accepted += 1
            else:
                self._turn_away(self._turned_away(part, one))

    def _turned_away(self, part: list[Numbered], answer: dict[str, Any]) -> TurnedAway:
        place, message = part[answer["index"]]
        code, path = answer.get("code") or answer.get("status", ""), answer.get("path", "")
        if self._file.of_columns:
            path = csv_column(path)
        return TurnedAway(place, code, answer.get("message", ""), path, message)

    def _turn_away(self, line: TurnedAway) -> None:
        self.sent.rejected += 1
        with self._rejected.open("ab") as file:
            file.write(_encode(line) + b"\n")

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        for attempt in range(ATTEMPTS_MAX):
            try:
                answer = self._client.post(
                    path,
                    content=_encode(body),
                    auth=(self._key, ""),
                    headers={"content-type": "application/json"},
                    timeout=TIMEOUT_S,
                )
            except httpx2.TransportError as error:
                raise IntakeAway from error
            if answer.status_code == 200:
                found: dict[str, Any] = answer.json()
                return found
            if answer.status_code == 401:
                raise Unauthenticated("There is no source with this write key.")
            if answer.status_code not in (429, 503):
                raise IntakeRefused(f"The server answered {answer.status_code}: {answer.text[:300]}")
            time.sleep(float(answer.headers.get("retry-after", attempt + 1)))
        raise IntakeAway


def _batches(
    messages: Iterator[tuple[int, dict[str, Any] | Rejection]],
) -> Iterator[list[tuple[int, dict[str, Any] | Rejection]]]:
    batch: list[tuple[int, dict[str, Any] | Rejection]] = []
    size = 0
    for place, message in messages:
        bytes_more = 0 if isinstance(message, Rejection) else len(_encode(message))
        if batch and (len(batch) == BATCH_EVENTS or size + bytes_more > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((place, message))
        size += bytes_more
    if batch:
        yield batch
