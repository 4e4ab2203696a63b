"""Why an event did what it did: decided again on the facts stored with it, under the rules of its day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from regulars.core.events import STATUS_BY_NUMBER, EventStatus, decode_doc
from regulars.core.rules import Language, cause_sentence
from regulars.flows.accrual.insight import (
    Again,
    MemberRow,
    Outcome,
    Rulebook,
    Work,
    again,
    decode_outcome,
    evaluation,
    guest,
    local_time_at,
    message_key,
    micros,
    order_key,
    peek_purses,
    plain_instant,
)
from regulars.flows.explanation import store
from regulars.flows.explanation.errors import UnknownEvent
from regulars.flows.explanation.store import StoredEvent
from regulars.flows.explanation.wording import facts_used, moment, shown_lot, shown_movement
from regulars.infra.db import Transaction
from regulars.kit import ids

_decode = msgspec.json.Decoder().decode
# Orders are known under this source, whatever message brought them.
ORDERS = 0


class Recalled(msgspec.Struct, frozen=True):
    """An event taken up again: what came of it, its member as of now, and what rules were asked, if any."""

    stored: StoredEvent
    outcome: Outcome
    work: Work | None
    asked: Again | None


async def find_event(
    tx: Transaction,
    book: Rulebook,
    *,
    source: str | None = None,
    key: str | None = None,
    order_id: str | None = None,
) -> StoredEvent:
    """Return the event of a source's message, or of an order. Refuses with UnknownEvent."""
    found = None
    if order_id is not None:
        found = await store.select_identity(tx, book.program_id, ORDERS, order_key(order_id))
    elif source is not None and key is not None:
        known = book.terms.sources_by_code.get(source)
        if known is not None:
            found = await store.select_identity(tx, book.program_id, known.id, message_key(key))
    if found is None:
        raise UnknownEvent
    return await event_at(tx, book, found[1], member_id=found[0])


async def event_at(
    tx: Transaction, book: Rulebook, event_id: int, member_id: int | None = None
) -> StoredEvent:
    """Return an event by its id. Refuses with UnknownEvent."""
    found = await store.select_event(tx, book.program_id, event_id, member_id)
    if found is None and member_id is not None:
        found = await store.select_event(tx, book.program_id, event_id)
    if found is None:
        raise UnknownEvent
    return found


async def recall(tx: Transaction, book: Rulebook, stored: StoredEvent) -> Recalled:
    """Return a stored event taken up again. Of an erased event nothing but its outcome is left."""
    outcome = decode_outcome(stored.outcome) if stored.outcome else Outcome()
    work = await _work(tx, book, stored.member_id) if stored.member_id else None
    asked = None
    if stored.doc is not None and work is not None:
        asked = again(book, decode_doc(stored.doc), stored.occurred_at, outcome, work)
    return Recalled(stored, outcome, work, asked)


async def explain_event(
    tx: Transaction, book: Rulebook, stored: StoredEvent, now: datetime, language: Language = "en"
) -> dict[str, Any]:
    """Return everything there is to say about an event; the member is shown as of `now`."""
    recalled = await recall(tx, book, stored)
    answer = evaluation(
        book, recalled.outcome, recalled.work, at=micros(now), asked=recalled.asked, language=language
    )
    for fired, index in zip(answer["rules_fired"], recalled.outcome.fired, strict=True):
        ruleset = book.version_numbered(recalled.outcome.version).ruleset
        fired["sentence"] = ruleset.sentence(index, language)
    return {
        "event": shown_event(book, stored),
        **answer,
        "facts": [] if recalled.asked is None else facts_used(recalled.asked),
        **_cause(book, recalled, language),
        "decided_again_the_same": agrees(recalled),
        "transfers": await _transfers(tx, book, stored),
        "caused": await _caused(tx, book, stored),
        "corrections": await _corrections(tx, book, stored),
    }


