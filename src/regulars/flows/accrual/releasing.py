"""Points that wait for an event of their order (delivered, say) become available when it comes."""

from __future__ import annotations

from regulars.core.ledger import Cause, LotsNotRead
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.types import RatedOrder, decode_outcome
from regulars.flows.accrual.work import Work


def release(decided: Decided, work: Work, rated: RatedOrder | None, place: int) -> list[tuple[int, int]]:
    """Release what the order's awards still hold back, of the point types that wait for this event; return how much
    by point type."""
    if rated is None or rated.member_id != work.member.id:
        return []
    if not work.purse.lots_read:
        raise LotsNotRead
    item = decided.gathered.batch.items[place]
    cause = Cause(item.occurred_at, decided.posted_at, decided.event_ids[place])
    moved = work.purse.moved
    awards = {one.transfer_id for one in decode_outcome(rated.outcome).granted}
    released = []
    for point_type in decided.rulebook.points.values():
        pending = point_type.policy.pending
        if pending is None or pending.until_event != item.event.type:
            continue
        for lot in work.purse.lots.get(point_type.id, ()):
            if lot.pending and moved.get(lot.id, lot.id) in awards:
                decided.postings.release(work.purse, point_type.terms, lot, cause)
                told = {"point_type": point_type.code, "points": lot.remaining, "transfer": lot.id}
                decided.notice("points.released", work.member.id, item.occurred_at, told)
                released.append((point_type.id, lot.remaining))
    return released
