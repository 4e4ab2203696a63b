"""One answer per event, in the order they came; an event sent again is told what came of it the first
time."""

from __future__ import annotations

from regulars.core.events import EventStatus
from regulars.core.ledger import read_lots, select_purses
from regulars.flows.accrual.clock import local_day_at
from regulars.flows.accrual.decide import MEMBER_JOINED
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.queries import queries
from regulars.flows.accrual.types import Caused, Receipt, decode_outcome
from regulars.flows.accrual.work import NOBODY, Work
from regulars.infra.db import Transaction

Stored = tuple[int, int]
"""Whose an event is, and its id."""


async def make_receipt(tx: Transaction, decided: Decided) -> Receipt:
    """Return the answers of the batch. Reads only when something was sent again."""
    works = decided.works
    repeats = decided.gathered.repeats
    if repeats:
        await _repeat(tx, decided, repeats)
        works = works | await _as_they_are(tx, decided, repeats)
    items = len(decided.gathered.batch.items) - len(decided.gathered.resumed)
    batch = decided.gathered.batch
    return Receipt(decided.rulebook, decided.answers[:items], works, batch.items[:items], decided.posted_at)


async def _repeat(tx: Transaction, decided: Decided, repeats: dict[int, Stored]) -> None:
    first = sorted(set(repeats.values()))
    asked = {"member_ids": [member_id for member_id, _ in first], "ids": [event_id for _, event_id in first]}
    rows = await tx.all(queries.select_outcomes, **asked)
    outcomes = {(member_id, event_id): outcome for member_id, event_id, _, outcome in rows}
    caused = await _caused(tx, asked)
    for place, (member_id, event_id) in repeats.items():
        answer = decided.answers[place]
        answer.event_id, answer.member_id = event_id, member_id or None
        outcome = outcomes.get((member_id, event_id))
        if outcome and answer.status is EventStatus.DUPLICATE:
            answer.rated = decode_outcome(outcome)
            answer.caused = caused.get((member_id, event_id), [])


async def _caused(tx: Transaction, asked: dict[str, list[int]]) -> dict[Stored, list[Caused]]:
    """Return what the events that were sent again caused the first time, and what that caused."""
    found: dict[Stored, list[Caused]] = {}
    for member_id, event_id, caused_id, event_type, text, first in await tx.all(
        queries.select_caused, **asked
    ):
        outcome = decode_outcome(text)
        mine = found.setdefault((member_id, event_id), [])
        causes = {str(event_id), *(str(one.event_id) for one in mine)}
        joined = event_type == MEMBER_JOINED and outcome.cause is None and first
        if joined or outcome.cause in causes:
            mine.append(Caused(caused_id, event_type, outcome))
    return found


async def _as_they_are(tx: Transaction, decided: Decided, repeats: dict[int, Stored]) -> dict[int, Work]:
    """Return the members of events that were sent again as they are now, for whoever asks what she has."""
    members = decided.gathered.members
    missing = {owner for owner, _ in repeats.values()} & members.keys() - decided.works.keys()
    if not missing:
        return {}
    zone = decided.rulebook.zone
    purses = await select_purses(tx, sorted(missing))
    await read_lots(tx, list(purses.values()))  # whoever sends again waits anyway: what ends when is known
    return {
        owner: Work(members[owner], purse, local_day_at(members[owner].joined_at, zone), NOBODY)
        for owner, purse in purses.items()
    }
