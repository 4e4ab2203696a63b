"""Vouchers and tickets follow the order that brought them: what it has no more is taken back, where nobody has used it
and it is not drawn yet; what it has again is given again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from regulars.features.draws import cancel_entry
from regulars.features.members import select_merged_ids, select_survivor
from regulars.features.vouchers import find_vouchers, issued_code, void_vouchers
from regulars.flows.couponing.carry_out import carry_out, queries
from regulars.flows.couponing.effects import DONE, TAKEN_BACK, Effect
from regulars.infra.db import Database, Transaction

# Longer than any transaction lives: what was posted at an earlier instant is visible by then.
OVERLAP: Final = timedelta(hours=1)
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


async def follow_orders(db: Database, now: datetime) -> int:
    """Look at the orders corrected since the last time; return how many effects were taken back, or are owed again.

    A voucher that was used stays used: the order that used it has had its discount. Tickets stay in a draw that has
    closed: who won was worked out from them, and anybody may check it. What stayed counts as given when the order grows
    again; only what was taken back is given again, anew.
    """
    done = 0
    async with db.transaction() as tx:
        since = await _not_seen_since(tx)
        for effect in await tx.all(queries.select_corrected, row=Effect, since=since):
            done += await _follow(tx, effect, now)
        await tx.run(queries.upsert_seen, until=now)
    return done


async def settle_tickets(tx: Transaction, program_id: int, draw: str, now: datetime) -> None:
    """Take the tickets of a draw out whose orders came back, and enter every one that rules owe by now.

    For whoever is about to close it: who bought in time is in, however busy the worker is.
    """
    where = {"program_id": program_id, "draw": draw}
    since = await _not_seen_since(tx)
    for effect in await tx.all(queries.select_corrected_tickets, row=Effect, since=since, **where):
        await _follow(tx, effect, now)
    await carry_out(tx, await tx.all(queries.claim_tickets, row=Effect, **where), now)


async def _not_seen_since(tx: Transaction) -> datetime:
    seen: datetime | None = await tx.value(queries.select_seen)
    return _BEGINNING if seen is None else seen - OVERLAP


async def _follow(tx: Transaction, effect: Effect, now: datetime) -> bool:
    """Let an effect be as its order is now; say whether anything came of it."""
    row = {"member_id": effect.member_id, "id": effect.id}
    if effect.status == TAKEN_BACK and effect.stands:
        await tx.run(queries.owe_again, **row)
        return True
    if effect.status == DONE and not effect.stands and await _take_back(tx, effect, now):
        await tx.run(queries.update_effect, status=TAKEN_BACK, **row)
        return True
    return False


async def _take_back(tx: Transaction, effect: Effect, now: datetime) -> bool:
    """Take back what an effect gave; say whether it went."""
    if effect.kind == "enter_draw":
        return await cancel_entry(tx, effect.program_id, effect.cause, now)
    member_id = await select_survivor(tx, effect.program_id, effect.member_id)
    assert member_id is not None
    gone = False
    for owner in {effect.member_id, *await select_merged_ids(tx, member_id)}:
        code = await issued_code(tx, effect.program_id, owner, effect.cause)
        if code is not None and await _still_good(tx, effect, code, member_id, now):
            gone |= bool(await void_vouchers(tx, effect.program_id, [code], now=now, unused_only=True))
    return gone


async def _still_good(tx: Transaction, effect: Effect, code: str, member_id: int, now: datetime) -> bool:
    """Say whether a voucher has not ended: of one that has nothing is left to take back, and nothing to give again."""
    (found,) = await find_vouchers(tx, effect.program_id, [code], member_id=member_id, now=now, lock=True)
    ends = None if found.voucher is None else found.voucher.ends_at
    return ends is None or now < ends
