"""Programs and their parts on a real database: made, changed, refused, cached, kept apart."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from regulars.core import ledger
from regulars.features.programs import (
    ConfigCache,
    configure,
    issue_api_key,
    issue_write_key,
    load_config,
    source_by_write_key,
)
from regulars.features.programs.credentials import bearer_of_api_key, list_keys, note_uses, revoke_key
from regulars.features.programs.errors import (
    ApiKeyNeeded,
    FixedOnceMade,
    InvalidConfiguration,
    InvalidKey,
    ProgramArchived,
    ProgramExists,
    StillInUse,
    TooManyLiveKeys,
    UnknownKey,
)
from regulars.features.programs.model import Program, ProgramSettings, Source, Store
from regulars.infra.db import Database
from regulars.kit.errors import PreconditionFailed

NOW = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)


async def make_program(db: Database, code: str = "acme") -> Program:
    async with db.transaction() as tx:
        return await configure.create_program(
            tx, code, "Acme", currency="EUR", zone="Europe/Berlin", region="DE", now=NOW
        )


def source(code: str = "shop", **parts: object) -> Source:
    fields: dict[str, object] = {
        "id": 0, "code": code, "name": "Web shop", "profile": "segment", "client_side": False, "enrol": True,
        "store": None, "partner": None, "origins": (), "rate_per_second": 100,
    }  # fmt: skip
    return Source(**(fields | parts))  # type: ignore[arg-type]


async def test_a_program_is_made_with_its_parts_and_read_whole(db: Database) -> None:
    program = await make_program(db)
    async with db.transaction() as tx:
        await configure.put_partner(tx, program.id, "bakery", "Bakery", ["burn", "earn"], now=NOW)
        shops = [
            Store(0, "berlin-1", "Berlin", "north", "store", "bakery"),
            Store(0, "web", "Web", "", "web", None),
        ]
        _, new = await configure.put_stores(tx, program.id, shops, now=NOW)
        assert new == 2
        await configure.put_source(tx, program.id, source(store="web", partner="bakery"), now=NOW)
        await configure.put_point_type(tx, program.id, "points", "Points", scale=2, now=NOW)
        _, made = await configure.put_point_type(
            tx, program.id, "crumbs", "Crumbs", kind="partner", partner="bakery", now=NOW
        )
        assert made
    async with db.transaction(read_only=True) as tx:
        config = await load_config(tx, program.id)
        accounts = await ledger.select_accounts(tx, program.id)
    assert config.partners["bakery"].roles == ("earn", "burn")
    assert config.stores["berlin-1"].partner == "bakery"
    assert config.sources_by_code["shop"].store == "web"
    assert [(t.code, t.slot) for t in config.point_types.values()] == [("points", 0), ("crumbs", 1)]
    assert config.redeemable is not None
    assert config.redeemable.code == "points"
    assert accounts[config.point_types["crumbs"].id].funder("partner:bakery") > 0
    assert accounts[config.point_types["points"].id].available > 0


async def test_every_change_raises_the_revision_and_the_cache_follows(db: Database) -> None:
    program = await make_program(db)
    cache = ConfigCache()
    async with db.transaction() as tx:
        first = await cache.get(tx, program.id)
    async with db.transaction() as tx:
        before = tx.statements
        assert await cache.get(tx, program.id) is first
        assert tx.statements == before + 1
        assert await cache.get(tx, program.id, first.revision) is first
        assert tx.statements == before + 1
    async with db.transaction() as tx:
        await configure.put_point_type(tx, program.id, "points", "Points", now=NOW)
    async with db.transaction() as tx:
        second = await cache.get(tx, program.id)
    assert second.revision == first.revision + 1
    assert "points" in second.point_types


async def test_slots_are_never_reused_and_making_point_types_at_once_gives_each_its_own(db: Database) -> None:
    program = await make_program(db)

    async def put(code: str) -> int:
        async with db.transaction() as tx:
            return (await configure.put_point_type(tx, program.id, code, code, now=NOW))[0].slot

    assert sorted(await asyncio.gather(*(put(f"p{n}") for n in range(8)))) == list(range(8))
    async with db.transaction() as tx:
        await configure.archive_point_type(tx, program.id, "p3", NOW)
    assert await put("late") == 8


async def test_what_balances_depend_on_is_fixed_once_made(db: Database) -> None:
    program = await make_program(db)
    async with db.transaction() as tx:
        await configure.put_point_type(tx, program.id, "points", "Points", scale=2, now=NOW)
    with pytest.raises(FixedOnceMade):
        async with db.transaction() as tx:
            await configure.put_point_type(tx, program.id, "points", "Points", scale=0, now=NOW)
    with pytest.raises(FixedOnceMade):
        async with db.transaction() as tx:
            await configure.change_program(tx, program.id, {"currency": "USD"})
    with pytest.raises(ProgramExists):
        await make_program(db)


async def test_points_do_not_begin_after_their_end(db: Database) -> None:
    """A fixed day is good to its end where the program is; one that is over is refused, unless it was known before."""
    program = await make_program(db)

    async def put(day: str, at: datetime, name: str = "Points") -> None:
        policy = {"expiry": {"fixed": day}}
        async with db.transaction() as tx:
            await configure.put_point_type(tx, program.id, "points", name, policy=policy, now=at)

    late = datetime(2026, 3, 2, 22, 59, tzinfo=UTC)
    await put("2026-03-02", late)
    with pytest.raises(InvalidConfiguration) as refused:
        await put("2026-03-01", late)
    (error,) = refused.value.errors
    assert (error.path, error.code) == ("policy.expiry.fixed", "past")
    assert "end_of: year" in error.message
    # It is midnight in Berlin: the day is over, and what is known of it may be said again.
    await put("2026-03-02", late + timedelta(minutes=1), "Stars")
    async with db.transaction() as tx:
        assert (await load_config(tx, program.id)).point_types["points"].name == "Stars"


async def test_an_outdated_version_is_refused(db: Database) -> None:
    program = await make_program(db)
    async with db.transaction() as tx:
        made, _ = await configure.put_partner(tx, program.id, "bakery", "Bakery", now=NOW)
        changed, _ = await configure.put_partner(
            tx, program.id, "bakery", "Bäckerei", now=NOW, expected=configure.version_of(made)
        )
    assert changed.name == "Bäckerei"
    for code, expected in [("bakery", configure.version_of(made)), ("unknown", "*")]:
        with pytest.raises(PreconditionFailed):
            async with db.transaction() as tx:
                await configure.put_partner(tx, program.id, code, "X", now=NOW, expected=expected)


async def test_a_part_in_use_is_not_archived_and_an_archived_program_is_closed(db: Database) -> None:
    program = await make_program(db)
    async with db.transaction() as tx:
        await configure.put_partner(tx, program.id, "bakery", "Bakery", now=NOW)
        await configure.put_stores(tx, program.id, [Store(0, "s1", "One", "", "store", "bakery")], now=NOW)
    with pytest.raises(StillInUse, match="s1"):
        async with db.transaction() as tx:
            await configure.archive_partner(tx, program.id, "bakery", NOW)
    async with db.transaction() as tx:
        await configure.archive_program(tx, program.id, NOW)
    with pytest.raises(ProgramArchived):
        async with db.transaction() as tx:
            await configure.put_partner(tx, program.id, "other", "Other", now=NOW)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"zone": "Mars/Base"}, "zone"),
        ({"region": "ZZ"}, "region"),
        ({"name": " "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"settings": ProgramSettings(identifier_order=("email", "email"))}, "settings.identifier_order[1]"),
        ({"settings": ProgramSettings(identifier_order=("E-Mail",))}, "settings.identifier_order[0]"),
        ({"settings": ProgramSettings(identifier_order=())}, "settings.identifier_order"),
        ({"settings": ProgramSettings(amount_base="gross")}, "settings.amount_base"),
    ],
)
async def test_a_refusal_names_the_field(db: Database, changes: dict[str, object], path: str) -> None:
    program = await make_program(db)
    with pytest.raises(InvalidConfiguration) as caught:
        async with db.transaction() as tx:
            await configure.change_program(tx, program.id, changes)
    assert [error.path for error in caught.value.errors] == [path]


async def test_a_partner_of_another_program_is_unknown_here(db: Database) -> None:
    ours, theirs = await make_program(db), await make_program(db, "other")
    async with db.transaction() as tx:
        await configure.put_partner(tx, theirs.id, "bakery", "Bakery", now=NOW)
    with pytest.raises(InvalidConfiguration) as caught:
        async with db.transaction() as tx:
            await configure.put_stores(tx, ours.id, [Store(0, "s", "S", "", "store", "bakery")], now=NOW)
    assert caught.value.errors[0].path == "partner"


async def test_a_key_works_until_it_is_revoked_expired_disabled_or_archived(db: Database) -> None:
    program = await make_program(db)
    async with db.transaction() as tx:
        shop, _ = await configure.put_source(tx, program.id, source(), now=NOW)
        write = await issue_write_key(tx, program.id, shop.id, shop.code, NOW)
        short = await issue_write_key(tx, program.id, shop.id, shop.code, NOW, NOW + timedelta(days=1))
        api = await issue_api_key(tx, program.id, "till", ["integrator"], NOW)
        platform = await issue_api_key(tx, None, "ops", ["platform"], NOW)
    async with db.transaction() as tx:
        before = tx.statements
        bearer = await source_by_write_key(tx, write.key, NOW)
        assert tx.statements == before + 1
        assert (bearer.program_id, bearer.source_id) == (program.id, shop.id)
        await note_uses(tx, [bearer.prefix], NOW)
        assert (await bearer_of_api_key(tx, api.key, NOW)).roles == ("integrator",)
        assert (await bearer_of_api_key(tx, platform.key, NOW)).program_id is None
        config = await ConfigCache().get(tx, program.id)
        assert bearer.revision == config.revision
        for wrong in [
            "",
            "wk_",
            write.key[:-1] + "~",
            write.key + "x",
            api.key,
            "wk_aaaaaaaaaaaa_" + "A" * 43,
        ]:
            with pytest.raises(InvalidKey):
                await source_by_write_key(tx, wrong, NOW)
        with pytest.raises(ApiKeyNeeded):
            await bearer_of_api_key(tx, write.key, NOW)
        # Where events are sent, the advice to take an API key would mislead whoever mistyped a write key.
        with pytest.raises(InvalidKey):
            await bearer_of_api_key(tx, "wk_aaaaaaaaaaaa_" + "A" * 43, NOW)
        with pytest.raises(InvalidKey):
            await source_by_write_key(tx, short.key, NOW + timedelta(days=1))
        with pytest.raises(TooManyLiveKeys):
            await issue_write_key(tx, program.id, shop.id, shop.code, NOW)
    async with db.transaction() as tx:
        await revoke_key(tx, program.id, short.prefix, NOW)
        with pytest.raises(InvalidKey):
            await source_by_write_key(tx, short.key, NOW)
        with pytest.raises(UnknownKey):
            await revoke_key(tx, None, write.prefix, NOW)
        shown = await list_keys(tx, program.id)
        assert {key.prefix for key in shown} == {write.prefix, short.prefix, api.prefix}
        assert write.key not in repr(shown)
        assert next(key for key in shown if key.prefix == write.prefix).last_used_at == NOW
        await configure.disable_source(tx, program.id, "shop", NOW)
        with pytest.raises(InvalidKey):
            await source_by_write_key(tx, write.key, NOW)
        await configure.archive_program(tx, program.id, NOW)
        with pytest.raises(InvalidKey):
            await bearer_of_api_key(tx, api.key, NOW)


async def test_two_live_keys_are_the_limit_even_when_asked_for_at_once(db: Database) -> None:
    program = await make_program(db)

    async def issue() -> bool:
        try:
            async with db.transaction() as tx:
                await issue_api_key(tx, program.id, "till", ["integrator"], NOW)
        except TooManyLiveKeys:
            return False
        return True

    assert sum(await asyncio.gather(*(issue() for _ in range(8)))) == 2
