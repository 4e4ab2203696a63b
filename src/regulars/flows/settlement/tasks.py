"""Every night the drafts of all partners are brought up to date, so that a period is whole by the morning after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from regulars.features.programs import load_config
from regulars.flows.settlement.draw_up import draw_up
from regulars.flows.settlement.queries import queries
from regulars.infra.jobs import JobContext, Standing, Task
from regulars.kit.zones import local_date, zone

DRAW_UP: Final = "settlement.draw_up"


async def _draw_up(context: JobContext, payload: dict[str, Any]) -> None:
    del payload
    now = context.clock.now()
    async with context.db.transaction(read_only=True) as tx:
        programs = [program_id for (program_id,) in await tx.all(queries.select_programs_with_terms)]
    for program_id in programs:
        async with context.transaction() as tx:
            config = await load_config(tx, program_id)
            today = local_date(now, zone(config.zone))
            await draw_up(tx, config, today - timedelta(days=1), now)
            await draw_up(tx, config, today, now)


DRAW_UP_STATEMENTS: Final = Task(DRAW_UP, _draw_up, lease_s=120)
# After midnight in most zones, before people come; what a zone's midnight leaves open is taken in the night after.
EVERY_NIGHT: Final = Standing(DRAW_UP, "37 2 * * *")
