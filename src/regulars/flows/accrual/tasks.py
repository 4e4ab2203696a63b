"""Jobs that end in the hot path: a member who joined by a form is an event, so that rules can welcome her."""

from __future__ import annotations

import msgspec

from regulars.flows.accrual.clock import micros
from regulars.flows.accrual.load import Rulebooks
from regulars.flows.accrual.pipeline import accrue
from regulars.flows.accrual.system_events import system_item
from regulars.infra.jobs import Hopeless, JobContext, Task

MEMBER_JOINED_EVENT = "Member Joined"


class Joined(msgspec.Struct, frozen=True):
    """Who joined."""

    member: int


def joined_task(kind: str, rulebooks: Rulebooks) -> Task:
    """Return the task that lets rules and subscribers know of a member who joined; repeating it is a
    duplicate."""

    async def tell(context: JobContext, payload: Joined) -> None:
        program_id = context.job.program_id
        if program_id is None:
            raise Hopeless("A member joins a program.")
        now = micros(context.clock.now())
        item = system_item(payload.member, MEMBER_JOINED_EVENT, f"joined:{payload.member}", now, {})
        await accrue(context.db, rulebooks, program_id, [item], now)

    return Task(kind, tell, payload=Joined)
