"""Giving winners what they won, each prize exactly once, in the transaction that marks it as given."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from regulars.core.events import announce, next_batch_id, notice
from regulars.core.ledger import micros
from regulars.features.draws import Prize, Won, decode_draw, mark_delivered, mark_refused
from regulars.features.members import resolve_ref
from regulars.features.programs import load_config
from regulars.features.vouchers import issue_voucher
from regulars.flows.prizes.port import Wallets
from regulars.infra.db import Database, Transaction, failpoint, load_queries
from regulars.kit.errors import Rejected
from regulars.kit.ids import encode

log = structlog.get_logger(__name__)
queries = load_queries(__package__)

PRIZES_AT_ONCE: Final = 100
# What could not be given (an empty pool, a blocked member) is tried again after this.
AGAIN: Final = timedelta(minutes=30)
WON: Final = "draw.won"
# Somebody hands it over; the notice tells whom to.
BY_HAND: Final = "by_hand"


async def deliver_prizes(db: Database, wallets: Wallets, now: datetime, draw_id: int | None = None) -> int:
    """Give prizes that were won and not given yet, one round in one transaction; return how many."""
    async with db.transaction() as tx:
        return await deliver_in(tx, wallets, now, draw_id)


async def deliver_in(
    tx: Transaction, wallets: Wallets, now: datetime, draw_id: int | None = None, number: int | None = None
) -> int:
    """The same in a transaction of the caller's; `number`: this prize only, so that no other wallet is held."""
    rows = await tx.all(
        queries.claim_deliveries,
        draw_id=draw_id,
        number=number,
        limit=PRIZES_AT_ONCE,
        refused_before=now - AGAIN,
    )
    done = 0
    for program_id, code, document, *fields in sorted(rows, key=_winner):
        won = Won(*fields)
        prize = next(one for one in decode_draw(document).prizes if one.code == won.prize)
        try:
            async with tx.savepoint():
                delivered = await _deliver(tx, wallets, program_id, code, prize, won, now)
                await mark_delivered(tx, won.draw_id, won.number, delivered, now)
                await _tell(tx, program_id, code, won, delivered, now)
                done += 1
        except Rejected as refusal:
            log.warning("prize_refused", draw=code, number=won.number, reason=str(refusal))
            await mark_refused(tx, won.draw_id, won.number, now)
    failpoint("after_prizes_given_before_commit")
    return done


def _winner(row: Any) -> int:
    """Winners' wallets are locked in the order in which everybody locks wallets."""
    found: int = row[8]
    return found


async def _deliver(
    tx: Transaction, wallets: Wallets, program_id: int, draw: str, prize: Prize, won: Won, now: datetime
) -> str:
    """Return what the member got: a voucher's code, points, or that people hand it over."""
    assert won.member_id is not None
    if prize.voucher is None and prize.points is None:
        return BY_HAND
    cause = f"prize:{won.draw_id}:{won.number}"
    config = await load_config(tx, program_id)
    # Another one may have taken the winner's place since.
    winner = await resolve_ref(tx, config, encode("mem", won.member_id))
    if prize.voucher is not None:
        code = await issue_voucher(tx, program_id, prize.voucher, winner, now, cause)
        return f"voucher:{code}"
    assert prize.points is not None
    await wallets.adjust(
        tx,
        config,
        winner,
        prize.points,
        "credit",
        reason=f"Won in the draw {draw}: {prize.name}",
        actor=f"draw:{draw}",
        now=now,
        point_type=prize.point_type,
        reference=cause,
    )
    return f"points:{prize.points}"


async def _tell(tx: Transaction, program_id: int, draw: str, won: Won, delivered: str, now: datetime) -> None:
    assert won.member_id is not None
    facts = {"draw": draw, "prize": won.prize, "number": won.number, "delivered": delivered}
    batch = await next_batch_id(tx)
    await announce(tx, batch, program_id, now, [notice(WON, won.member_id, micros(now), facts)])
