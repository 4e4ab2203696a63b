"""The intake's port: write keys from programs, events into accrual's collector. Joins slices that do not know each
other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog

from regulars.app.shared_lookups import SharedLookups
from regulars.app.system_events import UniteBrowsers
from regulars.core.events import AmountBase, Event, EventStatus, Origin, Rejection, encode_doc, payload_hash
from regulars.features.programs import Bearer, ConfigCache, ProgramConfig, source_by_write_key
from regulars.features.programs import Source as ConfiguredSource
from regulars.flows.accrual import Collector, Item, Receipt, Rulebooks, evaluation_of, micros, try_out
from regulars.flows.intake import ItemResult, Source
from regulars.infra.clock import Clock
from regulars.infra.db import Database, Transaction
from regulars.kit.errors import Unauthenticated

log = structlog.get_logger("regulars.intake")

# The console's list of violations shows the latest; more than these are counted, not kept.
REJECTIONS_KEPT = 500
# Events are numbered from their batch, a million of them each.
BATCH_SHIFT = 20


class AccrualPort:
    """What the intake asks for, answered by programs and accrual."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Find keys in `db` and rate events through a collector of its own."""
        self._db = db
        self.rulebooks = Rulebooks()
        self.collector = Collector(db, self.rulebooks, clock, UniteBrowsers(db, self.rulebooks))
        self._clock = clock
        self._configs = ConfigCache()
        self._keys = SharedLookups(self._read_source)
        self.rejections: deque[tuple[Source, Rejection]] = deque(maxlen=REJECTIONS_KEPT)

    async def source_by_write_key(self, key: str) -> Source | None:
        """Return the source of a write key.

        Its row is read after the request came, so that a revoked key is dead at once; requests that come together
        share the reading.
        """
        return await self._keys.find(key)

    async def _read_source(self, key: str) -> Source | None:
        async with self._db.transaction(read_only=True) as tx:
            try:
                bearer = await source_by_write_key(tx, key, self._clock.now())
            except Unauthenticated:
                return None
            config = await self._config(tx, bearer)
        if config is None or bearer.source_id is None:
            return None
        return source_for(config, config.sources[bearer.source_id])

    async def _config(self, tx: Transaction, bearer: Bearer) -> ProgramConfig | None:
        if bearer.program_id is None:
            return None
        return await self._configs.get(tx, bearer.program_id, bearer.revision)

    async def source_by_code(self, program_id: int, code: str | None) -> Source | None:
        """Return a program's source by code; without one, its first."""
        async with self._db.transaction(read_only=True) as tx:
            config = await self._configs.get(tx, program_id)
        if code is not None:
            found = config.sources_by_code.get(code)
            return None if found is None else source_for(config, found)
        live = (source for source in config.sources.values() if source.disabled_at is None)
        first = min(live, key=lambda source: source.id, default=None)
        return None if first is None else source_for(config, first)

    async def accept(
        self,
        source: Source,
        events: list[Event],
        *,
        received_at: datetime,
        dry_run: bool = False,
        effects: bool = False,
    ) -> list[ItemResult]:
        """Rate the events and answer after the commit; `dry_run` rates them and writes nothing."""
        foreign = {place for place, event in enumerate(events) if in_other_money(source, event)}
        items = [item_of(source, event) for place, event in enumerate(events) if place not in foreign]
        receipt, first = None, 0
        if items and dry_run:
            receipt = await try_out(self._db, self.rulebooks, source.program_id, items, micros(received_at))
        elif items:
            receipt, first = await self.collector.submit(source.program_id, items)
        places = iter(range(first, first + len(items)))
        return [
            other_money(source, event)
            if place in foreign or receipt is None
            else result_of(receipt, next(places), effects, explain=dry_run)
            for place, event in enumerate(events)
        ]

    def note_rejections(self, source: Source, rejections: Sequence[Rejection]) -> None:
        """Keep the latest malformed messages for whoever looks, and say so in the log (without their content)."""
        for rejection in rejections:
            self.rejections.append((source, rejection))
        log.info("rejected", source=source.code, count=len(rejections), code=rejections[0].code)


def source_for(config: ProgramConfig, source: ConfiguredSource) -> Source:
    """Return a configured source as the intake knows it, with the defaults its program and store give its events."""
    store = config.stores.get(source.store or "")
    origin = Origin(
        currency=config.currency,
        phone_region=config.region,
        amount_base=AmountBase(config.settings.amount_base),
        client_clock=source.client_side,
        store=source.store,
        region=store.region or None if store else None,
        channel=store.channel if store else None,
        partner=source.partner or (store.partner if store else None),
    )
    return Source(
        id=source.id,
        program_id=config.id,
        code=source.code,
        origin=origin,
        profile=source.profile,
        enabled=source.disabled_at is None,
        origins=source.origins,
        rate_per_second=source.rate_per_second,
        enrol=source.enrol,
    )


def in_other_money(source: Source, event: Event) -> bool:
    """Return whether an event is an order in another currency than its program's: its amounts cannot earn."""
    return event.order is not None and event.currency not in (None, source.origin.currency)


def other_money(source: Source, event: Event) -> ItemResult:
    """Return the refusal of such an order; nothing of it was stored."""
    ours = source.origin.currency
    return ItemResult(
        EventStatus.MALFORMED,
        message=f"The amounts are in {event.currency}, this program counts in {ours}: send them in {ours}.",
    )


def item_of(source: Source, event: Event) -> Item:
    """Return an event as accrual takes it."""
    doc = encode_doc(event)
    return Item(source.id, event, doc, micros(event.occurred_at), payload_hash(event, doc), source.enrol)


def result_of(receipt: Receipt, place: int, effects: bool, *, explain: bool = False) -> ItemResult:
    """Return what the sender of the event at `place` is told; `explain` adds why other rules did not apply."""
    answer = receipt.answers[place]
    outcome: msgspec.Raw | dict[str, Any] | None = None
    if effects and answer.status in (EventStatus.ACCEPTED, EventStatus.DUPLICATE):
        outcome = evaluation_of(receipt, place, explain=explain)
    return ItemResult(
        answer.status, _real_event(answer.event_id), _real_member(answer.member_id), answer.reason, outcome
    )


def _real_event(event_id: int | None) -> int | None:
    """Return an event's id, None for one that was only tried out: it is numbered from no batch."""
    return event_id if event_id is not None and event_id >> BATCH_SHIFT else None


def _real_member(member_id: int | None) -> int | None:
    """Return a member's id, None for somebody who would join by the event that was tried out."""
    return member_id if member_id is not None and member_id > 0 else None
