"""Carrying out what rules owe: vouchers issued and tickets entered, each effect exactly once.

The effect's row is held while its voucher or tickets are written, and marked in the same transaction; whoever is
killed leaves it as it was. Where nothing can be given (an empty pool, a closed draw) the effect says `refused` and
waits until somebody has it tried again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import structlog

from regulars.features.draws import enter_draw
from regulars.features.members import select_survivor
from regulars.features.vouchers import issue_voucher
from regulars.flows.couponing.effects import DONE, REFUSED, TAKEN_BACK, Effect
from regulars.infra.db import Database, Transaction, failpoint, load_queries
from regulars.kit.errors import Rejected

log = structlog.get_logger(__name__)
queries = load_queries(__package__)

# One transaction's worth; others go on with the next ones meanwhile.
EFFECTS_AT_ONCE: Final = 200


async def carry_out_effects(db: Database, now: datetime) -> int:
    """Carry out one round of effects in a transaction of its own; return how many."""
    async with db.transaction() as tx:
        effects = await tx.all(queries.claim_effects, row=Effect, limit=EFFECTS_AT_ONCE)
        await carry_out(tx, effects, now)
        failpoint("after_effects_carried_out_before_commit")
    return len(effects)


async def carry_out(tx: Transaction, effects: Iterable[Effect], now: datetime) -> None:
    """Carry out effects that the transaction holds, but not what came back with its order meanwhile."""
    for effect in effects:
        status = await _carry_out(tx, effect, now) if effect.stands else TAKEN_BACK
        await tx.run(queries.update_effect, status=status, member_id=effect.member_id, id=effect.id)


async def _carry_out(tx: Transaction, effect: Effect, now: datetime) -> str:
    """Give what the effect says to whoever its member is now; return what became of it."""
    member_id = await select_survivor(tx, effect.program_id, effect.member_id)
    assert member_id is not None
    try:
        async with tx.savepoint():
            if effect.kind == "issue_voucher":
                await issue_voucher(
                    tx,
                    effect.program_id,
                    str(effect.given["voucher"]),
                    member_id,
                    now,
                    effect.cause,
                    event_id=effect.event_id,
                    rule=effect.rule,
                )
            else:
                await enter_draw(
                    tx,
                    effect.program_id,
                    str(effect.given["draw"]),
                    member_id,
                    int(effect.given.get("tickets", 1)),
                    effect.cause,
                    now,
                )
    except Rejected as refusal:
        log.warning(
            "effect_refused", rule=effect.rule, effect=effect.id, kind=effect.kind, reason=str(refusal)
        )
        return REFUSED
    return DONE


async def try_again(tx: Transaction, program_id: int) -> int:
    """Let effects that were refused be tried again; return how many."""
    return await tx.run(queries.open_refused_effects, program_id=program_id)
