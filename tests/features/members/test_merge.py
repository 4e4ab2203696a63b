"""Merging two members who are one person, undoing it, erasing, claiming, and what a member may see of herself."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tests.features.members.world import NOW, TERMS, Terms, enrol, newcomer

from regulars.features.members import (
    TraitChange,
    get_member,
    resolve_ref,
    select_merged_ids,
    split_traits,
    update_traits_batch,
)
from regulars.features.members.access import member_record
from regulars.features.members.change import change_member
from regulars.features.members.claim import claim_guest
from regulars.features.members.consent import state_consents
from regulars.features.members.erase import erase_member
from regulars.features.members.errors import (
    IdentifierTaken,
    MemberErased,
    MemberMerged,
    MergeNotLatest,
    MergeUndone,
    SameMember,
    UnknownMember,
    UnknownMerge,
)
from regulars.features.members.find import find_members
from regulars.features.members.merge import merge_members, undo_merge
from regulars.features.members.model import ConsentStatement, Member
from regulars.infra.db import Database, TransactionConflict, load_queries
from regulars.kit.ids import encode

scan = load_queries("tests.features.members", "scan.sql")


async def two(db: Database) -> tuple[int, int]:
    a, b = await enrol(
        db,
        newcomer(
            {"firstName": "Ann", "size": 38, "city": "Ulm", "birthday": "1990-01-01"},
            external_id="a",
            card="K1",
        ),
        newcomer({"lastName": "Lee", "size": 40, "shoes": "red"}, external_id="b", email="ann@x.example"),
    )
    async with db.transaction() as tx:
        await change_member(tx, TERMS, a, {"tags": ["vip", "old"], "spending_blocked": True}, NOW)
        await change_member(tx, TERMS, b, {"tags": ["new"]}, NOW)
        no = ConsentStatement("email", False, "till", NOW - timedelta(days=1))
        await state_consents(tx, TERMS, a, [no], NOW)
        await state_consents(
            tx, TERMS, b, [ConsentStatement("email", True, "web", NOW - timedelta(days=2))], NOW
        )
    return a, b


async def read(db: Database, member_id: int) -> Member:
    async with db.transaction() as tx:
        return await get_member(tx, TERMS, member_id)


async def test_a_merge_joins_two_members_and_undoing_it_parts_them_as_they_were(db: Database) -> None:
    source, target = await two(db)
    before = await read(db, source), await read(db, target)
    async with db.transaction() as tx:
        merge = await merge_members(tx, TERMS, source, target, "same card", NOW)
    one = await read(db, target)
    assert one == merge.target
    assert one.attributes == {"size": 40, "city": "Ulm", "shoes": "red"}
    assert (one.profile.first_name, one.profile.last_name, str(one.birthday)) == ("Ann", "Lee", "1990-01-01")
    assert (one.tags, one.spending_blocked, one.consent["email"].granted) == (
        ["new", "old", "vip"],
        True,
        False,
    )
    assert {(i.kind, i.value) for i in one.identifiers} == {
        ("external_id", "a"), ("external_id", "b"), ("card", "K1"), ("email", "ann@x.example")
    }  # fmt: skip
    async with db.transaction() as tx:
        assert await resolve_ref(tx, TERMS, encode("mem", source)) == target
        assert await resolve_ref(tx, TERMS, "card:k1") == target
        assert await select_merged_ids(tx, target) == sorted([source, target])
        assert [m.id for m in await find_members(tx, TERMS, "lee ann", 9)] == [target]
        with pytest.raises(MemberMerged) as caught:
            await change_member(tx, TERMS, source, {"zone": "UTC"}, NOW)
        assert caught.value.member == encode("mem", target)
        undone = await undo_merge(tx, TERMS, merge.id, NOW)
        with pytest.raises(MergeUndone):
            await undo_merge(tx, TERMS, merge.id, NOW)
    assert undone.target == await read(db, target)
    for was, is_now in zip(before, [await read(db, source), await read(db, target)], strict=True):
        assert is_now.revision > was.revision
        for field in Member.__struct_fields__:
            if field not in ("revision", "updated_at"):
                assert getattr(is_now, field) == getattr(was, field), field


async def test_what_was_changed_after_a_merge_stays_when_it_is_undone(db: Database) -> None:
    source, target = await two(db)
    async with db.transaction() as tx:
        merge = await merge_members(tx, TERMS, source, target, "same card", NOW)
        await change_member(
            tx,
            TERMS,
            target,
            {
                "attributes": {"city": "Bonn", "hat": 7},
                "profile": {"first_name": "Anna"},
                "tags": ["x", "vip"],
            },
            NOW,
        )
        after = (await undo_merge(tx, TERMS, merge.id, NOW)).target
    assert after.attributes == {"size": 40, "city": "Bonn", "shoes": "red", "hat": 7}
    assert (after.profile.first_name, after.tags) == ("Anna", ["x"])


async def test_merges_are_undone_latest_first_and_only_in_their_program(db: Database) -> None:
    a, b = await two(db)
    [c] = await enrol(db, newcomer(external_id="c"))
    async with db.transaction() as tx:
        first = await merge_members(tx, TERMS, a, b, "one", NOW)
        second = await merge_members(tx, TERMS, b, c, "two", NOW)
        assert await resolve_ref(tx, TERMS, encode("mem", a)) == c
        assert await select_merged_ids(tx, c) == sorted([a, b, c])
        with pytest.raises(MergeNotLatest):
            await undo_merge(tx, TERMS, first.id, NOW)
        with pytest.raises(UnknownMerge):
            await undo_merge(tx, Terms(id=2), second.id, NOW)
        with pytest.raises(UnknownMember):
            await merge_members(tx, Terms(id=2), a, b, "theirs", NOW)
        with pytest.raises(SameMember):
            await merge_members(tx, TERMS, c, c, "same", NOW)
        await undo_merge(tx, TERMS, second.id, NOW)
        await undo_merge(tx, TERMS, first.id, NOW)
        assert await resolve_ref(tx, TERMS, "card:K1") == a


async def test_merging_both_ways_at_once_happens_once(db: Database) -> None:
    for turn in range(5):
        a, b = await enrol(db, newcomer(external_id=f"a{turn}"), newcomer(external_id=f"b{turn}"))

        async def merge(source: int, target: int) -> bool:
            try:
                async with db.transaction() as tx:
                    await merge_members(tx, TERMS, source, target, "race", NOW)
            except MemberMerged:
                return False
            return True

        assert sorted(await asyncio.gather(merge(a, b), merge(b, a), merge(a, b))) == [False, False, True]


async def test_traits_that_meet_a_merge_are_not_lost_on_a_member_who_is_gone(db: Database) -> None:
    source, target = await two(db)
    async with db.transaction() as tx:
        await merge_members(tx, TERMS, source, target, "same", NOW)
    with pytest.raises(TransactionConflict):
        async with db.transaction() as tx:
            await update_traits_batch(
                tx, TERMS, [TraitChange(source, split_traits({"x": 1}), {"phone": "+491701234567"})], NOW
            )
    async with db.transaction() as tx:
        with pytest.raises(UnknownMember):
            await resolve_ref(tx, TERMS, "phone:+491701234567")


async def test_erasing_leaves_no_personal_byte_in_any_table_of_members(db: Database) -> None:
    canary = "Zanzibarella"
    a, b = await enrol(
        db,
        newcomer({"firstName": canary, "size": 1, "note": canary, "address": {"city": canary},
                  "birthday": "1990-12-12"},
                 external_id=canary, email=f"{canary.lower()}@x.example"),
        newcomer({"lastName": canary, "n2": canary}, card=canary.upper()),
    )  # fmt: skip
    [other] = await enrol(db, newcomer({"lastName": "Stays"}, external_id="other"))
    async with db.transaction() as tx:
        await update_traits_batch(tx, TERMS, [TraitChange(a, split_traits({"size": canary}))], NOW)
        await change_member(tx, TERMS, b, {"tags": [canary]}, NOW)
        await state_consents(tx, TERMS, a, [ConsentStatement("sms", True, f"call with {canary}")], NOW)
        await merge_members(tx, TERMS, b, a, f"{canary} said so", NOW)
    async with db.transaction() as tx:
        for (table,) in await tx.all(scan.select_tables):
            assert f"members.{table} AS t" in scan.count_rows_with.sql
        assert await tx.value(scan.count_rows_with, needle=f"%{canary}%") > 5
        assert await erase_member(tx, TERMS, a, NOW) == sorted([a, b])
    async with db.transaction() as tx:
        assert await tx.value(scan.count_rows_with, needle=f"%{canary}%") == 0
        assert await tx.value(scan.count_rows_with, needle="%1990-12-12%") == 0
        with pytest.raises(MemberErased):
            await change_member(tx, TERMS, a, {"zone": "UTC"}, NOW)
        assert (await get_member(tx, TERMS, a)).status == "erased"
        assert (await get_member(tx, TERMS, other)).profile.last_name == "Stays"
    assert await enrol(db, newcomer(external_id=canary)) not in ([a], [b])


async def test_a_member_sees_everything_that_is_kept_about_her(db: Database) -> None:
    source, target = await two(db)
    async with db.transaction() as tx:
        await update_traits_batch(tx, TERMS, [TraitChange(source, split_traits({"size": "XL"}))], NOW)
        await merge_members(tx, TERMS, source, target, "same card", NOW)
        record = await member_record(tx, TERMS, target)
    assert record.known_as == [source]
    assert [(c.channel, c.granted, c.source) for c in record.consent_history] == [
        ("email", True, "web"),
        ("email", False, "till"),
    ]
    assert [(p.name, p.value) for p in record.put_aside] == [("size", "XL")]
    assert [m.reason for m in record.merges] == ["same card"]


async def test_a_guests_sale_is_claimed_unless_it_is_somebody_elses(db: Database) -> None:
    [ann] = await enrol(db, newcomer(external_id="ann"))
    [nobody] = await enrol(db, newcomer(anonymous_id="browser"))
    await enrol(db, newcomer(external_id="bob", phone="+491701234567"))
    async with db.transaction() as tx:
        claim = await claim_guest(
            tx, TERMS, ann, {"email": "ann@x.example", "anonymous_id": "browser", "colour": "red"}, NOW
        )
        assert claim.identifiers == {"email": "ann@x.example"}
        assert claim.anonymous_ids == [nobody]
        with pytest.raises(IdentifierTaken):
            await claim_guest(tx, TERMS, ann, {"phone": "+491701234567"}, NOW)
