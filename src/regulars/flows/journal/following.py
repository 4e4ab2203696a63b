"""The journal live: each batch once it is committed, also when it commits after one with a higher number.

Batches are numbered when they begin and seen when they commit, so a reader who remembers only the highest
number passes
over late ones. `Watermark` remembers the number below which everything is settled, and what it has seen
above; a number
that never comes (a transaction that was undone) is given up after longer than any transaction may live.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from regulars.flows.journal.entries import BATCH_SHIFT, Entry, Journal, Stored, queries
from regulars.flows.journal.parked import ParkedEntry, ParkedRow, shown
from regulars.infra.clock import Clock
from regulars.infra.db import Database, Transaction
from regulars.kit import ids

# How late an event is shown at the most; two small statements a reader and poll.
POLL_S = 0.4
# Longer than a worker's statement may take and its session may idle in a transaction.
GAP_S = 150
# Batches, and events of them, read at once (one batch has no more): a reader who was away for long, or reads slowly,
# catches up in steps.
BATCHES_MAX = 200
EVENTS_MAX = 2_500
# Numbers between the watermark and the highest seen that are remembered; beyond it the oldest gaps are given
# up.
AHEAD_MAX = 10_000


class Watermark:
    """Which batches a reader has seen. Everything up to `settled` is seen, or will never come."""

    def __init__(self, settled: int) -> None:
        """Have seen everything up to the batch `settled`."""
        self.settled = settled
        self._seen: set[int] = set()
        self._gaps: dict[int, datetime] = {}

    @property
    def ahead(self) -> int:
        """How many batches above `settled` were seen."""
        return len(self._seen)

    def next_of(self, batches: Iterable[tuple[int, int]]) -> list[int]:
        """Return as many numbers of `batches` (number and events, in order) as are read at once: BATCHES_MAX new ones
        with EVENTS_MAX events, but at least one.
        """
        numbers, new, events = [], 0, 0
        for number, count in batches:
            if number not in self._seen:
                new, events = new + 1, events + count
                if new > 1 and (new > BATCHES_MAX or events > EVENTS_MAX):
                    break
            numbers.append(number)
        return numbers

    def fresh(self, numbers: Iterable[int], now: datetime) -> list[int]:
        """Return those of `numbers` (all that are visible above `settled`, in order) that were not seen
        before."""
        new = [number for number in numbers if number > self.settled and number not in self._seen]
        highest = max((self.settled, *new, *self._gaps))
        self._seen.update(new)
        top = max(self._seen, default=highest)
        for number in range(self.settled + 1, top):
            if number not in self._seen:
                self._gaps.setdefault(number, now)
        self._settle(now, top)
        return new

    def _settle(self, now: datetime, top: int) -> None:
        while self.settled < top:
            number = self.settled + 1
            since = self._gaps.get(number)
            late = since is not None and now - since < timedelta(seconds=GAP_S)
            if number not in self._seen and late and top - number < AHEAD_MAX:
                return
            self._seen.discard(number)
            self._gaps.pop(number, None)
            self.settled = number


class Turned(msgspec.Struct, frozen=True):
    """A message that this process turned away at its door."""

    source: str
    index: int
    key: str
    code: str
    message: str
    path: str
    seen_at: datetime


class Ready(msgspec.Struct, frozen=True):
    """The first thing a reader hears: whatever happens from now on will be told."""

    ready: bool
    since: datetime


Seen = Entry | ParkedEntry | Turned | Ready


class News(msgspec.Struct, frozen=True):
    """Something new: `settled` is where a reader who comes back may go on, having read this and what came before it
    (some things may then come twice)."""

    what: Seen
    settled: int


async def follow(
    db: Database,
    clock: Clock,
    program_id: int,
    *,
    after: int | None = None,
    rejections: Callable[[], Sequence[Any]] = tuple,
    pause_s: float = POLL_S,
) -> AsyncIterator[News]:
    """Yield what happens in a program from now on, or from the batch `after` on, without an end; first that it looks.

    `rejections()` returns the latest (source, rejection) pairs this process turned away, oldest first.
    """
    async with db.transaction(read_only=True) as tx:
        journal = await Journal.open(tx, program_id)
        highest = int(await tx.value(queries.select_highest_batch))
    # A database that was restored from a backup counts from where it was: nobody waits for what is long behind her.
    start = highest if after is None else min(after, highest)
    watermark = Watermark(start)
    turned = _Turned(program_id, rejections)
    yield News(Ready(True, clock.now()), start)
    while True:
        before = watermark.settled
        more, found = await _poll(db, clock, journal, watermark)
        news = (*found, *turned.fresh(clock.now()))
        for place, what in enumerate(news, 1):
            # Who leaves before the last of them has not read all that this look settled.
            yield News(what, watermark.settled if place == len(news) else before)
        if not more:
            await asyncio.sleep(pause_s)


async def _poll(
    db: Database, clock: Clock, journal: Journal, watermark: Watermark
) -> tuple[bool, list[Seen]]:
    program_id = journal.config.id
    async with db.transaction(read_only=True) as tx:
        limit = BATCHES_MAX + watermark.ahead
        rows = await tx.all(queries.select_batches_after, after=watermark.settled, limit=limit)
        step = watermark.next_of((row[0], row[3] if row[1] == program_id else 0) for row in rows)
        more = len(rows) == limit or len(step) < len(rows)
        new = set(watermark.fresh(step, clock.now()))
        own = [row for row in rows if row[0] in new and row[1] == program_id and row[3]]
        return more, await _told(tx, journal, own) if own else []


async def _told(tx: Transaction, journal: Journal, batches: Sequence[tuple[Any, ...]]) -> list[Seen]:
    """Return what happened in some batches of the program, in the order in which it came."""
    received_at = [row[2] for row in batches]
    place = {"program_id": journal.config.id, "received_at": received_at}
    stored = await tx.all(
        queries.select_events_of_batches, row=Stored, batch_ids=[row[0] for row in batches], **place
    )
    # What had waited comes after the order it waited for; both are told as the batch told them.
    told_at = {row[0]: row[2] for row in batches}
    stored.sort(
        key=lambda row: (row.received_at, told_at.get(row.id >> BATCH_SHIFT) != row.received_at, row.id)
    )
    if any(row.source_id > 0 and row.source_id not in journal.config.sources for row in stored):
        journal.config = (await Journal.open(tx, journal.config.id)).config
    parked = await tx.all(queries.select_parked_of_batches, row=ParkedRow, **place)
    told: list[Seen] = [
        *await journal.entries(tx, stored),
        *(shown(journal.config, row) for row in parked),
    ]
    return sorted(told, key=_received_at)


def _received_at(one: Seen) -> datetime:
    assert isinstance(one, Entry | ParkedEntry)
    return one.received_at


class _Turned:
    """Messages turned away since the last look. The list keeps only the latest, so they are told apart by
    being the same."""

    def __init__(self, program_id: int, rejections: Callable[[], Sequence[Any]]) -> None:
        self._program_id = program_id
        self._rejections = rejections
        self._last = next(reversed(tuple(rejections())), None)

    def fresh(self, now: datetime) -> list[Turned]:
        new: list[Any] = []
        for pair in reversed(tuple(self._rejections())):
            if pair is self._last:
                break
            new.append(pair)
        if new:
            self._last = new[0]
        return [
            Turned(
                source.code,
                rejection.index,
                rejection.key,
                rejection.code,
                rejection.message,
                rejection.path,
                now,
            )
            for source, rejection in reversed(new)
            if source.program_id == self._program_id
        ]


def last_batch(text: str | None) -> int | None:
    """Return the batch that a reader's `Last-Event-ID` names, None where it names none."""
    try:
        return None if not text else ids.decode("bat", text)
    except ValueError:
        return None
