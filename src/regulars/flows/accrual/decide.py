"""What a batch of events comes to. Plain functions on what was gathered: no await, no clock, no connection.

Events of one member are decided in the order they occurred, each seeing the one before. The same code rates
live
orders,
quotes, simulations and corrections; only who calls it differs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from regulars.core.events import ORDER_COMPLETED, Event, EventKind, EventStatus, encode_doc
from regulars.core.ledger import LotsNotRead
from regulars.core.rules import Decision, LocalTime
from regulars.features.behaviour import record
from regulars.flows.accrual.adjusted import adjusted_points
from regulars.flows.accrual.award import Grant, feed_points, grant
from regulars.flows.accrual.clock import local_time_at
from regulars.flows.accrual.complete import earning_part
from regulars.flows.accrual.correct import correct, give_back
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.effects import apply_effects
from regulars.flows.accrual.internal import internal_event
from regulars.flows.accrual.merged import outcome_of_merge
from regulars.flows.accrual.orders import REWARD_REDEEMED, gives_back, is_correction
from regulars.flows.accrual.releasing import release
from regulars.flows.accrual.rulebook import Version, safe_fact
from regulars.flows.accrual.standing import (
    TIER_CHANGED,
    Moment,
    assess_tiers,
    catch_up_tiers,
    feed_tiers,
    may_be_behind,
)
from regulars.flows.accrual.telling import tell_budgets
from regulars.flows.accrual.types import (
    CASCADE_EVENTS_MAX,
    EARNING_BLOCKED,
    SYSTEM_SOURCE_ID,
    Caused,
    EventRow,
    Gathered,
    Outcome,
    RatedOrder,
)
from regulars.flows.accrual.work import Room, Work

WALLET_CHANGED = "Wallet Changed"
MEMBER_JOINED = "Member Joined"

NO_DECISION = Decision([], [], [], [], [])


class EventFailed(Exception):
    """Deciding one event failed: our mistake. `place` says which, so that it can be parked and its
    neighbours go on."""

    def __init__(self, place: int) -> None:
        super().__init__(f"deciding item {place} of the batch failed")
        self.place = place


def decide(gathered: Gathered, let_go: bool = False) -> Decided:
    """Decide every event of the batch that is to be decided. Raises EventFailed for an event that could not be.

    `let_go`: nobody is going to look at the events and at what came of them again soon.
    """
    decided = Decided(gathered)
    late: list[int] = []
    present = 0
    looks_up_orders, member_of = decided.looks_up_orders, gathered.member_of
    items, answers = gathered.batch.items, decided.answers
    for place in _in_order(gathered):
        if member_of[place] != present:
            decided.close(present)
            present = member_of[place]
        if looks_up_orders and _comes_early(decided, place):
            late.append(place)
        else:
            decide_place(decided, place)
            if let_go:
                items[place].let_go()
                answers[place].let_go()
    for place in late:
        decide_place(decided, place)
    tell_budgets(decided)
    for member_id in decided.postings.purses:
        decided.close(member_id)
    return decided


def _comes_early(decided: Decided, place: int) -> bool:
    """Say whether an event corrects an order that this batch has not decided yet."""
    gathered = decided.gathered
    return (
        is_correction(gathered.batch.items[place].event) and gathered.order_keys[place] not in decided.orders
    )


def _in_order(gathered: Gathered) -> list[int]:
    """Return the places to decide: members apart, each one's events as they occurred, ties as they came."""
    items, member_of = gathered.batch.items, gathered.member_of
    places = [
        (member_of[place], items[place].occurred_at, place)
        for place, status in enumerate(gathered.fresh)
        if status is EventStatus.ACCEPTED
    ]
    places.sort()
    return [place for _, _, place in places]


def decide_place(decided: Decided, place: int) -> None:
    """Decide one event of the batch into `decided`. Raises EventFailed when it could not be."""
    try:
        _decide_item(decided, place)
    except LotsNotRead:
        raise
    except Exception as error:
        raise EventFailed(place) from error


