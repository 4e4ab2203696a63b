"""Pools of pieces: stock, and what all members together may have; taken exactly, by many at once.

A pool is split over slots. Who wants pieces takes a slot that nobody is busy with and that has enough; only when
there is none, all slots are taken in their order, and then nothing is refused that is there. The rows are the last
ones a transaction locks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from regulars.features.rewards.model import Shelf
from regulars.features.rewards.store import queries, select_pools
from regulars.infra.db import Transaction

SLOTS: Final = 16
STOCK: Final = "stock/"
LIMIT: Final = "limit/"


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """Pieces taken out of one slot of a pool, to be given back to it."""

    reward_id: int
    key: str
    slot: int
    pieces: int


class Pool:
    """What one pool can still give in this transaction: (slot, free), locked."""

    def __init__(self, reward_id: int, key: str, slots: Sequence[tuple[int, int]]) -> None:
        """Hold the slots that were locked; a pool without any was never opened."""
        self.opened = bool(slots)
        self.reward_id = reward_id
        self.key = key
        self.slots = {slot: free for slot, free in slots if free}

    @property
    def left(self) -> int:
        """How many pieces can still be taken."""
        return sum(self.slots.values())

    def take(self, pieces: int) -> list[Piece]:
        """Take pieces, which must be there; the fullest slots first."""
        assert 0 < pieces <= self.left
        taken = []
        for slot in sorted(self.slots, key=lambda one: -self.slots[one]):
            part = min(pieces, self.slots[slot])
            if part:
                self.slots[slot] -= part
                pieces -= part
                taken.append(Piece(self.reward_id, self.key, slot, part))
        return taken

    def put_back(self, pieces: Iterable[Piece]) -> None:
        """Undo a `take` of this transaction."""
        for piece in pieces:
            self.slots[piece.slot] += piece.pieces


async def lock_pools(
    tx: Transaction, wanted: dict[tuple[int, str], int], start: int
) -> dict[tuple[int, str], Pool]:
    """Lock what it takes to give `wanted` pieces by (reward, key), in that order; `start` spreads clients over slots.

    A pool that was never opened has nothing.
    """
    pools = {}
    for reward_id, key in sorted(wanted):
        place = {"reward_id": reward_id, "key": key}
        rows = await tx.all(
            queries.lock_roomy_slot, wanted=wanted[reward_id, key], start=start % SLOTS, **place
        )
        if not rows:
            rows = [row[:2] for row in await tx.all(queries.lock_slots, **place)]
        pools[reward_id, key] = Pool(reward_id, key, [(slot, free) for slot, free in rows])
    return pools


async def take_pieces(tx: Transaction, pieces: Sequence[Piece]) -> None:
    """Write what was taken out of locked pools."""
    if pieces:
        summed: Counter[tuple[int, str, int]] = Counter()
        for one in pieces:
            summed[one.reward_id, one.key, one.slot] += one.pieces
        await tx.run(queries.take_pieces, **_columns([Piece(*place, n) for place, n in summed.items()]))


async def hold_pieces(tx: Transaction, pieces: Sequence[Piece]) -> None:
    """Hold the slots that pieces came from, before they are given back in several steps of one transaction."""
    if pieces:
        columns = _columns(pieces)
        del columns["pieces"]
        await tx.run(queries.hold_slots, **columns)


async def put_back_pieces(tx: Transaction, pieces: Sequence[Piece]) -> None:
    """Give pieces back to the slots they came from."""
    if pieces:
        await tx.run(queries.put_back_pieces, **_columns(pieces))


async def open_pool(tx: Transaction, reward_id: int, key: str, total: int) -> None:
    """Open a pool with `total` pieces unless it is open."""
    await tx.run(
        queries.open_slots, reward_id=reward_id, key=key, slots=list(range(SLOTS)), free=spread(total)
    )


async def fill_pool(
    tx: Transaction,
    reward_id: int,
    key: str,
    *,
    free: int | None = None,
    add: int = 0,
    total: int | None = None,
) -> Shelf:
    """Say how many pieces of a pool are free, that some came or went, or how many there are in all.

    What members have stays theirs: `free` never falls below zero. Returns how the pool is afterwards.
    """
    await open_pool(tx, reward_id, key, 0)  # so that there is something to lock, however many fill it first
    rows = await tx.all(queries.lock_slots, reward_id=reward_id, key=key)
    taken = {slot: had - left for slot, left, had in rows}
    before = sum(left for _, left, _ in rows)
    gone = sum(taken.values())
    if total is not None:
        free = total - gone
    elif free is None:
        free = before + add
    shares = spread(max(0, free))
    await tx.run(
        queries.upsert_slots,
        reward_id=reward_id,
        key=key,
        slots=list(range(SLOTS)),
        free=shares,
        totals=[share + taken.get(slot, 0) for slot, share in enumerate(shares)],
    )
    return Shelf(key.removeprefix(STOCK), sum(shares), sum(shares) + gone)


async def select_shelves(tx: Transaction, reward_ids: Sequence[int]) -> dict[int, list[Shelf]]:
    """Return how much stock there is of some rewards, store by store."""
    found: dict[int, list[Shelf]] = {}
    for reward_id, key, free, total in await select_pools(tx, reward_ids):
        if key.startswith(STOCK):
            found.setdefault(reward_id, []).append(Shelf(key.removeprefix(STOCK), free, total))
    return found


def spread(pieces: int) -> list[int]:
    """Return pieces split over the slots: few pieces lie together, so that one look finds them."""
    if pieces < 4 * SLOTS:
        return [pieces] + [0] * (SLOTS - 1)
    share, rest = divmod(pieces, SLOTS)
    return [share + (slot < rest) for slot in range(SLOTS)]


def _columns(pieces: Sequence[Piece]) -> dict[str, list[object]]:
    return {
        "reward_ids": [one.reward_id for one in pieces],
        "keys": [one.key for one in pieces],
        "slots": [one.slot for one in pieces],
        "pieces": [one.pieces for one in pieces],
    }
