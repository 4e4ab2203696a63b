"""Vouchers in a program's document: made, changed, archived, and written back as they were read."""

from __future__ import annotations

from pathlib import Path

import pytest

from regulars.features.programs import load_config, program_by_code
from regulars.features.vouchers import select_definitions
from regulars.flows.apply import (
    ProgramDocumentInvalid,
    apply_document,
    decode_document,
    export_program,
    read_source,
)
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

PROGRAM = """
program: {code: corner, name: Corner, currency: EUR, zone: Europe/Berlin, region: DE}
point_types:
  - {code: points, name: Points}
vouchers:
  - code: summer
    name: Ten percent in summer
    worth: {kind: percentage, percentage: "12.5", on: category, categories: [drinks], at_most: "20.00"}
    minimum: "30.00"
    valid_from: 2026-06-01T00:00:00+02:00
    pattern: SUMMER-####-####
    per_member: 2
    stacking: stackable
  - code: five
    name: Five euros
    worth: {kind: amount, amount: 5}
    valid_days: 30
"""


async def applied(db: Database, clock: FixedClock, folder: Path, text: str) -> list[str]:
    path = folder / "program.yaml"
    path.write_text(text)
    async with db.transaction() as tx:
        done = await apply_document(
            tx, read_source(path).document, "corner", now=clock.now(), may_create=True
        )
    return [f"{change.action} {change.code}" for change in done.plan.changes if change.kind == "voucher"]


async def test_vouchers_round_trip(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    assert await applied(db, clock, tmp_path, PROGRAM) == ["create summer", "create five"]
    async with db.transaction() as tx:
        config = await load_config(tx, (await program_by_code(tx, "corner")).id)
        plain = await export_program(tx, config)
        again = await apply_document(tx, decode_document(plain), "corner", now=clock.now())
        assert again.plan.empty
        found = {one.definition.code: one.definition for one in await select_definitions(tx, config.id)}
    assert (found["five"].worth.amount, found["summer"].minimum) == (500, 3_000)
    assert await applied(db, clock, tmp_path, PROGRAM) == []


async def test_what_is_not_named_any_more_is_archived(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await applied(db, clock, tmp_path, PROGRAM)
    changed = PROGRAM[: PROGRAM.index("  - code: five")].replace("per_member: 2", "per_member: 3")
    assert await applied(db, clock, tmp_path, changed) == ["change summer", "archive five"]


@pytest.mark.parametrize(
    ("said", "instead", "path"),
    [
        ("SUMMER-####-####", "SUMMER-##", "vouchers[0].pattern"),
        ("amount: 5", "amount: five", "vouchers[1].worth.amount"),
        ("valid_days: 30", "days: 30", "vouchers[1].days"),
    ],
)
async def test_mistakes_say_where(
    db: Database, clock: FixedClock, tmp_path: Path, said: str, instead: str, path: str
) -> None:
    with pytest.raises(ProgramDocumentInvalid) as refused:
        await applied(db, clock, tmp_path, PROGRAM.replace(said, instead))
    assert refused.value.errors[0].path == path
