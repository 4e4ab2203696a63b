"""REST: the catalogue of reports, each report, the rows behind its figures, and a stream that ticks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Depends, Path, Query, Request, Response
from starlette.responses import StreamingResponse

from regulars.features.programs import load_config
from regulars.flows.reporting.answer import answer, ask, describe
from regulars.flows.reporting.catalogue import REPORTS
from regulars.flows.reporting.drilling import BEYOND, Cell, behind, today_of
from regulars.flows.reporting.formats import CSV_TYPE, XLSX_TYPE, as_csv, as_xlsx
from regulars.flows.reporting.model import Answer
from regulars.flows.reporting.running import queries, read_pace
from regulars.infra.clock import Clock
from regulars.infra.db import Database
from regulars.infra.web import (
    PageQuery,
    StreamMessage,
    api_router,
    event_stream,
    listening,
    program_in_path,
    route_roles,
)

router = api_router("/api/v1/programs/{program}/reports", tag="reports")

READ = route_roles(
    "owner", "operator", "manager", "marketer", "analyst", "finance", "auditor", scope="reports:read"
)
READS = [Depends(READ)]
ProgramId = Annotated[int, Depends(program_in_path)]
JsonObject = dict[str, Any]
Code = Annotated[str, Path(max_length=63, description="The report, as the catalogue calls it")]
From = Annotated[date | None, Query(alias="from", description="First local day")]
To = Annotated[date | None, Query(description="The local day after the last one")]
By = Annotated[str | None, Query(max_length=63, description="What the rows are: one of the report's `by`")]
PointTypeCode = Annotated[
    str | None,
    Query(
        max_length=63,
        description="Its points: the first redeemable ones when left out; by `point_type` all have a row",
    ),
]

_encode = msgspec.json.Encoder(decimal_format="string").encode
# How often a stream looks whether figures changed: one small row.
POLL_S = 1.0
# The pace is told every so many looks.
PACE_TURNS = 5


class Shape:
    """In which form a report is wanted: `?format=`, else the Accept header, else JSON."""

    def __init__(
        self,
        request: Request,
        format: Annotated[  # noqa: A002 - the name of the parameter
            Literal["json", "csv", "xlsx"] | None, Query(description="json, csv or xlsx")
        ] = None,
    ) -> None:
        """Look at both."""
        accept = request.headers.get("accept", "")
        wanted = "csv" if "text/csv" in accept else "xlsx" if XLSX_TYPE in accept else "json"
        self.name = format or wanted


@router.get("", operation_id="list_reports", dependencies=READS, response_model=JsonObject)
async def list_reports(program_id: ProgramId) -> JsonObject:  # noqa: ARG001 - who may see the program
    """List every report: its figures with their kinds, and what it can be asked by."""
    return {"data": [describe(report) for report in REPORTS]}


@router.get("/live", operation_id="stream_reports", dependencies=READS)
async def stream_reports(request: Request, program_id: ProgramId) -> StreamingResponse:
    """Stream a `figures` message whenever roll-ups changed, and `pace` (events a second) every few seconds."""
    seen = figures(request.app.state.db, request.app.state.clock, program_id)
    return event_stream(seen, listening(request, READ))


async def figures(
    db: Database, clock: Clock, program_id: int, pause_s: float = POLL_S
) -> AsyncIterator[StreamMessage]:
    """Yield a message whenever the roll-ups changed, first at once, and every few looks the pace; without an end."""
    seen: int | None = None
    for turn in range(2**62):
        async with db.transaction(read_only=True) as tx:
            revision, until_at, _ = await tx.one(queries.select_progress)
            pace = await read_pace(tx, program_id, clock.now()) if turn % PACE_TURNS == 0 else None
        if revision != seen:
            seen = revision
            yield StreamMessage({"revision": revision, "until": until_at}, "figures", str(revision))
        if pace is not None:
            yield StreamMessage({"events_per_second": pace["events_per_second"]}, "pace")
        await asyncio.sleep(pause_s)


@router.get("/pace", operation_id="get_pace", dependencies=READS, response_model=JsonObject)
async def get_pace(request: Request, program_id: ProgramId) -> Response:
    """Show how many events came in each of the last seconds."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await read_pace(tx, program_id, request.app.state.clock.now())
    return Response(_encode(found), media_type="application/json")


