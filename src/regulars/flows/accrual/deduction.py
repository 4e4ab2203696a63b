"""Points that rules take, and that come back when the order is corrected: as many, to the lots they were taken from."""

from __future__ import annotations

from collections.abc import Iterable

from regulars.core.ledger import Cause, Lot, Purse, TransferKind, cancel_spend, hand_over, take_from_lots
from regulars.core.rules import Decision
from regulars.flows.accrual.award import Grant
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.rulebook import PointType
from regulars.flows.accrual.types import Deducted, Outcome
from regulars.flows.accrual.work import Work

Fee = tuple[int, str]
"""Rule and point type."""


def deduct(decided: Decided, to: Grant, rule_index: int, code: str, points: int) -> Deducted | None:
    """Take points because a rule says so; never more than there is. Return what was taken, None for nothing."""
    point_type = decided.rulebook.points[code]
    terms, purse = point_type.terms, to.work.purse
    decided.postings.expire_ended(purse, terms, decided.posted_at)
    taken = min(points, purse.available(terms.slot))
    if taken <= 0:
        return None
    detail = f'{{"rules":[[{rule_index},{taken}]]}}'
    cause = Cause(to.occurred_at, decided.posted_at, to.event_id, to.version.number, detail)
    transfer_id, drawn = take_from_lots(
        decided.postings, purse, terms, taken, terms.accounts.house, TransferKind.DEDUCT, cause
    )
    decided.drawn[transfer_id] = drawn
    return Deducted(transfer_id, point_type.id, rule_index, taken, purse.member_id)


def fees(decision: Decision) -> dict[Fee, int]:
    """Return what a decision takes, by rule and point type."""
    asked: dict[Fee, int] = {}
    for rule, kind, arguments in decision.effects:
        if kind == "deduct":
            fee = (rule, arguments["point_type"])
            asked[fee] = asked.get(fee, 0) + arguments["points"]
    return asked


def give_back_fees(
    decided: Decided, work: Work, kept: Outcome, due: dict[Fee, int], result: Outcome, place: int
) -> None:
    """Give back what the smaller order would not have cost; `kept`, the order's outcome, remembers what is left."""
    left = dict(due)
    for one in kept.deducted:
        point_type = decided.rulebook.points_by_id[one.point_type_id]
        fee = (one.rule, point_type.code)
        stays = min(one.amount, left.get(fee, 0))
        left[fee] = left.get(fee, 0) - stays
        back = one.amount - stays
        if back:
            _give_back(decided, work, point_type, one, back, place)
            one.amount = stays
            result.given_back.append((point_type.id, back))
    kept.deducted = [one for one in kept.deducted if one.amount]


def take_more_fees(
    decided: Decided, to: Grant, due: dict[Fee, int], before: dict[Fee, int]
) -> list[Deducted]:
    """Take what the larger order costs beyond what it cost before."""
    more = [
        deduct(decided, to, rule, code, points - before.get((rule, code), 0))
        for (rule, code), points in due.items()
        if points > before.get((rule, code), 0)
    ]
    return [one for one in more if one is not None]


def _give_back(
    decided: Decided,
    work: Work,
    point_type: PointType,
    one: Deducted,
    amount: int,
    place: int,
) -> None:
    """Return points to the purse that they were taken from; what is a merged member's goes on to who took over."""
    item = decided.gathered.batch.items[place]
    terms = point_type.terms
    purse = work.purse if one.member_id == work.member.id else decided.former_purse(one.member_id)
    drawn = _still_out(decided.drawn.get(one.transfer_id, ()), one.amount)
    # They come back when the correction is taken in: days of grace of a lot that has ended count from then.
    cause = Cause(decided.posted_at, decided.posted_at, decided.event_ids[place])
    transfer_id = cancel_spend(
        decided.postings,
        purse,
        terms,
        one.transfer_id,
        amount,
        terms.accounts.house,
        [(_lot_in(purse, lot), used) for lot, used in drawn],
        cause,
    )
    decided.drawn[one.transfer_id] = _still_out(drawn, one.amount - amount)
    decided.settle_again(purse, point_type)
    if purse is not work.purse:
        hand_over(decided.postings, purse, work.purse, terms, cause)
    told = {
        "point_type": point_type.code,
        "points": amount,
        "transfer": transfer_id,
        "reversed": one.transfer_id,
    }
    decided.notice("points.returned", work.member.id, item.occurred_at, told)


def _still_out(drawn: Iterable[tuple[Lot, int]], amount: int) -> list[tuple[Lot, int]]:
    """Return of the lots that a deduction used those from which `amount` is still out: what came last is back first."""
    out = []
    for lot, used in drawn:
        part = min(used, amount)
        if part:
            out.append((lot, part))
            amount -= part
    return out


def _lot_in(purse: Purse, lot: Lot) -> Lot:
    """Return the lot as it stands in a purse: deciding works on a copy of what was read."""
    return next(one for one in purse.lots[lot.point_type_id] if one.id == lot.id)
