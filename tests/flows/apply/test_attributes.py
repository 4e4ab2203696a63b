"""Attributes of members in a program's document: stated before anybody has them, never lost by leaving them out."""

from __future__ import annotations

from typing import Any

import pytest

from regulars.features.members import list_attributes, note_attributes
from regulars.features.programs import load_config, program_by_code
from regulars.flows.apply import (
    Applied,
    ProgramDocumentInvalid,
    apply_document,
    decode_document,
    export_program,
)
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

PROGRAM: dict[str, Any] = {
    "program": {"code": "shop", "name": "Shop", "currency": "EUR", "zone": "Europe/Riga", "region": "LV"},
    "point_types": [{"code": "points", "name": "Points"}],
    "member_attributes": {
        "shoe_size": {"kind": "number", "label": "Size of shoes"},
        "car.brand": {"kind": "text"},
    },
    "rules": [
        {
            "code": "big-feet",
            "trigger": {"event": "Order Completed"},
            "when": {
                "combinator": "and",
                "rules": [{"field": "member.attributes.shoe_size", "operator": ">=", "value": 45}],
            },
            "then": [{"award": {"point_type": "points", "points": 5}}],
        }
    ],
    "publish": True,
}


async def apply(db: Database, clock: FixedClock, **changed: Any) -> Applied:
    """Apply the program, with some of its sections changed; None leaves one out."""
    document = {name: part for name, part in {**PROGRAM, **changed}.items() if part is not None}
    async with db.transaction() as tx:
        return await apply_document(tx, decode_document(document), "shop", now=clock.now(), may_create=True)


async def exported(db: Database) -> dict[str, Any]:
    async with db.transaction(read_only=True) as tx:
        return await export_program(tx, await load_config(tx, (await program_by_code(tx, "shop")).id))


async def test_a_rule_may_ask_for_what_nobody_has_yet(db: Database, clock: FixedClock) -> None:
    """A program with rules about attributes can be made in an empty installation, from its export too."""
    applied = await apply(db, clock)
    assert applied.plan.version == 1
    assert (await exported(db))["member_attributes"] == PROGRAM["member_attributes"]
    assert (await apply(db, clock)).plan.empty


async def test_what_was_inferred_is_exported_and_stays(db: Database, clock: FixedClock) -> None:
    await apply(db, clock)
    async with db.transaction() as tx:
        program_id = (await program_by_code(tx, "shop")).id
        await note_attributes(tx, program_id, {"pet": "text"}, clock.now())
    found = await exported(db)
    assert found["member_attributes"]["pet"] == {"kind": "text"}
    assert (await apply(db, clock, member_attributes=found["member_attributes"])).plan.empty
    # The shorter list, and none at all, forget nothing.
    assert (await apply(db, clock)).plan.empty
    assert (await apply(db, clock, member_attributes=None)).plan.empty
    async with db.transaction(read_only=True) as tx:
        assert {one.name for one in await list_attributes(tx, program_id)} == {
            "shoe_size",
            "car.brand",
            "pet",
        }


async def test_a_kind_is_changed_and_shown_in_the_plan(db: Database, clock: FixedClock) -> None:
    await apply(db, clock, rules=None)
    changed = {"shoe_size": {"kind": "text"}}
    plan = (await apply(db, clock, rules=None, member_attributes=changed)).plan
    assert [(one.kind, one.code, one.action) for one in plan.changes] == [
        ("attribute of members", "shoe_size", "change")
    ]
    assert (await exported(db))["member_attributes"]["shoe_size"] == {"kind": "text"}


@pytest.mark.parametrize(
    ("attributes", "path"),
    [
        ({"shoe_size": {"kind": "size"}}, "member_attributes[shoe_size].kind"),
        ({"shoe_size": {"kind": "text", "tpye": 1}}, "member_attributes[shoe_size].tpye"),
        ({"": {"kind": "text"}}, "member_attributes[].name"),
    ],
)
async def test_mistakes_say_where(
    db: Database, clock: FixedClock, attributes: dict[str, Any], path: str
) -> None:
    with pytest.raises(ProgramDocumentInvalid) as refused:
        await apply(db, clock, rules=None, member_attributes=attributes)
    assert refused.value.errors[0].path == path
