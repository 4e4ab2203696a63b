"""Changes are noted in the transaction that makes them, chained, and tampering is found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import psycopg
import pytest

from regulars.features.audit import Entry, Verification, Wanted, read_anchor, select_entries, verify
from regulars.features.programs import create_program, issue_api_key, put_partner
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, Transaction, acting

Tamper = Callable[[str], None]


async def read(db: Database, **wanted: object) -> list[Entry]:
    """Return the changes that fit, oldest first."""
    async with db.transaction(read_only=True) as tx:
        return (await select_entries(tx, Wanted(**wanted), before=2**62, limit=200))[::-1]  # type: ignore[arg-type]


async def check(db: Database, anchor: str | None = None) -> Verification:
    """Verify the chain."""
    async with db.transaction(read_only=True, snapshot=True) as tx:
        return await verify(tx, read_anchor(anchor) if anchor else None)


async def write(db: Database, work: Callable[[Transaction], Awaitable[object]]) -> None:
    """Do some work in a transaction."""
    async with db.transaction() as tx:
        await work(tx)


@pytest.fixture
async def program_id(db: Database, clock: FixedClock) -> int:
    """Return a program made by Ann, with three partners."""
    with acting("staff:7", "req_1"):
        async with db.transaction() as tx:
            made = await create_program(
                tx, "corner", "Corner", currency="EUR", zone="Europe/Berlin", region="DE", now=clock.now()
            )
    with acting("key:3", "req_2"):
        for code in ("baker", "florist", "garage"):
            async with db.transaction() as tx:
                await put_partner(tx, made.id, code, code.title(), now=clock.now())
    return made.id


async def test_who_what_before_and_after(db: Database, clock: FixedClock, program_id: int) -> None:
    with acting("staff:8", "req_3"):
        async with db.transaction() as tx:
            await put_partner(tx, program_id, "baker", "Baker & Son", roles=["burn"], now=clock.now())
    program, *partners, changed = await read(db)
    assert (program.actor, program.kind, program.action, program.program) == (
        "staff:7", "programs.program", "created", "corner",
    )  # fmt: skip
    assert [(one.name, one.actor, one.request_id) for one in partners] == [
        (code, "key:3", "req_2") for code in ("baker", "florist", "garage")
    ]
    assert (changed.actor, changed.kind, changed.name, changed.action) == (
        "staff:8", "programs.partner", "baker", "changed",
    )  # fmt: skip
    assert changed.before == {"name": "Baker", "roles": ["earn"]}
    assert changed.after == {"name": "Baker & Son", "roles": ["burn"]}


async def test_nothing_is_noted_of_what_was_not_done(
    db: Database, clock: FixedClock, program_id: int
) -> None:
    before = len(await read(db))
    with pytest.raises(ZeroDivisionError):
        async with db.transaction() as tx:
            await put_partner(tx, program_id, "baker", "Another", now=clock.now())
            raise ZeroDivisionError
    async with db.transaction() as tx:
        await put_partner(tx, program_id, "baker", "Baker", now=clock.now())  # as it was
    assert len(await read(db)) == before
    assert (await check(db)).sound


async def test_secrets_are_hidden(db: Database, clock: FixedClock, program_id: int) -> None:
    async with db.transaction() as tx:
        issued = await issue_api_key(tx, program_id, "crm", ("members:read",), clock.now())
    (entry,) = await read(db, kind="programs.credential")
    assert entry.after is not None
    assert (entry.after["secret_hash"], entry.after["prefix"]) == ("(hidden)", issued.prefix)
    assert entry.actor == "system"


async def test_filters(db: Database, program_id: int) -> None:
    assert [one.name for one in await read(db, actor="key:3", object="florist")] == ["florist"]
    assert [one.kind for one in await read(db, request_id="req_1")] == ["programs.program"]
    assert await read(db, program_id=program_id + 1) == []
    assert len(await read(db, program_id=program_id)) == 4
    assert await read(db, since=datetime(2999, 1, 1, tzinfo=UTC)) == []
    assert len(await read(db, until=datetime(2999, 1, 1, tzinfo=UTC))) == 4
    assert await read(db, action="removed") == []


async def test_the_role_of_the_application_cannot_write_it(database_url: str, program_id: int) -> None:
    async with Database.open(database_url, acting_as="regulars_app") as db:
        async with db.transaction() as tx:  # what it does is noted all the same
            await put_partner(tx, program_id, "hotel", "Hotel", now=datetime(2026, 3, 2, tzinfo=UTC))
        assert len(await read(db, kind="programs.partner")) == 4
        assert (await check(db)).sound
    for statement in (
        "INSERT INTO audit.entry (at, actor, request_id, action, kind, key, name)"
        " VALUES (now(), 'me', '', 'created', 'x', 'x', 'x')",
        "UPDATE audit.entry SET actor = 'me'",
        "DELETE FROM audit.entry",
        "TRUNCATE audit.entry CASCADE",
        "UPDATE audit.head SET place = 0",
        "DELETE FROM audit.seal",
        "INSERT INTO audit.seal VALUES (99, 1, '')",
    ):
        with psycopg.connect(database_url) as connection:
            connection.execute("SET ROLE regulars_app")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


ENTRY = "SELECT number FROM audit.entry WHERE name = 'florist'"
ATTACKS = {
    "edited": f"UPDATE audit.entry SET actor = 'staff:99' WHERE number = ({ENTRY})",
    "edited values": f"UPDATE audit.entry SET after = after || '{{\"name\": \"x\"}}' WHERE number = ({ENTRY})",
    "back-dated": f"UPDATE audit.entry SET at = at - interval '1 microsecond' WHERE number = ({ENTRY})",
    "removed": f"DELETE FROM audit.seal WHERE number = ({ENTRY}); DELETE FROM audit.entry WHERE name = 'florist'",
    "removed from one": (
        "ALTER TABLE audit.seal DROP CONSTRAINT seal_number_fkey; DELETE FROM audit.entry WHERE name = 'florist'"
    ),
    "reordered": (
        "UPDATE audit.seal SET place = -place;"
        "UPDATE audit.seal SET place = CASE place WHEN -2 THEN 3 WHEN -3 THEN 2 ELSE -place END"
    ),
    "closed the gap": (
        f"DELETE FROM audit.seal WHERE number = ({ENTRY}); DELETE FROM audit.entry WHERE name = 'florist';"
        "UPDATE audit.seal SET place = 3 WHERE place = 4; UPDATE audit.head SET place = 3"
    ),
    "tail cut": "DELETE FROM audit.seal WHERE place = 4; DELETE FROM audit.entry WHERE name = 'garage'",
    "added": (
        "SET session_replication_role = replica; INSERT INTO audit.entry"
        " (at, actor, request_id, action, kind, key, name) VALUES (now(), 'me', '', 'created', 'x', 'x', 'x')"
    ),
    "everything gone": "TRUNCATE audit.entry, audit.seal",
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
async def test_tampering_is_found(db: Database, database_url: str, program_id: int, attack: str) -> None:
    sound = await check(db)
    assert (sound.sound, sound.entries) == (True, 4)
    with psycopg.connect(database_url) as connection:
        connection.execute(ATTACKS[attack].encode())
    found = await check(db)
    assert not found.sound
    assert found.problem


async def test_who_rewrites_the_whole_chain_is_found_by_an_anchor_kept_outside(
    db: Database, database_url: str, program_id: int, clock: FixedClock
) -> None:
    anchor = str((await check(db)).anchor)
    async with db.transaction() as tx:
        await put_partner(tx, program_id, "hotel", "Hotel", now=clock.now())
    assert (await check(db, anchor)).sound
    with psycopg.connect(database_url) as connection:
        connection.execute(
            b"DELETE FROM audit.seal WHERE place >= 4; DELETE FROM audit.entry WHERE name IN ('garage', 'hotel')"
        )
        connection.execute(
            b"UPDATE audit.head SET (place, hash) = (SELECT place, hash FROM audit.seal WHERE place = 3)"
        )
    assert (await check(db)).sound  # from inside there is nothing to see
    found = await check(db, anchor)
    assert "anchor" in (found.problem or "")


async def test_an_entry_that_is_committed_late_is_chained_where_it_was_committed(
    db: Database, program_id: int, clock: FixedClock
) -> None:
    async with db.transaction() as slow:
        await put_partner(slow, program_id, "early", "Early", now=clock.now())
        async with db.transaction() as quick:
            await issue_api_key(quick, None, "quick", ("audit:read",), clock.now())
    assert (await check(db)).sound
    assert [one.kind for one in await read(db)][-2:] == ["programs.partner", "programs.credential"]
