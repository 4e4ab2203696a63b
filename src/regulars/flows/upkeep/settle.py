"""What falls due in wallets: lots that end, pending points that become available, holds whose time is over,
idle points.

State-driven: what was done is not found again, so a piece that is repeated changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from regulars.core.events import announce, next_batch_id, notice
from regulars.core.ledger import Ids, Postings, Settled, Terms, micros, open_purses, post, select_accounts
from regulars.features.programs import ProgramConfig, wallet_terms
from regulars.features.webhooks import Subscribed, subscribed_types
from regulars.infra.db import Transaction, failpoint, load_queries
from regulars.kit.errors import Bug
from regulars.kit.zones import date_of_day, start_of_day, zone

queries = load_queries(__package__)

# Members whose wallets one transaction holds: a till that meets one of them waits some tenths of a second at
# most.
MEMBERS_PER_PIECE: Final = 500

DUE_NOTICES: Final = {
    "released": "points.released",
    "expired": "points.expired",
    "hold_expired": "points.hold_ended",
}


async def settle_due(tx: Transaction, config: ProgramConfig, at: datetime, now: datetime) -> int:
    """Do what fell due up to `at` in some members' wallets, posted `now`; return how many things.

    0: nothing is left.
    """
    rows = await tx.all(queries.select_due, program_id=config.id, at=at, limit=MEMBERS_PER_PIECE)
    if not rows:
        return 0
    done = await settle_members(tx, config, [member_id for (member_id,) in rows], at, now)
    if not done:
        raise Bug(f"Members with something due had nothing to do: {rows[0][0]} and {len(rows) - 1} others.")
    return done


async def settle_idle(
    tx: Transaction, config: ProgramConfig, point_type_id: int, day: int, after: int, now: datetime
) -> tuple[int, int | None]:
    """End the points of some members who were idle long enough when the local day `day` began.

    Returns how many things were done, and the last member looked at (None: there are no more).
    """
    policy = config.point_types_by_id[point_type_id].policy
    assert policy.expiry is not None
    assert policy.expiry.inactivity_days is not None
    place = zone(config.zone)
    at = start_of_day(date_of_day(day), place)
    rows = await tx.all(
        queries.select_idle,
        program_id=config.id,
        point_type_id=point_type_id,
        after=after,
        start=start_of_day(date_of_day(day) - timedelta(days=policy.expiry.inactivity_days), place),
        end=at,
        limit=MEMBERS_PER_PIECE,
    )
    if not rows:
        return 0, None
    members = [member_id for (member_id,) in rows]
    return await settle_members(tx, config, members, at, now), members[-1]


async def settle_members(
    tx: Transaction, config: ProgramConfig, member_ids: Sequence[int], at: datetime, now: datetime
) -> int:
    """Settle the wallets of some members as of `at`, posted `now`; return how many things were done."""
    terms: dict[int, Terms] = wallet_terms(config, await select_accounts(tx, config.id))
    batch_id = await next_batch_id(tx)
    postings = Postings(Ids(batch_id))
    _, done = await open_purses(tx, postings, member_ids, terms, micros(at), posted_at=micros(now))
    await post(tx, postings)
    failpoint("after_upkeep_posted_before_outbox")
    await announce(
        tx, batch_id, config.id, now, _notices(config, await subscribed_types(tx, config.id), done)
    )
    return len(done)


def _notices(config: ProgramConfig, subscribed: Subscribed, done: Sequence[Settled]) -> list[dict[str, Any]]:
    notices = []
    for one in done:
        type_name = DUE_NOTICES[one.what]
        if type_name in subscribed and one.amount:
            code = config.point_types_by_id[one.point_type_id].code
            key = "hold" if one.what == "hold_expired" else "lot"
            facts = {"point_type": code, "points": one.amount, key: one.id}
            notices.append(notice(type_name, one.member_id, one.at, facts))
    return notices