@router.get("/{report}", operation_id="get_report", dependencies=READS, response_model=JsonObject)
async def get_report(
    request: Request,
    program_id: ProgramId,
    report: Code,
    shape: Annotated[Shape, Depends()],
    from_day: From = None,
    to: To = None,
    by: By = None,
    compare: Annotated[
        Literal["previous", "year"] | None, Query(description="Beside it the span before, or a year earlier")
    ] = None,
    point_type: PointTypeCode = None,
    limit: Annotated[int | None, Query(ge=1, le=10_000, description="At most so many rows")] = None,
) -> Response:
    """Read a report over local days `from` ≤ day < `to`, as JSON, CSV (`Accept: text/csv`) or XLSX."""
    state = request.app.state
    async with state.db.transaction(read_only=True, snapshot=True) as tx:
        config = await load_config(tx, program_id)
        wanted, asked = ask(
            config, report, today_of(config.zone, state.clock.now()), from_day=from_day, to_day=to, by=by,
            point_type=point_type, limit=limit,
        )  # fmt: skip
        found = await answer(tx, wanted, asked, compare)
    return _shaped(found, shape.name)


@router.get("/{report}/rows", operation_id="list_report_rows", dependencies=READS, response_model=JsonObject)
async def list_report_rows(
    request: Request,
    program_id: ProgramId,
    report: Code,
    page: Annotated[PageQuery, Depends()],
    key: Annotated[
        str | None, Query(max_length=200, description="The row's key; all rows when left out")
    ] = None,
    field: Annotated[str, Query(max_length=63, description="The figure")] = "",
    from_day: From = None,
    to: To = None,
    by: By = None,
    point_type: PointTypeCode = None,
) -> Response:
    """List the transfers, orders or members behind one figure of a report, the latest first."""
    state = request.app.state
    (before,) = page.after(int) or (BEYOND,)
    async with state.db.transaction(read_only=True) as tx:
        config = await load_config(tx, program_id)
        wanted, asked = ask(
            config, report, today_of(config.zone, state.clock.now()), from_day=from_day, to_day=to, by=by,
            point_type=point_type,
        )  # fmt: skip
        rows = await behind(tx, wanted, asked, Cell(key, field), before, page.rows)
    found = page.page(rows, lambda row: (row["number"],))
    shown = [{name: value for name, value in row.items() if name != "number"} for row in found.data]
    return Response(_encode({"data": shown, "next_cursor": found.next_cursor}), media_type="application/json")


def _shaped(found: Answer, shape: str) -> Response:
    name = f"{found.report}-{found.from_day}-{found.to_day}"
    if shape == "csv":
        body: str | bytes = as_csv(found)
    elif shape == "xlsx":
        body = as_xlsx(found)
    else:
        return Response(_encode(shown(found)), media_type="application/json")
    headers = {"content-disposition": f'attachment; filename="{name}.{shape}"'}
    return Response(body, media_type=CSV_TYPE if shape == "csv" else XLSX_TYPE, headers=headers)


def shown(found: Answer) -> JsonObject:
    """Return a report as the API shows it."""
    return {
        "report": found.report,
        "title": found.title,
        "by": found.by,
        "from": found.from_day,
        "to": found.to_day,
        "currency": found.currency,
        "point_type": found.point_type,
        "fields": [{"name": f.name, "kind": f.kind, "says": f.says} for f in found.fields],
        "rows": found.rows,
        "totals": found.totals,
        "comparison": found.comparison,
        "revision": found.revision,
        "until": found.until_at,
    }
