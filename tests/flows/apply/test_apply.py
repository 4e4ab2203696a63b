"""A program as code: applied once, applied twice, exported and applied again; refusals that say where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from regulars.features.programs import load_config, program_by_code
from regulars.features.rulesets import load_ruleset, versions_timeline
from regulars.flows.apply import (
    Applied,
    PlanChanged,
    ProgramDocumentInvalid,
    Source,
    apply_document,
    decode_document,
    dump_yaml,
    export_program,
    read_source,
)
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

EXAMPLE = Path(__file__).parents[3] / "examples" / "coffee-shop.yaml"


async def apply(db: Database, clock: FixedClock, source: Source, **options: Any) -> Applied:
    async with db.transaction() as tx:
        program = source.document.program
        assert program is not None
        options = {"may_create": True, "now": clock.now(), **options}
        return await apply_document(tx, source.document, program.code, **options)


def source_of(folder: Path, text: str) -> Source:
    path = folder / "program.yaml"
    path.write_text(text)
    return read_source(path)


async def exported(db: Database) -> dict[str, Any]:
    async with db.transaction(read_only=True) as tx:
        program = await program_by_code(tx, "coffee-shop")
        return await export_program(tx, await load_config(tx, program.id))


async def test_the_example_makes_a_program_that_decides(db: Database, clock: FixedClock) -> None:
    applied = await apply(db, clock, read_source(EXAMPLE))
    assert applied.plan.creates
    assert applied.plan.version == 1
    assert set(applied.keys) == {"till", "web", "bakery"}
    async with db.transaction(read_only=True) as tx:
        program = await program_by_code(tx, "coffee-shop")
        timeline = await versions_timeline(tx, program.id)
        start = timeline.at(clock.now())
        assert start is not None
        ruleset = await load_ruleset(tx, program.id, start)
    assert len(ruleset.rules) == 9


async def test_applying_again_changes_nothing(db: Database, clock: FixedClock) -> None:
    await apply(db, clock, read_source(EXAMPLE))
    again = await apply(db, clock, read_source(EXAMPLE))
    assert again.plan.changes == ()
    assert again.plan.empty
    assert again.keys == {}


async def test_an_export_applied_again_changes_nothing(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await apply(db, clock, read_source(EXAMPLE))
    plain = await exported(db)
    again = await apply(db, clock, source_of(tmp_path, dump_yaml(plain)))
    assert again.plan.changes == ()
    assert await exported(db) == plain


async def test_a_dry_run_plans_and_writes_nothing(db: Database, clock: FixedClock) -> None:
    planned = await apply(db, clock, read_source(EXAMPLE), dry_run=True)
    assert planned.keys == {}
    assert planned.plan.version == 1
    async with db.transaction(read_only=True) as tx:
        with pytest.raises(Exception, match="no program"):
            await program_by_code(tx, "coffee-shop")
    applied = await apply(db, clock, read_source(EXAMPLE), planned=planned.plan.digest)
    assert applied.plan == planned.plan


async def test_a_plan_that_no_longer_holds_is_not_carried_out(db: Database, clock: FixedClock) -> None:
    planned = await apply(db, clock, read_source(EXAMPLE), dry_run=True)
    await apply(db, clock, read_source(EXAMPLE))
    with pytest.raises(PlanChanged):
        await apply(db, clock, read_source(EXAMPLE), planned=planned.plan.digest)


async def test_changes_are_named_field_by_field_and_what_is_missing_is_archived(
    db: Database, clock: FixedClock
) -> None:
    await apply(db, clock, read_source(EXAMPLE))
    plain = await exported(db)
    plain["rules"] = [rule for rule in plain["rules"] if rule["code"] != "welcome"]
    for rule in plain["rules"]:
        if rule["code"] == "birthday":
            rule["priority"] = 5
    plain["tier_sets"][0]["tiers"][1]["threshold"] = "200"
    plain["products"] = [p for p in plain["products"] if p["sku"] != "MUG-1"]
    document = decode_document(plain)
    async with db.transaction() as tx:
        applied = await apply_document(tx, document, "coffee-shop", now=clock.now())
    changes = {(c.kind, c.code): c for c in applied.plan.changes}
    assert {key: c.action for key, c in changes.items()} == {
        ("rule", "welcome"): "archive",
        ("rule", "birthday"): "change",
        ("tier set", "club"): "change",
        ("product", "MUG-1"): "archive",
    }
    threshold = changes["tier set", "club"].fields[0]
    assert (threshold.path, threshold.before, threshold.after) == ("tiers[barista].threshold", "150", "200")
    assert "welcome" not in {rule["code"] for rule in (await exported(db))["rules"]}


async def test_a_section_that_is_left_out_is_left_alone(db: Database, clock: FixedClock) -> None:
    await apply(db, clock, read_source(EXAMPLE))
    document = decode_document({"collections": {"coffees": ["ESP-1"]}})
    async with db.transaction() as tx:
        applied = await apply_document(tx, document, "coffee-shop", now=clock.now())
    assert [(c.kind, c.code) for c in applied.plan.changes] == [("collection", "coffees")]


async def test_one_mistake_leaves_everything_as_it_was(db: Database, clock: FixedClock) -> None:
    await apply(db, clock, read_source(EXAMPLE))
    before = await exported(db)
    plain = msgspec.json.decode(msgspec.json.encode(before))
    plain["partners"].append({"code": "florist", "name": "Florist"})
    plain["rules"].append(
        {"code": "bad", "trigger": {"event": "X"}, "then": [{"award": {"point_type": "ponits"}}]}
    )
    with pytest.raises(Exception, match="cannot be published"):
        async with db.transaction() as tx:
            await apply_document(
                tx, decode_document({**plain, "publish": True}), "coffee-shop", now=clock.now()
            )
    assert await exported(db) == before


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("program:\n  code: x\n  nmae: X\n", "program", "line 3"),
        ("partners:\n  - {code: a, name: A}\n  - {code: a, name: B}\n", "partners[1]", "line 3"),
        ("rules:\n  - trigger: {event: X}\n", "rules[0].code", "line 2"),
        ("rules: 3\n", "rules", "line 1"),
        ("partners:\n  - code: a\n    code: b\n", "", "line 3: `code` is written twice."),
        ("partners: [\n", "", "line 2"),
    ],
)
def test_mistakes_say_the_line(tmp_path: Path, text: str, path: str, message: str) -> None:
    with pytest.raises(ProgramDocumentInvalid) as refused:
        source_of(tmp_path, text)
    error = refused.value.errors[0]
    assert error.path.startswith(path)
    assert message in error.message


async def test_refusals_of_many_name_the_place_in_the_document(db: Database, clock: FixedClock) -> None:
    await apply(db, clock, read_source(EXAMPLE))
    plain = await exported(db)
    plain["stores"][2]["name"] = "Town"
    plain["stores"][4]["name"] = ""
    plain["products"][3]["sku"] = " x "
    for section, path in (("stores", "stores[4].name"), ("products", "products[3].sku")):
        with pytest.raises(ProgramDocumentInvalid) as refused:
            async with db.transaction() as tx:
                document = decode_document({section: plain[section]})
                await apply_document(tx, document, "coffee-shop", now=clock.now())
        assert [error.path for error in refused.value.errors] == [path]
