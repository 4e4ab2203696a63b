"""Simulations as they are kept: who asked, over which time, in what the draft differed, and what was found."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from regulars.flows.accrual.insight import instant
from regulars.flows.simulation.model import BEGIN_US, END_US, Plan
from regulars.infra.db import Transaction, load_queries
from regulars.kit.ids import ID_MAX

queries = load_queries(__package__)

# More than a program's people look back at; the oldest go when another one is asked for.
KEPT: Final = 200
# The parts of a report that a list shows.
_SUMMARY = ("points", "members", "liability", "counts")
_encode = msgspec.json.Encoder(decimal_format="string").encode
_decode = msgspec.json.Decoder().decode


class Run(msgspec.Struct, frozen=True):
    """A simulation; `status`, `progress` and `error` are its job's, None where that was forgotten."""

    id: int
    asked_by: str
    asked_at: datetime
    from_at: datetime | None
    to_at: datetime | None
    start: str
    compared: str
    finished_at: datetime | None
    summary: str | None
    status: str | None
    progress: str | None
    error: str | None

    @property
    def shown(self) -> dict[str, Any]:
        """The simulation as the API shows it, without its report."""
        compared, progress = _decode(self.compared), _decode(self.progress) if self.progress else {}
        return {
            "id": self.id,
            "status": self.status or ("done" if self.finished_at else "cancelled"),
            "by": self.asked_by,
            "from": self.from_at,
            "to": self.to_at,
            "start": self.start,
            "version": compared.get("version_in_force"),
            "changes": compared.get("draft_differs_in", []),
            "events": progress.get("events", 0),
            "expected": progress.get("expected"),
            "summary": _decode(self.summary) if self.summary else None,
            "error": self.error,
            "created_at": self.asked_at,
            "finished_at": self.finished_at,
        }


async def keep(tx: Transaction, plan: Plan, number: int, by: str, now: datetime) -> None:
    """Note that somebody asked for a simulation, the job `number`; the oldest of the program go."""
    await tx.run(
        queries.insert_run,
        program_id=plan.program_id,
        id=number,
        asked_by=by,
        now=now,
        from_at=None if plan.from_at == BEGIN_US else instant(plan.from_at),
        to_at=None if plan.to_at == END_US else instant(plan.to_at),
        start=plan.start,
        compared=_encode(plan.compared).decode(),
    )
    await tx.run(queries.delete_older_runs, program_id=plan.program_id, kept=KEPT)


async def keep_result(
    tx: Transaction, program_id: int, number: int, result: dict[str, Any], now: datetime
) -> None:
    """Keep what a simulation found."""
    summary = {name: result[name] for name in _SUMMARY if name in result}
    await tx.run(
        queries.finish_run,
        program_id=program_id,
        id=number,
        summary=_encode(summary).decode(),
        result=_encode(result).decode(),
        now=now,
    )


async def runs_of(tx: Transaction, program_id: int, *, before: int = ID_MAX, limit: int) -> list[Run]:
    """Return simulations of a program, the latest first, below a number."""
    return await tx.all(
        queries.select_runs, row=Run, program_id=program_id, before=before, id=None, limit=limit
    )


async def run_of(tx: Transaction, program_id: int, number: int) -> Run | None:
    """Return one simulation, None where there is none of this number."""
    return await tx.maybe(
        queries.select_runs, row=Run, program_id=program_id, before=ID_MAX, id=number, limit=1
    )


async def result_of(tx: Transaction, program_id: int, number: int) -> msgspec.Raw | None:
    """Return what a simulation found as JSON, None while it has not ended."""
    text = await tx.value(queries.select_result, program_id=program_id, id=number)
    return None if text is None else msgspec.Raw(text.encode())
