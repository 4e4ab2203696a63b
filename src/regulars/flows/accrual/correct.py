"""Refunds, updates and cancellations: the order's basket changes, it is rated again under the rules of its day, the
difference is posted.

What was said of an order is kept with it, and all of it counts in the order in which it happened, whenever it comes: a
refund that was late is one that an update of the next day knew. The facts an order was decided on are stored with it,
so rating it again gives what the purchase would have given had it been the smaller one from the start. When nothing is
left of an order, all it gave is taken back, whatever the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeVar

import msgspec

from regulars.core.events import ORDER_UPDATED, Event, decode_doc, encode_doc
from regulars.core.rules import Decision, split_funding
from regulars.features.behaviour import Series, record
from regulars.flows.accrual.award import Grant, grant_shares
from regulars.flows.accrual.catch_up import recount
from regulars.flows.accrual.clock import local_time
from regulars.flows.accrual.complete import earning_part
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.deduction import Fee, fees, give_back_fees, take_more_fees
from regulars.flows.accrual.effects import apply_more_effects, lose_effects
from regulars.flows.accrual.orders import (
    Correction,
    beyond_order,
    decode_corrections,
    encode_corrections,
    left_of,
    not_in_order,
)
from regulars.flows.accrual.rulebook import Rulebook, Version, speaks_for_another
from regulars.flows.accrual.taking_back import Change, Share, count_again, payer, sums, take_back
from regulars.flows.accrual.types import (
    EARNING_BLOCKED,
    ERASED,
    MORE_THAN_LEFT,
    NOTHING_LEFT,
    OTHERS,
    TOLD_ANEW,
    Capped,
    Deducted,
    Granted,
    Outcome,
    RatedOrder,
    decode_outcome,
)
from regulars.flows.accrual.work import Room, RoomAgain, Work

Said = TypeVar("Said", Granted, Deducted, Capped)


def correct(decided: Decided, place: int, caused: list[Event]) -> Outcome | None:
    """Apply the correction at `place`; None when its order has not come yet. The outcome is the correction's own;
    `caused` takes in the events it causes."""
    key = decided.gathered.order_keys[place]
    assert key is not None
    rated = decided.orders.get(key)
    if rated is None:
        return None
    item = decided.gathered.batch.items[place]
    assert item.event.order is not None
    if not rated.doc:
        return Outcome(order_event_id=rated.event_id, cause=ERASED)
    said = Correction(item.occurred_at, decided.event_ids[place], item.event.type, item.event.order)
    corrections = sorted([*decode_corrections(rated.corrections), said], key=_happened)
    rated = msgspec.structs.replace(rated, corrections=encode_corrections(corrections).decode())
    change = _change(decided.rulebook, rated, corrections)
    if speaks_for_another(decided.rulebook, item.source_id, change.bought.partner):
        return Outcome(order_event_id=rated.event_id, cause=OTHERS)
    result = Outcome(order_event_id=rated.event_id)
    _note_amiss(result, change, corrections, said)
    if rated.member_id and (change.before or change.after):
        caused += _rerate(decided, place, change, result)
    _keep(decided, key, change)
    return result


def _happened(correction: Correction) -> tuple[int, int]:
    """Return what puts the corrections of an order in order: when they happened, at the same time as they came."""
    return correction.occurred_at, correction.event_id


def _note_amiss(result: Outcome, change: Change, corrections: list[Correction], said: Correction) -> None:
    """Note why a correction changes nothing, or less than it says: what it names that the order did not have then."""
    assert change.bought.order is not None
    place = corrections.index(said)
    found = left_of(change.bought.order, corrections[:place])
    if found is None or (change.before is None and change.after is None):
        result.cause = NOTHING_LEFT
        return
    result.not_in_order, result.beyond = not_in_order(found, said), beyond_order(found, said)
    if any(one.type == ORDER_UPDATED for one in corrections[place + 1 :]):
        result.cause = TOLD_ANEW
    elif result.not_in_order or result.beyond:
        result.cause = MORE_THAN_LEFT


def give_back(decided: Decided, place: int) -> Outcome | None:
    """Take back what rules gave for a redemption, by the share of it that has come back in all; fees go back.

    Nothing is decided again: what was given at first is reversed in proportion, rounded down, so that parts add up to
    the whole. The outcome is the event's own, in which rules that listen to it have their say, too; None when nobody
    listened to the redemption.
    """
    item = decided.gathered.batch.items[place]
    key = decided.gathered.order_keys[place]
    rated = None if key is None else decided.orders.get(key)
    if key is None or rated is None or rated.cancelled or not rated.member_id:
        return None
    share = Fraction(item.event.properties["returned"])
    before = decode_doc(rated.doc)
    after = before if share < 1 else None
    local = local_time(before.occurred_at, decided.rulebook.zone)
    change = Change(rated, before, before, after, decode_outcome(rated.outcome), local)
    result = Outcome(order_event_id=rated.event_id, corrected_day=local.day_number)
    work = decided.work(rated.member_id)
    decided.postings.purses[rated.member_id] = work.purse
    if after is None:
        _remember_all_again(decided, work, change)
    if change.outcome.version:
        if after is None:
            lose_effects(
                decided.rulebook.version_numbered(change.outcome.version), change.outcome, [], result
            )
        _reverse_share(decided, place, change, share, result)
    _keep(decided, key, change)
    return result


def _reverse_share(decided: Decided, place: int, change: Change, share: Fraction, result: Outcome) -> None:
    """Reverse what makes `share` of everything that a redemption brought come back in all."""
    first, book = decode_outcome(change.rated.first), decided.rulebook
    work = decided.work(change.rated.member_id)
    due: dict[Share, int] = {}
    for granted in first.granted:
        paid = (book.points_by_id[granted.point_type_id].code, payer(decided, first, granted))
        for rule, points in granted.rules:
            of = (rule, *paid)
            due[of] = due.get(of, 0) + points
    costs: dict[Fee, int] = {}
    for taken in first.deducted:
        fee = (taken.rule, book.points_by_id[taken.point_type_id].code)
        costs[fee] = costs.get(fee, 0) + taken.amount
    used = [(index, _rest(amount, share)) for index, amount in sums(first.used).items()]
    version = book.version_numbered(change.outcome.version)
    _count_limits(decided, work, version, change, sums(change.outcome.used), used)
    costs = {fee: _rest(points, share) for fee, points in costs.items()}
    give_back_fees(decided, work, change.outcome, costs, result, place)
    due = {of: _rest(points, share) for of, points in due.items()}
    occurred_at, event_id = decided.gathered.batch.items[place].occurred_at, decided.event_ids[place]
    take_back(decided, work, change, due, result, occurred_at, event_id)


def _rest(amount: int, share: Fraction) -> int:
    """Return what is left of an amount of which `share`, rounded down, has come back."""
    return amount - amount * share.numerator // share.denominator


def _change(rulebook: Rulebook, rated: RatedOrder, corrections: list[Correction]) -> Change:
    bought = decode_doc(rated.bought or rated.doc)
    assert bought.order is not None
    left = left_of(bought.order, corrections)
    return Change(
        rated,
        bought,
        before=None if rated.cancelled else decode_doc(rated.doc),
        after=None if left is None else msgspec.structs.replace(bought, order=left),
        outcome=decode_outcome(rated.outcome),
        local=local_time(bought.occurred_at, rulebook.zone),
    )


def _rerate(decided: Decided, place: int, change: Change, result: Outcome) -> list[Event]:
    """Post what the correction changes; return the events it causes."""
    rated = change.rated
    work = decided.work(rated.member_id)
    decided.postings.purses[rated.member_id] = work.purse
    result.corrected_day = change.local.day_number
    _remember_all_again(decided, work, change)
    if not change.outcome.version:
        return []
    version = decided.rulebook.version_numbered(change.outcome.version)
    had = sums(change.outcome.used)
    room = RoomAgain(version.limits, work.state, decided.budgets, change.local, change.outcome.room, had)
    said = _decide_again(version, work, change, change.before, room)
    says = _decide_again(version, work, change, change.after, room)
    blocked = work.member.earning_blocked or work.member.status != "active"
    if blocked:
        says.used = _within(had, says.used)
    _count_limits(decided, work, version, change, had, says.used)
    due, due_before = _shares(version, says), _shares(version, said)
    more = {share: due[share] - due_before.get(share, 0) for share in due}
    if blocked and any(points > 0 for points in more.values()):
        result.cause = EARNING_BLOCKED
        more = {}
    count_again(decided, work, change, more, result)
    item = decided.gathered.batch.items[place]
    costs = fees(says)
    give_back_fees(decided, work, change.outcome, costs, result, place)
    take_back(decided, work, change, due, result, item.occurred_at, decided.event_ids[place])
    to = Grant(work, version, change.local, decided.event_ids[place], rated.occurred_at)
    waits = {(award.rule_index, award.point_type): award.pending_days for award in says.awards}
    given = grant_shares(
        decided, to, [(*share, waits[share[:2]], points) for share, points in more.items() if points > 0]
    )
    result.granted += _by(version, given)
    result.capped += _by(version, to.capped)
    change.outcome.granted += given
    if decided.covered:
        result.covered |= decided.covered
        change.outcome.covered |= decided.take_covered()
    taken = take_more_fees(decided, to, costs, fees(said))
    result.deducted += _by(version, taken)
    change.outcome.deducted += taken
    order = msgspec.structs.replace(to, event_id=rated.event_id)
    event = change.after or change.bought
    return apply_more_effects(decided, order, says.effects, event, change.outcome, result, blocked=blocked)


def _by(version: Version, some: Sequence[Said]) -> list[Said]:
    """Return what rules of the order's version did, as it stands in the outcome of a correction: with that version."""
    return [msgspec.structs.replace(one, version=version.number) for one in some]


