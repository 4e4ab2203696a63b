"""Replay: the stored events of some members, streamed in constant memory, decided in both worlds, counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from regulars.core.events import decode_doc
from regulars.core.rules import REWARD_REDEEMED
from regulars.features.rulesets import Version as PublishedVersion
from regulars.features.rulesets import compile_version
from regulars.flows.accrual.insight import (
    SYSTEM_SOURCE_ID,
    Item,
    MemberRow,
    Outcome,
    Rulebook,
    Work,
    decode_outcome,
    draft_number,
    instant,
    is_correction,
    order_key_of,
    with_draft,
)
from regulars.flows.simulation.budgets import Budgets
from regulars.flows.simulation.model import BEGIN_US, BudgetKey, Piece, Plan, Row, Told
from regulars.flows.simulation.pair import Pair
from regulars.flows.simulation.past import Past
from regulars.flows.simulation.spending import Paid, purchase_of
from regulars.flows.simulation.tally import BASE, DRAFT, Counter, Names, Points, Tally, more_paid
from regulars.flows.simulation.worlds import Chunk, Lived, World, outstanding
from regulars.infra.db import Bigints, Transaction, load_queries

queries = load_queries(__package__)

# Events read together: enough that a statement for their members costs nothing each, few enough to stay small.
READ_EVENTS = 1_000
# Events decided together: few enough that what they come to is counted and forgotten while it is in the processor's
# cache. Twenty kilobytes an event: with a thousand at once an order costs 83 µs, with fifty 60.
CHUNK_EVENTS = 50

_told = msgspec.json.Decoder(Told, float_hook=Decimal).decode
NOTHING_TOLD = Told()

# Further apart no two batches ran side by side: a transaction may take so long (infra/db/limits.py).
BATCH_US_MAX = 60_000_000

Order = dict[tuple[int, int], int]
"""(member, batch) → the number at whose place the batch stands, where that is not its own."""


class _Known(NamedTuple):
    """What is known of the members of some rows: by member, but `left` of corrected orders by their events."""

    members: dict[int, MemberRow]
    left: dict[int, Outcome]
    spent: dict[int, dict[int, int]]
    order: Order


class Replay:
    """Both worlds of a simulation in one process."""

    def __init__(self, plan: Plan, book: Rulebook, closes_at: dict[BudgetKey, int] | None = None) -> None:
        """Compile the draft beside `book`, the program as it is. `closes_at`: when the draft's budgets are used up."""
        self.plan = plan
        self.book = book
        number = draft_number(book)
        draft = compile_version(draft_version(plan, number))
        self.drafted = with_draft(book, draft, plan.from_at if plan.from_at > BEGIN_US else -(2**53))
        past = Past(book, [*book.versions, *self.drafted.versions])
        self._past = past
        self.budgets = (Budgets({}, None, None), Budgets(closes_at or {}, plan.same_as, number))
        self._pair = Pair(
            World(book, self.budgets[BASE], past.restore),
            World(self.drafted, self.budgets[DRAFT], past.restore),
        )
        self.tally = Tally()
        self._counter = Counter(self.tally, (book, self.drafted), plan.from_at)
        self._names = Names(book)
        self.events = 0

    async def run(
        self, tx: Transaction, piece: Piece, report: Callable[[int], None] = lambda _: None
    ) -> None:
        """Replay the members of a piece; `report` is told how many events were decided."""
        async for rows in _whole_members(self._rows(tx, piece)):
            known = await self._known(tx, rows)
            for few in in_chunks(rows):
                self._decide(few, known)
            events = sum(row.source_id is not None for row in rows)
            self.events += events
            report(events)

    def _rows(self, tx: Transaction, piece: Piece) -> AsyncIterator[list[tuple[object, ...]]]:
        plan = self.plan
        return tx.stream(
            queries.select_history,
            size=READ_EVENTS,
            program_id=plan.program_id,
            after=piece.after,
            last=piece.last,
            earliest=instant(plan.from_at if plan.start == "empty" else BEGIN_US),
            to=instant(plan.to_at),
            as_of=instant(plan.as_of),
        )

    async def _known(self, tx: Transaction, rows: list[Row]) -> _Known:
        ids = Bigints(sorted({row.member_id for row in rows}))
        members = {
            row[0]: self._past.as_joined(MemberRow(*row))
            for row in await tx.all(queries.select_members, program_id=self.plan.program_id, ids=ids)
        }
        as_of = instant(self.plan.as_of)
        left = {
            row[0]: decode_outcome(row[1])
            for row in await tx.all(queries.select_corrected, ids=ids, as_of=as_of)
        }
        spent: dict[int, dict[int, int]] = {}
        for member_id, point_type_id, points in await tx.all(queries.select_spent, ids=ids, as_of=as_of):
            spent.setdefault(member_id, {})[point_type_id] = points
        return _Known(members, left, spent, await _order(tx, rows))

    def _decide(self, rows: list[Row], known: _Known) -> None:
        ids = dict.fromkeys([row.member_id for row in rows])
        members = {member_id: known.members[member_id] for member_id in ids if member_id in known.members}
        chunk, caused = _chunk(rows, members, self.drafted, known.order)
        base, draft = self._pair.live(chunk, decode_outcome)
        self._counter.count(chunk, (base, draft), self._posted(chunk, caused, known.left))
        self._close(chunk, (base, draft), known.spent)

    def _posted(
        self, chunk: Chunk, caused: list[tuple[int, Told]], left: dict[int, Outcome]
    ) -> list[Points | None]:
        """Return what was really given for each event, after corrections; None where that is not known."""
        skipped = frozenset(granted.transfer_id for outcome in left.values() for granted in outcome.granted)
        found: list[Points | None] = []
        place_of: dict[int, int] = {}
        for place, told in enumerate(chunk.told):
            place_of[chunk.event_ids[place]] = place
            final = left.get(chunk.event_ids[place])
            if final is not None and told.order_event_id is None:
                net = self._names.net(final)
                for key, points in self._names.net(Told(entries=told.entries)).items():
                    net[key] = net.get(key, 0) + points
                found.append(net)
            else:
                found.append(
                    self._names.net(told, skipped if told.order_event_id is not None else frozenset())
                )
        for cause, told in caused:
            target = found[place_of[cause]] if cause in place_of else None
            if target is not None:
                for key, points in self._names.net(told).items():
                    target[key] = target.get(key, 0) + points
        return found

    def _close(self, chunk: Chunk, worlds: tuple[Lived, Lived], spent: dict[int, dict[int, int]]) -> None:
        """Count where members end: tiers, and what they could claim."""
        at = min(self.plan.to_at, self.plan.as_of)
        more = more_paid(chunk, worlds)
        for member_id in chunk.members:
            ends = [lived.works.get(member_id) for lived in worlds]
            paid = [spent.get(member_id, {})] * 2
            if member_id in more:
                paid[DRAFT] = _sum(paid[BASE], more[member_id])
                if (one := ends[DRAFT]) is not None and one is ends[BASE]:
                    ends[DRAFT] = one.twin()
            found: dict[str, tuple[int, int]] = {}
            for world, work in enumerate(ends):
                if work is None:
                    continue
                if world == BASE or work is not ends[BASE]:
                    found = outstanding(work, self._book(world), paid[world], at)
                for code, (held, ended) in found.items():
                    self.tally.add(("outstanding", code), world, held)
                    self.tally.add(("ended", code), world, ended)
            if ends[BASE] is not None and ends[DRAFT] is not None:
                for track in self.book.tiers:
                    code = track.tier_set.code
                    before, after = (_tier(work, code) for work in ends)
                    self._counter.moves(code, before, after)

    def _book(self, world: int) -> Rulebook:
        return self.book if world == BASE else self.drafted


