"""Refunds, updates and cancellations: the order's basket changes, it is rated again under the rules of its
day, the
difference is posted.

The facts an order was decided on are stored with it, so rating it again gives what the purchase would have
given had it
been the smaller one from the start. When nothing is left of an order, all it gave is taken back, whatever
the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import msgspec

from regulars.core.events import Event, Order, decode_doc, encode_doc
from regulars.core.ledger import Cause
from regulars.core.rules import Decision, LocalTime, split_funding
from regulars.features.behaviour import Series, record
from regulars.flows.accrual.award import Grant, feed_points, grant_shares, uncount
from regulars.flows.accrual.clock import local_time
from regulars.flows.accrual.complete import earning_part
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.deduction import Fee, fees, give_back_fees, take_more_fees
from regulars.flows.accrual.funding import give_back_covered
from regulars.flows.accrual.orders import not_in_order, reduce_order
from regulars.flows.accrual.rulebook import PointType, Rulebook, Version
from regulars.flows.accrual.types import (
    EARNING_BLOCKED,
    NOTHING_LEFT,
    Granted,
    Outcome,
    RatedOrder,
    decode_outcome,
)
from regulars.flows.accrual.work import Room, RoomAgain, Work

Share = tuple[int, str, str]
"""Rule, point type, and the account that pays."""


class Change(msgspec.Struct, frozen=True):
    """An order before and after a correction. `after` None = nothing is left of it."""

    rated: RatedOrder
    before: Event
    after: Event | None
    outcome: Outcome
    local: LocalTime


def correct(decided: Decided, place: int) -> Outcome | None:
    """Apply the correction at `place`; None when its order has not come yet. The outcome is the correction's
    own."""
    key = decided.gathered.order_keys[place]
    assert key is not None
    rated = decided.orders.get(key)
    if rated is None:
        return None
    result = Outcome(order_event_id=rated.event_id)
    if rated.cancelled:
        result.cause = NOTHING_LEFT
        return result
    event = decided.gathered.batch.items[place].event
    change = _change(decided.rulebook, rated, event)
    assert change.before.order is not None
    result.not_in_order = not_in_order(change.before.order, event)
    if rated.member_id:
        _rerate(decided, place, change, result)
    _keep(decided, key, change)
    return result


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
    change = Change(rated, before, after, decode_outcome(rated.outcome), local)
    result = Outcome(order_event_id=rated.event_id, corrected_day=local.day_number)
    work = decided.work(rated.member_id)
    decided.postings.purses[rated.member_id] = work.purse
    if after is None:
        _remember_all_again(decided, work, change)
        change.outcome.effects = []
    if change.outcome.version:
        _reverse_share(decided, place, change, share, result)
    _keep(decided, key, change)
    return result


def _reverse_share(decided: Decided, place: int, change: Change, share: Fraction, result: Outcome) -> None:
    """Reverse what makes `share` of everything that a redemption brought come back in all."""
    first, book = decode_outcome(change.rated.first), decided.rulebook
    work = decided.work(change.rated.member_id)
    due: dict[Share, int] = {}
    for granted in first.granted:
        point_type = book.points_by_id[granted.point_type_id]
        share_of, _ = first.covered.get(granted.transfer_id, ("", ""))
        account = share_of or point_type.terms.accounts.payer(granted.funding_account_id)
        for rule, points in granted.rules:
            of = (rule, point_type.code, account)
            due[of] = due.get(of, 0) + points
    costs: dict[Fee, int] = {}
    for taken in first.deducted:
        fee = (taken.rule, book.points_by_id[taken.point_type_id].code)
        costs[fee] = costs.get(fee, 0) + taken.amount
    used = [(index, _rest(amount, share)) for index, amount in _sums(first.used).items()]
    version = book.version_numbered(change.outcome.version)
    _count_limits(decided, work, version, change, _sums(change.outcome.used), used)
    costs = {fee: _rest(points, share) for fee, points in costs.items()}
    give_back_fees(decided, work, change.outcome, costs, result, place)
    due = {of: _rest(points, share) for of, points in due.items()}
    occurred_at, event_id = decided.gathered.batch.items[place].occurred_at, decided.event_ids[place]
    _take_back(decided, work, change, due, result, occurred_at, event_id)


def _rest(amount: int, share: Fraction) -> int:
    """Return what is left of an amount of which `share`, rounded down, has come back."""
    return amount - amount * share.numerator // share.denominator


def _change(rulebook: Rulebook, rated: RatedOrder, correction: Event) -> Change:
    before = decode_doc(rated.doc)
    assert before.order is not None
    left: Order | None = reduce_order(before.order, correction)
    after = None if left is None else msgspec.structs.replace(before, order=left)
    return Change(
        rated, before, after, decode_outcome(rated.outcome), local_time(before.occurred_at, rulebook.zone)
    )


def _rerate(decided: Decided, place: int, change: Change, result: Outcome) -> None:
    rated = change.rated
    work = decided.work(rated.member_id)
    decided.postings.purses[rated.member_id] = work.purse
    result.corrected_day = change.local.day_number
    _remember_all_again(decided, work, change)
    if not change.outcome.version:
        return
    version = decided.rulebook.version_numbered(change.outcome.version)
    had = _sums(change.outcome.used)
    room = RoomAgain(version.limits, work.state, decided.budgets, change.local, change.outcome.room, had)
    said = _decide_again(version, work, change, change.before, room)
    says = _decide_again(version, work, change, change.after, room)
    result.version = version.number
    blocked = work.member.earning_blocked or work.member.status != "active"
    if blocked:
        says.used = _within(had, says.used)
    _count_limits(decided, work, version, change, had, says.used)
    change.outcome.effects = [(rule, kind) for rule, kind, _ in says.effects]
    due, due_before = _shares(version, says), _shares(version, said)
    more = {share: due[share] - due_before.get(share, 0) for share in due}
    if blocked and any(points > 0 for points in more.values()):
        result.cause = EARNING_BLOCKED
        more = {}
    item = decided.gathered.batch.items[place]
    costs = fees(says)
    give_back_fees(decided, work, change.outcome, costs, result, place)
    _take_back(decided, work, change, due, result, item.occurred_at, decided.event_ids[place])
    to = Grant(work, version, change.local, decided.event_ids[place], rated.occurred_at)
    waits = {(award.rule_index, award.point_type): award.pending_days for award in says.awards}
    given = grant_shares(
        decided, to, [(*share, waits[share[:2]], points) for share, points in more.items() if points > 0]
    )
    result.granted += given
    result.capped += to.capped
    change.outcome.granted += given
    if decided.covered:
        result.covered |= decided.covered
        change.outcome.covered |= decided.take_covered()
    taken = take_more_fees(decided, to, costs, fees(said))
    result.deducted += taken
    change.outcome.deducted += taken


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


def _sums(used: list[tuple[int, int]]) -> dict[int, int]:
    """Return the sum by index: how much of each limit was used (several rules may share one), what each rule gave."""
    sums: dict[int, int] = {}
    for index, amount in used:
        sums[index] = sums.get(index, 0) + amount
    return sums


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
    has = _sums(used)
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


def _take_back(
    decided: Decided,
    work: Work,
    change: Change,
    due: dict[Share, int],
    result: Outcome,
    occurred_at: int,
    event_id: int,
) -> None:
    """Claw back what the smaller order would not have earned, each payer's own share of it."""
    back: dict[int, list[tuple[int, int, int]]] = {}
    asked_of: dict[int, list[tuple[int, int]]] = {}
    left = dict(due)
    for granted in change.outcome.granted:
        share_of, _ = change.outcome.covered.get(granted.transfer_id, ("", ""))
        before = _sums(granted.rules)
        amount = _shrink(granted, decided.rulebook.points_by_id[granted.point_type_id], left, share_of)
        if amount:
            stays = _sums(granted.rules)
            asked_of[granted.transfer_id] = [
                (rule, points - stays.get(rule, 0)) for rule, points in before.items()
            ]
            back.setdefault(granted.point_type_id, []).append(
                (granted.transfer_id, amount, granted.funding_account_id)
            )
    for point_type_id, parts in back.items():
        point_type = decided.rulebook.points_by_id[point_type_id]
        cause = Cause(occurred_at, decided.posted_at, event_id, change.outcome.version)
        asked = sum(amount for _, amount, _ in parts)
        left_over = 0
        for part in parts:
            kept = decided.postings.take_back(work.purse, point_type.terms, [part], cause)
            left_over += kept
            _uncover(decided, change, point_type, part, part[1] - kept)
            if kept:
                _count_kept(decided, work, change, point_type.code, asked_of[part[0]], kept)
        result.taken_back.append((point_type_id, asked - left_over))
        result.not_taken_back += left_over
        uncount(work, point_type, change.local, asked - left_over)
        feed_points(decided, work, point_type.code, -asked, change.local.day_number)
        decided.notice(
            "points.reversed",
            work.member.id,
            occurred_at,
            {"point_type": point_type.code, "points": asked - left_over, "event": event_id},
        )


