"""Tokens given out against points set aside, and what tills report of them.

However often a token was shown, no more than its points is ever spent: uses are accepted in the order in which they
are reported, up to what was set aside; what lies beyond is reported as spent twice, with the till and the order. What
nobody used returns to the member when the time to report is over.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import structlog

from regulars.features.members import select_survivor
from regulars.features.programs import ProgramConfig, load_config
from regulars.features.webhooks import tell
from regulars.flows.offline.errors import InvalidOffline, InvalidToken, TokenSettled, UnknownToken, UseDiffers
from regulars.flows.offline.keys import LIFE_MAX, REPORTING, published_keys, queries, signing_key
from regulars.flows.offline.port import Wallets
from regulars.flows.offline.tokens import Claims, read_token, sign
from regulars.infra.db import Database, Transaction, failpoint
from regulars.kit.errors import FieldError, Rejected

log = structlog.get_logger(__name__)

# Tills' clocks go wrong; as much later than the end of a token is taken as in time.
CLOCK_GRACE: Final = timedelta(minutes=10)
ACTOR: Final = "offline"
REASON: Final = "used at tills without network"


class Token(msgspec.Struct, frozen=True):
    """A token that was given out: what it says, and how it is written."""

    token: str
    hold_id: int
    points: int
    expires_at: datetime


class KeptToken(msgspec.Struct, frozen=True):
    """A token as the books know it."""

    member_id: int
    hold_id: int
    program_id: int
    points: int
    used: int
    status: str
    expires_at: datetime
    settles_at: datetime


class Use(msgspec.Struct, frozen=True):
    """A use that a till reports: `number` is the till's own, so that reporting twice is reporting once."""

    token: str
    till: str
    number: str
    points: int
    used_at: datetime
    order_id: str = ""


class Accepted(msgspec.Struct, frozen=True):
    """What became of a use: how much of it was accepted, and why not all (over, late, settled)."""

    till: str
    number: str
    points: int
    accepted: int
    reason: str


async def issue_token(
    tx: Transaction,
    config: ProgramConfig,
    wallets: Wallets,
    member_id: int,
    points: int,
    life: timedelta,
    *,
    now: datetime,
    point_type: str | None = None,
) -> Token:
    """Set points aside and return a signed token for them, good for `life` (a minute to seven days).

    Refuses with InvalidOffline, and as setting aside does (InsufficientPoints, …).
    """
    if not timedelta(minutes=1) <= life <= LIFE_MAX:
        most = int(LIFE_MAX.total_seconds())
        raise InvalidOffline(errors=[FieldError("life_s", "out_of_range", f"Write 60 to {most}.")])
    expires_at = (now + life).replace(microsecond=0)
    settles_at = expires_at + REPORTING
    held = await wallets.authorise(
        tx,
        config,
        member_id,
        points,
        actor=ACTOR,
        now=now,
        limit=None,  # only settling ends it, however late
        point_type=point_type,
        reference="offline token",
    )
    await tx.run(
        queries.insert_token,
        member_id=member_id,
        hold_id=held.hold,
        program_id=config.id,
        points=points,
        now=now,
        expires_at=expires_at,
        settles_at=settles_at,
    )
    key = await signing_key(tx, config.id, now)
    kind = config.redeemable if point_type is None else config.point_types[point_type]
    assert kind is not None, "points of no type were set aside"
    claims = Claims(config.code, member_id, held.hold, points, kind.code, kind.scale, now, expires_at)
    return Token(sign(claims, key.id, bytes(key.private)), held.hold, points, expires_at)


