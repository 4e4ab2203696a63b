"""When a key was last used is true for who looks for keys that nobody needs, and no request writes it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.app.serving import application, program_with_key

from regulars.app.key_uses import KeyUses
from regulars.features.programs import Source, issue_write_key, list_keys, put_source
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.db.errors import DatabaseUnavailable

MINUTE = timedelta(minutes=1)


async def with_till(db: Database, clock: FixedClock) -> tuple[int, str, str]:
    """Return a program, an API key of it, and a write key."""
    program, api_key = await program_with_key(db, clock)
    async with db.transaction() as tx:
        till = Source(0, "till", "Till", "segment", False, True, None, None, (), 100)
        source, _ = await put_source(tx, program, till, now=clock.now())
        issued = await issue_write_key(tx, program, source.id, source.code, clock.now())
    return program, api_key, issued.key


async def last_uses(db: Database, program: int) -> dict[str, datetime | None]:
    """Return when each key was last used, by its name."""
    async with db.transaction() as tx:
        return {key.name: key.last_used_at for key in await list_keys(tx, program)}


async def test_keys_that_came_are_written_together_once_a_minute(db: Database, clock: FixedClock) -> None:
    program, api_key, write_key = await with_till(db, clock)
    prefixes = [key.split("_")[1] for key in (api_key, write_key)]
    uses = KeyUses(db, clock)
    first = clock.now()
    for _ in range(3):
        for prefix in prefixes:
            uses.note(prefix)
    assert set((await last_uses(db, program)).values()) == {None}
    assert await uses.write() == 2
    assert set((await last_uses(db, program)).values()) == {first}
    clock.advance(MINUTE / 2)
    uses.note(prefixes[0])
    assert await uses.write() == 0  # written within the minute: later
    clock.advance(MINUTE / 2)
    assert await uses.write() == 1
    assert sorted((await last_uses(db, program)).values()) == [first, first + MINUTE]  # type: ignore[type-var]
    assert await uses.write() == 0


async def test_what_could_not_be_written_is_written_later(
    db: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, api_key, _ = await with_till(db, clock)
    uses = KeyUses(db, clock)
    uses.note(api_key.split("_")[1])
    with monkeypatch.context() as patch:

        async def away(*_: object) -> None:
            raise DatabaseUnavailable

        patch.setattr(Database, "attempt", away)
        with pytest.raises(DatabaseUnavailable):
            await uses.write()
    assert await uses.write() == 1
    assert (await last_uses(db, program))["tests"] == clock.now()


async def test_events_and_calls_of_the_api_are_uses_and_wrong_keys_are_none(
    db: Database, database_url: str, clock: FixedClock
) -> None:
    program, api_key, write_key = await with_till(db, clock)
    clock.advance(MINUTE)
    async with application(database_url, clock) as http:
        event = {"type": "Product Viewed", "member": {"user_id": "ann"}}
        answer = await http.post("/api/v1/events", json=event, auth=(write_key[:-1] + "~", ""))
        assert answer.status_code == 401
        answer = await http.post("/api/v1/events", json=event, auth=(write_key, ""))
        assert answer.status_code == 200, answer.text
        assert (await last_uses(db, program)) == {"till": None, "tests": None}
    # The server stops: what it had in mind is written.
    assert (await last_uses(db, program)) == {"till": clock.now(), "tests": None}
    async with application(database_url, clock) as http:
        clock.advance(MINUTE)
        answer = await http.get("/api/v1/programs/shop/keys", headers={"authorization": f"Bearer {api_key}"})
        assert answer.status_code == 200
    assert (await last_uses(db, program))["tests"] == clock.now()