def draft_version(plan: Plan, number: int) -> PublishedVersion:
    """Return the draft as a version that was never published."""
    moment = instant(plan.as_of)
    return PublishedVersion(number, plan.document, "", moment, moment)


def _sum(some: dict[int, int], more: dict[int, int]) -> dict[int, int]:
    return {key: some.get(key, 0) + more.get(key, 0) for key in (*some, *more)}


def _tier(work: Work | None, code: str) -> str:
    standing = work.state.t.get(code) if work is not None else None
    return standing.tier if standing is not None else ""


async def _whole_members(batches: AsyncIterator[list[tuple[object, ...]]]) -> AsyncIterator[list[Row]]:
    """Yield rows in lists of about READ_EVENTS that never part the events of a member."""
    kept: list[Row] = []
    async for rows in batches:
        for values in rows:
            row = Row(*values)  # type: ignore[arg-type]
            if len(kept) >= READ_EVENTS and kept[-1].member_id != row.member_id:
                yield kept
                kept = []
            kept.append(row)
    if kept:
        yield kept


def in_chunks(rows: list[Row]) -> Iterator[list[Row]]:
    """Yield rows (by member) in lists of about CHUNK_EVENTS that never part the events of a member."""
    first = 0
    for place, row in enumerate(rows):
        if place - first >= CHUNK_EVENTS and row.member_id != rows[place - 1].member_id:
            yield rows[first:place]
            first = place
    yield rows[first:]


class _Run(NamedTuple):
    """Batches of one member, each of which may have run beside another one of them."""

    member_id: int
    batches: list[int]


