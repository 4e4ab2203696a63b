"""Rolling up: closed batches become figures, each exactly once, in order, in the transaction that says so.

A batch is closed when everybody who took its number or a lower one has ended (`ClosedNumbers`), so nothing is passed
over however late it commits, and orders see the tiers that stood before them. A worker that is killed leaves nothing
half done: figures and how far they came commit together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from regulars.infra.clock import Clock
from regulars.infra.db import Bigints, ClosedNumbers, Database, Transaction, failpoint, load_queries

queries = load_queries(__package__)

BATCH_SHIFT: Final = 20
# Batches of one transaction: a busy server commits some 40 a second of at most 2,500 events; 60 are rolled up in about
# two seconds of one processor, and the next look finds the rest.
BATCHES_PER_PIECE: Final = 60
SEQUENCE: Final = "events.batch_id_seq"


class Piece(msgspec.Struct, frozen=True):
    """The batches `after` < id ≤ `until`, received between two instants."""

    after: int
    until: int
    from_at: datetime
    to_at: datetime

    @property
    def ids(self) -> dict[str, int]:
        """Return the numbers between which everything lies that these batches wrote."""
        return {"first": (self.after + 1) << BATCH_SHIFT, "beyond": (self.until + 1) << BATCH_SHIFT}


class Rollup:
    """Keeps the roll-ups up to date. One runs at a time; the others find nothing to do."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Remember what is waited for between steps."""
        self._db = db
        self._clock = clock
        self._numbers = ClosedNumbers(SEQUENCE)

    async def step(self) -> bool:
        """Roll up one piece in a transaction of its own; return whether there may be more."""
        _, more = await self._step()
        return more

    async def _step(self) -> tuple[bool, bool]:
        """Return whether a piece was rolled up, and whether there may be more."""
        async with self._db.transaction() as tx:
            held = await tx.maybe(queries.lock_progress)
            if held is None:
                await tx.run(queries.insert_progress)
                return False, False
            return await _advance(tx, held[0], await self._numbers.closed(tx), self._clock.now())

    async def drain(self) -> int:
        """Roll up everything that is closed now; return how many pieces it took."""
        pieces = 0
        async with self._db.transaction() as tx:
            await tx.run(queries.insert_progress)
        more = True
        while more:
            rolled, more = await self._step()
            pieces += rolled
        return pieces


async def rebuild(tx: Transaction, clock: Clock) -> int:
    """Make all roll-ups again from the rows they come from, as far as they had come; return that batch's number.

    Others see the old figures until `tx` commits. Orders whose documents were erased keep what their facts say.
    """
    await tx.run(queries.allow_long)
    await tx.run(queries.insert_progress)
    until, _ = await tx.one(queries.await_progress)
    await tx.run(queries.forget_rollups)
    kept = await _pairs(tx, queries.select_kept_facts)
    await tx.run(queries.delete_other_facts)
    await _add(tx, kept)
    done = 0
    while done < until:
        piece = await _next_piece(tx, done, until)
        if piece is None:
            break
        await _roll(tx, piece)
        done = piece.until
    await tx.run(queries.move_progress, until=until, changed=1, until_at=None, now=clock.now())
    return int(until)


async def _advance(tx: Transaction, after: int, closed: int, now: datetime) -> tuple[bool, bool]:
    if closed <= after:
        return False, False
    piece = await _next_piece(tx, after, closed)
    if piece is None:
        await tx.run(queries.move_progress, until=closed, changed=0, until_at=None, now=now)
        return False, False
    await _roll(tx, piece)
    failpoint("after_rollup_before_progress")
    await tx.run(queries.move_progress, until=piece.until, changed=1, until_at=piece.to_at, now=now)
    failpoint("after_rollup_before_commit")
    return True, piece.until < closed


async def _next_piece(tx: Transaction, after: int, closed: int) -> Piece | None:
    last, from_at, to_at, _ = await tx.one(
        queries.select_piece, until=after, closed=closed, limit=BATCHES_PER_PIECE
    )
    return None if last is None else Piece(after, last, from_at, to_at)


async def _roll(tx: Transaction, piece: Piece) -> None:
    ids: dict[str, Any] = piece.ids
    posted = {"from_at": piece.from_at, "to_at": piece.to_at, **ids}
    await tx.run(queries.roll_intake, after=piece.after, until=piece.until)
    await tx.run(queries.roll_flows, **posted)
    await tx.run(queries.roll_tier_moves, **posted)
    touched = await _pairs(tx, queries.select_touched, **ids)
    if touched[0]:
        await _roll_orders(tx, touched)
    await tx.run(queries.roll_awards, **posted)


async def _roll_orders(tx: Transaction, touched: tuple[Bigints, Bigints]) -> None:
    """Take away what the touched orders said before, write them as they are, add what they say now."""
    members, events = touched
    claimed = await _pairs(tx, queries.select_claimed, member_ids=members, event_ids=events)
    before = (Bigints([*members, *claimed[0]]), Bigints([*events, *claimed[1]]))
    await tx.run(queries.add_sales, sign=-1, member_ids=before[0], event_ids=before[1])
    if claimed[0]:
        await tx.run(queries.delete_facts, member_ids=claimed[0], event_ids=claimed[1])
    await tx.run(queries.upsert_facts, member_ids=members, event_ids=events)
    await _add(tx, touched)


async def _add(tx: Transaction, orders: tuple[Bigints, Bigints]) -> None:
    if orders[0]:
        await tx.run(queries.add_sales, sign=1, member_ids=orders[0], event_ids=orders[1])
        await tx.run(queries.roll_activity, member_ids=orders[0], event_ids=orders[1])


async def _pairs(tx: Transaction, query: Any, **params: Any) -> tuple[Bigints, Bigints]:
    rows: Sequence[tuple[int, int]] = await tx.all(query, **params)
    return Bigints(row[0] for row in rows), Bigints(row[1] for row in rows)