async def report_use(
    tx: Transaction, config: ProgramConfig, wallets: Wallets, use: Use, now: datetime
) -> Accepted:
    """Take in one use of a token; the same one again changes nothing.

    Refuses with InvalidToken, UnknownToken, UseDiffers.
    """
    claims = read_token(use.token, await published_keys(tx, config.id, now))
    if claims.program != config.code or use.points < 1:
        raise InvalidToken
    place = {"member_id": claims.member_id, "hold_id": claims.hold_id}
    kept = await tx.maybe(queries.lock_token, row=KeptToken, program_id=config.id, **place)
    if kept is None:
        raise UnknownToken
    named = {"till": use.till, "number": use.number}
    before = await tx.maybe(queries.select_use, **place, **named)
    if before is not None:
        points, accepted, reason = before
        if points != use.points:
            raise UseDiffers(points=points)
        return Accepted(use.till, use.number, points, accepted, reason)
    accepted, reason = _accept(kept, use)
    await tx.run(
        queries.insert_use,
        program_id=config.id,
        points=use.points,
        accepted=accepted,
        reason=reason,
        order_id=use.order_id,
        used_at=use.used_at,
        now=now,
        **place,
        **named,
    )
    if accepted:
        await tx.one(queries.count_use, accepted=accepted, **place)
    if accepted and kept.used + accepted == kept.points:
        await _try_to_settle(tx, config, wallets, kept, kept.points, now)
    if reason:
        facts = {
            **named,
            "hold": claims.hold_id,
            "points": use.points,
            "accepted": accepted,
            "reason": reason,
        }
        await tell(tx, config.id, "offline.overspent", facts, now, claims.member_id)
    failpoint("after_use_counted_before_commit")
    return Accepted(use.till, use.number, use.points, accepted, reason)


def _accept(kept: KeptToken, use: Use) -> tuple[int, str]:
    """Return how many of a use's points are accepted, and why not all of them."""
    if use.used_at > kept.expires_at + CLOCK_GRACE:
        return 0, "late"
    left = kept.points - kept.used
    if kept.status != "open":
        return 0, "over" if not left else "settled"
    return min(use.points, left), "" if use.points <= left else "over"


async def revoke_token(
    tx: Transaction, config: ProgramConfig, wallets: Wallets, member_id: int, hold_id: int, now: datetime
) -> None:
    """End the time of a token that its member gives back before anybody could have used it, or was lost.

    What tills accepted stays spent. Refuses with UnknownToken, TokenSettled, and as spending what was set aside does.
    """
    kept = await tx.maybe(
        queries.lock_token, row=KeptToken, member_id=member_id, hold_id=hold_id, program_id=config.id
    )
    if kept is None:
        raise UnknownToken
    if kept.status != "open":
        raise TokenSettled
    await _settle(tx, config, wallets, kept, kept.used, now, "revoked")


async def _settle(
    tx: Transaction,
    config: ProgramConfig,
    wallets: Wallets,
    kept: KeptToken,
    used: int,
    now: datetime,
    status: str = "settled",
) -> None:
    """Spend what was accepted of a token; the rest returns. Refuses as spending what was set aside does."""
    owner = await select_survivor(tx, config.id, kept.member_id)
    assert owner is not None
    how: dict[str, Any] = {"actor": ACTOR, "now": now, "endless": True}
    if used:
        await wallets.capture_hold(tx, config, owner, kept.hold_id, points=used, reason=REASON, **how)
    else:
        await wallets.void_hold(tx, config, owner, kept.hold_id, **how)
    failpoint("after_offline_captured_before_settled")
    await tx.run(queries.settle_token, member_id=kept.member_id, hold_id=kept.hold_id, status=status, now=now)


async def _try_to_settle(
    tx: Transaction, config: ProgramConfig, wallets: Wallets, kept: KeptToken, used: int, now: datetime
) -> bool:
    """Settle a token, or leave it as it is for the next round: what was accepted is never given up."""
    try:
        async with tx.savepoint():
            await _settle(tx, config, wallets, kept, used, now)
    except Rejected as refusal:  # such as a member who was merged at this moment
        log.error("offline_token_unsettled", member=kept.member_id, hold=kept.hold_id, reason=str(refusal))
        return False
    return True


async def settle_due(db: Database, wallets: Wallets, now: datetime) -> int:
    """Settle every token whose time to be reported is over, each in a transaction of its own; return how many."""
    done = 0
    after, after_member, after_hold = datetime(1970, 1, 1, tzinfo=UTC), 0, 0
    while True:
        async with db.transaction() as tx:
            due = await tx.maybe(
                queries.select_due, now=now, after=after, after_member=after_member, after_hold=after_hold
            )
            if due is None:
                return done
            after, after_member, after_hold, program_id = due
            member_id, hold_id = after_member, after_hold
            kept = await tx.one(
                queries.lock_token, row=KeptToken, member_id=member_id, hold_id=hold_id, program_id=program_id
            )
            done += await _try_to_settle(tx, await load_config(tx, program_id), wallets, kept, kept.used, now)
