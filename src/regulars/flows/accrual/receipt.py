"""One answer per event, in the order they came; an event sent again is told what came of it the first
time."""

from __future__ import annotations

from regulars.core.events import EventStatus
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.queries import queries
from regulars.flows.accrual.types import Receipt, decode_outcome
from regulars.infra.db import Transaction


async def make_receipt(tx: Transaction, decided: Decided) -> Receipt:
    """Return the answers of the batch. Reads only when something was sent again."""
    repeats = decided.gathered.repeats
    if repeats:
        await _repeat(tx, decided, repeats)
    items = len(decided.gathered.batch.items) - len(decided.gathered.resumed)
    batch = decided.gathered.batch
    return Receipt(
        decided.rulebook, decided.answers[:items], decided.works, batch.items[:items], decided.posted_at
    )


async def _repeat(tx: Transaction, decided: Decided, repeats: dict[int, tuple[int, int]]) -> None:
    first = sorted(set(repeats.values()))
    rows = await tx.all(
        queries.select_outcomes,
        member_ids=[member_id for member_id, _ in first],
        ids=[event_id for _, event_id in first],
    )
    outcomes = {(member_id, event_id): outcome for member_id, event_id, _, outcome in rows}
    for place, (member_id, event_id) in repeats.items():
        answer = decided.answers[place]
        answer.event_id, answer.member_id = event_id, member_id or None
        outcome = outcomes.get((member_id, event_id))
        if outcome and answer.status is EventStatus.DUPLICATE:
            answer.outcome = decode_outcome(outcome)
