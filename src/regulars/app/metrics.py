"""/metrics for Prometheus: latencies of requests, which this process counts, and gauges read from the database."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

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
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
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


# An answer of the busiest routes that took longer than this is logged, as is every refusal of theirs; the others are
# counted. A line for each order would cost more than the order's rules.
SLOW_S = 1.0


def count_request(
    method: str, route: str, status: int, took_s: float, request_id: str, *, busy: bool = False
) -> None:
    """Count a request by its route's template, and log it; of a `busy` route only refusals and slow answers."""
    counter, histogram = _counters(method, route, status)
    counter.inc()
    histogram.observe(took_s)
    if not busy or status >= 400 or took_s > SLOW_S:
        ms = round(took_s * 1000, 1)
        log.info("request", method=method, route=route, status=status, ms=ms, request_id=request_id)


@cache
def _counters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Return the counter and the histogram with these labels; there are as many as routes and statuses."""
    return requests.labels(method, route, status), latencies.labels(method, route)


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
            request_id = scope.get("state", {}).get("request_id", "")
            count_request(scope["method"], _route_of(scope), status, took, request_id)


def _route_of(scope: Scope) -> str:
    """Return the whole template of the route that answered.

    A mount says where it is. A plain route leaves no word in the scope but its function.
    """
    whole = scope.get("route")
    if whole is not None:
        root = scope.get("root_path", "")
        mounted: str = root.removeprefix(scope.get("app_root_path", root))
        return mounted + str(getattr(whole, "path_format", "") or getattr(whole, "path", "unknown"))
    endpoint, app = scope.get("endpoint"), scope.get("app")
    templates = _plain_templates(app).get(endpoint, {}) if app is not None else {}
    if scope["path"] in templates:
        return str(scope["path"])
    named = frozenset(scope.get("path_params", ()))
    fitting = [template for template, names in templates.items() if names == named]
    return fitting[0] if len(fitting) == 1 else str(getattr(endpoint, "__name__", "unknown"))


@cache
def _plain_templates(app: Starlette) -> dict[Any, dict[str, frozenset[str]]]:
    """Return under which templates an application's plain functions answer, and the names in each."""
    found: dict[Any, dict[str, frozenset[str]]] = {}
    for template, route in _plain(app.routes):
        found.setdefault(route.endpoint, {})[template] = frozenset(route.param_convertors)
    return found


def _plain(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[tuple[str, Route]]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _plain(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            yield prefix + route.path_format, route


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
