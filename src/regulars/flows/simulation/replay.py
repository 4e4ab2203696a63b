"""Replay: the stored events of some members, streamed in constant memory, decided in both worlds, counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import NamedTuple

from regulars.features.rulesets import Version as PublishedVersion
from regulars.features.rulesets import compile_version
from regulars.flows.accrual.insight import (
    MemberRow,
    Rulebook,
    decode_outcome,
    draft_number,
    instant,
    with_draft,
)
from regulars.flows.simulation.budgets import Budgets
from regulars.flows.simulation.count import Counter
from regulars.flows.simulation.histories import Order, chunk_of, close_batches, in_chunks
from regulars.flows.simulation.model import BEGIN_US, BudgetKey, Piece, Plan, Row
from regulars.flows.simulation.net import Left
from regulars.flows.simulation.pair import Pair
from regulars.flows.simulation.past import Past
from regulars.flows.simulation.tally import BASE, DRAFT, Tally
from regulars.flows.simulation.worlds import World
from regulars.infra.db import Bigints, Transaction, load_queries

queries = load_queries(__package__)

# Events read together: enough that a statement for their members costs nothing each, few enough to stay small.
READ_EVENTS = 1_000


class _Known(NamedTuple):
    """What is known of the members of some rows: by member, but `left` of corrected orders by their events."""

    members: dict[int, MemberRow]
    left: Left
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
            World(book, self.budgets[BASE], past.restore, BASE),
            World(self.drafted, self.budgets[DRAFT], past.restore, DRAFT),
        )
        self.tally = Tally()
        self._counter = Counter(self.tally, (book, self.drafted), plan.from_at)
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
        self._counter.settle()

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
        return _Known(members, Left.of(left), spent, await _order(tx, rows))

    def _decide(self, rows: list[Row], known: _Known) -> None:
        ids = dict.fromkeys([row.member_id for row in rows])
        members = {member_id: known.members[member_id] for member_id in ids if member_id in known.members}
        chunk = chunk_of(rows, members, self.drafted, known.order)
        worlds = self._pair.live(chunk, decode_outcome)
        self._counter.count(chunk, worlds, known.left)
        self._counter.ends(chunk, worlds, known.spent, min(self.plan.to_at, self.plan.as_of))


def draft_version(plan: Plan, number: int) -> PublishedVersion:
    """Return the draft as a version that was never published."""
    moment = instant(plan.as_of)
    return PublishedVersion(number, plan.document, "", moment, moment)


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


async def _order(tx: Transaction, rows: Sequence[Row]) -> Order:
    """Return the place of each batch that was not decided in the order of the numbers, for its member.

    Only batches of a member that came so close to each other that they may have run side by side are looked up.
    """
    close = close_batches(rows)
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