def _close_batches(rows: Iterable[Row]) -> list[_Run]:
    """Return the runs of batches of each member; `rows` by member, then by number."""
    runs: list[_Run] = []
    known: dict[int, int] = {}
    member = 0
    for row in rows:
        batch = row.id >> 20
        if row.member_id != member:
            member, known = row.member_id, {}
        if batch in known:
            continue
        if known and row.received_at - max(known.values()) <= BATCH_US_MAX:
            runs[-1].batches.append(batch)
        else:
            runs.append(_Run(member, [batch]))
            known = {}
        known[batch] = row.received_at
    return [run for run in runs if len(run.batches) > 1]


class _Place(NamedTuple):
    """Where something stands in the histories of a chunk."""

    row: Row
    told: Told
    item: Item
    paid: Paid | None = None
    unheard: bool = False


def _chunk(
    rows: list[Row], members: dict[int, MemberRow], book: Rulebook, order: Order
) -> tuple[Chunk, list[tuple[int, Told]]]:
    """Return the rows in the order of decision, and apart what the platform's own events did that others caused."""
    taken: list[_Place] = []
    caused: list[tuple[int, Told]] = []
    for row in rows:
        told = _told(row.outcome) if row.outcome and row.source_id is not None else NOTHING_TOLD
        if row.source_id == SYSTEM_SOURCE_ID and told.cause is not None and told.cause.isdigit():
            caused.append((int(told.cause), told))
        elif row.member_id in members and row.source_id is not None:
            taken.append(_Place(row, told, _item(row)))
    bought = [row for row in rows if row.source_id is None and row.member_id in members]
    if bought:
        taken += _bought(bought, taken, book)
    taken.sort(key=lambda one: _order_of_decision(one.row, order))
    items = [one.item for one in taken]
    keys = [order_key_of(item.event, book) for item in items]
    corrected = frozenset(
        key
        for item, key in zip(items, keys, strict=True)
        if key is not None and (is_correction(item.event) or item.event.type in book.releasing)
    )
    chunk = Chunk(
        items=items,
        owners=[one.row.member_id for one in taken],
        received=[max(one.row.received_at, one.row.occurred_at) for one in taken],
        told=[one.told for one in taken],
        event_ids=[one.row.id for one in taken],
        order_keys=keys,
        members=members,
        corrected=corrected,
        paid={place: one.paid for place, one in enumerate(taken) if one.paid is not None},
        unheard=frozenset(place for place, one in enumerate(taken) if one.unheard),
    )
    return chunk, caused


def _bought(rows: list[Row], events: list[_Place], book: Rulebook) -> list[_Place]:
    """Return the asking for rewards, and their taking where no event tells of it, because no rule listened then."""
    heard = {one.item.event.key: one.told for one in events if one.item.event.type == REWARD_REDEEMED}
    found = []
    for row in rows:
        bought = purchase_of(row, book)
        told = heard.get(bought.key, NOTHING_TOLD) if bought.at_once else NOTHING_TOLD
        asked = msgspec.structs.replace(row, source_id=SYSTEM_SOURCE_ID)
        found.append(_Place(asked, told, bought.considered, bought.paid))
        if bought.key not in heard and not bought.moved:
            at = bought.redeemed.occurred_at
            then = msgspec.structs.replace(asked, id=bought.taken_by, occurred_at=at, received_at=at)
            found.append(_Place(then, NOTHING_TOLD, bought.redeemed, unheard=True))
    return found


async def _order(tx: Transaction, rows: Sequence[Row]) -> Order:
    """Return the place of each batch that was not decided in the order of the numbers, for its member.

    Only batches of a member that came so close to each other that they may have run side by side are looked up.
    """
    close = _close_batches(rows)
    if not close:
        return {}
    asked = sorted({batch for run in close for batch in run.batches})
    decided: dict[int, int] = dict(await tx.all(queries.select_decisions, ids=Bigints(asked)))
    order: Order = {}
    for run in close:
        as_decided = sorted(run.batches, key=lambda batch: decided.get(batch, 0))
        for place, batch in zip(sorted(run.batches), as_decided, strict=True):
            order[run.member_id, batch] = place
    return order


def _order_of_decision(row: Row, order: Order) -> tuple[int, int, int, bool, int]:
    """Sort events as they were decided: batch after batch in the order of decision, in each as they occurred.

    At one instant the platform's own events (she joined, it is her birthday) come before what the member did.
    """
    of_others = row.source_id is not None and row.source_id >= 0
    batch = row.id >> 20
    return (row.member_id, order.get((row.member_id, batch), batch), row.occurred_at, of_others, row.id)


def _item(row: Row) -> Item:
    doc = row.doc.encode()
    assert row.source_id is not None
    return Item(row.source_id, decode_doc(doc), doc, row.occurred_at, b"")
