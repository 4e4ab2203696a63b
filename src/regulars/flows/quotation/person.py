"""Whom a quote is for: a member as she is, a stranger as she would be on joining, and what is assumed about either."""

from __future__ import annotations

import msgspec

from regulars.core.events import Event
from regulars.features.members import resolve_ref
from regulars.features.tiers import Standing, give
from regulars.flows.accrual.insight import (
    Batch,
    Gathered,
    MemberRow,
    Rulebook,
    State,
    guest,
    local_time_at,
    member_of_event,
    member_row,
    micros,
)
from regulars.flows.quotation.errors import QuoteRefused
from regulars.flows.quotation.model import Hypothesis, Question
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError

# The id of somebody who is not a member.
STRANGER = -1

_decode_state = msgspec.json.Decoder(State).decode


async def find_person(tx: Transaction, batch: Batch, question: Question) -> MemberRow:
    """Return whom the quote is for. Refuses with UnknownMember for a reference that leads nowhere."""
    event: Event = batch.items[0].event
    found: MemberRow | None = None
    if isinstance(question.member, str):
        book = batch.rulebook
        found = await member_row(tx, book.program_id, await resolve_ref(tx, book.terms, question.member))
    elif question.member is not None:
        found = await member_of_event(tx, batch)
    return found or guest(STRANGER, micros(event.occurred_at), event)


def assumed(person: MemberRow, hypothesis: Hypothesis) -> MemberRow:
    """Return the member with the attributes, tags and lists that are assumed."""
    return msgspec.structs.replace(
        person,
        attributes={**person.attributes, **hypothesis.attributes},
        tags=person.tags if hypothesis.tags is None else hypothesis.tags,
        lists=person.lists if hypothesis.lists is None else hypothesis.lists,
    )


def assume_tiers(
    book: Rulebook, gathered: Gathered, person: MemberRow, hypothesis: Hypothesis, at: int
) -> None:
    """Put the member into the tiers that are assumed, as if given by hand. Refuses with QuoteRefused."""
    if not hypothesis.tiers:
        return
    sets = {track.tier_set.code: track.tier_set for track in book.tiers}
    purse = gathered.purses[person.id]
    state = _decode_state(purse.state) if purse.state else State(k=book.counted)
    joined = local_time_at(person.joined_at, book.zone).day_number
    today = local_time_at(at, book.zone).day_number
    for code, tier in hypothesis.tiers.items():
        tier_set = sets.get(code)
        if tier_set is None or not tier_set.place(tier):
            path, known = f"hypothesis.tiers.{code}", ", ".join(sorted(sets)) or "none yet"
            message = (
                f"There is no tier {tier} in {code}."
                if tier_set
                else f"There is no tier set {code}; there are: {known}."
            )
            raise QuoteRefused(message, errors=[FieldError(path, "unknown_tier", message)])
        standing = state.t.get(code, Standing())
        state.t[code], _ = give(tier_set, standing, tier, today, joined=joined)
    purse.state = msgspec.json.encode(state).decode()
