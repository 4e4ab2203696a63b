"""Dashboards of a program in its document."""

from __future__ import annotations

from typing import Any

import pytest

from regulars.features.dashboards import select_program_dashboards
from regulars.features.programs import load_config, program_by_code
from regulars.flows.apply import ProgramDocumentInvalid, apply_document, decode_document, export_program
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, Transaction

PROGRAM = {"code": "corner", "name": "Corner", "currency": "EUR", "zone": "Europe/Berlin", "region": "DE"}
TASKS = {"id": "tasks", "report": "tasks", "show": "list", "x": 0, "y": 0, "w": 6, "h": 8}
SALES = {"id": "net", "report": "sales", "field": "net", "show": "figure", "x": 6, "y": 0, "w": 3, "h": 3}
DESK = {"code": "desk", "name": "The desk", "first_for": ["service_agent"], "widgets": [TASKS, SALES]}


async def applied(tx: Transaction, clock: FixedClock, **sections: Any) -> list[str]:
    document = decode_document({"program": PROGRAM, **sections})
    done = await apply_document(tx, document, "corner", now=clock.now(), may_create=True)
    return [f"{change.action} {change.kind} {change.code}" for change in done.plan.changes]


async def test_what_is_written_comes_back_and_is_removed(db: Database, clock: FixedClock) -> None:
    async with db.transaction() as tx:
        await applied(tx, clock, dashboards=[DESK])
        config = await load_config(tx, (await program_by_code(tx, "corner")).id)
        exported = await export_program(tx, config)
        assert exported["dashboards"] == [DESK]
        assert await applied(tx, clock, dashboards=exported["dashboards"]) == []
        changed = {**DESK, "first_for": ["approver"]}
        assert await applied(tx, clock, dashboards=[changed]) == ["change dashboard desk"]
        [kept] = await select_program_dashboards(tx, config.id)
        assert (kept.first_for, kept.revision) == (["approver"], 2)
        assert await applied(tx, clock) == []
        assert await applied(tx, clock, dashboards=[]) == ["remove dashboard desk"]
        assert "dashboards" not in await export_program(tx, config)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"first_for": ["nobody"]}, "dashboards[0].first_for[0]"),
        ({"code": "Not a code"}, "dashboards[0].code"),
        ({"widgets": [{**TASKS, "w": 13}]}, "dashboards[0].widgets[0].w"),
        ({"shared": True}, "dashboards[0].shared"),
    ],
)
async def test_mistakes_say_where(db: Database, clock: FixedClock, wrong: dict[str, Any], path: str) -> None:
    async with db.transaction() as tx:
        with pytest.raises(ProgramDocumentInvalid) as refused:
            await applied(tx, clock, dashboards=[{**DESK, **wrong}])
    assert [error.path for error in refused.value.errors] == [path]
