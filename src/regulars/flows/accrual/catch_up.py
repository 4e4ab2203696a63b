"""A new rule asks about behaviour that was not counted yet: the member's history is counted when she is next
seen.

Publishing a rule therefore needs no job over all members, and the answer is the same as if it had been
counted from
the start.
"""

from __future__ import annotations

from collections.abc import Sequence

from regulars.core.events import Event, decode_doc
from regulars.features.behaviour import Series, count_in, record
from regulars.flows.accrual.adjusted import adjusted_points
from regulars.flows.accrual.clock import local_time
from regulars.flows.accrual.rulebook import Rulebook
from regulars.flows.accrual.types import decode_outcome
from regulars.flows.accrual.work import Work


def catch_up(work: Work, rulebook: Rulebook, history: list[tuple[str, str | None]]) -> None:
    """Count `history` (documents and outcomes in the order they occurred) in the series that the state does
    not have, and anew in those that look back some days: it may have kept fewer of them.
    """
    kept = work.state.s
    missing = [series for key, series in rulebook.counted_series.items() if series.days or key not in kept]
    for series in missing:
        kept.pop(series.key, None)
    for doc, outcome in history:
        event = decode_doc(doc)
        local = local_time(event.occurred_at, rulebook.zone)
        day = local.day_number
        for series in missing:
            count_in(kept, series, event, local, day)
        _count_points(
            work, rulebook, {series.key for series in missing}, _points_of(event, outcome, rulebook), day
        )


def recount(work: Work, rulebook: Rulebook, every: Sequence[Series]) -> None:
    """Count series again from the events of the member's past, this batch's among them."""
    kept, past = work.state.s, work.past or {}
    for series in every:
        kept.pop(series.key, None)
    events = [(decode_doc(one) if isinstance(one, str) else one, event_id) for event_id, one in past.items()]
    for event, _ in sorted(events, key=lambda one: (one[0].occurred_at, one[1])):
        local = local_time(event.occurred_at, rulebook.zone)
        for series in every:
            count_in(kept, series, event, local, local.day_number)


def _points_of(event: Event, outcome: str | None, rulebook: Rulebook) -> list[tuple[str, int]]:
    """Return the points an event brought or took, by point type: awards, entries of tiers, adjustments by
    hand.

    What a correction gave is in the outcome of its order.
    """
    adjusted = adjusted_points(event)
    found = [] if adjusted is None else [adjusted]
    if outcome is not None:
        told = decode_outcome(outcome)
        found += [(point_type, points) for _, _, point_type, points in told.entries]
        if told.order_event_id is None:
            found += [(rulebook.points_by_id[one.point_type_id].code, one.amount) for one in told.granted]
    return found


def _count_points(
    work: Work, rulebook: Rulebook, missing: set[str], found: list[tuple[str, int]], day: int
) -> None:
    kept = work.state.s
    for point_type, points in found:
        for series in rulebook.points_series.get(point_type, ()):
            if series.key in missing and points:
                sign = 1 if points > 0 else -1
                kept[series.key] = record(kept.get(series.key), series, abs(points), day, sign)
