"""Every route by which events come in: Segment's (for SDKs) and our own (for tills, shops, buses of events)."""

from __future__ import annotations

from starlette.routing import BaseRoute

from regulars.flows.intake.events import EventRoutes
from regulars.flows.intake.gate import Gate
from regulars.flows.intake.port import IntakePort
from regulars.flows.intake.segment import SegmentRoutes
from regulars.infra.clock import Clock
from regulars.infra.web import Authenticator, TokenBuckets


def intake_routes(
    port: IntakePort,
    clock: Clock,
    authenticator: Authenticator | None = None,
    *,
    gate: Gate | None = None,
    buckets: TokenBuckets | None = None,
) -> list[BaseRoute]:
    """Return the routes of the intake, to be put before all others: `app.router.routes[:0] = intake_routes(...)`.

    `authenticator` knows the credentials of the API (write keys are known to the port). One gate and one set of
    buckets serve all routes.
    """
    gate = gate or Gate()
    buckets = buckets or TokenBuckets()
    return [
        *SegmentRoutes(port, clock, buckets, gate).routes(),
        *EventRoutes(port, clock, buckets, gate, authenticator).routes(),
    ]
