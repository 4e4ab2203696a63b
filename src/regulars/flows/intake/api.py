"""Every route by which events come in: Segment's (for SDKs) and our own (for tills, shops, buses of events)."""

from __future__ import annotations

from starlette.routing import BaseRoute

from regulars.flows.intake.events import EventRoutes
from regulars.flows.intake.gate import Gate
from regulars.flows.intake.needs import Needs, needs_of_state
from regulars.flows.intake.segment import SegmentRoutes
from regulars.infra.web import TokenBuckets


def intake_routes(
    needs: Needs | None = None, *, gate: Gate | None = None, buckets: TokenBuckets | None = None
) -> list[BaseRoute]:
    """Return the routes of the intake. One gate and one set of buckets serve all of them.

    Without `needs` the routes take them from `app.state` (`intake_port`, `clock`, `authenticator`) at each request, so
    that they can be built before the application has connected.
    """
    find = needs_of_state if needs is None else lambda _: needs
    gate = gate or Gate()
    buckets = buckets or TokenBuckets()
    # Tried in this order: a till's single events come by the one, batches of SDKs by the twenty others.
    return [*EventRoutes(find, buckets, gate).routes(), *SegmentRoutes(find, buckets, gate).routes()]
