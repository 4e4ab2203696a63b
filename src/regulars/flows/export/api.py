"""REST: exports of a program as jobs, below the folder of exports of the installation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import Depends, Path, Request, Response

from regulars.features.programs import load_config
from regulars.flows.export.datasets import NAMES, queries
from regulars.flows.export.model import ExportRunning, Run
from regulars.flows.export.tasks import EXPORT
from regulars.infra.db import Transaction
from regulars.infra.jobs import enqueue, select_job
from regulars.infra.web import (
    Once,
    StrictModel,
    Subject,
    api_router,
    once_per_key,
    program_in_path,
    route_roles,
)
from regulars.kit.errors import NotFound

router = api_router("/api/v1/programs/{program}/exports", tag="exports")

READ = route_roles("owner", "operator", "finance", "analyst", scope="exports:read")
WRITE = route_roles("owner", "operator", "finance", scope="exports:write")
ProgramId = Annotated[int, Depends(program_in_path)]
JsonObject = dict[str, Any]
RUNS_SHOWN = 50

_encode = msgspec.json.Encoder(decimal_format="string").encode


class UnknownExport(NotFound):
    """There is no such export in this program."""


class ExportBody(StrictModel):
    """In which format to export what was posted since the last export in it."""

    format: Literal["parquet", "csv"] = "parquet"


@router.get("", operation_id="list_exports", dependencies=[Depends(READ)], response_model=JsonObject)
async def list_exports(request: Request, program_id: ProgramId) -> Response:
    """List what is exported (`datasets`) and the exports so far, the latest first."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await tx.all(queries.select_runs, row=Run, program_id=program_id, limit=RUNS_SHOWN)
    return Response(_encode({"datasets": NAMES, "data": found}), media_type="application/json")


@router.post("", operation_id="start_export", status_code=202, response_model=JsonObject)
async def start_export(
    request: Request,
    body: ExportBody,
    subject: Annotated[Subject, Depends(WRITE)],  # noqa: ARG001 - the key is private to the caller
    program_id: ProgramId,
    once: Annotated[Once, Depends(once_per_key)],
) -> Response:
    """Export in the background what was posted since the last export, and anew what changes."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> JsonObject:
        config = await load_config(tx, program_id)
        payload = {"program_id": program_id, "program": config.code, "format": body.format}
        number = await enqueue(
            tx, EXPORT, payload, now=now, key=f"{program_id}/{body.format}", program_id=program_id
        )
        if number is None:
            raise ExportRunning
        return {"job": number, "status": "waiting"}

    return await once.answer(request.app.state.db, work, now=now, status=202)


@router.get("/{job}", operation_id="get_export", dependencies=[Depends(READ)], response_model=JsonObject)
async def get_export(
    request: Request,
    program_id: ProgramId,
    job: Annotated[int, Path(ge=1, lt=2**63, description="Number of the job")],
) -> Response:
    """Show how far an export is, and what it wrote once it is done."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        try:
            found = await select_job(tx, job)
        except NotFound:
            raise UnknownExport from None
    if found.kind != EXPORT or found.program_id != program_id:
        raise UnknownExport
    progress = msgspec.json.decode(found.progress) if found.progress else None
    body = {"job": found.id, "status": found.status, "progress": progress, "error": found.error}
    return Response(_encode(body), media_type="application/json")
