"""Opening wallets for a change: purses locked, everything that may fall due read, and what fell due done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from regulars.core.ledger.model import Hold, Purse, Terms
from regulars.core.ledger.posting import Postings
from regulars.core.ledger.settling import Settled, settle
from regulars.core.ledger.store import (
    ask_activity,
    ask_drawn_by_holds,
    ask_holds,
    ask_locks,
    ask_lots,
    ask_purses,
    put_activity,
    put_holds,
    put_lots,
)
from regulars.infra.db import Asked, Together, Transaction


class Opening(NamedTuple):
    """Wallets that were asked for: their purses, lots, holds, what holds drew, and when points were used."""

    purses: Asked
    lots: Asked
    holds: Asked
    drawn: Asked | None
    activity: Asked | None


def ask_to_open(
    soon: Together,
    member_ids: Sequence[int],
    terms: Mapping[int, Terms],
    *,
    lock: bool = True,
    drawn: bool = True,
) -> Opening:
    """Ask for the wallets of members, purses locked in member order before anything else of them is read.

    Without `drawn` no hold can be given back, except one whose time is over: what that drew is read when it is found.
    """
    wanted = sorted(member_ids)
    return Opening(
        ask_locks(soon, wanted) if lock else ask_purses(soon, wanted),
        ask_lots(soon, wanted),
        ask_holds(soon, wanted),
        ask_drawn_by_holds(soon, wanted) if drawn else None,
        ask_activity(soon, wanted, [kind for kind, one in terms.items() if one.idle_end is not None]),
    )


async def opened(
    opening: Opening,
    postings: Postings,
    terms: Mapping[int, Terms],
    now: int,
    *,
    posted_at: int | None = None,
) -> tuple[dict[int, Purse], list[Settled]]:
    """Return the purses by member (one without a purse is missing), settled as of `now`, and what fell due."""
    purses = {row[0]: Purse(*row) for row in await opening.purses.rows()}
    put_lots(purses, await opening.lots.rows())
    holds = [Hold(*row) for row in await opening.holds.rows()]
    put_holds(purses, holds, await _drawn(opening, holds, now))
    if opening.activity is not None:
        put_activity(purses, await opening.activity.rows())
    settled = [
        done
        for purse in purses.values()
        for point_type_id in sorted(terms)
        for done in settle(postings, purse, terms[point_type_id], now, posted_at=posted_at)
    ]
    return purses, settled


async def _drawn(opening: Opening, holds: Sequence[Hold], now: int) -> list[tuple[Any, ...]]:
    """Return what open holds drew: of all, or else of those who have one whose time is over."""
    if opening.drawn is not None:
        return await opening.drawn.rows()
    due = sorted({held.member_id for held in holds if held.expires_at <= now})
    return await ask_drawn_by_holds(opening.holds.together, due).rows() if due else []


async def open_purses(
    tx: Transaction,
    postings: Postings,
    member_ids: Sequence[int],
    terms: Mapping[int, Terms],
    now: int,
    *,
    posted_at: int | None = None,
    lock: bool = True,
) -> tuple[dict[int, Purse], list[Settled]]:
    """Lock purses in member order and settle their wallets as of `now`, written at `posted_at`
    (microseconds).

    `terms` = every point type of the program by id. Returns the purses by member (one without a purse is
    missing) and what fell due; one round trip. Without `lock` only to look at, in a snapshot: such postings
    are never written.
    """
    opening = ask_to_open(Together(tx), member_ids, terms, lock=lock)
    return await opened(opening, postings, terms, now, posted_at=posted_at)