def _count_kept(
    decided: Decided, work: Work, change: Change, point_type: str, asked: list[tuple[int, int]], kept: int
) -> None:
    """Let limits in points go on counting what should have come back, (rule, points) each, and did not: `kept` of it,
    from each rule in proportion, rounded up. It was paid: a budget that had it again would pay it twice.
    """
    version = decided.rulebook.version_numbered(change.outcome.version)
    room = Room(version.limits, work.state, decided.budgets, change.local)
    plans = {plan.index: plan for plan in version.ruleset.plans}
    total = sum(points for _, points in asked)
    for rule, points in asked:
        part = -(-kept * points // total)
        for limit in plans[rule].limits:
            if limit.measure == "points" and limit.point_type == point_type:
                room.use(limit.index, part, decided.budget_deltas)


def _uncover(
    decided: Decided, change: Change, point_type: PointType, part: tuple[int, int, int], points: int
) -> None:
    """Let the agreement that counted an award have room again for what came back of it."""
    transfer_id, _, funder = part
    _, agreement = change.outcome.covered.get(transfer_id, ("", ""))
    if agreement and points:
        account = point_type.terms.accounts.payer(funder)
        give_back_covered(decided, agreement, account, point_type.code, points, change.local.day_number)


def _shrink(granted: Granted, point_type: PointType, due: dict[Share, int], share_of: str) -> int:
    """Lower `granted` to what is still due for its rules (which `due` is used up by); return by how much.

    What another one paid for an account (`share_of`) was that account's share: of a smaller share less was beyond it.
    """
    account = share_of or point_type.terms.accounts.payer(granted.funding_account_id)
    rules = []
    for rule, points in granted.rules:
        share = (rule, point_type.code, account)
        kept = min(points, due.get(share, 0))
        due[share] = due.get(share, 0) - kept
        if kept:
            rules.append((rule, kept))
    kept_in_all = sum(points for _, points in rules)
    amount = granted.amount - kept_in_all
    granted.rules = rules
    granted.amount = kept_in_all
    return amount


def _remember_all_again(decided: Decided, work: Work, change: Change) -> None:
    """Let the behaviour that rules and tiers ask for count the event as it is now."""
    current = decided.rulebook.version_at(change.rated.occurred_at)
    if current is not None:
        _remember_again(work, current.fed_by.get(change.before.type, ()), change)
    tracks = decided.rulebook.tiers_fed_by.get(change.before.type, ())
    _remember_again(work, [track.series for track in tracks], change)


def _remember_again(work: Work, counted: Sequence[Series], change: Change) -> None:
    """Let behaviour count the order as it is now, on the day it was made."""
    kept = work.state.s
    day = change.local.day_number
    for series in counted:
        before = series.observe(change.before, change.local)
        if before is not None and series.key in kept:
            record(kept[series.key], series, before, day, -1)
        after = None if change.after is None else series.observe(change.after, change.local)
        if after is not None:
            kept[series.key] = record(kept.get(series.key), series, after, day)


def _keep(decided: Decided, key: bytes, change: Change) -> None:
    doc = encode_doc(change.after or change.before).decode()
    outcome = decided.encode(change.outcome).decode()
    rated = msgspec.structs.replace(change.rated, doc=doc, outcome=outcome, cancelled=change.after is None)
    decided.orders[key] = decided.corrected[key] = rated