def _decide_again(version: Version, work: Work, change: Change, event: Event | None, room: Room) -> Decision:
    """Return what the rules of its day give for an order as it was or is; the facts are those of the day,
    worked-out ones again."""
    if event is None or change.outcome.cause == EARNING_BLOCKED:
        return Decision([], [], [], [], [])
    if len(change.outcome.facts) != len(version.ruleset.facts):
        return Decision([], [], [], [], [])  # nothing listened on that day
    facts: list[Any] = []
    for spec, stored, read in zip(
        version.ruleset.facts, change.outcome.facts, version.fact_readers, strict=True
    ):
        facts.append(read(work, event, change.local) if spec.kind in ("local_time", "product") else stored)
    return version.ruleset.decide(earning_part(event), facts, room, change.local)


def _within(had: dict[int, int], used: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what an order uses of limits, no more of each than it `had`: who may not earn is given no more."""
    left = dict(had)
    within = []
    for index, amount in used:
        part = min(amount, left.get(index, 0))
        if part:
            left[index] -= part
            within.append((index, part))
    return within


def _count_limits(
    decided: Decided,
    work: Work,
    version: Version,
    change: Change,
    had: dict[int, int],
    used: list[tuple[int, int]],
) -> None:
    """Let budgets and limits count what the order uses now in place of what it used before."""
    room = Room(version.limits, work.state, decided.budgets, change.local)
    has = sums(used)
    for index in {**had, **has}:
        room.use(index, has.get(index, 0) - had.get(index, 0), decided.budget_deltas)
    change.outcome.used = used


def _shares(version: Version, decision: Decision) -> dict[Share, int]:
    """Return what a decision gives by rule, point type and who pays for it."""
    shares: dict[Share, int] = {}
    for award in decision.awards:
        funding = version.ruleset.rules[award.rule_index].funding
        for account, points in split_funding(award.points, funding):
            share = (award.rule_index, award.point_type, account)
            shares[share] = shares.get(share, 0) + points
    return shares


def _remember_all_again(decided: Decided, work: Work, change: Change) -> None:
    """Let the behaviour that rules and tiers ask for count the event as it is now."""
    if work.past is not None:
        work.past.pop(change.rated.event_id, None)
        if change.after is not None:
            work.past[change.rated.event_id] = change.after
    current = decided.rulebook.version_at(change.rated.occurred_at)
    if current is not None:
        _remember_again(decided, work, current.fed_by.get(change.bought.type, ()), change)
    tracks = decided.rulebook.tiers_fed_by.get(change.bought.type, ())
    _remember_again(decided, work, [track.series for track in tracks], change)


def _remember_again(decided: Decided, work: Work, counted: Sequence[Series], change: Change) -> None:
    """Let behaviour count the order as it is now, on the day it was made."""
    kept = work.state.s
    day = change.local.day_number
    again = []
    for series in counted:
        before = None if change.before is None else series.observe(change.before, change.local)
        after = None if change.after is None else series.observe(change.after, change.local)
        if before == after:
            continue
        if series.recounted and work.past is not None:
            again.append(series)
            continue
        if before is not None and series.key in kept:
            record(kept[series.key], series, before, day, -1)
        if after is not None:
            kept[series.key] = record(kept.get(series.key), series, after, day)
    if again:
        recount(work, decided.rulebook, again)


def _keep(decided: Decided, key: bytes, change: Change) -> None:
    rated = change.rated
    decided.orders[key] = decided.corrected[key] = msgspec.structs.replace(
        rated,
        doc=encode_doc(change.after or change.before or change.bought).decode(),
        outcome=decided.encode(change.outcome).decode(),
        cancelled=change.after is None,
        bought=rated.bought or rated.doc,
    )
