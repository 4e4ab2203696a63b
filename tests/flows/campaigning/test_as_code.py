"""Campaigns in a program's document: applied, exported, applied again; and from the command line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.flows.campaigning.test_campaigning import PROGRAM

from regulars.features import campaigns, staff
from regulars.features.programs import load_config, program_by_code
from regulars.features.staff import Assignment
from regulars.flows.apply import (
    Applied,
    ProgramDocumentInvalid,
    apply_document,
    decode_document,
    dump_yaml,
    export_program,
    read_source,
)
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

LISTS = [{"code": "vip", "name": "Best customers"}]
SPRING: dict[str, Any] = {
    "code": "spring",
    "name": "Spring of the house",
    "type": "Season",
    "status": "approved",
    "owner": "ann@shop.test",
    "budget": "5000.00",
    "estimated_revenue": "40000.00",
    "expected_response": "12.5",
    "proposed_from": "2026-03-20",
    "proposed_to": "2026-04-19",
    "offer": "Five points on tea",
    "promotions": ["rule:tea", "reward:mug"],
    "lists": ["vip"],
}


class Files:
    """A program, and documents applied to it."""

    def __init__(self, db: Database, clock: FixedClock) -> None:
        self.db, self.clock = db, clock

    async def apply(self, **sections: Any) -> Applied:
        async with self.db.transaction() as tx:
            document = decode_document(sections)
            return await apply_document(
                tx, document, "corner", now=self.clock.now(), may_create=True, by="staff:1"
            )

    async def records(self, *records: dict[str, Any]) -> Applied:
        return await self.apply(campaign_records=list(records))

    async def export(self) -> dict[str, Any]:
        async with self.db.transaction(read_only=True) as tx:
            config = await load_config(tx, (await program_by_code(tx, "corner")).id)
            return await export_program(tx, config)


@pytest.fixture
async def files(db: Database, clock: FixedClock) -> Files:
    made = Files(db, clock)
    await made.apply(**PROGRAM)
    async with db.transaction() as tx:
        await staff.add_person(
            tx, "ann@shop.test", "Ann", [Assignment("marketer", "corner")], now=clock.now(), by="test"
        )
    return made


async def test_what_is_exported_is_what_was_applied(files: Files, tmp_path: Any) -> None:
    applied = await files.apply(marketing_lists=LISTS, campaign_records=[SPRING])
    assert [(one.kind, one.code, one.action) for one in applied.plan.changes] == [
        ("marketing list", "vip", "create"),
        ("campaign record", "spring", "create"),
    ]
    exported = await files.export()
    assert exported["campaign_records"] == [SPRING]
    assert exported["marketing_lists"] == LISTS
    file = tmp_path / "program.yaml"
    file.write_text(dump_yaml(exported))
    async with files.db.transaction() as tx:
        again = await apply_document(tx, read_source(file).document, "corner", now=files.clock.now())
    assert again.plan.changes == ()


async def test_a_document_takes_legal_steps_alone(files: Files) -> None:
    await files.apply(marketing_lists=LISTS, campaign_records=[SPRING])
    files.clock.advance(timedelta(days=20))
    await files.records({**SPRING, "status": "active"})
    (record,) = (await files.export())["campaign_records"]
    assert record["actual_from"] == "2026-03-22", "noted by the campaign itself"
    assert (await files.records({**SPRING, "status": "active"})).plan.changes == (), "what is left out stays"
    await files.records({**SPRING, "status": "draft", "budget": "9000.00"})
    (record,) = (await files.export())["campaign_records"]
    assert (record["budget"], "actual_from" in record) == ("9000.00", False)
    await files.records({**SPRING, "status": "completed"})
    with pytest.raises(ProgramDocumentInvalid) as refusal:
        await files.records(SPRING)
    assert refusal.value.errors[0].code == "step_not_allowed"
    async with files.db.transaction(read_only=True) as tx:
        stored = await campaigns.get_campaign(tx, (await program_by_code(tx, "corner")).id, "spring")
        steps = [one.status for one in await campaigns.select_steps(tx, stored.id)]
    assert steps == [
        *("draft", "proposed", "approved", "active", "cancelled", "draft"),
        *("proposed", "approved", "active", "completed"),
    ]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"owner": "nobody@shop.test"}, "campaign_records[0].owner"),
        ({"status": "won"}, "campaign_records[0].status"),
        ({"promotions": ["tea"]}, "campaign_records[0].promotions[0]"),
        ({"promotions": ["rule:gone"]}, "campaign_records[0].promotions[0]"),
        ({"lists": ["gone"]}, "campaign_records[0].lists[0]"),
        ({"budget": "-1.00"}, "campaign_records[0].budget"),
        ({"owner": None}, "campaign_records[0].owner"),
    ],
)
async def test_mistakes_are_said_where_they_stand(files: Files, change: dict[str, Any], path: str) -> None:
    with pytest.raises(ProgramDocumentInvalid) as refusal:
        await files.apply(marketing_lists=LISTS, campaign_records=[{**SPRING, **change}])
    assert [error.path for error in refusal.value.errors] == [path]


async def test_what_a_section_does_not_name_is_put_away(files: Files) -> None:
    await files.apply(marketing_lists=LISTS, campaign_records=[SPRING])
    applied = await files.apply(marketing_lists=[], campaign_records=[])
    assert [(one.kind, one.action) for one in applied.plan.changes] == [
        ("marketing list", "archive"),
        ("campaign record", "archive"),
    ]
    assert "campaign_records" not in await files.export()
    assert (await files.records(SPRING | {"lists": []})).plan.changes[0].action == "create"
