"""Everything a worker does, in one place: the tasks of jobs, and the loops beside them. Slices add theirs here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from regulars.app.redemption_ports import redemption_ports
from regulars.app.settings import Settings
from regulars.app.system_events import TimePasses
from regulars.features import audit, staff, vouchers, webhooks
from regulars.features.members import MEMBER_JOINED
from regulars.features.webhooks import Sender
from regulars.flows import couponing, funding, offline, points, prizes, settlement
from regulars.flows.accrual import Rulebooks, joined_task
from regulars.flows.announcement import fan_out
from regulars.flows.export import export_task
from regulars.flows.redemption import Grounds, overdue_loop
from regulars.flows.reporting import MemberCount, Rollup
from regulars.flows.simulation import simulation_task
from regulars.flows.upkeep import STANDING, upkeep_task
from regulars.infra.clock import Clock
from regulars.infra.db import Database
from regulars.infra.http_out import AllowList, Outbound
from regulars.infra.jobs import FORGET_FINISHED, Loop, Standing, Task, Worker, keep_standing

TASKS: tuple[Task, ...] = (
    FORGET_FINISHED,
    webhooks.FORGET_OLD,
    staff.FORGET_SPENT,
    audit.NOTE_ANCHOR,
    joined_task(MEMBER_JOINED, Rulebooks()),
    vouchers.GENERATE_TASK,
    couponing.effects_task(),
    prizes.prizes_task(points),
    offline.offline_task(points),
    funding.WATCH_BLOCKS,
    settlement.DRAW_UP_STATEMENTS,
)

# Schedules that every installation has; those that people make are rows of their own.
SCHEDULES: tuple[Standing, ...] = (
    Standing(FORGET_FINISHED.kind, "17 3 * * *"),
    Standing(webhooks.FORGET_OLD.kind, "47 3 * * *"),
    Standing(staff.FORGET_SPENT.kind, "7 4 * * *"),
    Standing(audit.NOTE_ANCHOR.kind, "27 4 * * *"),
    STANDING,
    couponing.STANDING,
    prizes.STANDING,
    offline.STANDING,
    funding.WATCHED_EVERY_MINUTE,
    settlement.EVERY_NIGHT,
)

# Seconds that running jobs get to end when the process is told to stop; requests have had theirs before.
GRACE_S = 3.0
# How late a change may be noticed when nothing else happened before; two small statements each time.
IDLE_S = 0.3
# Figures are a second old at most while nothing else is behind; counting members looks whether it is time.
ROLLUP_IDLE_S = 0.7
# Under load orders come first: larger pieces, rolled up more seldom, cost each order a fraction of many small ones.
ROLLUP_SHARE = 0.05
COUNT_IDLE_S = 5.0


@asynccontextmanager
async def open_worker(settings: Settings, db: Database, clock: Clock) -> AsyncIterator[Worker]:
    """Build the worker of this installation with all its tasks and loops."""
    async with db.transaction() as tx:
        await keep_standing(tx, SCHEDULES, clock.now())
    tasks = (
        *TASKS,
        simulation_task(settings.database),
        export_task(lambda: settings.home / "exports"),
        upkeep_task(TimePasses(db)),
    )
    async with Outbound(AllowList.parse(settings.outbound_allow)) as out:
        loops = [*delivery_loops(db, clock, Sender(db, clock, out)), *reporting_loops(db, clock)]
        loops.append(overdue_loop(db, clock, Grounds(redemption_ports())))
        yield Worker(db, clock, tasks, loops=loops, grace_s=GRACE_S)


def delivery_loops(db: Database, clock: Clock, sender: Sender) -> list[Loop]:
    """Return the two loops behind webhooks: outbox to messages, and messages to endpoints; the one wakes the other.

    Both look for themselves while idle: a notification per commit of the hot path would pass through one lock.
    """
    sending = Loop("webhooks", sender.step, IDLE_S, sender.abandon)
    sender.wake = sending.wake

    async def announce() -> bool:
        done = await fan_out(db, clock)
        if done:
            sending.wake()
        return done > 0

    return [Loop("outbox", announce, IDLE_S), sending]


def reporting_loops(db: Database, clock: Clock) -> list[Loop]:
    """Return the loops that keep the figures of reports fresh: what was posted, and how many members there are."""
    return [
        Loop("rollups", Rollup(db, clock).step, ROLLUP_IDLE_S, share=ROLLUP_SHARE),
        Loop("member-counts", MemberCount(db, clock).step, COUNT_IDLE_S),
    ]
