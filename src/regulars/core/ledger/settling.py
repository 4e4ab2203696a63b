"""What fell due in a wallet while nobody looked: pending points become available, lots end, holds end, in the
order of time.

Whoever changes a wallet settles it first, so that the outcome does not depend on when the job ran that looks
for what fell due: run late, it writes the same movements with the same `occurred_at`.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush

import msgspec

from regulars.core.ledger.holding import close
from regulars.core.ledger.model import FOREVER, Cause, Hold, HoldStatus, Lot, Purse, Terms
from regulars.core.ledger.posting import Postings

# At the same instant: first lots end, then points become available, then holds end (and find their lots
# ended).
_EXPIRE, _RELEASE, _HOLD = range(3)

_Due = tuple[int, int, int, Lot | Hold]


class Settled(msgspec.Struct, frozen=True):
    """One thing that fell due: `what` is released, expired or hold_expired; `id` of the lot or hold.

    `at` microseconds.
    """

    what: str
    member_id: int
    point_type_id: int
    id: int
    amount: int
    at: int


def settle(
    postings: Postings, purse: Purse, terms: Terms, now: int, *, posted_at: int | None = None
) -> list[Settled]:
    """Do what fell due in one wallet up to `now` (microseconds) and return it.

    Open lots and holds must have been read. `posted_at` = when it is written, where that is later than `now`.
    """
    end_idle_lots(purse, terms, now)
    due = _due_by(purse, terms, now)
    done: list[Settled] = []

    def note(what: str, thing: Lot | Hold, amount: int, at: int) -> None:
        done.append(Settled(what, purse.member_id, terms.accounts.point_type_id, thing.id, amount, at))

    while due:
        at, rank, _, thing = heappop(due)
        cause = Cause(at, now if posted_at is None else posted_at)
        if isinstance(thing, Hold):
            note("hold_expired", thing, close(postings, purse, terms, thing, HoldStatus.EXPIRED, cause), at)
            for lot, _ in thing.drawn:
                _push_end(due, lot, now)
        elif rank == _RELEASE:
            amount = thing.remaining
            postings.release(purse, terms, thing, cause)
            note("released", thing, amount, at)
        elif thing.remaining and thing.expires_at == at:
            note("expired", thing, postings.expire(purse, terms, thing, cause), at)
    return done


def idle_since(lot: Lot, activity: list[int], idle_end: Callable[[int], int]) -> int:
    """Return when a lot ends for lack of activity: the end of the first pause, after it became available,
    that was long enough.

    `activity` = when points of its type were earned or spent, ascending, in microseconds.
    """
    last = lot.active_at
    for at in activity:
        if at > last:
            if at >= idle_end(last):
                break
            last = at
    return idle_end(last)


def end_idle_lots(purse: Purse, terms: Terms, now: int) -> None:
    """Give lots that ended by idleness the end that they had; the others keep none, for tomorrow may be busy.

    A lot with an end of its own (by hand, or days of grace) has that one.
    """
    if terms.idle_end is None:
        return
    activity = purse.activity.get(terms.accounts.point_type_id, [])
    for lot in purse.lots.get(terms.accounts.point_type_id, ()):
        if lot.active_at <= now and lot.expires_at == FOREVER:
            end = idle_since(lot, activity, terms.idle_end)
            if end <= now:
                lot.expires_at = end


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
