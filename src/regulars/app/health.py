"""/livez, /readyz, /metrics: for orchestrators and monitoring. Plain routes; they tell no secrets and no program."""

from __future__ import annotations

import asyncio

import msgspec
import structlog
from fastapi import Request, Response
from starlette.datastructures import State

from regulars.app import metrics
from regulars.app.draining import saying_goodbye
from regulars.app.gauges import oldest_outbox_s, queries
from regulars.infra.db.migrate import migration_state
from regulars.kit.errors import Rejected

log = structlog.get_logger(__name__)

# A balancer that asks whether we are ready does not wait longer.
READY_WITHIN_S = 3.0
# Fan-out takes well under a second; this late, nobody works at all.
OUTBOX_LATE_S = 300


class Readiness(msgspec.Struct, frozen=True):
    """Whether requests should come here, and each check in a word."""

    ready: bool
    database: str
    migrations: str
    outbox: str


async def live(_: Request) -> Response:
    """Say that this process runs; asks nobody."""
    return Response(b'{"live":true}', media_type="application/json")


async def ready(request: Request) -> Response:
    """Say whether the database answers, is migrated, and the outbox moves; 503 when one of them fails."""
    if saying_goodbye():
        return Response(b'{"ready":false,"stopping":true}', 503, media_type="application/json")
    state = request.app.state
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            found = await _readiness(state)
    except (Rejected, TimeoutError) as error:
        log.warning("not_ready", error=str(error))
        found = Readiness(ready=False, database="unavailable", migrations="unknown", outbox="unknown")
    headers = {} if found.ready else {"retry-after": "1"}
    return Response(
        msgspec.json.encode(found), 200 if found.ready else 503, headers, media_type="application/json"
    )


async def _readiness(state: State) -> Readiness:
    if not state.migrated:
        applied = await asyncio.to_thread(migration_state, state.database_url)
        if applied.pending or applied.changed:
            return Readiness(ready=False, database="ok", migrations="pending", outbox="unknown")
        state.migrated = True
    async with state.db.transaction(read_only=True) as tx:
        lag_s = await oldest_outbox_s(tx, state.clock.now())
    late = lag_s > OUTBOX_LATE_S
    return Readiness(ready=True, database="ok", migrations="ok", outbox="late" if late else "ok")


async def metrics_page(request: Request) -> Response:
    """Return what Prometheus reads. Gauges of a database that is away are left out, and `database_up` says so."""
    state = request.app.state
    found = [("database_up", "Whether the database answers", 1)]
    try:
        async with state.db.transaction(read_only=True) as tx:
            await tx.run(queries.ask_nothing)
            for gauge in state.gauges:
                found.append((gauge.name, gauge.doc, await gauge.read(tx, state.clock.now())))
    except Rejected as error:
        log.warning("gauges_not_read", error=str(error))
        found = [("database_up", "Whether the database answers", 0)]
    return Response(metrics.exposition(found), headers={"content-type": metrics.CONTENT_TYPE})
