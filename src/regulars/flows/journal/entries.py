"""Entries of the journal: an event with its verdict, the reason for it and a summary of what it did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from regulars.core.events import STATUS_BY_NUMBER, EventStatus
from regulars.features.programs import ProgramConfig, load_config
from regulars.features.rulesets import version_of
from regulars.flows.journal.errors import UnknownEvent
from regulars.infra.db import Transaction, load_queries
from regulars.kit import ids
from regulars.kit.cursor import encode_cursor
from regulars.kit.points import format_points

queries = load_queries(__package__)

# Ids of a batch's rows are (batch id << BATCH_SHIFT) + position.
BATCH_SHIFT = 20
# A page is looked for in windows of batches that grow; a filter nothing passes must not read the whole history.
FIRST_WINDOW_BATCHES = 16
WINDOWS_MAX = 10

SENTENCES = {
    EventStatus.UNKNOWN_MEMBER: "Of nobody known; it can be claimed.",
    EventStatus.WAITING_FOR_ORDER: "Its order has not come yet.",
    EventStatus.PARKED: "It could not be decided and was set aside.",
}
CAUSES = {
    "no_rules": "No rules were published when this happened.",
    "earning_blocked": "The member does not earn at present.",
    "nothing_left_of_the_order": "Nothing is left of the order.",
    "more_than_was_left": "More was given back than was left of the order.",
    "member_erased": "Who made the order was erased.",
    "order_of_another_partner": "The order is another partner's.",
    "order_updated_since": "The order was updated since: the update counts.",
}


class Granted(msgspec.Struct, array_like=True):
    """The part of an award that a summary needs."""

    transfer_id: int
    point_type_id: int
    funding_account_id: int
    amount: int


class Deducted(msgspec.Struct, array_like=True):
    """The part of a deduction that a summary needs."""

    transfer_id: int
    point_type_id: int
    rule: int
    amount: int


class Capped(msgspec.Struct, array_like=True):
    """What a cap of a point type took off a rule's award; `version` whose rule it is, 0 = its outcome's."""

    rule: int
    point_type: str
    cap: str
    most: int
    cut: int
    version: int = 0


class Outcome(msgspec.Struct):
    """The part of an event's outcome that a summary needs; `entries` are (tier set, tier, point type, points)."""

    version: int = 0
    fired: list[int] = []
    granted: list[Granted] = []
    taken_back: list[tuple[int, int]] = []
    deducted: list[Deducted] = []
    given_back: list[tuple[int, int]] = []
    effects: list[tuple[int, str]] = []
    tiers: list[tuple[str, str | None, str]] = []
    entries: list[tuple[str, str, str, int]] = []
    limited: list[tuple[int, int, int]] = []
    capped: list[Capped] = []
    cause: str | None = None
    order_event_id: int | None = None
    order_effects: list[tuple[str, str, str, Any]] = []


class Told(msgspec.Struct):
    """The part of an event's normal form that a journal shows."""

    key: str = ""
    order: dict[str, Any] | None = None
    store: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    identifiers: dict[str, str] = {}

    @property
    def known_as(self) -> str | None:
        """By what the sender called the member."""
        return self.user_id or next(iter(self.identifiers.values()), None) or self.anonymous_id


class Stored(msgspec.Struct, frozen=True):
    """A row of `events.event`."""

    member_id: int
    id: int
    source_id: int
    status: int
    type: str
    occurred_at: datetime
    received_at: datetime
    doc: str | None
    outcome: str | None


class Entry(msgspec.Struct, frozen=True):
    """One event of the journal. `points` = decimal text by point type, what it gave less what it took.

    `reason_code` and `reason_facts` = what `reason` says, for machines;
    `known_as` = by what its sender called the member, `rules` = the codes of the rules that fired, `tier` = the tier
    the member entered by it.
    """

    id: str
    type: str
    status: EventStatus
    reason: str
    reason_code: str
    reason_facts: dict[str, list[str]]
    member: str | None
    known_as: str | None
    source: str | None
    key: str
    occurred_at: datetime
    received_at: datetime
    store: str | None
    order_id: str | None
    points: dict[str, str]
    rules: list[str]
    effects: list[str]
    tier: str | None


class Filters(msgspec.Struct, frozen=True):
    """What of the journal is asked for; None = whatever it is. `letters`: a part of the event's name, in any case."""

    types: tuple[str, ...] | None = None
    status: EventStatus | None = None
    source: str | None = None
    member_id: int | None = None
    letters: str | None = None


