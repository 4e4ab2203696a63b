"""Reading and writing draws: one typed function per named query, no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from regulars.features.draws.model import Draw, Held, HeldPrize, StoredDraw, Won
from regulars.infra.db import Query, Transaction, load_queries
from regulars.infra.sealing import SealedColumn

queries = load_queries(__package__)
SEED: Final = SealedColumn("draws.draw", "seed", ("id",), binary=True)

_decoder = msgspec.json.Decoder(Draw)


@lru_cache(1_024)
def decode_draw(text: str) -> Draw:
    """Return the draw in JSON text."""
    return _decoder.decode(text)


def encode_draw(draw: Draw) -> str:
    """Return a draw as JSON text."""
    return msgspec.json.encode(draw).decode()


def _stored(row: Sequence[Any]) -> StoredDraw:
    fields = [*row[:2], decode_draw(row[2]), *row[3:]]
    return StoredDraw(*fields)


async def read_draw(tx: Transaction, query: Query, program_id: int, code: str) -> StoredDraw | None:
    """Return a draw by one of the statements that read one: select_draw, lock_draw, share_draw."""
    row = await tx.maybe(query, program_id=program_id, code=code)
    return None if row is None else _stored(row)


async def select_draws(
    tx: Transaction, program_id: int, *, after: str = "", limit: int = 10_000
) -> list[StoredDraw]:
    """Return draws in the order of their codes."""
    rows = await tx.all(queries.select_draws, program_id=program_id, after=after, limit=limit)
    return [_stored(row) for row in rows]


async def mark_open(
    tx: Transaction, found: StoredDraw, *, seed: bytes, salt: bytes, commitment: str, now: datetime
) -> None:
    """Let a draw be open; the seed is sealed for its row. Raises SecretKeyMissing."""
    await tx.run(
        queries.open_draw,
        id=found.id,
        seed=SEED.seal_bytes(seed, found.id),
        salt=salt,
        commitment=commitment,
        places=found.draw.places,
        now=now,
    )


def secret_seed(found: StoredDraw) -> bytes:
    """Return the seed of a draw that is open or closed, in clear. Raises SecretUnreadable, SecretKeyMissing."""
    assert found.seed is not None
    return SEED.open_bytes(found.seed, found.id)


async def mark_revealed(tx: Transaction, found: StoredDraw, now: datetime) -> None:
    """Let everybody see the seed of a closed draw. Raises SecretUnreadable, SecretKeyMissing."""
    await tx.run(queries.reveal_draw, id=found.id, seed=secret_seed(found), now=now)


async def insert_prizes(tx: Transaction, draw_id: int, prizes: Sequence[tuple[str, bytes | None]]) -> None:
    """Write every single prize: (prize, mark of its winning place or None), numbered from 0 in this order."""
    await tx.run(
        queries.insert_prizes,
        draw_id=draw_id,
        numbers=list(range(len(prizes))),
        prizes=[prize for prize, _ in prizes],
        marks=[mark for _, mark in prizes],
    )


async def set_places(tx: Transaction, draw_id: int, places: Sequence[int]) -> None:
    """Write where each prize of an instant win lay, by their numbers from 0."""
    await tx.run(queries.set_places, draw_id=draw_id, numbers=list(range(len(places))), places=list(places))


async def select_prizes(
    tx: Transaction, draw_id: int, *, after: int = -1, limit: int = 1_000_000
) -> list[Won]:
    """Return the prizes of a draw in their order."""
    return await tx.all(queries.select_prizes, row=Won, draw_id=draw_id, after=after, limit=limit)


async def select_held(
    tx: Transaction,
    program_id: int,
    member_ids: Sequence[int],
    *,
    before: tuple[int, int, int, int] | None = None,
    limit: int,
) -> list[Held]:
    """Return the tickets and plays of a member (and of those merged into her), latest first.

    `before` = (at in microseconds, draw, 1 for a play, number) of the last one seen.
    """
    at, draw_id, kind, number = before or (None, 0, 0, 0)
    rows = await tx.all(
        queries.select_held,
        program_id=program_id,
        member_ids=list(member_ids),
        at=at,
        draw_id=draw_id,
        kind=kind,
        number=number,
        limit=limit,
    )
    return [_held(*row) for row in rows]


def _held(
    draw_id: int,
    document: str,
    status: Any,
    kind: int,
    number: int,
    tickets: int,
    at: datetime,
    cancelled_at: datetime | None,
    won: list[str],
    delivered: list[bool],
) -> Held:
    draw = decode_draw(document)
    names = {prize.code: prize.name for prize in draw.prizes}
    prizes = tuple(HeldPrize(code, names[code], given) for code, given in zip(won, delivered, strict=True))
    return Held(draw_id, draw, status, kind == 1, number, tickets, at, cancelled_at, prizes)


async def mark_delivered(tx: Transaction, draw_id: int, number: int, delivered: str, now: datetime) -> None:
    """Note what the member got for a prize."""
    await tx.run(queries.mark_delivered, draw_id=draw_id, number=number, delivered=delivered, now=now)


async def mark_refused(tx: Transaction, draw_id: int, number: int, now: datetime) -> None:
    """Note that a prize could not be given."""
    await tx.run(queries.mark_refused, draw_id=draw_id, number=number, now=now)
