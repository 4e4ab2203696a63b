"""Opening wallets for a change: purses locked, everything that may fall due read, and what fell due done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from regulars.core.ledger.model import Purse, Terms
from regulars.core.ledger.posting import Postings
from regulars.core.ledger.settling import Settled, settle
from regulars.core.ledger.store import lock_purses, read_activity, read_holds, read_lots, select_purses
from regulars.infra.db import Transaction


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
    missing) and what fell due; three statements, four where there are holds, one more where points end by
    idleness. Without `lock` only to look at, in a snapshot: such postings are never written.
    """
    wanted = sorted(member_ids)
    purses = await (lock_purses(tx, wanted) if lock else select_purses(tx, wanted))
    opened = list(purses.values())
    await read_lots(tx, opened)
    await read_holds(tx, opened)
    await read_activity(tx, opened, [kind for kind, one in terms.items() if one.idle_end is not None])
    settled = [
        done
        for purse in opened
        for point_type_id in sorted(terms)
        for done in settle(postings, purse, terms[point_type_id], now, posted_at=posted_at)
    ]
    return purses, settled
