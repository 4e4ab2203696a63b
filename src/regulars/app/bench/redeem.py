"""Bench `redeem`: 32 tills set a reward aside and confirm it, over HTTP: on many wallets, one wallet, one stock row.

A redemption here is both requests, one after the other; the baseline is pgbench, whose transaction is one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from random import Random
from typing import Final

import msgspec

from regulars.app.bench.ground import RECEIVED, Ground, bench_ground
from regulars.app.bench.http_alone import http_alone
from regulars.app.bench.load import Dialogue, Reply, beside_us, converse
from regulars.app.bench.model import Figures, Options
from regulars.app.bench.pgbench import measure_pgbench
from regulars.app.bench.processor_time import ServerTime, family_seconds
from regulars.app.bench.queries import queries
from regulars.app.bench.served import HOST, serving
from regulars.core.events import announce, next_batch_id
from regulars.core.ledger import Cause, Ids, Postings, micros, open_purses, post, select_accounts
from regulars.features.programs import ProgramConfig, issue_api_key, load_config, wallet_terms
from regulars.features.rewards import Price, Reward, put_reward, put_reward_stock
from regulars.infra.db import Database
from regulars.infra.db.scratch import settle
from regulars.kit.errors import Bug
from regulars.kit.ids import encode

CLIENTS: Final = 32
SECONDS: Final = 8
WARM_UP_S: Final = 2
MEMBERS: Final = 20_000
MEMBERS_AT_ONCE: Final = 2_500
# Nobody runs out of points or pieces while it is measured.
PLENTY: Final = 10**9
PLAIN, COUNTED = "coffee", "mug"


class Around:
    """The bench's program, as far as rewards may name it."""

    point_types = ("points",)
    stores: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    tiers = vouchers = draws = None


class Till(msgspec.Struct, frozen=True):
    """What the clients of one phase do: with which key, for whom, which reward, for so many seconds."""

    port: int
    key: str
    members: list[str]
    reward: str
    seconds: float
    name: str


class Counted(msgspec.Struct, frozen=True):
    """What came of a phase: redemptions done, refusals, and how long each request took (seconds, sorted).

    `cpu_s`: the processor time of the load generator itself.
    """

    done: int
    refused: int
    seconds: float
    authorise: list[float]
    capture: list[float]
    cpu_s: float

    @property
    def rate(self) -> float:
        """Redemptions a second, each of two requests."""
        return self.done / self.seconds


class RedeemBench:
    """Three phases on one server, then the baseline."""

    def __call__(self, options: Options) -> Figures:
        """Return redemptions a second and how many transactions pgbench does in the same place."""
        phases = {}
        with bench_ground(options.url, "redeem", MEMBERS) as ground:
            key, members = asyncio.run(_prepare(ground))
            with serving(ground.url, options.workers) as served:
                alone = http_alone(served, CLIENTS)
                _phase(Till(served.port, key, members, PLAIN, WARM_UP_S, "warm"))
                server = asyncio.run(_server_time(ground))
                before = (family_seconds(served.pid), server.seconds() or 0.0)
                for name, some, reward in (
                    ("many_wallets", members, PLAIN),
                    ("one_wallet", members[:1], PLAIN),
                    ("one_stock", members, COUNTED),
                ):
                    options.say(f"{CLIENTS} clients: {name.replace('_', ' ')}")
                    phases[name] = _phase(Till(served.port, key, some, reward, SECONDS, name))
                after = (family_seconds(served.pid), server.seconds() or 0.0)
        done = sum(one.done for one in phases.values())
        options.say("pgbench")
        baseline = measure_pgbench(options.url, CLIENTS, SECONDS)
        slowest = min(phases.values(), key=lambda one: one.rate)
        return {
            "bench": "redeem",
            "rate": round(slowest.rate),
            "unit": "redemptions/s (authorise + capture), slowest phase",
            **baseline.figures(slowest.rate, CLIENTS),
            "goal": "ratio >= 0.5",
            "workers": options.workers,
            "cpu_us_per_redemption": {
                "service": round((after[0] - before[0]) / done * 1e6),
                "postgres": round((after[1] - before[1]) / done * 1e6),
                "load": round(sum(one.cpu_s for one in phases.values()) / done * 1e6),
            },
            "http_alone": alone,
            "phases": {name: _figures(one, baseline.prepared) for name, one in phases.items()},
        }


async def _server_time(ground: Ground) -> ServerTime:
    async with Database.open(ground.url, name="bench") as db:
        return await ServerTime.of(db)


