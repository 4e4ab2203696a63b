"""The life of a draw: draft, open (the seed is fixed, its hash published), closed (the result is fixed), revealed."""

from __future__ import annotations

import hashlib
import hmac
import os
from datetime import datetime

from regulars.features.draws import store
from regulars.features.draws.errors import (
    DrawChanged,
    DrawFixed,
    DrawNotClosed,
    DrawNotOpen,
    DrawNotRevealed,
    EntryLimitReached,
    NoPlaysLeft,
    NotThisKind,
    PublicValueFixed,
    UnknownDraw,
)
from regulars.features.draws.fair import (
    VERSION,
    Entry,
    Published,
    commitment_of,
    entries_digest,
    holder_of,
    numbers,
    places_digest,
    winners,
    winning_places,
)
from regulars.features.draws.model import Draw, StoredDraw, Won, check_draw
from regulars.infra.db import Query, Transaction

SEED_BYTES = 32


async def put_draw(
    tx: Transaction, program_id: int, draw: Draw, now: datetime, expected: int | None = None
) -> tuple[StoredDraw, bool]:
    """Make a draw or change one; return it and whether it is new. Once it has opened only its name may change.

    Refuses with InvalidDraw, DrawChanged, DrawFixed.
    """
    check_draw(draw)
    before = await store.read_draw(tx, store.queries.lock_draw, program_id, draw.code)
    if expected is not None and (before is None or before.revision != expected):
        raise DrawChanged
    if before is not None and before.draw == draw and before.status != "archived":
        return before, False
    if before is not None and before.opened_at is not None and not _only_renamed(before.draw, draw):
        raise DrawFixed
    document = store.encode_draw(draw)
    await tx.run(store.queries.upsert_draw, program_id=program_id, code=draw.code, document=document, now=now)
    return await get_draw(tx, program_id, draw.code), before is None


def _only_renamed(before: Draw, after: Draw) -> bool:
    fixed = [name for name in Draw.__struct_fields__ if name != "name"]
    return all(getattr(before, name) == getattr(after, name) for name in fixed)


async def get_draw(tx: Transaction, program_id: int, code: str) -> StoredDraw:
    """Return a draw. Refuses with UnknownDraw."""
    return await _read(tx, store.queries.select_draw, program_id, code)


async def _read(tx: Transaction, query: Query, program_id: int, code: str) -> StoredDraw:
    found = await store.read_draw(tx, query, program_id, code)
    if found is None:
        raise UnknownDraw
    return found


async def archive_draw(tx: Transaction, program_id: int, code: str, now: datetime) -> None:
    """Let a draw that has never opened go away. Refuses with UnknownDraw, DrawFixed."""
    found = await _read(tx, store.queries.lock_draw, program_id, code)
    if found.opened_at is not None:
        raise DrawFixed
    await tx.run(store.queries.archive_draw, id=found.id, now=now)


async def open_draw(tx: Transaction, program_id: int, code: str, now: datetime) -> StoredDraw:
    """Open a draw: fix its seed, and where the prizes of an instant win lie; return it with its commitment.

    Opening twice is opening once. Refuses with UnknownDraw, DrawNotOpen (it has closed).
    """
    found = await _read(tx, store.queries.lock_draw, program_id, code)
    if found.status == "open":
        return found
    if found.status != "draft":
        raise DrawNotOpen(status=found.status)
    seed, draw = os.urandom(SEED_BYTES), found.draw
    prizes: list[tuple[str, bytes | None]] = [(p.prize, None) for p in draw.pools for _ in range(p.quantity)]
    if draw.kind == "instant":
        prizes = [(prize, mark_of(seed, place)) for prize, place in _places(draw, seed)]
    await store.insert_prizes(tx, found.id, prizes)
    salt = os.urandom(SEED_BYTES)
    await store.mark_open(tx, found, seed=seed, salt=salt, commitment=commitment_of(code, seed), now=now)
    return await get_draw(tx, program_id, code)


def _places(draw: Draw, seed: bytes) -> list[tuple[str, int]]:
    """Return (prize, winning place) of an instant win."""
    digest = places_digest(draw.pools, draw.places)
    return winning_places(draw.pools, draw.places, numbers(draw.code, seed, digest, ""))


def mark_of(seed: bytes, place: int) -> bytes:
    """Return by what a place is known without saying which it is to anybody who does not have the seed."""
    return hmac.new(seed, f"{VERSION} mark\n{place}".encode(), hashlib.sha256).digest()


async def enter_draw(
    tx: Transaction, program_id: int, code: str, member_id: int, tickets: int, cause: str, now: datetime
) -> int:
    """Enter tickets of a member once per cause; return the entry's id. The same cause again is the same entry.

    Refuses with UnknownDraw, DrawNotOpen, NotThisKind, EntryLimitReached.
    """
    found = await _read(tx, store.queries.share_draw, program_id, code)
    if found.draw.kind != "draw":
        raise NotThisKind
    known: int | None = await tx.value(store.queries.select_entry, draw_id=found.id, cause=cause)
    if known is not None:
        return known
    if found.status != "open":
        raise DrawNotOpen(status=found.status)
    await _check_limit(tx, found, member_id, tickets)
    number: int | None = await tx.value(
        store.queries.insert_entry,
        draw_id=found.id,
        program_id=program_id,
        member_id=member_id,
        tickets=tickets,
        cause=cause,
        now=now,
    )
    if number is None:
        number = await tx.value(store.queries.select_entry, draw_id=found.id, cause=cause)
    assert number is not None
    return number