def _cause(book: Rulebook, recalled: Recalled, language: Language) -> dict[str, Any]:
    """Return why rules had no say: a code, and in words. Of an event that another one caused the cause is that one."""
    stored, cause = recalled.stored, recalled.outcome.cause
    decided = stored.member_id and STATUS_BY_NUMBER[stored.status] is EventStatus.ACCEPTED
    silent = cause is None and recalled.outcome.order_event_id is None and not recalled.outcome.version
    if silent and decided:
        cause = "no_rules" if book.starts else "no_rules_yet"
    begins = moment(book, book.starts[0]) if book.starts else ""
    return {"cause": cause, "reason": None if cause is None else cause_sentence(cause, language, begins)}


def agrees(recalled: Recalled) -> bool | None:
    """Return whether deciding again comes to the same; None when no rules were asked, or the event is a correction."""
    if recalled.asked is None or recalled.outcome.order_event_id is not None:
        return None
    decision, outcome = recalled.asked.decision(), recalled.outcome
    return (
        decision.fired == outcome.fired
        and decision.used == outcome.used
        and decision.limited == outcome.limited
        and [(rule, kind) for rule, kind, _ in decision.effects] == outcome.effects
    )


def shown_event(book: Rulebook, stored: StoredEvent) -> dict[str, Any]:
    """Return an event as answers show it."""
    source = book.terms.sources.get(stored.source_id)
    return {
        "id": ids.encode("evt", stored.id),
        "type": stored.type,
        "status": STATUS_BY_NUMBER[stored.status].value,
        "source": source.code if source else None,
        "occurred_at": plain_instant(stored.occurred_at),
        "received_at": plain_instant(stored.received_at),
        "member": ids.encode("mem", stored.member_id) if stored.member_id else None,
        "document": None if stored.doc is None else msgspec.Raw(stored.doc.encode()),
        "left_of_order": None if stored.left_doc is None else msgspec.Raw(stored.left_doc.encode()),
        "cancelled": stored.cancelled,
    }


async def _work(tx: Transaction, book: Rulebook, member_id: int) -> Work:
    members = await store.select_members(tx, book.program_id, [member_id])
    member: MemberRow = members.get(member_id) or guest(member_id, 0)
    purse = (await peek_purses(tx, book, [member_id]))[member_id]
    return Work(member, purse, local_time_at(member.joined_at, book.zone).day_number)


async def _transfers(tx: Transaction, book: Rulebook, stored: StoredEvent) -> list[dict[str, Any]]:
    moved = await store.select_transfers_of_event(tx, stored.member_id, stored.id)
    lots = await store.select_lots(tx, stored.member_id, [one.id for one in moved])
    undone = await store.select_reversals(tx, stored.member_id, [one.id for one in moved])
    return [
        {
            **shown_movement(book, one),
            "lot": shown_lot(lots.get(one.id)),
            "taken_back": [shown_movement(book, back) for back in undone if back.reverses_id == one.id],
        }
        for one in moved
    ]


async def _caused(tx: Transaction, book: Rulebook, stored: StoredEvent) -> list[dict[str, Any]]:
    """Return the platform's own events that this one caused (a tier reached, say), with what they did."""
    found = []
    for event_id, name, text in await store.select_neighbours(tx, stored):
        outcome = decode_outcome(text)
        if outcome.cause == str(stored.id):
            done = evaluation(book, outcome, None, at=stored.occurred_at)
            found.append({"event": ids.encode("evt", event_id), "type": name, "effects": done["effects"]})
    return found


async def _corrections(tx: Transaction, book: Rulebook, stored: StoredEvent) -> list[dict[str, Any]]:
    """Return what took it back later: refunds, updates and the cancellation of the order, or of the redemption."""
    found = []
    for event_id, name, occurred_at, text in await store.select_corrections(tx, stored):
        outcome = decode_outcome(text)
        if outcome.order_event_id == stored.id:
            done = evaluation(book, outcome, None, at=occurred_at)
            found.append(
                {
                    "event": ids.encode("evt", event_id),
                    "type": name,
                    "occurred_at": plain_instant(occurred_at),
                    "effects": done["effects"],
                    "not_taken_back": outcome.not_taken_back,
                }
            )
    return found
