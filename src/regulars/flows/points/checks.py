"""Who may do what with points: asked by every operation after the wallets are locked."""

from __future__ import annotations

from collections.abc import Collection

from regulars.core.ledger import Side
from regulars.features.programs import PointType
from regulars.flows.points.desk import Desk
from regulars.flows.points.errors import (
    EarningBlocked,
    InsufficientPoints,
    InvalidOperation,
    MemberGone,
    NotHonouredHere,
    NotSpendable,
    SpendingBlocked,
    WalletFull,
)
from regulars.flows.points.model import REASON_LETTERS_MAX, REFERENCE_LETTERS_MAX
from regulars.kit.errors import FieldError
from regulars.kit.points import POINTS_MAX

# The names that tell a purse's statuses apart: only these may be used by their member.
_ACTIVE = "active"


def check_amount(points: int, path: str = "points") -> None:
    """Refuse an amount that is no positive number of smallest units."""
    if not 0 < points <= POINTS_MAX:
        raise InvalidOperation(
            errors=[FieldError(path, "not_positive", "Write a whole number of smallest units, at least 1.")]
        )


def check_texts(reason: str, reference: str = "", *, reason_needed: bool = False) -> None:
    """Refuse a missing reason, and texts that are too long."""
    errors = []
    if reason_needed and not reason.strip():
        errors.append(FieldError("reason", "missing", "Say why: it is read by whoever looks at this later."))
    if len(reason) > REASON_LETTERS_MAX:
        errors.append(FieldError("reason", "too_long", f"Write at most {REASON_LETTERS_MAX} letters."))
    if len(reference) > REFERENCE_LETTERS_MAX:
        errors.append(FieldError("reference", "too_long", f"Write at most {REFERENCE_LETTERS_MAX} letters."))
    if errors:
        raise InvalidOperation(errors=errors)


def check_present(desk: Desk, member_id: int) -> None:
    """Refuse an operation for a member whose place was taken by another one."""
    if desk.members[member_id].status == "merged":
        raise MemberGone


def check_may_spend(
    desk: Desk, member_id: int, point_type: PointType, honoured_by: Collection[str] = (), at: str = ""
) -> None:
    """Refuse spending by somebody who may not, of points that are counted only, and of a partner's own points
    anywhere but at the partners that honour them.
    """
    check_present(desk, member_id)
    member = desk.members[member_id]
    if member.spending_blocked or member.status != _ACTIVE:
        raise SpendingBlocked
    if point_type.kind == "qualifying":
        raise NotSpendable
    if point_type.kind == "partner" and at not in honoured_by:
        raise NotHonouredHere(partners=", ".join(sorted(honoured_by)))


def check_may_receive(desk: Desk, member_id: int) -> None:
    """Refuse points for somebody who may not get any."""
    check_present(desk, member_id)
    member = desk.members[member_id]
    if member.earning_blocked or member.status != _ACTIVE:
        raise EarningBlocked


def check_enough(desk: Desk, member_id: int, point_type: PointType, points: int) -> None:
    """Refuse to take more than what is available."""
    available = desk.purses[member_id].available(point_type.slot)
    if points > available:
        raise InsufficientPoints(available=available, missing=points - available)


def check_room(desk: Desk, member_id: int, point_type: PointType, points: int) -> None:
    """Refuse to give more than the wallet may hold."""
    most = point_type.policy.balance_max
    if most is None:
        return
    purse = desk.purses[member_id]
    inside = sum(purse.balance(point_type.slot, side) for side in (Side.AVAILABLE, Side.PENDING, Side.HELD))
    if inside + points > most:
        raise WalletFull(room=max(0, most - inside))