class EntryPage(msgspec.Struct, frozen=True):
    """A page; `next_cursor` is None when there is nothing before it."""

    data: list[Entry]
    next_cursor: str | None


_outcome = msgspec.json.Decoder(Outcome, float_hook=Decimal).decode
_told = msgspec.json.Decoder(Told).decode


def message_key(key: str) -> UUID:
    """Return what stands for a message id in `events.identity`: BLAKE2b-128 of it."""
    return UUID(bytes=blake2b(key.encode(), digest_size=16).digest())


class Journal:
    """The journal of one program: its words (sources, point types, rules by version) read once, entries on demand."""

    def __init__(self, config: ProgramConfig) -> None:
        """Show events in the words of `config`."""
        self.config = config
        self.rules: dict[int, list[str]] = {}

    @classmethod
    async def open(cls, tx: Transaction, program_id: int) -> Journal:
        """Return the journal of a program as it is configured now."""
        return cls(await load_config(tx, program_id))

    async def by_id(self, tx: Transaction, event_id: int) -> Entry:
        """Return one event. Refuses with UnknownEvent."""
        stored = await tx.maybe(queries.select_event, row=Stored, program_id=self.config.id, id=event_id)
        if stored is None:
            raise UnknownEvent
        return (await self.entries(tx, [stored]))[0]

    async def by_key(self, tx: Transaction, source: str, key: str) -> Entry | None:
        """Return what a source's message became; None when it was admitted and is set aside.

        Refuses with UnknownEvent when it was never admitted.
        """
        found = self.config.sources_by_code.get(source)
        if found is None:
            raise UnknownEvent
        identity = await tx.maybe(
            queries.select_identity, program_id=self.config.id, source_id=found.id, key=message_key(key)
        )
        if identity is None:
            raise UnknownEvent
        member_id, event_id = identity
        where = {"program_id": self.config.id, "id": event_id}
        stored = await tx.maybe(queries.select_event_at, row=Stored, member_id=member_id, **where)
        stored = stored or await tx.maybe(queries.select_event, row=Stored, **where)
        return None if stored is None else (await self.entries(tx, [stored]))[0]

    async def page(self, tx: Transaction, filters: Filters, before: int, limit: int) -> EntryPage:
        """Return the latest `limit` events below the id `before` that pass the filters."""
        source = self.config.sources_by_code.get(filters.source) if filters.source is not None else None
        if filters.source is not None and source is None:
            return EntryPage([], None)
        where: dict[str, Any] = {
            "program_id": self.config.id,
            "types": None if filters.types is None else list(filters.types),
            "status": None if filters.status is None else filters.status.number,
            "source_id": None if source is None else source.id,
            "letters": None if filters.letters is None else filters.letters.lower(),
        }
        if filters.member_id is not None:
            of_member = {**where, "member_id": filters.member_id, "before": before, "limit": limit + 1}
            rows = await tx.all(queries.select_events_of_member, row=Stored, **of_member)
            return await self._page(tx, rows, limit, None)
        rows, reached = await self._search(tx, where, before, limit + 1)
        return await self._page(tx, rows, limit, reached)

    async def _page(self, tx: Transaction, rows: list[Stored], limit: int, reached: int | None) -> EntryPage:
        """Return the page; `reached` is where a search was given up, to be gone on with by the next page."""
        shown = await self.entries(tx, rows[:limit])
        if len(rows) > limit:
            return EntryPage(shown, encode_cursor(rows[limit - 1].id))
        return EntryPage(shown, None if reached is None else encode_cursor(reached))

    async def _search(
        self, tx: Transaction, where: dict[str, Any], before: int, limit: int
    ) -> tuple[list[Stored], int | None]:
        """Look below `before` through windows of batches; also return where it stopped, None at the beginning."""
        found: list[Stored] = []
        size = FIRST_WINDOW_BATCHES
        for _ in range(WINDOWS_MAX):
            highest = (before - 1) >> BATCH_SHIFT
            batches = await tx.all(
                queries.select_batches_before, program_id=where["program_id"], highest=highest, limit=size
            )
            if not batches:
                return found, None
            first = int(batches[-1][0]) << BATCH_SHIFT
            window = {**where, "first": first, "before": before, "limit": limit - len(found)}
            found += await tx.all(queries.select_events_between, row=Stored, **window)
            if len(found) == limit:
                return found, None
            before, size = first, size * 2
        return found, before

    async def entries(self, tx: Transaction, rows: Sequence[Stored]) -> list[Entry]:
        """Return rows as entries; reads the names of the rules of versions that were not met before."""
        decoded = [(row, _outcome(row.outcome) if row.outcome else Outcome()) for row in rows]
        versions = {outcome.version for _, outcome in decoded}
        versions.update(one.version for _, outcome in decoded for one in outcome.capped)
        for version in versions - {0} - self.rules.keys():
            document = (await version_of(tx, self.config.id, version)).document
            self.rules[version] = [rule["code"] for rule in document["rules"]]
        return [self._entry(row, outcome) for row, outcome in decoded]

    def _entry(self, row: Stored, outcome: Outcome) -> Entry:
        told = _told(row.doc) if row.doc else Told()
        status = STATUS_BY_NUMBER[row.status]
        source = self.config.sources.get(row.source_id)
        rules = self.rules.get(outcome.version, [])
        silent = outcome.cause is None and outcome.order_event_id is None and not outcome.version
        if silent and row.member_id and status is EventStatus.ACCEPTED:
            outcome.cause = "no_rules"
        reason, code, facts = _reason(status, outcome, self.rules)
        stores = self.config.stores
        if not reason and told.store and stores and told.store not in stores:
            reason, code = f"The program has no store {told.store}.", "unknown_store"
            facts = {"stores": [told.store]}
        return Entry(
            id=ids.encode("evt", row.id),
            type=row.type,
            status=status,
            reason=reason,
            reason_code=code,
            reason_facts=facts,
            member=ids.encode("mem", row.member_id) if row.member_id else None,
            known_as=told.known_as,
            source=None if source is None else source.code,
            key=told.key,
            occurred_at=row.occurred_at,
            received_at=row.received_at,
            store=told.store,
            order_id=None if told.order is None else told.order.get("order_id"),
            points=self._points(outcome),
            rules=[rules[place] for place in outcome.fired if place < len(rules)],
            effects=_effects(outcome),
            tier=outcome.tiers[-1][2] if outcome.tiers else None,
        )

    def _points(self, outcome: Outcome) -> dict[str, str]:
        types = self.config.point_types_by_id
        totals: dict[str, int] = {}
        for granted in outcome.granted:
            code = types[granted.point_type_id].code
            totals[code] = totals.get(code, 0) + granted.amount
        moved = [(point_type_id, -points) for point_type_id, points in outcome.taken_back]
        moved += [(one.point_type_id, -one.amount) for one in outcome.deducted] + outcome.given_back
        for point_type_id, points in moved:
            code = types[point_type_id].code
            totals[code] = totals.get(code, 0) + points
        for _, _, code, points in outcome.entries:
            totals[code] = totals.get(code, 0) + points
        scales = {point_type.code: point_type.scale for point_type in types.values()}
        return {code: format_points(points, scales[code]) for code, points in totals.items() if points}