async def _check_limit(tx: Transaction, found: StoredDraw, member_id: int, more: int) -> None:
    limit = found.draw.per_member
    if limit is None:
        return
    await tx.run(store.queries.lock_member, draw_id=found.id, member_id=member_id)
    have = await tx.value(store.queries.count_tickets, draw_id=found.id, member_id=member_id)
    if have + more > limit:
        raise EntryLimitReached(limit=limit, left=max(0, limit - have))


async def cancel_entry(tx: Transaction, program_id: int, cause: str, now: datetime) -> bool:
    """Take tickets out again whose cause came back, while their draw is open; say whether there were any."""
    return await tx.run(store.queries.cancel_entry, program_id=program_id, cause=cause, now=now) > 0


async def play(
    tx: Transaction, program_id: int, code: str, member_id: int, cause: str, now: datetime
) -> tuple[int, Won | None]:
    """Play an instant win once per cause; return the place played and the prize that lay there.

    Refuses with UnknownDraw, NotThisKind, DrawNotOpen, EntryLimitReached, NoPlaysLeft, and SecretUnreadable without the
    key that sealed its seed.
    """
    found = await get_draw(tx, program_id, code)
    if found.draw.kind != "instant":
        raise NotThisKind
    await tx.run(store.queries.lock_member, draw_id=found.id, member_id=cause)
    known: int | None = await tx.value(store.queries.select_play, draw_id=found.id, cause=cause)
    if known is not None:
        return known, await tx.maybe(store.queries.select_won, row=Won, draw_id=found.id, place=known)
    if found.status != "open":
        raise DrawNotOpen(status=found.status)
    await _check_limit(tx, found, member_id, 1)
    place: int | None = await tx.value(store.queries.claim_place, draw_id=found.id)
    if place is None:
        raise NoPlaysLeft
    await tx.run(
        store.queries.insert_play,
        draw_id=found.id,
        place=place,
        program_id=program_id,
        member_id=member_id,
        cause=cause,
        now=now,
    )
    where = {"draw_id": found.id, "place": place, "mark": mark_of(store.secret_seed(found), place)}
    won = await tx.maybe(store.queries.win_place, row=Won, member_id=member_id, now=now, **where)
    return place, won


async def close_draw(
    tx: Transaction, program_id: int, code: str, now: datetime, public_value: str = ""
) -> StoredDraw:
    """Close a draw and fix who won; nobody sees it before it is revealed. Closing twice is closing once.

    Refuses with UnknownDraw, DrawNotOpen, PublicValueFixed, and SecretUnreadable without the key that sealed its seed.
    """
    found = await _read(tx, store.queries.lock_draw, program_id, code)
    if found.status in ("closed", "revealed"):
        if public_value not in ("", found.public_value):
            raise PublicValueFixed(public_value=found.public_value)
        return found
    if found.status != "open":
        raise DrawNotOpen(status=found.status)
    digest, seed = "", store.secret_seed(found)
    if found.draw.kind == "instant":
        await store.set_places(tx, found.id, [place for _, place in _places(found.draw, seed)])
    else:
        entries = await published_entries(tx, found)
        digest = entries_digest(entries)
        chosen = numbers(code, seed, digest, public_value)
        won = winners(entries, found.draw.pools, chosen, once_per_holder=found.draw.once_per_member)
        await tx.run(
            store.queries.set_winners,
            draw_id=found.id,
            numbers=list(range(len(won))),
            entry_ids=[entry for _, entry in won],
            now=now,
        )
    await tx.run(
        store.queries.close_draw, id=found.id, entries_digest=digest, public_value=public_value, now=now
    )
    return await get_draw(tx, program_id, code)


async def reveal_draw(tx: Transaction, program_id: int, code: str, now: datetime) -> StoredDraw:
    """Reveal a closed draw: its seed and its winners.

    Refuses with UnknownDraw, DrawNotClosed, and SecretUnreadable without the key that sealed its seed.
    """
    found = await _read(tx, store.queries.lock_draw, program_id, code)
    if found.status == "revealed":
        return found
    if found.status != "closed":
        raise DrawNotClosed(status=found.status)
    await store.mark_revealed(tx, found, now)
    return await get_draw(tx, program_id, code)


async def published_entries(tx: Transaction, found: StoredDraw) -> list[Entry]:
    """Return the tickets of a draw as they are published: holders by a name that leads to nobody."""
    assert found.salt is not None
    rows = await tx.all(store.queries.select_entries, draw_id=found.id)
    return [Entry(number, holder_of(found.salt, member_id), tickets) for number, member_id, tickets in rows]


async def publish_draw(tx: Transaction, program_id: int, code: str) -> Published:
    """Return all that anybody needs to check a revealed draw. Refuses with UnknownDraw, DrawNotRevealed."""
    found = await get_draw(tx, program_id, code)
    if found.revealed_seed is None or found.commitment is None:
        raise DrawNotRevealed(status=found.status)
    instant = found.draw.kind == "instant"
    prizes = await store.select_prizes(tx, found.id)
    if instant:
        won = [(prize.prize, prize.place) for prize in prizes if prize.place is not None]
    else:
        won = [(prize.prize, prize.entry_id) for prize in prizes if prize.entry_id is not None]
    return Published(
        draw=code,
        kind=found.draw.kind,
        commitment=found.commitment,
        seed=found.revealed_seed.hex(),
        public_value=found.public_value if not instant else "",
        pools=found.draw.pools,
        once_per_holder=found.draw.once_per_member,
        places=found.draw.places,
        entries=[] if instant else await published_entries(tx, found),
        winners=won,
    )
