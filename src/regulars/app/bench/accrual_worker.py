"""One of the processes of the bench `accrual`: decodes batches and rates them as the server does."""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from regulars.app.bench.batches import read_batches
from regulars.app.bench.ground import RECEIVED, Ground
from regulars.app.bench.processor_time import Stages
from regulars.app.garbage import settle_garbage_collector
from regulars.app.intake_port import taken
from regulars.app.known_sources import source_for
from regulars.core.events import LIMITS_BY_PROFILE, Decoded, EventStatus, Rejection, decode_batch
from regulars.features.programs import load_config
from regulars.flows.accrual import BATCHES_IN_FLIGHT, Item, Rulebooks, accrue, micros, pipeline
from regulars.flows.intake import Source, Taken
from regulars.infra.db import Database

PROFILE_LINES = 45
# One answer in so many is looked at for the rules that fired.
LOOKED_AT = 50
# The stages as `pipeline` names them.
STAGES = {"gather": "async", "decide": "plain", "write": "async"}


class Done(msgspec.Struct, frozen=True):
    """What one process did: events accepted, rules that fired for each, processor seconds by stage and altogether."""

    accepted: int
    fired: float
    stages: dict[str, float]
    processor_s: float


def work(ground: Ground, folder: Path, parent: Connection, profile: bool) -> None:
    """Rate every member's first order, say that it is ready, wait for the word, rate the others, say what was done.

    Members then have a tier, a purse and a history, as nearly all have in a program that has been running for a while.
    """
    parent.send(asyncio.run(_Worker(ground, folder, parent).run(profile)))


class _Worker:
    def __init__(self, ground: Ground, folder: Path, parent: Connection) -> None:
        self.ground, self.folder, self.parent = ground, folder, parent
        self.stages = Stages()
        self.accepted = self.looked_at = self.fired = 0
        self.rulebooks = Rulebooks()
        self.received_at = micros(RECEIVED)

    async def run(self, profile: bool) -> Done:
        async with Database.open(self.ground.url, min_size=BATCHES_IN_FLIGHT, name="worker") as db:
            await self.rulebooks.get(db, self.ground.program_id)
            async with db.transaction() as tx:
                config = await load_config(tx, self.ground.program_id)
            source = source_for(config, config.sources[self.ground.source_id])
            settle_garbage_collector()
            await self._rate_all(db, source, "first")
            self.accepted = self.looked_at = self.fired = 0
            self.stages = Stages()
            self._measure_stages()
            self.parent.send("ready")
            self.parent.recv()
            profiler = cProfile.Profile(time.thread_time) if profile else None
            if profiler:
                profiler.enable()
            start = time.process_time()
            await self._rate_all(db, source, "order")
            used = time.process_time() - start
            if profiler:
                profiler.disable()
                pstats.Stats(profiler).sort_stats("tottime").print_stats(PROFILE_LINES)
        return Done(self.accepted, self.fired / self.looked_at, self.stages.seconds, used)

    def _measure_stages(self) -> None:
        """Time the stages of the pipeline where it calls them; in this process only."""
        for name, timed in STAGES.items():
            stage = getattr(pipeline, name)
            timing = self.stages.timed_async if timed == "async" else self.stages.timed
            setattr(pipeline, name, timing(name, stage))

    async def _rate_all(self, db: Database, source: Source, name: str) -> None:
        """Rate the batches of a file, as many at once as a server does."""
        (path,) = self.folder.glob(f"{name}-*")
        bodies = read_batches(path)
        await asyncio.gather(*[self._rate_next(db, source, bodies) for _ in range(BATCHES_IN_FLIGHT)])

    async def _rate_next(self, db: Database, source: Source, bodies: Iterator[bytes]) -> None:
        decode = self.stages.timed("decode", _decode)
        for body in bodies:
            items = decode(body, source)
            receipt = await accrue(db, self.rulebooks, source.program_id, items, self.received_at)
            statuses = [answer.status for answer in receipt.answers]
            self.accepted += statuses.count(EventStatus.ACCEPTED)
            for answer in receipt.answers[::LOOKED_AT]:
                self.looked_at += 1
                self.fired += 0 if answer.outcome is None else len(answer.outcome.fired)
            # Before the next batch is decoded, so that it is made where this one was, in the processor's cache.
            del items, receipt, answer, statuses


def _decode(body: bytes, source: Source) -> list[Item]:
    """Return the orders of a batch as the intake takes them."""

    def take(one: Decoded) -> Taken:
        return one if isinstance(one, Rejection) else taken(source, one)

    decoded, _ = decode_batch(body, source.origin, RECEIVED, LIMITS_BY_PROFILE[source.profile], take)
    return [item for item in decoded if isinstance(item, Item)]
