"""Enrolment and traits in batches: one member per person, also when two come at once."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from tests.features.members.world import NOW, TERMS, Settings, Terms, enrol, newcomer

from regulars.core.ledger import lock_purses
from regulars.features.members import (
    TraitChange,
    anonymous_among,
    enrol_batch,
    enrol_each,
    get_member,
    resolve_ref,
    split_traits,
    update_traits_batch,
)
from regulars.features.members.errors import UnknownMember
from regulars.features.members.find import find_members
from regulars.infra.db import Database
from regulars.kit.ids import encode


async def test_a_newcomer_gets_a_row_a_profile_identifiers_and_an_empty_purse(db: Database) -> None:
    traits = {
        "firstName": "Ann", "lastName": "Ärger", "birthday": "1990-02-28", "timezone": "Europe/Berlin",
        "email": "Ann@Example.com", "shoe size": Decimal("38.5"), "car": {"brand": "X"}, "vip": True,
        "since": "2020-01-01", "seen": "2026-01-01T10:00:00+02:00", "likes": ["tea", "cake"],
    }  # fmt: skip
    [member_id] = await enrol(db, newcomer(traits, external_id="c1", email="ann@example.com"))
    async with db.transaction() as tx:
        member = await get_member(tx, TERMS, member_id)
        purses = await lock_purses(tx, [member_id])
    assert (member.status, member.revision, str(member.birthday), member.zone) == (
        "active",
        1,
        "1990-02-28",
        "Europe/Berlin",
    )
    assert member.attributes == {
        "shoe size": Decimal("38.5"), "car.brand": "X", "vip": True, "since": "2020-01-01",
        "seen": "2026-01-01T08:00:00Z", "likes": ["tea", "cake"],
    }  # fmt: skip
    assert (member.profile.first_name, member.profile.last_name) == ("Ann", "Ärger")
    assert [(i.kind, i.value) for i in member.identifiers] == [
        ("email", "ann@example.com"),
        ("external_id", "c1"),
    ]
    assert member_id in purses


@pytest.mark.parametrize("count", [1, 100])
async def test_the_number_of_statements_does_not_depend_on_the_size_of_the_batch(
    db: Database, count: int
) -> None:
    people = [
        newcomer({"first_name": f"N{n}", "n": n, "odd": "x"}, external_id=f"c{n}", email=f"n{n}@x.example")
        for n in range(count)
    ]
    async with db.transaction() as tx:
        ids = await enrol_batch(tx, TERMS, people, NOW)
        enrolled = tx.statements
        changes = [
            TraitChange(i, split_traits({"n": "no number", "last_name": "L", "new": 1}), {"card": f"K{i}"})
            for i in ids
        ]
        await update_traits_batch(tx, TERMS, changes, NOW)
        assert len(set(ids)) == count
        assert enrolled == 7
        assert tx.statements - enrolled == 7


async def test_two_newcomers_of_one_batch_with_a_common_identifier_are_one_member(db: Database) -> None:
    first, second, third = await enrol(
        db,
        newcomer({"a": 1}, external_id="c1", email="ann@x.example"),
        newcomer({"b": 2}, email="ann@x.example", phone="+491701234567"),
        newcomer(external_id="c3"),
    )
    assert first == second != third
    async with db.transaction() as tx:
        member = await get_member(tx, TERMS, first)
    assert member.attributes == {"a": 1, "b": 2}
    assert len(member.identifiers) == 3


async def test_a_newcomer_who_is_known_already_is_that_member(db: Database) -> None:
    [ann] = await enrol(db, newcomer({"first_name": "Ann"}, external_id="c1"))
    [bob] = await enrol(db, newcomer({}, phone="+491701234567"))
    [again] = await enrol(
        db, newcomer({"last_name": "Neu"}, external_id="c1", phone="+491701234567", email="ann@x.example")
    )
    assert again == ann != bob
    async with db.transaction() as tx:
        member = await get_member(tx, TERMS, ann)
        assert await resolve_ref(tx, TERMS, "phone:+49 170 1234567") == bob
    assert {i.kind for i in member.identifiers} == {"external_id", "email"}
    assert (member.profile.first_name, member.profile.last_name) == ("Ann", "Neu")


async def test_the_programs_order_decides_when_identifiers_lead_to_several(db: Database) -> None:
    [ann] = await enrol(db, newcomer(email="ann@x.example"))
    [bob] = await enrol(db, newcomer(card="K1"))
    assert await enrol(db, newcomer(email="ann@x.example", card="K1")) == [bob]
    by_mail = Terms(settings=Settings(("email", "card")))
    assert await enrol(db, newcomer(email="ann@x.example", card="K1"), terms=by_mail) == [ann]


async def test_a_shared_browser_does_not_make_two_people_one(db: Database) -> None:
    [ann] = await enrol(db, newcomer(external_id="ann", anonymous_id="browser"))
    [bob] = await enrol(db, newcomer(external_id="bob", anonymous_id="browser"))
    assert ann != bob
    async with db.transaction() as tx:
        assert await resolve_ref(tx, TERMS, "anonymous_id:browser") == ann
        assert await anonymous_among(tx, [ann, bob]) == set()


async def test_an_anonymous_member_becomes_the_person_who_logs_in(db: Database) -> None:
    [nobody] = await enrol(db, newcomer(anonymous_id="browser"))
    async with db.transaction() as tx:
        assert await anonymous_among(tx, [nobody]) == {nobody}
    assert await enrol(db, newcomer(external_id="ann", anonymous_id="browser")) == [nobody]


async def test_many_joins_with_one_address_at_once_make_one_member(db: Database) -> None:
    for turn in range(5):
        joins = [
            enrol(db, newcomer({"n": n}, email=f"ann{turn}@x.example", card=f"{turn}-{n}")) for n in range(8)
        ]
        assert len({ids[0] for ids in await asyncio.gather(*joins)}) == 1
    async with db.transaction() as tx:
        [member] = await find_members(tx, TERMS, "ann3@", 10)
    assert len(member.identifiers) == 9


async def test_programs_do_not_see_each_other(db: Database) -> None:
    other = Terms(id=2)
    [ours] = await enrol(db, newcomer({"a": 1}, email="ann@x.example"))
    [theirs] = await enrol(db, newcomer({"a": "text"}, email="ann@x.example"), terms=other)
    assert ours != theirs
    async with db.transaction() as tx:
        assert await resolve_ref(tx, other, "email:ann@x.example") == theirs
        assert [m.id for m in await find_members(tx, other, "ann", 10)] == [theirs]
        for ref in [
            encode("mem", ours),
            "external_id:ann",
            "mem_",
            "",
            "x",
            "email:\x00",
            "mem_0000000000000:1",
        ]:
            with pytest.raises(UnknownMember):
                await resolve_ref(tx, other, ref)


async def test_traits_add_replace_and_remove(db: Database) -> None:
    [ann] = await enrol(
        db,
        newcomer(
            {"firstName": "Ann", "gender": "f", "birthday": "1990-01-01", "a": 1, "b": 2}, external_id="c1"
        ),
    )
    said: list[dict[str, Any]] = [
        {"a": 5, "c": "x", "lastName": "Lee"},
        {"b": None, "gender": None, "birthday": None, "address": {"city": "Ulm", "planet": "Earth"}},
    ]
    async with db.transaction() as tx:
        await update_traits_batch(tx, TERMS, [TraitChange(ann, split_traits(traits)) for traits in said], NOW)
        member = await get_member(tx, TERMS, ann)
        assert [m.id for m in await find_members(tx, TERMS, "lee a", 5)] == [ann]
    assert member.attributes == {"a": 5, "c": "x"}
    assert member.profile.address == {"city": "Ulm"}
    assert (member.profile.first_name, member.profile.gender, member.birthday, member.revision) == (
        "Ann",
        None,
        None,
        2,
    )


async def test_a_value_of_another_kind_is_converted_or_put_aside(db: Database) -> None:
    [ann] = await enrol(
        db, newcomer({"size": 38, "name_day": "2020-05-05", "note": "x", "tags": ["a"]}, external_id="c1")
    )
    traits = split_traits(
        {
            "size": "39.5",
            "name_day": "tomorrow",
            "note": 7,
            "tags": "b",
            "deep": {"a": {"b": {"c": {"d": 1}}}},
        }
    )
    async with db.transaction() as tx:
        outcome = await update_traits_batch(tx, TERMS, [TraitChange(ann, traits)], NOW)
        member = await get_member(tx, TERMS, ann)
    assert member.attributes == {
        "size": Decimal("39.5"),
        "name_day": "2020-05-05",
        "note": "7",
        "tags": ["b"],
    }
    assert {(p.name, p.reason) for p in outcome.parked} == {
        ("name_day", "wrong_kind"),
        ("deep.a.b.c", "wrong_kind"),
    }


async def test_an_identifier_of_somebody_else_is_reported_and_stays_hers(db: Database) -> None:
    ann, bob = await enrol(db, newcomer(external_id="a", email="ann@x.example"), newcomer(external_id="b"))
    async with db.transaction() as tx:
        change = TraitChange(bob, split_traits({}), {"email": "ann@x.example", "card": "K1"})
        outcome = await update_traits_batch(tx, TERMS, [change], NOW)
        assert [(t.kind, t.owner_id) for t in outcome.taken] == [("email", ann)]
        assert await resolve_ref(tx, TERMS, "card:k1") == bob


async def test_first_values_of_one_attribute_at_once_agree_on_one_kind(db: Database) -> None:
    joins = [
        enrol(db, newcomer({"size": value}, external_id=f"c{n}"))
        for n, value in enumerate([1, "x", True, "2020-01-01"] * 2)
    ]
    await asyncio.gather(*joins)
    async with db.transaction() as tx:
        members = await find_members(tx, TERMS, "c", 20) or await find_members(tx, TERMS, "c0", 20)
    assert len({type(m.attributes["size"]) for m in members if "size" in m.attributes}) == 1


async def test_kinds_of_identifier_that_the_program_does_not_know_lead_to_nobody(db: Database) -> None:
    nobody, ann = await enrol(db, newcomer(shoe="1"), newcomer(shoe="1", card="K1"))
    assert nobody == 0 != ann
    async with db.transaction() as tx:
        assert {i.kind for i in (await get_member(tx, TERMS, ann)).identifiers} == {"card"}
        await update_traits_batch(tx, TERMS, [TraitChange(ann, split_traits({}), {"shoe": "2"})], NOW)
        assert {i.kind for i in (await get_member(tx, TERMS, ann)).identifiers} == {"card"}


async def test_members_just_made_are_told_from_those_who_were_there(db: Database) -> None:
    [ann] = await enrol(db, newcomer(external_id="a"))
    async with db.transaction() as tx:
        people = [
            newcomer(external_id="a"),
            newcomer(external_id="b"),
            newcomer(shoe="1"),
            newcomer(external_id="b"),
        ]
        enrolled = await enrol_each(tx, TERMS, people, NOW)
    assert enrolled.members == [ann, enrolled.members[1], 0, enrolled.members[1]]
    assert enrolled.created == {enrolled.members[1]}