def _decide_item(decided: Decided, place: int) -> None:
    gathered = decided.gathered
    item = gathered.batch.items[place]
    member_id = gathered.member_of[place]
    event = item.event
    answer = decided.answers[place]
    answer.event_id = event_id = decided.event_ids[place]
    of_platform = event.kind is EventKind.SYSTEM
    outcome = outcome_of_merge(event) if of_platform else None
    adopted = Outcome()
    moved: list[Event] = []
    if decided.rulebook.tiers:
        moved = _catch_up_tiers(decided, place, adopted)
    if decided.looks_up_orders and is_correction(event):
        outcome = correct(decided, place, moved)
        if outcome is None:
            answer.status = EventStatus.WAITING_FOR_ORDER
            decided.waiting.append(place)
            return
        member_id = decided.orders[_key(gathered, place)].member_id
    elif decided.looks_up_orders and gives_back(event):
        outcome = give_back(decided, place)
    if member_id == 0:
        answer.status = EventStatus.UNKNOWN_MEMBER if outcome is None else EventStatus.ACCEPTED
        answer.rated = outcome
        row = decided.event_row(0, place, answer.status, outcome or Outcome())
        _remember_order(decided, place, event, row)
        return
    answer.member_id = member_id
    work = decided.work(member_id)
    if member_id in gathered.newcomers and member_id not in decided.welcomed:
        _welcome(decided, work, place)
    if of_platform and event.type == MEMBER_JOINED and item.source_id == SYSTEM_SOURCE_ID:
        decided.notice("member.joined", member_id, item.occurred_at, event.properties)
    if decided.looks_up_orders and (key_of_release := decided.releases(place)):
        outcome = outcome or Outcome()
        outcome.released = release(decided, work, decided.orders.get(key_of_release), place)
    if adopted.entries or adopted.tiers:
        outcome = outcome or Outcome()
        outcome.entries = [*adopted.entries, *outcome.entries]
        outcome.tiers = [*adopted.tiers, *outcome.tiers]
    rated = rate(decided, work, event, item.occurred_at, event_id, outcome, moved)
    answer.rated = rated
    if decided.caused:
        answer.caused = decided.caused.get(event_id, [])
    row = decided.event_row(member_id, place, EventStatus.ACCEPTED, rated)
    answer.told = row.outcome
    if decided.looks_up_orders:
        _remember_order(decided, place, event, row)
    decided.postings.purses[member_id] = work.purse


def _catch_up_tiers(decided: Decided, place: int, outcome: Outcome) -> list[Event]:
    """Let new versions of tier sets, and time, be taken by whom an event is about; return what this caused."""
    item, member_id = decided.gathered.batch.items[place], decided.gathered.member_of[place]
    if decided.looks_up_orders and is_correction(item.event):
        rated = decided.orders.get(_key(decided.gathered, place))
        member_id = 0 if rated is None else rated.member_id
    if member_id == 0:
        return []
    work = decided.work(member_id)
    if not may_be_behind(decided, work):
        return []
    day = local_time_at(item.occurred_at, decided.rulebook.zone).day_number
    moment = Moment(item.event, day, item.occurred_at, decided.event_ids[place], outcome)
    return catch_up_tiers(decided, work, moment)


def _welcome(decided: Decided, work: Work, place: int) -> None:
    """Let rules and subscribers know of a member whom this batch enrolled, before her first event."""
    item = decided.gathered.batch.items[place]
    decided.welcomed.add(work.member.id)
    decided.notice("member.joined", work.member.id, item.occurred_at, {"source": item.source_id})
    version = decided.rulebook.version_at(item.occurred_at)
    if version is not None and MEMBER_JOINED in version.ruleset.triggers:
        joined_id = decided.ids.take()
        joined = internal_event(MEMBER_JOINED, item.event, {})
        outcome = rate(decided, work, joined, item.occurred_at, joined_id)
        welcome = Caused(joined_id, MEMBER_JOINED, outcome)
        _write_internal(decided, work, joined, item.occurred_at, welcome)
        decided.caused[decided.event_ids[place]] = [welcome, *decided.caused.pop(joined_id, ())]


def _key(gathered: Gathered, place: int) -> bytes:
    key = gathered.order_keys[place]
    assert key is not None
    return key


def _remember_order(decided: Decided, place: int, event: Event, row: EventRow) -> None:
    """Let corrections later in the batch find an order, or a redemption, that was rated in it."""
    key = decided.gathered.order_keys[place]
    if decided.looks_up_orders and key is not None and event.type in (ORDER_COMPLETED, REWARD_REDEEMED):
        outcome = row.outcome.decode() if row.outcome else "{}"
        doc = row.doc.decode()
        decided.orders[key] = RatedOrder(row.member_id, row.id, row.occurred_at, doc, outcome, first=outcome)


def rate(
    decided: Decided,
    work: Work,
    event: Event,
    occurred_at: int,
    event_id: int,
    outcome: Outcome | None = None,
    moved: Sequence[Event] = (),
) -> Outcome:
    """Decide one event of one member and whatever it causes (a tier reached, say); return what came of it.

    `moved` = what its member's tiers caused before it.
    """
    outcome = outcome or Outcome()
    caused = _rate_one(decided, work, event, occurred_at, event_id, outcome, moved)
    if caused:
        _cascade(decided, work, occurred_at, event_id, deque(caused))
    return outcome


def _cascade(decided: Decided, work: Work, occurred_at: int, event_id: int, caused: deque[Event]) -> None:
    """Decide what the event `event_id` caused, and what that caused."""
    for count in range(CASCADE_EVENTS_MAX):
        if not caused:
            break
        internal = caused.popleft()
        internal_id = decided.ids.take()
        internal_outcome = Outcome(cause=str(event_id))
        if count < CASCADE_EVENTS_MAX - 1:
            caused.extend(_rate_one(decided, work, internal, occurred_at, internal_id, internal_outcome))
        done = Caused(internal_id, internal.type, internal_outcome)
        _write_internal(decided, work, internal, occurred_at, done)
        decided.caused.setdefault(event_id, []).append(done)


