"""Blocks that run low: a task for whoever looks after the partner, and a notice, once for a size of the block.

A task is done when nothing is due any more, also because returns brought points back; it is open again, without another
notice, when they are drawn once more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from regulars.core.events import announce, next_batch_id, notice
from regulars.core.ledger import micros
from regulars.features.partners import (
    LiveAgreement,
    finish_tasks,
    insert_task,
    reopen_task,
    select_agreements,
)
from regulars.features.programs import load_config
from regulars.features.webhooks import subscribed_types
from regulars.flows.funding.agreements import BlockStanding, due_kinds, queries, standings
from regulars.infra.db import Transaction
from regulars.infra.jobs import JobContext, Standing, Task

WATCH: Final = "funding.watch"
# Who closed a task for which returns have brought back enough.
REFILLED: Final = "returns"
NOTICES: Final = {"reorder": "partner.block_low", "exhausted": "partner.block_exhausted"}


async def watch_blocks(tx: Transaction, program_id: int, now: datetime) -> int:
    """Note the blocks of a program that are to be bought again; return how many were not noted before."""
    config = await load_config(tx, program_id)
    prepaid = [one for one in await select_agreements(tx, program_id) if one.agreement.mode == "prepaid"]
    told: list[dict[str, Any]] = []
    count = 0
    for live, standing in zip(prepaid, await standings(tx, config, prepaid, now), strict=True):
        assert standing.block is not None
        due = due_kinds(live, standing.block)
        await finish_tasks(tx, live.id, due, REFILLED, now)
        for kind in due:
            size = standing.block.bought, standing.block.remaining
            await reopen_task(tx, live.id, kind, *size, REFILLED)
            if await insert_task(tx, program_id, live.id, kind, *size, now):
                count += 1
                told.append(notice(NOTICES[kind], 0, micros(now), _facts(live, standing.block)))
    if told:
        await _announce(tx, program_id, told, now)
    return count


def _facts(live: LiveAgreement, block: BlockStanding) -> dict[str, Any]:
    return {
        "agreement": live.agreement.code,
        "partner": live.agreement.payer,
        "point_type": live.agreement.point_type,
        "bought": block.bought,
        "remaining": block.remaining,
        "reserve": live.agreement.reserve,
    }


async def _announce(tx: Transaction, program_id: int, told: list[dict[str, Any]], now: datetime) -> None:
    subscribed = await subscribed_types(tx, program_id)
    heard = [one for one in told if one["type"] in subscribed]
    if heard:
        await announce(tx, await next_batch_id(tx), program_id, now, heard)


async def _watch(context: JobContext, payload: dict[str, Any]) -> None:
    del payload
    now = context.clock.now()
    async with context.db.transaction(read_only=True) as tx:
        programs = [program_id for (program_id,) in await tx.all(queries.select_programs_with_blocks)]
    for program_id in programs:
        async with context.transaction() as tx:
            await watch_blocks(tx, program_id, now)


WATCH_BLOCKS: Final = Task(WATCH, _watch)
# A block that runs low is noticed within a minute; how fast it goes is what its reorder level is for.
WATCHED_EVERY_MINUTE: Final = Standing(WATCH, "* * * * *")