async def _prepare(ground: Ground) -> tuple[str, list[str]]:
    """Give everybody points, make the rewards, and return a key and the members' ids."""
    async with Database.open(ground.url, name="bench") as db:
        async with db.transaction() as tx:
            config = await load_config(tx, ground.program_id)
            issued = await issue_api_key(tx, config.id, "bench", ("redemptions:write",), RECEIVED)
            for reward in (
                Reward(PLAIN, "Coffee", "service", Price(points=1)),
                Reward(COUNTED, "Mug", "service", Price(points=1), stock=True),
            ):
                await put_reward(tx, config.id, reward, Around(), RECEIVED)
            await put_reward_stock(tx, config.id, COUNTED, free=PLENTY)
            rows = await tx.all(queries.select_member_ids, program_id=config.id)
            ids = [row[0] for row in rows]
        for first in range(0, len(ids), MEMBERS_AT_ONCE):
            await _give(db, config, ids[first : first + MEMBERS_AT_ONCE])
    settle(ground.url)
    return issued.key, [encode("mem", number) for number in ids]


async def _give(db: Database, config: ProgramConfig, ids: list[int]) -> None:
    async with db.transaction() as tx:
        terms = wallet_terms(config, await select_accounts(tx, config.id))
        kind = config.point_types["points"]
        batch = await next_batch_id(tx)
        postings = Postings(Ids(batch))
        at = micros(RECEIVED)
        purses, _ = await open_purses(tx, postings, ids, terms, at)
        for purse in purses.values():
            postings.credit(purse, terms[kind.id], PLENTY, terms[kind.id].accounts.house, Cause(at, at))
        await post(tx, postings)
        await announce(tx, batch, config.id, RECEIVED, [])


def _phase(till: Till) -> Counted:
    counted: Counted = beside_us(_generate, till)
    if counted.refused:
        raise Bug(f"{counted.refused} requests of {till.name} were refused, though nothing was missing.")
    return counted


def _generate(till: Till, parent: Connection) -> None:
    start = time.perf_counter()
    clients = [_Client(till, start + till.seconds, number) for number in range(CLIENTS)]
    cpu_s = converse(HOST, till.port, [client.run() for client in clients])
    taken = time.perf_counter() - start
    counted = Counted(
        sum(client.done for client in clients),
        sum(client.refused for client in clients),
        taken,
        sorted(latency for client in clients for latency in client.authorise),
        sorted(latency for client in clients for latency in client.capture),
        cpu_s,
    )
    parent.send(counted)


class _Client:
    """One till: sets aside, confirms, and begins again."""

    def __init__(self, till: Till, end: float, number: int) -> None:
        self.till, self.end, self.number = till, end, number
        self.random = Random(f"{till.name}-{number}")  # noqa: S311 - members, not secrets
        self.done = self.refused = 0
        self.authorise: list[float] = []
        self.capture: list[float] = []

    def run(self) -> Dialogue:
        """Take rewards until the time is over."""
        for key in self._keys():
            member = self.random.choice(self.till.members)
            wanted = b'{"member":"%b","reward":"%b"}' % (member.encode(), self.till.reward.encode())
            sent = time.perf_counter()
            taken = yield self._request("/api/v1/redemptions", wanted, f"{key}-a"), 0.0
            if not self._noted(taken, sent, self.authorise):
                continue
            at = taken.body.index(b'"id":"') + 6
            number = b'{"redemption":"%b"}' % taken.body[at : taken.body.index(b'"', at)]
            sent = time.perf_counter()
            confirmed = yield self._request("/api/v1/redemptions/capture", number, f"{key}-c"), 0.0
            self.done += self._noted(confirmed, sent, self.capture)

    def _keys(self) -> Iterator[str]:
        count = 0
        while time.perf_counter() < self.end:
            count += 1
            yield f"{self.till.name}-{self.number}-{count}"

    def _request(self, path: str, body: bytes, key: str) -> bytes:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {self.till.key}\r\n"
            f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _noted(self, reply: Reply, sent: float, latencies: list[float]) -> bool:
        """Count an answer, and return whether it was a success."""
        latencies.append(time.perf_counter() - sent)
        good = reply.status == 201
        self.refused += not good
        return good


def _figures(one: Counted, baseline: float) -> dict[str, float]:
    return {
        "per_s": round(one.rate),
        "ratio": round(one.rate / baseline, 2),
        "requests_per_s": round(2 * one.rate),
        "authorise_p50_ms": _milliseconds(one.authorise, 0.5),
        "authorise_p99_ms": _milliseconds(one.authorise, 0.99),
        "capture_p50_ms": _milliseconds(one.capture, 0.5),
        "capture_p99_ms": _milliseconds(one.capture, 0.99),
    }


def _milliseconds(latencies: list[float], share: float) -> float:
    return round(latencies[min(len(latencies) - 1, int(len(latencies) * share))] * 1000, 2)
