"""The intake's port: write keys from programs, events into accrual's collector. Joins slices that do not know each
other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import structlog

from regulars.app.known_sources import KnownSources
from regulars.app.system_events import UniteBrowsers
from regulars.core.events import Event, EventStatus, Rejection, encode_doc, payload_hash
from regulars.core.rules import Language
from regulars.flows.accrual import (
    ERASED,
    NOTHING_LEFT,
    OTHERS,
    TOLD_ANEW,
    Collector,
    Item,
    Outcome,
    ProgramMoved,
    Receipt,
    Rulebooks,
    evaluation_of,
    micros,
    try_out,
)
from regulars.flows.intake import ItemResult, Source, SourceChanged, SourceDisabled, Taken
from regulars.infra.clock import Clock
from regulars.infra.db import Database
from regulars.kit.money import format_money

log = structlog.get_logger("regulars.intake")

# The console's list of violations shows the latest; more than these are counted, not kept.
REJECTIONS_KEPT = 500
# Events are numbered from their batch, a million of them each.
BATCH_SHIFT = 20
# A return that names a hundred products of another order is told about the first.
_PRODUCTS_SHOWN = 5


class AccrualPort:
    """What the intake asks for, answered by programs and accrual."""

    def __init__(self, db: Database, clock: Clock, came: Callable[[str], None] = lambda _: None) -> None:
        """Find keys in `db` and rate events through a collector of its own; `came` is told the prefix of each key."""
        self._db = db
        self.rulebooks = Rulebooks()
        self.collector = Collector(db, self.rulebooks, clock, UniteBrowsers(db, self.rulebooks))
        self._sources = KnownSources(db, clock, came)
        self.rejections: deque[tuple[Source, Rejection]] = deque(maxlen=REJECTIONS_KEPT)

    async def source_by_write_key(self, key: str) -> Source | None:
        """Return the source of a write key, from memory where it is known: `accept` sees whether it still is valid."""
        return await self._sources.by_write_key(key)

    async def renewed(self, source: Source) -> Source:
        """Return a source as it is now. Refuses with InvalidKey when its key is no longer valid."""
        return await self._sources.renewed(source)

    async def source_by_code(self, program_id: int, code: str | None) -> Source | None:
        """Return a program's source by code; without one, its first."""
        return await self._sources.by_code(program_id, code)

    def take(self, source: Source, event: Event) -> Taken:
        """Return an event as accrual keeps it: as its document, with what a batch asks about it."""
        return taken(source, event)

    async def accept(
        self,
        source: Source,
        events: Sequence[Taken],
        *,
        received_at: datetime,
        dry_run: bool = False,
        effects: bool = False,
        explain: bool = False,
        language: Language = "en",
    ) -> list[ItemResult]:
        """Rate the events and answer after the commit; `dry_run` rates them and writes nothing.

        `explain` adds to `effects` why other rules did not fire, in a language.
        """
        items = [event if isinstance(event, Item) else item_of(source, event) for event in events]
        if dry_run:
            await self._sources.renewed(source)  # what is tried out shows balances, and looks at no revision
            first = 0
            receipt = await try_out(self._db, self.rulebooks, source.program_id, items, micros(received_at))
        else:
            receipt, first = await self._submit(source, items)
        return [
            result_of(receipt, place, effects, explain=explain, language=language)
            for place in range(first, first + len(items))
        ]

    async def _submit(self, source: Source, items: list[Item]) -> tuple[Receipt, int]:
        """Let items be rated for a source, which is read again as often as its program changes underneath."""
        while True:
            try:
                return await self.collector.submit(source.program_id, items, source.revision)
            except ProgramMoved:
                known, source = source, await self._sources.renewed(source)
                if not source.enabled:
                    raise SourceDisabled from None
                if source.signing_secret not in (None, known.signing_secret):
                    raise SourceChanged(retry_after=1) from None

    def note_rejections(self, source: Source, rejections: Sequence[Rejection]) -> None:
        """Keep the latest malformed messages for whoever looks, and say so in the log (without their content)."""
        for rejection in rejections:
            self.rejections.append((source, rejection))
        log.info("rejected", source=source.code, count=len(rejections), code=rejections[0].code)


def taken(source: Source, event: Event) -> Taken:
    """Return an event in the form of a large batch: as its document, with what is asked about it before it is decided.

    A thousand events together are more than the processor's cache holds; reading one again costs a microsecond.
    """
    item = item_of(source, event)
    item.note()
    item.let_go()
    return item


def item_of(source: Source, event: Event) -> Item:
    """Return an event as accrual takes it."""
    doc = encode_doc(event)
    return Item(source.id, event, doc, micros(event.occurred_at), payload_hash(event, doc), source.enrol)


def result_of(
    receipt: Receipt, place: int, effects: bool, *, explain: bool = False, language: Language = "en"
) -> ItemResult:
    """Return what the sender of the event at `place` is told; `explain` adds why other rules did not apply."""
    answer = receipt.answers[place]
    outcome: msgspec.Raw | dict[str, Any] | None = None
    if effects and answer.status in (EventStatus.ACCEPTED, EventStatus.DUPLICATE):
        outcome = evaluation_of(receipt, place, explain=explain, language=language)
    item, book = receipt.items[place], receipt.rulebook
    store = None if item.place is None else item.place.store
    return ItemResult(
        answer.status,
        _real_event(answer.event_id),
        _real_member(answer.member_id),
        answer.reason or (_amiss(answer.outcome, book.currency) if item.corrects else ""),
        outcome,
        # A program without stores counts by none: any name will do.
        store if store and book.stores and store not in book.stores else None,
    )


_TAKES_NOTHING: Final = {
    NOTHING_LEFT: "Nothing was left of its order: it takes nothing back.",
    TOLD_ANEW: "Its order was updated since: the update says what is left of it.",
    OTHERS: "The order is another partner's, for whom this source does not speak: it takes nothing back.",
    ERASED: "Who made its order was erased: it takes nothing back.",
}


def _amiss(outcome: Outcome | None, currency: str) -> str:
    """Return what a return named that its order does not have: it was taken in, and took less back than it says."""
    if outcome is None:
        return ""
    if outcome.cause in _TAKES_NOTHING:
        return _TAKES_NOTHING[outcome.cause]
    if outcome.beyond:
        more = f"{format_money(outcome.beyond, currency)} {currency}"
        return f"{more} more than was left of its order: that takes nothing back."
    if not outcome.not_in_order:
        return ""
    shown = [f"{units} × `{product}`" for product, units in outcome.not_in_order[:_PRODUCTS_SHOWN]]
    more = " and more" if len(outcome.not_in_order) > _PRODUCTS_SHOWN else ""
    return f"Its order does not have, or no longer has, {', '.join(shown)}{more}: nothing was taken back for that."


def _real_event(event_id: int | None) -> int | None:
    """Return an event's id, None for one that was only tried out: it is numbered from no batch."""
    return event_id if event_id is not None and event_id >> BATCH_SHIFT else None


def _real_member(member_id: int | None) -> int | None:
    """Return a member's id, None for somebody who would join by the event that was tried out."""
    return member_id if member_id is not None and member_id > 0 else None
