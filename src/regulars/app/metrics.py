"""/metrics for Prometheus: latencies of requests, which this process counts, and gauges read from the database."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("regulars.http")

CONTENT_TYPE = CONTENT_TYPE_LATEST
# Set by `serve` when it runs several processes; each then writes its counts into files of this folder.
MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

own = CollectorRegistry()
requests = Counter("regulars_http_requests", "Answered requests", ["method", "route", "status"], registry=own)
latencies = Histogram(
    "regulars_http_request_seconds",
    "Time from the request's head to the answer's end",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=own,
)


class Measured:
    """Counts and logs every request: method, route template (never the URL: it may hold a key), status, duration."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_noting_status)
        finally:
            took = time.perf_counter() - began
            route = _route_of(scope)
            requests.labels(scope["method"], route, status).inc()
            latencies.labels(scope["method"], route).observe(took)
            log.info(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                ms=round(took * 1000, 1),
                request_id=scope.get("state", {}).get("request_id", ""),
            )


def _route_of(scope: Scope) -> str:
    """Return the template of the route that answered; plain routes go by the name of their function."""
    if "route" in scope:
        return str(getattr(scope["route"], "path", "unknown"))
    return str(getattr(scope.get("endpoint"), "__name__", "unknown"))


def exposition(gauges: Iterable[tuple[str, str, int]]) -> bytes:
    """Return the text of /metrics: what was counted here (by all processes, where there are several) and `gauges`."""
    read = CollectorRegistry()
    for name, doc, value in gauges:
        Gauge(f"regulars_{name}", doc, registry=read).set(value)
    counted = own
    if os.environ.get(MULTIPROCESS_VARIABLE):
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    return generate_latest(counted) + generate_latest(read)
