"""A simulation as a job: in the background, with progress, cancelled on demand; its result is kept for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from regulars.flows.simulation.kept import keep_result
from regulars.flows.simulation.model import Plan
from regulars.flows.simulation.run import simulate
from regulars.infra.jobs import JobContext, Task

SIMULATE: Final = "simulation.run"
# How many events are decided between two notes of progress, each of which is a small transaction.
EVENTS_A_NOTE: Final = 20_000


def simulation_task(url_of: Callable[[], str]) -> Task:
    """Return the task that runs simulations; `url_of` says where processes of its own find the database.

    "" = it has none and runs in the worker.
    """

    async def run(context: JobContext, payload: dict[str, Any]) -> None:
        plan = plan_of(payload)
        noted = 0

        async def note(done: int, expected: int) -> None:
            nonlocal noted
            if done - noted < EVENTS_A_NOTE and done < expected:
                return
            noted = done
            async with context.transaction() as tx:  # stops here when the job was cancelled
                await context.report(tx, {"events": done, "expected": expected})

        result = await simulate(context.db, plan, note, url=url_of())
        async with context.transaction() as tx:
            await context.report(tx, {"events": noted, "expected": noted})
            await keep_result(tx, plan.program_id, context.job.id, result, context.clock.now())
            await context.finish(tx)

    return Task(SIMULATE, run, lease_s=60)


def plan_of(payload: dict[str, Any]) -> Plan:
    """Return the plan that a job's payload says."""
    return Plan(**payload)
