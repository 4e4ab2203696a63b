"""Points given or taken by hand: always with a reason, always with the name of who did it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from regulars.core.ledger import FOREVER, TransferKind, micros
from regulars.features.programs import PointType, ProgramConfig, expires_at
from regulars.flows.points.checks import check_amount, check_enough, check_present, check_room, check_texts
from regulars.flows.points.desk import Desk, open_desk, queries
from regulars.flows.points.errors import InvalidOperation
from regulars.flows.points.model import Detail, Receipt
from regulars.flows.points.review import Review, review_adjustment
from regulars.infra.db import Transaction
from regulars.kit.errors import ApprovalNeeded, FieldError

Direction = Literal["credit", "debit"]


async def adjust(
    tx: Transaction,
    config: ProgramConfig,
    member_id: int,
    points: int,
    direction: Direction,
    *,
    reason: str,
    actor: str,
    now: datetime,
    point_type: str | None = None,
    expires: datetime | None = None,
    reference: str = "",
    review: Review | None = None,
    approved: bool = False,
) -> Receipt:
    """Give (`credit`) or take (`debit`) points; `expires` None = as the point type's policy says for today, where that
    is an end to come.

    What is given pays debts first. Over the limit of the program's policy, another person has `approved` it. Refuses
    with ApprovalNeeded, InvalidOperation, UnknownPointType, MemberGone, WalletFull,
    InsufficientPoints (facts `available`, `missing`).
    """
    check_amount(points)
    check_texts(reason, reference, reason_needed=True)
    desk = await open_desk(tx, config, [member_id], now)
    check_present(desk, member_id)
    kind = desk.point_type(point_type)
    if not approved:
        await _check_limit(desk, member_id, kind, points, actor)
    detail = Detail(reason.strip(), actor, reference)
    if direction == "credit":
        transfer_id = _give(desk, member_id, kind, points, _end(desk, kind, expires), detail)
    else:
        transfer_id = _take(desk, member_id, kind, points, detail)
    desk.note(member_id, transfer_id, detail)
    signed = points if direction == "credit" else -points
    facts = {"point_type": kind.code, "points": signed, "transfer": transfer_id}
    desk.notice("points.adjusted", member_id, facts)
    await desk.close()
    await review_adjustment(review, desk, member_id, kind, signed, transfer_id)
    return Receipt(transfer_id, signed, desk.balance(member_id, kind))


async def _check_limit(desk: Desk, member_id: int, kind: PointType, points: int, actor: str) -> None:
    """Refuse with ApprovalNeeded what is more than one person may do alone, also in small pieces over a day.

    The member's purse is locked, so that pieces at once count one after the other.
    """
    found = await desk.tx.maybe(
        queries.select_adjustment_limit,
        program_id=desk.config.id,
        member_id=member_id,
        kind=int(TransferKind.ADJUST),
        point_type_id=kind.id,
        actor=actor,
        now=desk.instant,
    )
    if found is None or found[0] is None:
        return
    limit = desk.config.same_points(found[0], kind)
    if found[1] + points > limit:
        raise ApprovalNeeded(limit=limit)


def _end(desk: Desk, kind: PointType, expires: datetime | None) -> int:
    if expires is None:
        end = expires_at(kind, desk.now, desk.config.zone)
        if end <= desk.now:
            raise InvalidOperation(
                errors=[
                    FieldError("expires_at", "past", "Points of this type have ended: write when these end.")
                ]
            )
        return end
    if not kind.policy.lots:
        raise InvalidOperation(
            errors=[FieldError("expires_at", "never_expires", "Points of this type do not expire.")]
        )
    if expires <= desk.instant:
        raise InvalidOperation(errors=[FieldError("expires_at", "past", "Write an instant in the future.")])
    return micros(expires)


def _give(desk: Desk, member_id: int, kind: PointType, points: int, end: int, detail: Detail) -> int:
    check_room(desk, member_id, kind, points)
    purse, terms = desk.purses[member_id], desk.terms(kind)
    return desk.postings.credit(
        purse,
        terms,
        points,
        terms.accounts.adjusted,
        desk.cause(detail),
        kind=TransferKind.ADJUST,
        expires_at=end if terms.lots else FOREVER,
    )


def _take(desk: Desk, member_id: int, kind: PointType, points: int, detail: Detail) -> int:
    check_enough(desk, member_id, kind, points)
    purse, terms = desk.purses[member_id], desk.terms(kind)
    return desk.postings.take(
        purse, terms, points, terms.accounts.adjusted, TransferKind.ADJUST, desk.cause(detail)
    )
