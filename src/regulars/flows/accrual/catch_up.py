"""A new rule asks about behaviour that was not counted yet: the member's history is counted when she is next
seen.

Publishing a rule therefore needs no job over all members, and the answer is the same as if it had been
counted from
the start.
"""

from __future__ import annotations

from regulars.core.events import decode_doc
from regulars.features.behaviour import record
from regulars.flows.accrual.rulebook import Rulebook, local_time
from regulars.flows.accrual.types import decode_outcome
from regulars.flows.accrual.work import Work


def catch_up(work: Work, rulebook: Rulebook, history: list[tuple[str, str | None]]) -> None:
    """Count `history` (documents and outcomes in the order they occurred) in the series that the state does
    not
    have.
    """
    kept = work.state.s
    missing = [series for key, series in rulebook.counted_series.items() if key not in kept]
    for doc, outcome in history:
        event = decode_doc(doc)
        local = local_time(event.occurred_at, rulebook.zone)
        day = local.day_number
        for series in missing:
            if series.since == event.type:
                kept.pop(series.key, None)
            value = series.observe(event, local) if series.event == event.type else None
            if value is not None:
                kept[series.key] = record(kept.get(series.key), series, value, day)
        if outcome is not None:
            _count_points(work, rulebook, {series.key for series in missing}, outcome, day)


def _count_points(work: Work, rulebook: Rulebook, missing: set[str], outcome: str, day: int) -> None:
    for granted in decode_outcome(outcome).granted:
        point_type = rulebook.points_by_id[granted.point_type_id]
        for series in rulebook.points_series.get(point_type.code, ()):
            if series.key in missing and granted.amount:
                work.state.s[series.key] = record(work.state.s.get(series.key), series, granted.amount, day)
