"""Following time up: everything that falls due in a program, moment by moment, piece by piece, from where it
stopped.

Each piece is one transaction (events are rated in transactions of their own, once for ever by their keys) and
moves the progress on from exactly where it was. Down for 40 days and then run does the same as run every day,
in the same order.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog

from regulars.core.rules import TimerSpec
from regulars.features.programs import ProgramConfig, load_config
from regulars.features.rulesets import load_ruleset, version_in_force
from regulars.features.webhooks import subscribed_types
from regulars.flows.upkeep import timers
from regulars.flows.upkeep.port import Accrue, Raised
from regulars.flows.upkeep.progress import Overtaken, Progress, move_progress, read_progress
from regulars.flows.upkeep.settle import settle_due, settle_idle
from regulars.flows.upkeep.steps import Step, steps_between
from regulars.flows.upkeep.tiers import load_tracks, publish_tiers_due, review_tiers, starts_of
from regulars.flows.upkeep.warn import DAYS_BEFORE, EXPIRING, tell, warn, warn_idle
from regulars.infra.db import DatabaseFull, DatabaseUnavailable, Transaction, failpoint, load_queries
from regulars.infra.db.failpoints import FailpointReached
from regulars.infra.jobs import JobCancelled, LeaseLost

log = structlog.get_logger(__name__)
queries = load_queries(__package__)

# A program that nobody followed up for longer begins here: birthdays of years ago are not made up for.
CATCH_UP_MAX: Final = timedelta(days=400)

# Where the whole run ends, and not only one program's: the database is lost, or the job is another's.
_ENDS_ALL: Final = (DatabaseUnavailable, DatabaseFull, LeaseLost, JobCancelled, FailpointReached)

Opening = Callable[[], AbstractAsyncContextManager[Transaction]]
Telling = Callable[[str], None]
Watching = Callable[[str, datetime], None]
Piece = Callable[[Transaction, int], Awaitable[tuple[list[Raised], int | None]]]


class Failure(msgspec.Struct, frozen=True):
    """What could not be done in a program: the step (a stage of a moment), and why."""

    program: str
    step: str
    error: str


class Done(msgspec.Struct):
    """What a run did: things that fell due in wallets, events raised by type, notices, how many moments
    it went through, and what it could not do.
    """

    steps: int = 0
    settled: int = 0
    notices: int = 0
    events: dict[str, int] = {}
    failures: list[Failure] = []


class Upkeep:
    """Follows up the time of programs. `open` opens a transaction; `accrue` rates events.

    `tell` hears what a person should know, `watch` how far it is: a program's code and the moment it has come to,
    some of them a second.
    """

    def __init__(
        self,
        opening: Opening,
        accrue: Accrue,
        tell: Telling = lambda _: None,
        watch: Watching = lambda _, __: None,
    ) -> None:
        """Begin with nothing done."""
        self.open = opening
        self.accrue = accrue
        self.tell = tell
        self.watch = watch

    async def run(self, until: datetime, now: datetime, program_id: int | None = None) -> Done:
        """Do everything due up to `until` in one program or all of them.

        What is posted is posted `now` (or `until`, if later).

        A program that another runner is busy with is left to it. One in which something fails waits where it is
        for the next run, but for what falls due in wallets; the others go on.
        """
        done = Done()
        async with self.open() as tx:
            programs = await tx.all(queries.select_programs, program_id=program_id)
        for number, created_at, code in programs:
            following = _Following(self, number, code, max(until, now), done)
            try:
                await following.run(created_at, until)
            except Overtaken:
                self.tell(f"program {number}: another runner is busy with it")
            except _ENDS_ALL:
                raise
            except Exception as error:
                following.failed(error)
                await following.settle_all(until)
        return done


class _Following:
    """One program in one run."""

    def __init__(self, upkeep: Upkeep, program_id: int, code: str, now: datetime, done: Done) -> None:
        self.open = upkeep.open
        self.accrue = upkeep.accrue
        self.watch = upkeep.watch
        self.tell = upkeep.tell
        self.program_id = program_id
        self.code = code
        self.now = now
        self.doing = "begin"
        self.done = done
        self.progress = Progress(now)

    async def run(self, created_at: datetime, until: datetime) -> None:
        """Go through the moments that lie between what was done and `until`."""
        async with self.open() as tx:
            start = max(created_at, until - CATCH_UP_MAX)
            self.progress = await read_progress(tx, self.program_id, start, self.now)
        while self.progress.done_until < until or self.progress.step is not None:
            self.doing = "next"
            step = await self._next_step(until)
            await self._do(step)

    def failed(self, error: Exception, step: str = "") -> None:
        """Note what could not be done, for the log, for a person who listens, and for the report."""
        failure = Failure(self.code, step or self.doing, f"{type(error).__name__}: {error}")
        log.error("upkeep_failed", program=self.code, step=failure.step, exc_info=error)
        self.tell(f"program {self.code}: {failure.step} failed: {failure.error}")
        self.done.failures.append(failure)

    async def settle_all(self, until: datetime) -> None:
        """Do what falls due in wallets up to `until`, although something else of the program does not go on.

        Points that end and holds that are let go wait for no rule; what is done is not found again.
        """
        if self.doing.endswith(" settle"):
            return
        try:
            async with self.open() as tx:
                config = await load_config(tx, self.program_id)
            piece = self._settling(config, Step(until))
            after: int | None = 0
            while after is not None:
                async with self.open() as tx:
                    _, after = await piece(tx, after)
        except _ENDS_ALL:
            raise
        except Exception as error:
            self.failed(error, f"{until.isoformat()} settle")

    async def _next_step(self, until: datetime) -> Step:
        """Return the step to do next: the one that was begun, as far as `until` allows, else the first one
        due.
        """
        async with self.open() as tx:
            config = await load_config(tx, self.program_id)
            specs = await _timers(tx, self.program_id, self.progress.done_until)
            schedules = [spec for spec in specs if spec.kind == "schedule"]
            zones: list[str] = []
            if any(spec.zone == "member" for spec in schedules):
                zones = [name for (name,) in await tx.all(queries.select_zones, program_id=self.program_id)]
            target = self.progress.step or until
            starts = await starts_of(tx, self.program_id, target)
        steps = steps_between(self.progress.done_until, target, config.zone, schedules, zones, starts)
        if self.progress.step is not None:
            return steps[-1]
        return steps[0]

    async def _do(self, step: Step) -> None:
        self.doing = f"{step.at.isoformat()} begin"
        async with self.open() as tx:
            config = await load_config(tx, self.program_id)
            await publish_tiers_due(tx, config, step.at, self.now)
        self.done.steps += 1
        self.watch(config.code, step.at)
        stages = [stage async for stage in self._stages(config, step)]
        names = [name for name, _ in stages]
        begun = self.progress.stage if self.progress.step == step.at else ""
        first = names.index(begun) if begun in names else 0
        for name, piece in stages[first:]:
            self.doing = f"{step.at.isoformat()} {name}"
            await self._do_stage(config, step, name, piece)
        await self._move(Progress(step.at))

    async def _do_stage(self, config: ProgramConfig, step: Step, name: str, piece: Piece) -> None:
        after = self.progress.after_member if self.progress.stage == name else 0
        while True:
            async with self.open() as tx:
                events, last = await piece(tx, after)
                if not events:
                    # What the piece wrote and how far it came are one transaction.
                    here = Progress(self.progress.done_until, step.at, name, after if last is None else last)
                    await move_progress(tx, self.program_id, self.progress, here, self.now)
            if not events:
                self.progress = here
            else:
                await self._raise(config, events)
                failpoint("after_events_raised_before_progress")
                assert last is not None
                await self._move(Progress(self.progress.done_until, step.at, name, last))
            if last is None:
                return
            after = last

    async def _raise(self, config: ProgramConfig, events: list[Raised]) -> None:
        for first in range(0, len(events), timers.EVENTS_PER_PIECE):
            await self.accrue(config.id, events[first : first + timers.EVENTS_PER_PIECE], self.now)
        for event in events:
            self.done.events[event.type] = self.done.events.get(event.type, 0) + 1

    async def _move(self, after: Progress) -> None:
        async with self.open() as tx:
            await move_progress(tx, self.program_id, self.progress, after, self.now)
        self.progress = after

    async def _stages(self, config: ProgramConfig, step: Step) -> AsyncIterator[tuple[str, Piece]]:
        """Yield what is done at a moment, in order, each under a name that progress can be kept by."""
        yield "settle", self._settling(config, step)
        if step.day is not None:
            async with self.open() as tx:
                specs = await _timers(tx, config.id, step.at)
                tracks = await load_tracks(tx, config)
                listened = EXPIRING in await subscribed_types(tx, config.id)
            day = step.day
            for kind in _idle_types(config):
                yield f"idle/{kind}", self._ending(config, kind, day)
            yield "tiers", lambda tx, after: review_tiers(tx, config, tracks, day, after)
            for spec in specs:
                if spec.kind in _DAILY:
                    yield _name_of(spec), _daily(config, spec, day)
            if listened:
                for days_before in DAYS_BEFORE:
                    yield f"warn/{days_before}", self._warning(config, days_before, day, None)
                    for kind in _idle_types(config):
                        yield f"warn/{days_before}/{kind}", self._warning(config, days_before, day, kind)
        for spec, zone_name in step.ticks:
            yield f"schedule/{spec.rule}/{spec.cron}/{zone_name}", _ticking(config, spec, zone_name, step.at)

    def _settling(self, config: ProgramConfig, step: Step) -> Piece:
        async def piece(tx: Transaction, after: int) -> tuple[list[Raised], int | None]:
            done = await settle_due(tx, config, step.at, self.now)
            self.done.settled += done
            # There is no member to go on from: what is done is not found again.
            return [], after + 1 if done else None

        return piece

    def _ending(self, config: ProgramConfig, point_type_id: int, day: int) -> Piece:
        async def piece(tx: Transaction, after: int) -> tuple[list[Raised], int | None]:
            done, last = await settle_idle(tx, config, point_type_id, day, after, self.now)
            self.done.settled += done
            return [], last

        return piece

    def _warning(self, config: ProgramConfig, days_before: int, day: int, point_type_id: int | None) -> Piece:
        async def piece(tx: Transaction, after: int) -> tuple[list[Raised], int | None]:
            notices: list[dict[str, Any]]
            if point_type_id is None:
                notices, last = await warn(tx, config, days_before, day, after)
            else:
                notices, last = await warn_idle(tx, config, point_type_id, days_before, day, after)
            if notices:
                await tell(tx, config, notices, self.now)
            self.done.notices += len(notices)
            return [], last

        return piece


_DAILY: Final = {
    "birthday": timers.birthdays,
    "anniversary": timers.anniversaries,
    "inactive": timers.inactive,
}


def _daily(config: ProgramConfig, spec: TimerSpec, day: int) -> Piece:
    find = _DAILY[spec.kind]
    return lambda tx, after: find(tx, config, spec, day, after)


def _ticking(config: ProgramConfig, spec: TimerSpec, zone_name: str | None, tick: datetime) -> Piece:
    return lambda tx, after: timers.scheduled(tx, config, spec, zone_name, tick, after)


def _name_of(spec: TimerSpec) -> str:
    return f"{spec.kind}/{spec.days}/{spec.event}"


def _idle_types(config: ProgramConfig) -> list[int]:
    return [
        kind.id
        for _, kind in sorted(config.point_types_by_slot.items())
        if kind.policy.expiry is not None and kind.policy.expiry.inactivity_days is not None
    ]


async def _timers(tx: Transaction, program_id: int, at: datetime) -> tuple[TimerSpec, ...]:
    """Return the timers of the version in force at an instant."""
    version = await version_in_force(tx, program_id, at)
    if version is None:
        return ()
    return (await load_ruleset(tx, program_id, version)).timers
