"""Taking back what rules issued for orders that came back: vouchers nobody has used, tickets not drawn yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from regulars.features.draws import cancel_entry
from regulars.features.members import select_survivor
from regulars.features.vouchers import issued_code, void_vouchers
from regulars.flows.couponing.carry_out import carry_out, queries
from regulars.flows.couponing.effects import Effect
from regulars.infra.db import Database, Transaction

# Longer than any transaction lives: what was posted at an earlier instant is visible by then.
OVERLAP: Final = timedelta(hours=1)
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


async def take_back_effects(db: Database, now: datetime) -> int:
    """Look at the orders corrected since the last time; return how many effects were taken back.

    A voucher that was used stays used: the order that used it has had its discount. Tickets stay in a draw that has
    closed: who won was worked out from them, and anybody may check it.
    """
    done = 0
    async with db.transaction() as tx:
        since = await _not_seen_since(tx)
        for effect in await tx.all(queries.select_corrected, row=Effect, since=since):
            if not effect.stands:
                done += await _take_back(tx, effect, now)
        await tx.run(queries.upsert_seen, until=now)
    return done


async def settle_tickets(tx: Transaction, program_id: int, draw: str, now: datetime) -> None:
    """Enter every ticket of a draw that rules owe by now, and take out those whose orders came back.

    For whoever is about to close it: who bought in time is in, however busy the worker is.
    """
    where = {"program_id": program_id, "draw": draw}
    await carry_out(tx, await tx.all(queries.claim_tickets, row=Effect, **where), now)
    since = await _not_seen_since(tx)
    for effect in await tx.all(queries.select_corrected_tickets, row=Effect, since=since, **where):
        if not effect.stands:
            await _take_back(tx, effect, now)


async def _not_seen_since(tx: Transaction) -> datetime:
    seen: datetime | None = await tx.value(queries.select_seen)
    return _BEGINNING if seen is None else seen - OVERLAP


async def _take_back(tx: Transaction, effect: Effect, now: datetime) -> bool:
    """Take back what an effect gave; say whether it went. Vouchers that were used and tickets of a draw that
    has closed stay."""
    member_id = await select_survivor(tx, effect.program_id, effect.member_id)
    assert member_id is not None
    gone = False
    if effect.kind == "issue_voucher":
        for owner in {member_id, effect.member_id}:
            code = await issued_code(tx, effect.program_id, owner, effect.cause)
            if code is not None:
                gone |= bool(await void_vouchers(tx, effect.program_id, [code], now=now, unused_only=True))
    else:
        gone = await cancel_entry(tx, effect.program_id, effect.cause, now)
    if gone:
        await tx.run(queries.update_effect, status="taken_back", member_id=effect.member_id, id=effect.id)
    return gone
