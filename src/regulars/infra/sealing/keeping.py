"""Keeping a database and its key together: what a start checks, what doctor sees, and changing the key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from regulars.infra.db import Query, Transaction, load_queries
from regulars.infra.sealing.columns import SealedColumn
from regulars.infra.sealing.errors import (
    SecretKeyFixed,
    SecretKeyMissing,
    SecretKeyWrong,
    SecretUnreadable,
)
from regulars.infra.sealing.keys import KeyPlace, Keyring, new_key_text

queries = load_queries(__package__)


class Kept(msgspec.Struct, frozen=True):
    """What was found: the key in use by its id (None before the first start), and how many secrets are how."""

    in_use: str | None
    sealed: int
    clear: int
    unreadable: int


class Resealed(msgspec.Struct, frozen=True):
    """What became of a change of keys: the key in use, secrets sealed anew, and those that nobody can read."""

    key: str
    sealed: int
    unreadable: int


class _Value(msgspec.Struct, frozen=True):
    column: SealedColumn
    at: str
    value: str | bytes
    row: tuple[object, ...]


async def settle(tx: Transaction, place: KeyPlace, columns: Sequence[SealedColumn], now: datetime) -> int:
    """Do what a start does: the key fits the database, and nothing stands in clear. Return how many were sealed.

    The first start of an installation makes its key. Raises SecretKeyMissing, SecretKeyWrong, SecretKeyMalformed.
    """
    in_use = await tx.value(queries.select_key_in_use)
    ring = place.read()
    if ring is None:
        if in_use is not None:
            raise SecretKeyMissing(key=in_use, file=str(place.file))
        ring = place.make()
    if in_use is None:
        await tx.run(queries.note_first_key, id=ring.current, now=now)
        in_use = await tx.value(queries.select_key_in_use)
    if in_use not in ring:
        raise SecretKeyWrong(key=in_use, here=" ".join(ring.ids))
    if all(_key(one) is not None for one in await _values(tx, queries.select_values, columns)):
        return 0
    return (await _reseal(tx, columns, ring, lambda name: name is None)).sealed


async def look(tx: Transaction, ring: Keyring | None, columns: Sequence[SealedColumn]) -> Kept | None:
    """Return how a database and the keys that are here fit together; None before it has been migrated."""
    if not await tx.value(queries.is_migrated):
        return None
    found = await _values(tx, queries.select_values, columns)
    clear = sum(_key(one) is None for one in found)
    unreadable = sum(_key(one) is not None and not _opens(one, ring) for one in found)
    return Kept(await tx.value(queries.select_key_in_use), len(found) - clear - unreadable, clear, unreadable)


async def rotate(
    tx: Transaction,
    place: KeyPlace,
    columns: Sequence[SealedColumn],
    now: datetime,
    *,
    new: bool = True,
    lost: bool = False,
) -> Resealed:
    """Seal everything anew: with a new key, or (`new` false) with the first one that is here.

    The file keeps the replaced key, and those that some secret still needs: servers that run read it again. `lost`
    gives up what cannot be read instead of asking for its key. Raises SecretKeyMissing, SecretKeyWrong,
    SecretKeyMalformed, SecretKeyFixed.
    """
    in_use = await tx.value(queries.lock_key_in_use)
    ring = place.read()
    if not lost:
        _fits(place, ring, in_use)
    found = await _values(tx, queries.lock_values, columns)
    if new:
        ring = _with_new_key(place, ring, {name for one in found if (name := _key(one)) is not None})
    if ring is None:
        raise SecretKeyMissing(file=str(place.file))
    current = ring.current
    done = await _reseal(tx, columns, ring, lambda name: name != current)
    await tx.run(queries.update_key_in_use, id=current, now=now)
    return done


def _fits(place: KeyPlace, ring: Keyring | None, in_use: str | None) -> None:
    if ring is None and in_use is not None:
        raise SecretKeyMissing(key=in_use, file=str(place.file))
    if ring is not None and in_use is not None and in_use not in ring:
        raise SecretKeyWrong(key=in_use, here=" ".join(ring.ids))


def _with_new_key(place: KeyPlace, ring: Keyring | None, needed: set[str]) -> Keyring:
    if place.text is not None:
        raise SecretKeyFixed
    if ring is None:
        return place.make()
    return place.replace([new_key_text(), *ring.texts({ring.current, *needed})])


async def _reseal(
    tx: Transaction, columns: Sequence[SealedColumn], ring: Keyring, chosen: Callable[[str | None], bool]
) -> Resealed:
    """Seal the values anew whose key is `chosen`, column by column: where a row lies changes with each."""
    sealed = unreadable = 0
    for column in columns:
        for one in await _values(tx, queries.lock_values, [column]):
            if not chosen(_key(one)):
                continue
            try:
                value = column.resealed(one.value, ring, one.row)
            except SecretUnreadable:
                unreadable += 1
                continue
            sealed += await tx.run(_for(queries.update_value, column), at=one.at, value=value)
    return Resealed(ring.current, sealed, unreadable)


async def _values(tx: Transaction, query: Query, columns: Sequence[SealedColumn]) -> list[_Value]:
    return [
        _Value(column, row[0], row[1], tuple(row[2:]))
        for column in columns
        for row in await tx.all(_for(query, column))
    ]


def _for(query: Query, column: SealedColumn) -> Query:
    sql = query.sql.format(table=column.table, column=column.column, key=", ".join(column.key))
    return msgspec.structs.replace(query, sql=sql)


def _key(one: _Value) -> str | None:
    return one.column.key_of(one.value)


def _opens(one: _Value, ring: Keyring | None) -> bool:
    try:
        return ring is not None and one.column.plain(one.value, ring, one.row) is not None
    except SecretUnreadable:
        return False