def _rate_one(
    decided: Decided,
    work: Work,
    event: Event,
    occurred_at: int,
    event_id: int,
    outcome: Outcome,
    adopted: Sequence[Event] = (),
) -> list[Event]:
    """Decide one event; return the events that it caused."""
    book = decided.rulebook
    local = local_time_at(occurred_at, book.zone)
    version = book.version_at(occurred_at)
    moved: list[Event] = [*adopted]
    if version is not None:
        before = _balances(decided, work, version)
        decision, room = _apply_rules(decided, work, event, local, version, outcome)
        to = Grant(work, version, local, event_id, occurred_at)
        if decision.awards:
            outcome.granted += grant(decided, to, decision.awards)
            outcome.capped += to.capped
            if decided.covered:
                outcome.covered |= decided.take_covered()
        if decision.effects:
            moved += apply_effects(decided, to, decision.effects, event, outcome)
        for index, amount in decision.used:
            room.use(index, amount, decided.budget_deltas)
        remember(work, version, event, local)
    if work.past is not None:
        work.past[event_id] = event
    if event.kind is EventKind.SYSTEM and (by_hand := adjusted_points(event)) is not None:
        feed_points(decided, work, *by_hand, local.day_number)
    if event.type in book.tiers_fed_by:
        feed_tiers(decided, work, event, local)
    if book.tiers:
        changed_day = local.day_number if outcome.corrected_day is None else outcome.corrected_day
        moved += assess_tiers(decided, work, Moment(event, changed_day, occurred_at, event_id, outcome))
    if version is None:
        return []
    caused = moved if TIER_CHANGED in version.ruleset.triggers else []
    return [*caused, *_wallets_changed(decided, work, event, before)] if before else caused


def _balances(decided: Decided, work: Work, version: Version) -> dict[str, int]:
    """Return what is available of each point type, where some rule waits for a wallet to change."""
    if WALLET_CHANGED not in version.ruleset.triggers:
        return {}
    return {code: work.purse.available(one.terms.slot) for code, one in decided.rulebook.points.items()}


def _wallets_changed(decided: Decided, work: Work, event: Event, before: dict[str, int]) -> list[Event]:
    changed = []
    for code, amount in before.items():
        after = work.purse.available(decided.rulebook.points[code].terms.slot)
        if after != amount:
            facts = {"point_type": code, "before": amount, "after": after}
            changed.append(internal_event(WALLET_CHANGED, event, facts))
    return changed


def _apply_rules(
    decided: Decided, work: Work, event: Event, local: LocalTime, version: Version, outcome: Outcome
) -> tuple[Decision, Room]:
    ruleset = version.ruleset
    room = Room(version.limits, work.state, decided.budgets, local)
    outcome.version = outcome.version or version.number
    if event.type not in ruleset.triggers:
        return NO_DECISION, room
    if work.member.earning_blocked or work.member.status != "active":
        outcome.cause = EARNING_BLOCKED
        return NO_DECISION, room
    facts: list[Any] = [None] * len(version.fact_readers)
    for index in ruleset.facts_for(event.type):
        facts[index] = version.fact_readers[index](work, event, local)
    decision = ruleset.decide(earning_part(event), facts, room, local)
    outcome.facts = [safe_fact(fact) for fact in facts] if version.has_moments else facts
    outcome.room = room.seen
    outcome.fired = decision.fired
    outcome.used = decision.used
    outcome.limited = decision.limited
    return decision, room


def considered(
    decided: Decided, work: Work, event: Event, occurred_at: int
) -> list[tuple[str, str, dict[str, Any]]]:
    """Return what rules would do beside awards about an event: (rule, effect, arguments). Nothing comes of it."""
    book = decided.rulebook
    version = book.version_at(occurred_at)
    if version is None:
        return []
    local = local_time_at(occurred_at, book.zone)
    decision, _ = _apply_rules(decided, work, event, local, version, Outcome())
    rules = version.ruleset.rules
    return [(rules[rule_index].code, kind, arguments) for rule_index, kind, arguments in decision.effects]


def remember(work: Work, version: Version, event: Event, local: LocalTime) -> None:
    """Add an event to the series that some rule or tier of this version asks for."""
    kept, day = work.state.s, local.day_number
    for series in version.fed_by.get(event.type, ()):
        value = series.observe(event, local)
        if value is not None:
            key = series.key
            kept[key] = record(kept.get(key), series, value, day)
    if version.reset_by:
        for series in version.reset_by.get(event.type, ()):
            kept.pop(series.key, None)


def _write_internal(decided: Decided, work: Work, event: Event, occurred_at: int, caused: Caused) -> None:
    doc = encode_doc(event)
    decided.events.append(
        EventRow(
            work.member.id,
            caused.event_id,
            SYSTEM_SOURCE_ID,
            EventStatus.ACCEPTED,
            event.type,
            occurred_at,
            doc,
            decided.encode(caused.outcome),
        )
    )
