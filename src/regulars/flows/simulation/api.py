"""REST: simulations as jobs. Starting one writes the job; the job writes its own result and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field

from regulars.features.rulesets import Vocabulary
from regulars.flows.accrual.insight import micros
from regulars.flows.simulation.drafts import compared_with_force, simulated_document
from regulars.flows.simulation.kept import Run, keep, result_of, run_of, runs_of
from regulars.flows.simulation.model import BEGIN_US, END_US, Plan
from regulars.flows.simulation.tasks import SIMULATE
from regulars.infra.db import Transaction
from regulars.infra.jobs import cancel_job, enqueue
from regulars.infra.web import (
    Instant,
    Once,
    PageQuery,
    StrictModel,
    Subject,
    api_router,
    once_per_key,
    program_in_path,
    route_roles,
)
from regulars.kit.errors import Conflict, FieldError, Invalid, NotFound
from regulars.kit.ids import ID_MAX

READ = route_roles("owner", "operator", "manager", "marketer", "analyst", "finance", scope="rules:read")
SIMULATES = route_roles("owner", "operator", "manager", "marketer", scope="rules:write")
ProgramId = Annotated[int, Depends(program_in_path)]
Number = Annotated[int, Path(ge=1, lt=2**63, description="Number of the simulation")]
JsonObject = dict[str, Any]
VocabularyOf = Callable[[Transaction, int], Awaitable[Vocabulary]]

_encode = msgspec.json.Encoder(decimal_format="string").encode


class UnknownSimulation(NotFound):
    """There is no such simulation in this program."""


class SimulationEnded(Conflict):
    """The simulation has ended already."""


class SimulationRunning(Conflict):
    """A simulation of this program is running; wait for it, or cancel it."""


class SimulationBody(StrictModel):
    """What to simulate: the draft, or other `rules` (and what they share) in its place; half-open times.

    With `keep_others` what is given is added to the draft or replaces what has the same code, and all else stays.
    """

    from_: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant | None = None
    start: Literal["replayed", "empty"] = "replayed"
    rules: Annotated[list[JsonObject], Field(max_length=10_000)] | None = None
    collections: dict[str, list[Any]] | None = None
    tables: dict[str, JsonObject] | None = None
    groups: dict[str, JsonObject] | None = None
    campaigns: dict[str, JsonObject] | None = None
    keep_others: bool = False


def simulation_router(vocabulary_of: VocabularyOf) -> APIRouter:
    """Return the routes; `vocabulary_of` gathers the words that rules of a program may use."""
    router = api_router("/api/v1/programs/{program}/simulations", tag="simulations")

    @router.post("", operation_id="start_simulation", status_code=202, response_model=JsonObject)
    async def start(
        request: Request,
        body: SimulationBody,
        subject: Annotated[Subject, Depends(SIMULATES)],
        program_id: ProgramId,
        once: Annotated[Once, Depends(once_per_key)],
    ) -> Response:
        """Replay the program's history against the draft, in the background; nothing is written but the result."""
        now: datetime = request.app.state.clock.now()

        async def work(tx: Transaction) -> JsonObject:
            plan = await _plan(tx, program_id, body, await vocabulary_of(tx, program_id), now)
            payload = msgspec.structs.asdict(plan)
            key = f"program-{program_id}"
            number = await enqueue(
                tx, SIMULATE, payload, now=now, key=key, program_id=program_id, tries_max=2
            )
            if number is None:
                raise SimulationRunning
            await keep(tx, plan, number, subject.credential, now)
            return {"id": number, "status": "waiting"}

        return await once.answer(request.app.state.db, work, now=now, status=202)

    @router.get("", operation_id="list_simulations", response_model=JsonObject, dependencies=[Depends(READ)])
    async def list_them(
        request: Request, program_id: ProgramId, page: Annotated[PageQuery, Depends()]
    ) -> Response:
        """List simulations, the latest first: who asked, over which time, what of the draft, the outcome in short."""
        (before,) = page.after(int) or (ID_MAX,)
        async with request.app.state.db.transaction(read_only=True) as tx:
            found = await runs_of(tx, program_id, before=before, limit=page.rows)
        rows = page.page(found, lambda run: (run.id,))
        answer = {"data": [run.shown for run in rows.data], "next_cursor": rows.next_cursor}
        return Response(_encode(answer), media_type="application/json")

    @router.get(
        "/{number}", operation_id="get_simulation", response_model=JsonObject, dependencies=[Depends(READ)]
    )
    async def read(request: Request, program_id: ProgramId, number: Number) -> Response:
        """Read a simulation: how far it is, and its result once it is done."""
        async with request.app.state.db.transaction(read_only=True) as tx:
            run = await _run(tx, program_id, number)
            result = await result_of(tx, program_id, number)
        return Response(_encode({**run.shown, "result": result}), media_type="application/json")

    @router.delete(
        "/{number}", operation_id="cancel_simulation", status_code=204, dependencies=[Depends(SIMULATES)]
    )
    async def cancel(request: Request, program_id: ProgramId, number: Number) -> None:
        """Cancel a simulation that has not ended."""
        async with request.app.state.db.transaction() as tx:
            await _run(tx, program_id, number)
            if not await cancel_job(tx, number, request.app.state.clock.now()):
                raise SimulationEnded

    return router


async def _run(tx: Transaction, program_id: int, number: int) -> Run:
    found = await run_of(tx, program_id, number)
    if found is None:
        raise UnknownSimulation
    return found


async def _plan(
    tx: Transaction, program_id: int, body: SimulationBody, vocabulary: Vocabulary, now: datetime
) -> Plan:
    from_at = BEGIN_US if body.from_ is None else micros(body.from_)
    to_at = END_US if body.to is None else micros(body.to)
    if from_at >= to_at:
        message = "The window ends before it begins."
        raise Invalid(message, errors=[FieldError("to", "empty_window", message)])
    names = ("rules", "collections", "tables", "groups", "campaigns")
    sections = {name: value for name in names if (value := getattr(body, name)) is not None}
    if body.keep_others and not sections:
        message = "Name at least one of rules, collections, tables, groups and campaigns."
        raise Invalid(message, errors=[FieldError("keep_others", "nothing_named", message)])
    document, same_as = await simulated_document(
        tx, program_id, vocabulary, now, sections or None, keep_others=body.keep_others
    )
    compared = await compared_with_force(tx, program_id, document, now)
    return Plan(program_id, document, micros(now), from_at, to_at, body.start, same_as, compared=compared)
