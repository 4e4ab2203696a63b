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
from typing import Any

import msgspec

from regulars.core.events import Event, Order, decode_doc, encode_doc
from regulars.core.ledger import Cause
from regulars.core.rules import Award, Decision, LocalTime
from regulars.features.behaviour import Series, record
from regulars.flows.accrual.award import Grant, feed_points, grant
from regulars.flows.accrual.complete import earning_part
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.orders import reduce_order
from regulars.flows.accrual.rulebook import Rulebook, Version, local_time
from regulars.flows.accrual.types import Granted, Outcome, RatedOrder, decode_outcome
from regulars.flows.accrual.work import Room, Work


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
        result.cause = "nothing_left_of_the_order"
        return result
    change = _change(decided.rulebook, rated, decided.gathered.batch.items[place].event)
    if rated.member_id:
        _rerate(decided, place, change, result)
    _keep(decided, key, change)
    return result


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
    current = decided.rulebook.version_at(rated.occurred_at)
    if current is not None:
        _remember_again(work, current.fed_by.get(change.before.type, ()), change)
    _remember_again(
        work, [track.series for track in decided.rulebook.tiers_fed_by.get(change.before.type, ())], change
    )
    if not change.outcome.version:
        return
    version = decided.rulebook.version_numbered(change.outcome.version)
    decision = _decide_again(version, work, change)
    result.version = version.number
    _give_back_limits(decided, work, version, change, decision)
    item = decided.gathered.batch.items[place]
    more = _take_back(decided, work, change, decision, result, item.occurred_at, decided.event_ids[place])
    if more:
        to = Grant(work, version, change.local, decided.event_ids[place], rated.occurred_at)
        given = grant(decided, to, more)
        result.granted += given
        change.outcome.granted += given


def _decide_again(version: Version, work: Work, change: Change) -> Decision:
    """Return what the rules of its day give for what is left; the facts are those of the day, worked-out
    ones again."""
    event = change.after
    if event is None or len(change.outcome.facts) != len(version.ruleset.facts):
        # Nothing is left, or nothing was decided then (earning was blocked): nothing is due.
        return Decision([], [], [], [], [])
    facts: list[Any] = []
    for spec, stored, read in zip(
        version.ruleset.facts, change.outcome.facts, version.fact_readers, strict=True
    ):
        facts.append(read(work, event, change.local) if spec.kind in ("local_time", "product") else stored)
    return version.ruleset.decide(earning_part(event), facts, change.outcome.room, change.local)


def _give_back_limits(
    decided: Decided, work: Work, version: Version, change: Change, decision: Decision
) -> None:
    """Refill budgets and limits by what the order no longer uses; a member's limit only while its period
    still runs."""
    used = dict(decision.used)
    room = Room(version.limits, work.state, decided.budgets, change.local)
    for index, before in change.outcome.used:
        room.give_back(index, before - used.pop(index, 0), decided.budget_deltas)
    for index, amount in used.items():
        room.use(index, amount, decided.budget_deltas)
    change.outcome.used = decision.used


def _take_back(
    decided: Decided,
    work: Work,
    change: Change,
    decision: Decision,
    result: Outcome,
    occurred_at: int,
    event_id: int,
) -> list[Award]:
    """Claw back what the smaller order would not have earned; return what it would have earned beyond (a
    rule for
    small baskets, say).
    """
    due: dict[tuple[int, str], int] = {}
    for award in decision.awards:
        due[award.rule_index, award.point_type] = (
            due.get((award.rule_index, award.point_type), 0) + award.points
        )
    back: dict[int, list[tuple[int, int, int]]] = {}
    for granted in change.outcome.granted:
        amount = _shrink(granted, decided.rulebook.points_by_id[granted.point_type_id].code, due)
        if amount:
            back.setdefault(granted.point_type_id, []).append(
                (granted.transfer_id, amount, granted.funding_account_id)
            )
    for point_type_id, parts in back.items():
        point_type = decided.rulebook.points_by_id[point_type_id]
        cause = Cause(occurred_at, decided.posted_at, event_id, change.outcome.version)
        asked = sum(amount for _, amount, _ in parts)
        left_over = decided.postings.take_back(work.purse, point_type.terms, parts, cause)
        result.taken_back.append((point_type_id, asked - left_over))
        result.not_taken_back += left_over
        feed_points(decided, work, point_type.code, -asked, change.local.day_number)
        decided.notice(
            "points.reversed",
            work.member.id,
            occurred_at,
            {"point_type": point_type.code, "points": asked - left_over, "event": event_id},
        )
    return [
        Award(rule_index, code, points, points) for (rule_index, code), points in due.items() if points > 0
    ]


def _shrink(granted: Granted, code: str, due: dict[tuple[int, str], int]) -> int:
    """Lower `granted` to what is still due for its rules (which `due` is used up by); return by how much."""
    rules = []
    for rule, points in granted.rules:
        kept = min(points, max(0, due.get((rule, code), 0)))
        due[rule, code] = due.get((rule, code), 0) - kept
        if kept:
            rules.append((rule, kept))
    kept_in_all = sum(points for _, points in rules)
    amount = granted.amount - kept_in_all
    granted.rules = rules
    granted.amount = kept_in_all
    return amount


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
