"""A database and its key: first start, wrong and missing keys, what stood in clear, rotation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries
from regulars.infra.sealing import (
    KeyPlace,
    SealedColumn,
    SecretKeyFixed,
    SecretKeyMissing,
    SecretKeyWrong,
    SecretUnreadable,
    hold_keys,
    look,
    new_key_text,
    rotate,
    settle,
)
from regulars.infra.sealing.held import place_of_environment

queries = load_queries("tests.infra.sealing")
WORD = SealedColumn("public.thing", "word", ("id",))
RAW = SealedColumn("public.thing", "raw", ("id",), binary=True)
COLUMNS = (WORD, RAW)


class Things:
    """A database with two rows of secrets, and the place of its key."""

    def __init__(self, db: Database, clock: FixedClock, place: KeyPlace) -> None:
        self.db, self.clock, self.place = db, clock, place

    async def settle(self, place: KeyPlace | None = None) -> int:
        async with self.db.transaction() as tx:
            return await settle(tx, place or self.place, COLUMNS, self.clock.now())

    async def rotate(self, place: KeyPlace | None = None, **options: bool) -> Any:
        async with self.db.transaction() as tx:
            return await rotate(tx, place or self.place, COLUMNS, self.clock.now(), **options)

    async def add(self, number: int, word: str | None, raw: bytes | None) -> None:
        async with self.db.transaction() as tx:
            await tx.run(queries.insert_thing, id=number, word=word, raw=raw)

    async def rows(self) -> list[tuple[int, str, bytes]]:
        async with self.db.transaction(read_only=True) as tx:
            return await tx.all(queries.select_things)  # type: ignore[return-value]

    async def opened(self) -> list[tuple[str, bytes]]:
        return [(WORD.open(word, n), RAW.open_bytes(raw, n)) for n, word, raw in await self.rows()]

    async def look(self) -> tuple[int, int, int]:
        async with self.db.transaction(read_only=True) as tx:
            kept = await look(tx, self.place.read(), COLUMNS)
        assert kept is not None
        return kept.sealed, kept.clear, kept.unreadable


@pytest.fixture
async def things(db: Database, clock: FixedClock, tmp_path: Path) -> Any:
    place = KeyPlace(None, tmp_path / "secret.key")
    hold_keys(place)
    async with db.transaction() as tx:
        await tx.run(queries.make_things)
    yield Things(db, clock, place)
    hold_keys(place_of_environment())


async def test_the_first_start_makes_the_key_and_seals_what_stood_in_clear(things: Things) -> None:
    await things.add(1, "first", b"\x00\xff")
    await things.add(2, "second", b"sealed, not")
    await things.add(3, None, None)
    assert await things.settle() == 4
    stored = (await things.rows())[:2]
    assert all(word.startswith("sealed:") and raw.startswith(b"sealed:") for _, word, raw in stored)
    assert "first" not in repr(stored)
    assert b"\xff" not in stored[0][2]
    assert WORD.open(stored[0][1], 1) == "first"
    assert RAW.open_bytes(stored[0][2], 1) == b"\x00\xff"
    assert await things.settle() == 0
    assert await things.look() == (4, 0, 0)


async def test_a_secret_moved_to_another_row_does_not_open(things: Things) -> None:
    await things.add(1, "first", b"1")
    await things.add(2, "second", b"2")
    await things.settle()
    async with things.db.transaction() as tx:
        await tx.run(queries.swap_words)
    with pytest.raises(SecretUnreadable):
        await things.opened()
    assert await things.look() == (2, 0, 2)


async def test_another_key_is_refused_with_what_to_do(things: Things, tmp_path: Path) -> None:
    await things.settle()
    other = KeyPlace(new_key_text(), tmp_path / "none")
    with pytest.raises(SecretKeyWrong, match="all servers of one database have the same") as refusal:
        await things.settle(other)
    mine = things.place.read()
    assert mine is not None
    assert refusal.value.key == mine.current
    with pytest.raises(SecretKeyWrong):
        await things.rotate(
            KeyPlace(None, tmp_path / "other.key").make() and KeyPlace(None, tmp_path / "other.key")
        )


async def test_a_missing_key_is_not_made_anew_while_something_is_sealed_with_it(
    things: Things, tmp_path: Path
) -> None:
    await things.settle()
    elsewhere = KeyPlace(None, tmp_path / "restored" / "secret.key")
    with pytest.raises(SecretKeyMissing, match="Put its file back") as refusal:
        await things.settle(elsewhere)
    assert refusal.value.file == str(elsewhere.file)
    assert not elsewhere.file.exists()
    with pytest.raises(SecretKeyMissing):
        await things.rotate(elsewhere)
    assert not elsewhere.file.exists()


async def test_rotation_seals_everything_anew_and_keeps_the_key_before(things: Things) -> None:
    await things.add(1, "first", b"1")
    await things.settle()
    before, stored = things.place.read(), await things.rows()
    assert before is not None
    done = await things.rotate()
    after = things.place.read()
    assert after is not None
    assert (done.sealed, done.unreadable, done.key) == (2, 0, after.current)
    assert after.ids == (done.key, before.current)
    assert things.place.file.stat().st_mode & 0o777 == 0o600
    assert all(old[1] != new[1] for old, new in zip(stored, await things.rows(), strict=True))
    # This process held the old key: it reads the file again by itself.
    assert await things.opened() == [("first", b"1")]
    assert await things.settle() == 0
    last = (await things.rotate()).key
    ring = things.place.read()
    assert ring is not None
    assert ring.ids == (last, done.key)


async def test_a_key_some_secret_still_needs_stays_in_the_file(things: Things) -> None:
    """A server that had not read the file again sealed with the old key while it was changed."""
    await things.settle()
    old = things.place.read()
    assert old is not None
    await things.rotate()
    await things.add(1, old.seal(b"late", WORD.place(1)), None)
    assert (await things.rotate()).sealed == 1
    async with things.db.transaction(read_only=True) as tx:
        [(_, word, _)] = await tx.all(queries.select_things)
    assert WORD.open(word, 1) == "late"
    ring = things.place.read()
    assert ring is not None
    assert old.current in ring


async def test_a_key_of_the_environment_is_changed_by_whoever_wrote_it(
    things: Things, tmp_path: Path
) -> None:
    old, new = new_key_text(), new_key_text()
    only, both = KeyPlace(old, tmp_path / "none"), KeyPlace(f"{new},{old}", tmp_path / "none")
    hold_keys(only)
    await things.add(1, "first", b"1")
    await things.settle(only)
    with pytest.raises(SecretKeyFixed, match="--reseal"):
        await things.rotate(only)
    assert await things.settle(both) == 0
    assert (await things.rotate(both, new=False)).sealed == 2
    hold_keys(KeyPlace(new, tmp_path / "none"))
    assert await things.opened() == [("first", b"1")]
    with pytest.raises(SecretKeyWrong):
        await things.settle(only)


async def test_a_key_that_is_lost_is_given_up_only_when_told(things: Things) -> None:
    await things.add(1, "first", b"1")
    await things.settle()
    things.place.file.unlink()
    done = await things.rotate(lost=True)
    assert (done.sealed, done.unreadable) == (0, 2)
    assert await things.settle() == 0
    with pytest.raises(SecretUnreadable, match="set the secret anew"):
        await things.opened()
    assert await things.look() == (0, 0, 2)


async def test_a_database_that_was_never_migrated_has_nothing_to_say(empty_database_url: str) -> None:
    async with Database.open(empty_database_url) as db, db.transaction(read_only=True) as tx:
        assert await look(tx, None, COLUMNS) is None
