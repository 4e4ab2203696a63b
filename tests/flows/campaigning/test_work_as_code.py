"""What has to be done for campaigns, and who is on marketing lists, in a program's document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.flows.campaigning.test_as_code import LISTS, SPRING, Files, files

from regulars.features import campaigns, members
from regulars.features.programs import load_config, program_by_code
from regulars.flows.apply import (
    ProgramDocumentInvalid,
    apply_document,
    dump_yaml,
    export_program,
    read_source,
)

__all__ = ["files"]
CALL = {"subject": "Ring the printer", "kind": "call", "assignee": "ann@shop.test", "due_on": "2026-03-01"}
ORDER = {"subject": "Order the mugs", "due_on": "2026-03-05"}
READ = {"subject": "Read the proofs"}


async def _numbers(files: Files, *values: str) -> list[int]:
    """Return members with these addresses, made where there are none."""
    async with files.db.transaction() as tx:
        terms = await load_config(tx, (await program_by_code(tx, "corner")).id)
        newcomers = [members.Newcomer({"email": value}, files.clock.now()) for value in values]
        return await members.enrol_batch(tx, terms, newcomers, files.clock.now())


async def _complete(files: Files, subject: str) -> None:
    async with files.db.transaction() as tx:
        program_id = (await program_by_code(tx, "corner")).id
        (one,) = [a for a in await campaigns.select_every_activity(tx, program_id) if a.subject == subject]
        await campaigns.complete_activity(tx, program_id, one.id, now=files.clock.now(), by="staff:1")


def _changes(applied: Any) -> list[tuple[str, str]]:
    return [(field.path, str(field.after)) for change in applied.plan.changes for field in change.fields]


async def test_activities_go_round(files: Files, tmp_path: Path) -> None:
    record = {**SPRING, "activities": [READ, ORDER, CALL]}
    await files.apply(marketing_lists=LISTS, campaign_records=[record])
    exported = await files.export()
    assert exported["campaign_records"] == [{**SPRING, "activities": [CALL, ORDER, READ]}]
    file = tmp_path / "program.yaml"
    file.write_text(dump_yaml(exported))
    async with files.db.transaction() as tx:
        again = await apply_document(tx, read_source(file).document, "corner", now=files.clock.now())
    assert again.plan.changes == ()
    assert (await files.records(SPRING)).plan.changes == (), "what is left out stays"


async def test_open_activities_become_what_is_written(files: Files) -> None:
    await files.apply(marketing_lists=LISTS, campaign_records=[{**SPRING, "activities": [READ, ORDER]}])
    later = {**ORDER, "due_on": "2026-03-09"}
    await files.records({**SPRING, "activities": [later, CALL]})
    (record,) = (await files.export())["campaign_records"]
    assert record["activities"] == [CALL, later]
    await files.records({**SPRING, "activities": []})
    (record,) = (await files.export())["campaign_records"]
    assert "activities" not in record


async def test_what_was_done_is_history(files: Files) -> None:
    await files.apply(marketing_lists=LISTS, campaign_records=[{**SPRING, "activities": [READ, ORDER]}])
    await _complete(files, "Read the proofs")
    done = {**READ, "done": True}
    assert (await files.records({**SPRING, "activities": [READ, ORDER]})).plan.changes == ()
    await files.records({**SPRING, "activities": []})
    (record,) = (await files.export())["campaign_records"]
    assert record["activities"] == [done]
    with pytest.raises(ProgramDocumentInvalid) as refusal:
        await files.records({**SPRING, "activities": [{**READ, "details": "All of them"}]})
    assert [(e.path, e.code) for e in refusal.value.errors] == [
        ("campaign_records[0].activities[0]", "activity_done")
    ]
    await files.records({**SPRING, "activities": [done, {**ORDER, "done": True}]})
    (record,) = (await files.export())["campaign_records"]
    assert record["activities"] == [{**ORDER, "done": True}, done]


@pytest.mark.parametrize(
    ("activity", "path"),
    [
        ({"subject": ""}, "campaign_records[0].activities[0].subject"),
        ({"subject": "x", "assignee": "nobody@shop.test"}, "campaign_records[0].activities[0].assignee"),
        ({"subject": "x", "kind": "walk"}, "campaign_records[0].activities[0].kind"),
        ({"kind": "call"}, "campaign_records[0].activities[0]"),
        ({"subject": "x", "due_on": "1066-10-14"}, "campaign_records[0].activities[0].due_on"),
    ],
)
async def test_mistakes_in_activities_are_said(files: Files, activity: dict[str, Any], path: str) -> None:
    with pytest.raises(ProgramDocumentInvalid) as refusal:
        await files.apply(marketing_lists=LISTS, campaign_records=[{**SPRING, "activities": [activity]}])
    assert [error.path for error in refusal.value.errors] == [path]
    assert "campaign_records" not in await files.export()


async def test_a_list_has_exactly_the_members_written(files: Files) -> None:
    ann, bob, cem = await _numbers(files, "ann@x.test", "bob@x.test", "cem@x.test")
    (vip,) = LISTS

    async def listed() -> list[int]:
        async with files.db.transaction(read_only=True) as tx:
            program_id = (await program_by_code(tx, "corner")).id
            return await members.select_listed(tx, program_id, "vip")

    await files.apply(marketing_lists=[{**vip, "members": ["email:ann@x.test", "bob@x.test"]}])
    assert await listed() == [ann, bob]
    assert (await files.apply(marketing_lists=LISTS)).plan.changes == (), "what is left out stays"
    assert (await files.apply(marketing_lists=[{**vip, "members": ["Bob@x.test", "ann@x.test"]}])).plan.empty
    applied = await files.apply(marketing_lists=[{**vip, "members": ["cem@x.test", "ann@x.test"]}])
    assert _changes(applied) == [("members.put_on", "1"), ("members.taken_off", "1")]
    assert await listed() == [ann, cem]
    with pytest.raises(ProgramDocumentInvalid) as refusal:
        await files.apply(marketing_lists=[{**vip, "members": ["bob@x.test", "nobody@x.test"]}])
    assert [(e.path, "nobody@x.test" in e.message) for e in refusal.value.errors] == [
        ("marketing_lists[0].members[1]", True)
    ]
    assert await listed() == [ann, cem]
    await files.apply(marketing_lists=[{**vip, "members": []}])
    assert await listed() == []


async def test_members_stand_in_a_file_and_are_exported_on_demand(files: Files, tmp_path: Path) -> None:
    await _numbers(files, "ann@x.test", "bob@x.test")
    (tmp_path / "vip.txt").write_text("ann@x.test\n\n  bob@x.test\n")
    file = tmp_path / "lists.yaml"
    file.write_text("marketing_lists:\n  - {code: vip, name: Best customers, members: {file: vip.txt}}\n")
    async with files.db.transaction() as tx:
        await apply_document(tx, read_source(file).document, "corner", now=files.clock.now())
        config = await load_config(tx, (await program_by_code(tx, "corner")).id)
        exported = await export_program(tx, config, list_members=True)
    assert exported["marketing_lists"] == [{**LISTS[0], "members": ["email:ann@x.test", "email:bob@x.test"]}]
    assert (await files.apply(marketing_lists=exported["marketing_lists"])).plan.empty
    assert (await files.export())["marketing_lists"] == LISTS, "not unless asked"
    file.write_text("marketing_lists:\n  - {code: vip, name: Best customers, members: {file: ../etc}}\n")
    with pytest.raises(ProgramDocumentInvalid) as refusal:
        read_source(file)
    assert refusal.value.errors[0].path == "marketing_lists[0].members.file"
