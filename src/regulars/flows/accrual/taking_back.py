"""What an order gave and does not give any more: each payer's own share is taken back, and what does not come back is
remembered, so that it is neither refilled into budgets nor given once more.
"""

from __future__ import annotations

import msgspec

from regulars.core.events import Event
from regulars.core.ledger import Cause
from regulars.core.rules import LocalTime
from regulars.flows.accrual.award import feed_points, uncount
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.funding import give_back_covered
from regulars.flows.accrual.rulebook import PointType
from regulars.flows.accrual.types import Granted, Outcome, RatedOrder
from regulars.flows.accrual.work import Room, Work

Share = tuple[int, str, str]
"""Rule, point type, and the account that pays."""


class Change(msgspec.Struct, frozen=True):
    """An order as it was bought, and before and after a correction: None = nothing is left of it."""

    rated: RatedOrder
    bought: Event
    before: Event | None
    after: Event | None
    outcome: Outcome
    local: LocalTime


def sums(used: list[tuple[int, int]]) -> dict[int, int]:
    """Return the sum by index: how much of each limit was used (several rules may share one), what each rule gave."""
    found: dict[int, int] = {}
    for index, amount in used:
        found[index] = found.get(index, 0) + amount
    return found


def take_back(
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
        before = sums(granted.rules)
        point_type = decided.rulebook.points_by_id[granted.point_type_id]
        amount = _shrink(granted, (point_type.code, payer(decided, change.outcome, granted)), left)
        if amount:
            stays = sums(granted.rules)
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
                _note_kept(decided, work, change, point_type.code, part[0], asked_of[part[0]], kept)
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


def _note_kept(
    decided: Decided,
    work: Work,
    change: Change,
    point_type: str,
    transfer_id: int,
    asked: list[tuple[int, int]],
    kept: int,
) -> None:
    """Note what should have come back of a transfer, (rule, points) each, and did not: `kept` of it, from each rule in
    proportion. It was paid: limits in points go on counting it, and the order is not given it again.
    """
    total, so_far, noted = sum(points for _, points in asked), 0, 0
    for rule, points in sorted(asked):
        so_far += points
        part = kept * so_far // total - noted
        noted += part
        if part:
            change.outcome.kept.append((transfer_id, rule, part))
            _use_points(decided, work, change, rule, point_type, part)


def count_again(
    decided: Decided, work: Work, change: Change, more: dict[Share, int], result: Outcome
) -> None:
    """Let what could not be taken back of an order count as given for it again, so far as it earns `more` now."""
    left = []
    granted_by = {granted.transfer_id: granted for granted in change.outcome.granted}
    for transfer_id, rule, points in change.outcome.kept:
        granted = granted_by[transfer_id]
        point_type = decided.rulebook.points_by_id[granted.point_type_id].code
        share = (rule, point_type, payer(decided, change.outcome, granted))
        part = min(points, max(0, more.get(share, 0)))
        if part:
            more[share] -= part
            granted.rules.append((rule, part))
            granted.amount += part
            result.not_taken_back -= part
            _use_points(decided, work, change, rule, point_type, -part)
            feed_points(decided, work, point_type, part, change.local.day_number)
        if points > part:
            left.append((transfer_id, rule, points - part))
    change.outcome.kept = left


def _use_points(
    decided: Decided, work: Work, change: Change, rule: int, point_type: str, points: int
) -> None:
    """Count points of a rule (negative gives back) against its limits in points of their type."""
    version = decided.rulebook.version_numbered(change.outcome.version)
    room = Room(version.limits, work.state, decided.budgets, change.local)
    for plan in version.ruleset.plans:
        if plan.index == rule:
            for limit in plan.limits:
                if limit.measure == "points" and limit.point_type == point_type:
                    room.use(limit.index, points, decided.budget_deltas)


def payer(decided: Decided, outcome: Outcome, granted: Granted) -> str:
    """Return the account whose share of an award a transfer is, whoever paid it."""
    share_of, _ = outcome.covered.get(granted.transfer_id, ("", ""))
    point_type = decided.rulebook.points_by_id[granted.point_type_id]
    return share_of or point_type.terms.accounts.payer(granted.funding_account_id)


def _uncover(
    decided: Decided, change: Change, point_type: PointType, part: tuple[int, int, int], points: int
) -> None:
    """Let the agreement that counted an award have room again for what came back of it."""
    transfer_id, _, funder = part
    _, agreement = change.outcome.covered.get(transfer_id, ("", ""))
    if agreement and points:
        account = point_type.terms.accounts.payer(funder)
        give_back_covered(decided, agreement, account, point_type.code, points, change.local.day_number)


def _shrink(granted: Granted, paid: tuple[str, str], due: dict[Share, int]) -> int:
    """Lower `granted`, `paid` in a point type by an account, to what is still due for its rules (which `due` is used up
    by); return by how much.

    What another one paid for an account was that account's share: of a smaller share less was beyond it.
    """
    rules = []
    for rule, points in granted.rules:
        share = (rule, *paid)
        kept = min(points, due.get(share, 0))
        due[share] = due.get(share, 0) - kept
        if kept:
            rules.append((rule, kept))
    kept_in_all = sum(points for _, points in rules)
    amount = granted.amount - kept_in_all
    granted.rules = rules
    granted.amount = kept_in_all
    return amount