Rules: TypeAlias = Mapping[int, Sequence[str]]
"""The codes of the rules of each version, by their places."""

Reason = tuple[str, str, dict[str, list[str]]]
"""A sentence, its code, and what it is worded with; all of it empty where nothing has to be said."""


def _reason(status: EventStatus, outcome: Outcome, rules: Rules) -> Reason:
    if outcome.cause is not None:
        said = CAUSES.get(outcome.cause, "")
        return said, outcome.cause if said else "", {}
    if outcome.limited:
        cut = _codes(((outcome.version, one[0]) for one in outcome.limited), rules)
        return f"A limit of {', '.join(cut)} was reached.", "limit_reached", {"rules": cut}
    if outcome.capped:
        cut = _codes(((one.version or outcome.version, one.rule) for one in outcome.capped), rules)
        types = list(dict.fromkeys(one.point_type for one in outcome.capped))
        said = f"A member may not get more {', '.join(types)}: {', '.join(cut)} gave less."
        return said, "cap_reached", {"rules": cut, "point_types": types}
    said = SENTENCES.get(status, "")
    return said, status.value if said else "", {}


def _effects(outcome: Outcome) -> list[str]:
    """Return the effects of an event beside points, those with it that its order has by it."""
    of_order = [kind for became, _, kind, _ in outcome.order_effects if became != "taken_back"]
    return [kind for _, kind in outcome.effects] + of_order


def _codes(places: Iterable[tuple[int, int]], rules: Rules) -> list[str]:
    """Return the codes of rules by version and place, each once."""
    known = [(rules.get(version, ()), place) for version, place in places]
    return list(dict.fromkeys(codes[place] for codes, place in known if place < len(codes)))
