"""What fell due in a wallet while nobody looked: pending points become available, lots end, holds end, in the
order of time.

Whoever changes a wallet settles it first, so that the outcome does not depend on when the job ran that looks
for what fell due: run late, it writes the same movements with the same `occurred_at`.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

import msgspec

from regulars.core.ledger.holding import close
from regulars.core.ledger.model import Cause, Hold, HoldStatus, Lot, Purse, Terms
from regulars.core.ledger.posting import Postings

# At the same instant: first lots end, then points become available, then holds end (and find their lots
# ended).
_EXPIRE, _RELEASE, _HOLD = range(3)

_Due = tuple[int, int, int, Lot | Hold]


class Settled(msgspec.Struct, frozen=True):
    """One thing that fell due: `what` is released, expired or hold_expired; `at` in microseconds.

    `id` of the lot or hold.
    """

    what: str
    at: int
    id: int
    amount: int


def settle(postings: Postings, purse: Purse, terms: Terms, now: int) -> list[Settled]:
    """Do what fell due in one wallet up to `now` (microseconds) and return it.

    Open lots and holds must have been read.
    """
    due = _due_by(purse, terms, now)
    done = []
    while due:
        at, rank, _, thing = heappop(due)
        cause = Cause(at, now)
        if isinstance(thing, Hold):
            amount = close(postings, purse, terms, thing, HoldStatus.EXPIRED, cause)
            done.append(Settled("hold_expired", at, thing.id, amount))
            for lot, _ in thing.drawn:
                _push_end(due, lot, now)
        elif rank == _RELEASE:
            amount = thing.remaining
            postings.release(purse, terms, thing, cause)
            done.append(Settled("released", at, thing.id, amount))
        elif thing.remaining and thing.expires_at == at:
            done.append(Settled("expired", at, thing.id, postings.expire(purse, terms, thing, cause)))
    return done


def _due_by(purse: Purse, terms: Terms, now: int) -> list[_Due]:
    due: list[_Due] = []
    for lot in purse.lots.get(terms.accounts.point_type_id, ()):
        if lot.pending and lot.active_at <= now and lot.active_at < lot.expires_at:
            due.append((lot.active_at, _RELEASE, lot.id, lot))
        if lot.expires_at <= now:
            due.append((lot.expires_at, _EXPIRE, lot.id, lot))
    for held in purse.holds.get(terms.accounts.point_type_id, ()):
        if held.expires_at <= now:
            due.append((held.expires_at, _HOLD, held.id, held))
    heapify(due)
    return due


def _push_end(due: list[_Due], lot: Lot, now: int) -> None:
    """A lot got points back, and perhaps some days of grace, which may be over too."""
    if lot.remaining and lot.expires_at <= now:
        heappush(due, (lot.expires_at, _EXPIRE, lot.id, lot))
