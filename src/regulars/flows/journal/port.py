"""What the journal asks of the rest of the platform: messages that were turned away, and events rated.
`app/` plugs it in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from regulars.core.events import Event, EventStatus, Rejection
from regulars.core.rules import Language


class PortSource(Protocol):
    """A source as the intake knows it."""

    @property
    def program_id(self) -> int:
        """The program its events belong to."""

    @property
    def code(self) -> str:
        """Its code."""


class Result(Protocol):
    """What became of an event."""

    @property
    def status(self) -> EventStatus:
        """What became of it."""

    @property
    def event_id(self) -> int | None:
        """Its number, where it was taken in."""

    @property
    def message(self) -> str:
        """Why it was not taken in."""


RejectedMessage = tuple[PortSource, Rejection]


class JournalPort(Protocol):
    """The intake's port, as far as the journal needs it."""

    @property
    def rejections(self) -> Sequence[Any]:
        """The latest messages this process turned away: (source, rejection), oldest first."""

    async def source_by_code(self, program_id: int, code: str | None) -> Any:
        """Return a program's source, None for a code that does not exist."""

    async def accept(
        self,
        source: Any,
        events: list[Event],
        *,
        received_at: datetime,
        dry_run: bool = False,
        effects: bool = False,
        explain: bool = False,
        language: Language = "en",
    ) -> Sequence[Any]:
        """Return one result for each event after committing their effects; `dry_run` evaluates and writes nothing.

        `effects` adds the evaluation, `explain` to it why other rules did not fire, in a language.
        """
