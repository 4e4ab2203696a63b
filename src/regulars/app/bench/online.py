"""Bench `online`: 32 tills post one order each over HTTP and wait for its effects; the baseline is pgbench."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import Any

from regulars.app.bench.ground import Ground, bench_ground
from regulars.app.bench.http_alone import http_alone
from regulars.app.bench.load import Answered, Load, beside_us, generate
from regulars.app.bench.model import Figures, Options
from regulars.app.bench.pgbench import measure_pgbench
from regulars.app.bench.processor_time import ServerTime, family_seconds
from regulars.app.bench.served import HOST, Served, serving
from regulars.app.bench.shop import order_message
from regulars.infra.db import Database
from regulars.kit.errors import Bug

CLIENTS = 32
SECONDS = 10
WARM_UP_S = 3
MEMBERS = 20_000
# More requests than can be answered in the time that is measured.
REQUESTS_PER_S = 8_000
P99_GOAL_MS = 50


class OnlineBench:
    """Full load, then half of what was reached."""

    def __call__(self, options: Options) -> Figures:
        """Return orders a second, of pgbench as much, and how long a till waits."""
        with (
            bench_ground(options.url, "online", MEMBERS) as ground,
            serving(ground.url, options.workers) as served,
        ):
            at_rest = served.memory_mb()
            options.say(f"{CLIENTS} clients, as fast as they are answered")
            alone = http_alone(served, CLIENTS)
            _send(ground, served, "warm", WARM_UP_S, None)
            server = asyncio.run(_server_time(ground))
            before = _processor_s(served, server)
            full = _send(ground, served, "full", SECONDS, None)
            after = _processor_s(served, server)
            under_load = served.memory_mb()
            options.say("half of that load")
            half = _send(ground, served, "half", SECONDS, full.rate / 2)
        options.say("pgbench")
        baseline = measure_pgbench(options.url, CLIENTS, SECONDS)
        return {
            "bench": "online",
            "rate": round(full.rate),
            "unit": "orders/s",
            **baseline.figures(full.rate, CLIENTS),
            "goal": "ratio >= 1.0, half.p99_ms <= 50",
            "workers": options.workers,
            "cpu_us_per_order": {
                **{name: round((after[name] - before[name]) / full.good * 1e6) for name in before},
                "load": round(full.cpu_s / full.good * 1e6),
            },
            "http_alone": alone,
            "full": _figures(full),
            "half": _figures(half),
            "memory_mb": {"at_rest": at_rest, "under_load": under_load},
        }


async def _server_time(ground: Ground) -> ServerTime:
    async with Database.open(ground.url, name="bench") as db:
        return await ServerTime.of(db)


def _processor_s(served: Served, server: ServerTime) -> dict[str, float]:
    """Return the processor seconds of the service and of the database so far."""
    return {"service": family_seconds(served.pid), "postgres": server.seconds() or 0.0}


def _send(ground: Ground, served: Served, name: str, seconds: int, rate: float | None) -> Answered:
    count = round((rate or REQUESTS_PER_S) * (seconds + 1))
    load = Load(HOST, served.port, _requests(ground, name, count), CLIENTS, seconds, rate)
    answered: Answered = beside_us(generate, load)
    if answered.bad:
        raise Bug(f"{answered.bad} of {answered.good + answered.bad} requests were not answered with 200.")
    return answered


def _requests(ground: Ground, name: str, count: int) -> list[bytes]:
    random = Random(name)  # noqa: S311 - orders, not secrets
    return [_request(ground, random, f"{name}-{number}") for number in range(count)]


def _request(ground: Ground, random: Random, key: str) -> bytes:
    body = json.dumps(_plain_order(order_message(random, random.randrange(ground.members), key))).encode()
    head = (
        f"POST /api/v1/events HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {ground.write_key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _plain_order(message: dict[str, Any]) -> dict[str, Any]:
    """Return a Segment message in the plain form that tills send."""
    properties = message["properties"]
    order = {
        "order_id": properties["order_id"],
        "total": properties["total"],
        "lines": properties["products"],
    }
    return {
        "id": message["messageId"],
        "type": message["event"],
        "occurred_at": message["timestamp"],
        "member": {"user_id": message["userId"]},
        "store": properties["store"],
        "channel": properties["channel"],
        "currency": properties["currency"],
        "order": order,
    }


def _figures(answered: Answered) -> dict[str, float]:
    return {
        "per_s": round(answered.rate),
        "p50_ms": answered.milliseconds(0.50),
        "p95_ms": answered.milliseconds(0.95),
        "p99_ms": answered.milliseconds(0.99),
    }
