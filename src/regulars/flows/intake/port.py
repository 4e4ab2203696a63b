"""What the intake asks of the rest of the platform: who sends, and what became of the events. `app/` plugs it in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from regulars.core.events import Event, EventStatus, Origin, Rejection
from regulars.kit.errors import Unavailable


class KeyOfSource(msgspec.Struct, frozen=True):
    """A write key without its secret: enough to find it again, not enough to use it."""

    prefix: str
    secret_hash: bytes


class Source(msgspec.Struct, frozen=True):
    """A place that events come from, as its write key names it.

    `origin`: the defaults its events get. `profile`: segment | rudder | system, which bounds its requests.
    `origins`: web origins that browsers may send from ("*" is every one). `rate_per_second`: requests, sustained.
    `enrol`: whoever it does not know becomes a member. `signing_secret`: what its requests are signed
    with, where they must be. `revision`: of its program's configuration, when this was read;
    `key` and `key_ends_at`: the write key that named it.
    """

    id: int
    program_id: int
    code: str
    origin: Origin = Origin()
    profile: str = "segment"
    enabled: bool = True
    origins: tuple[str, ...] = ()
    rate_per_second: int = 1000
    enrol: bool = False
    revision: int | None = None
    signing_secret: str | None = None
    key: KeyOfSource | None = None
    key_ends_at: datetime | None = None

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show which it is, and never its secret."""
        return [("code", self.code)]

    def __repr__(self) -> str:
        """Show which it is, and never its secret."""
        return f"Source({self.code!r})"


class ItemResult(msgspec.Struct, frozen=True):
    """What became of one event. `outcome` is the evaluation (effects, rules_fired, rules_not_fired, member), as JSON.

    For a duplicate it is the outcome of the first time. `message` says, in a sentence, why a refusal was one.
    `unknown_store`: the code the event names that no store of the program has; it counts all the same.
    """

    status: EventStatus
    event_id: int | None = None
    member_id: int | None = None
    message: str = ""
    outcome: dict[str, Any] | msgspec.Raw | None = None
    unknown_store: str | None = None


class IntakeOverloaded(Unavailable):
    """The intake has more to do than it can do in time; send it again a little later."""

    # `retry_after` (whole seconds) may be given as a fact.


Taken = Any
"""What `IntakePort.take` made of an event; nobody but the port looks into it."""


class IntakePort(Protocol):
    """The intake's needs. `accept` answers only after its commit: what was accepted is on disk."""

    async def source_by_write_key(self, key: str) -> Source | None:
        """Return the source of a write key (also a disabled one), None for a key that does not exist.

        It may be what was read a while ago: `accept` refuses when the key was revoked since.
        """

    async def renewed(self, source: Source) -> Source:
        """Return a source as it is now. Raises Unauthenticated when its key was revoked."""

    async def source_by_code(self, program_id: int, code: str | None) -> Source | None:
        """Return a program's source by its code, or its default source for API keys when no code is given."""

    def take(self, source: Source, event: Event) -> Taken:
        """Return an event in the form in which `accept` keeps it, so that a large batch need not be held as events."""

    async def accept(
        self,
        source: Source,
        events: Sequence[Taken],
        *,
        received_at: datetime,
        dry_run: bool = False,
        effects: bool = False,
        explain: bool = False,
    ) -> list[ItemResult]:
        """Return one result for each event, in order, after committing their effects; an event may have been taken.

        `dry_run` evaluates and writes nothing. `effects`: the caller wants `outcome`; `explain`: with the rules
        that did not fire and why, which takes about as long again as rating. Raises IntakeOverloaded when the
        queue of waiting batches is full, Unavailable when the database is away, and Unauthenticated when the key of
        `source` was revoked: nothing was then accepted.
        """

    def note_rejections(self, source: Source, rejections: list[Rejection]) -> None:
        """Take notice of malformed messages, for the console's list of violations; does not wait."""
