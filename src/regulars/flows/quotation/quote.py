"""A quote: the decision of the pipeline on a basket that was not bought, in a read-only transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from regulars.core.events import EventStatus, encode_doc
from regulars.core.rules import Language
from regulars.flows.accrual.insight import (
    Batch,
    Item,
    Outcome,
    Rulebook,
    again,
    decide_all,
    evaluation,
    micros,
    peek,
    plain_instant,
)
from regulars.flows.quotation.basket import read_basket
from regulars.flows.quotation.errors import NothingToQuote, QuoteRefused
from regulars.flows.quotation.model import Question
from regulars.flows.quotation.person import assume_tiers, assumed, find_person
from regulars.infra.db import Transaction

# Quotes come from no source of their own.
NO_SOURCE = 0


async def quote(
    tx: Transaction, book: Rulebook, question: Question, now: datetime, language: Language = "en"
) -> dict[str, Any]:
    """Return what the basket would do, in the shape of every evaluation, with the member as she would be afterwards.

    Reads only: `tx` may be read-only. Also prices corrections ("what would a return cost her") of orders that were
    rated. Refuses with QuoteRefused, NothingToQuote, and UnknownMember for a reference that leads nowhere.
    Reasons are said in `language`.
    """
    at = question.at or now
    event = read_basket(book, question, at, now)
    item = Item(NO_SOURCE, event, encode_doc(event), micros(at), b"")
    batch = Batch(book, [item], micros(at))
    found = await find_person(tx, batch, question)
    person = assumed(found, question.hypothesis)
    gathered = await peek(tx, batch, person)
    owner_id = gathered.member_of[0]
    if owner_id == person.id:
        assume_tiers(book, gathered, person, question.hypothesis, micros(at))
    decided = decide_all(gathered)
    answer = decided.answers[0]
    if answer.status is EventStatus.WAITING_FOR_ORDER:
        raise NothingToQuote
    if answer.status is EventStatus.PARKED:
        raise QuoteRefused(
            "The rules cannot be applied to this basket; it would be set aside for a person to look at."
        )
    outcome, work, caused = answer.outcome or Outcome(), decided.works.get(owner_id), answer.caused
    asked = None
    if question.explain and work is not None:
        asked = again(book, gathered.batch.items[0].event, item.occurred_at, outcome, work)
    return {
        "at": plain_instant(micros(at)),
        "known": owner_id > 0,
        "points": totals(book, [outcome, *(one.outcome for one in caused)]),
        **evaluation(book, outcome, work, at=micros(at), asked=asked, caused=caused, language=language),
    }


def totals(book: Rulebook, outcomes: Iterable[Outcome]) -> dict[str, int]:
    """Return what a basket and what it causes earn in all by point type, entry awards with it, less what they take."""
    found: dict[str, int] = {}
    for outcome in outcomes:
        for code, points in _moved(book, outcome):
            found[code] = found.get(code, 0) + points
    return found


def _moved(book: Rulebook, outcome: Outcome) -> Iterator[tuple[str, int]]:
    codes = book.points_by_id
    for granted in outcome.granted:
        yield codes[granted.point_type_id].code, granted.amount
    for point_type_id, points in outcome.taken_back:
        yield codes[point_type_id].code, -points
    for one in outcome.deducted:
        yield codes[one.point_type_id].code, -one.amount
    for point_type_id, points in outcome.given_back:
        yield codes[point_type_id].code, points
    for _, _, code, points in outcome.entries:
        yield code, points
