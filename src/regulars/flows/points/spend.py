"""Spending at once, and giving back what was spent."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from regulars.core.ledger import TransferKind, cancel_spend, end_idle_lots, hand_over, read_drawn
from regulars.features.members import select_merged_ids
from regulars.features.programs import PointType, ProgramConfig
from regulars.flows.points.checks import (
    check_amount,
    check_enough,
    check_may_spend,
    check_present,
    check_texts,
)
from regulars.flows.points.desk import Desk, open_desk, queries
from regulars.flows.points.errors import SpendReturned, UnknownSpend
from regulars.flows.points.model import Detail, Receipt
from regulars.flows.points.tills import NOWHERE, Till, honoured_by, open_till, till_of
from regulars.infra.db import Transaction

CANCELLED: Final = "points.returned"


class Spend(msgspec.Struct, frozen=True):
    """A spend or capture that was posted.

    `origin_id` = the transfer that drew the lots: itself, or the hold.
    """

    member_id: int
    id: int
    point_type_id: int
    amount: int
    credit_account_id: int
    origin_id: int
    returned: int
    detail: str | None = None


async def spend(
    tx: Transaction,
    config: ProgramConfig,
    member_id: int,
    points: int,
    *,
    actor: str,
    now: datetime,
    point_type: str | None = None,
    reference: str = "",
    reason: str = "",
    at: Till = NOWHERE,
) -> Receipt:
    """Spend points at once, those that end first before others; `at` says at which partner's till.

    Refuses with InvalidOperation, UnknownPointType, NotSpendable, SpendingBlocked, MemberGone, and
    InsufficientPoints (facts `available`, `missing`).
    """
    check_amount(points)
    check_texts(reason, reference)
    await open_till(tx, config, point_type, at)
    desk = await open_desk(tx, config, [member_id], now)
    kind = desk.point_type(point_type)
    check_may_spend(desk, member_id, kind, await honoured_by(tx, config, kind), at.partner)
    check_enough(desk, member_id, kind, points)
    terms = desk.terms(kind)
    detail = Detail(reason, actor, reference, partner=at.partner, store=at.store, order=at.order)
    account = terms.accounts.funders[f"spent:{at.partner}"] if at.partner else terms.accounts.spent
    transfer_id = desk.postings.take(
        desk.purses[member_id], terms, points, account, TransferKind.SPEND, desk.cause(detail)
    )
    desk.note(member_id, transfer_id, detail)
    facts = {"point_type": kind.code, "points": points, "transfer": transfer_id, "reference": reference}
    facts |= {"partner": at.partner, "store": at.store} if at.partner else {}
    desk.notice("points.spent", member_id, facts)
    await desk.close()
    return Receipt(transfer_id, points, desk.balance(member_id, kind))


async def cancel(
    tx: Transaction,
    config: ProgramConfig,
    member_id: int,
    spend_id: int,
    *,
    actor: str,
    reason: str,
    now: datetime,
    points: int | None = None,
) -> Receipt:
    """Return a spend (or what a hold's capture spent), whole or `points` of it, to the lots it came from.

    A lot that ended meanwhile is good again for the point type's days of grace. A spend of somebody who was
    merged comes back to the member who took over. Refuses with UnknownSpend, SpendReturned (fact `left`),
    InvalidOperation.
    """
    check_texts(reason, reason_needed=True)
    ids = await select_merged_ids(tx, member_id)
    found = await _find(tx, config, ids, spend_id)
    desk = await open_desk(tx, config, sorted({member_id, found.member_id}), now)
    check_present(desk, member_id)
    found = await _find(tx, config, ids, spend_id)  # as it is now that nobody else can return it
    left = found.amount - found.returned
    amount = left if points is None else points
    if not left or amount > left:
        raise SpendReturned(left=left)
    check_amount(amount)
    kind = config.point_types_by_id[found.point_type_id]
    at = till_of(found.detail)
    detail = Detail(reason.strip(), actor, partner=at.partner, store=at.store, order=at.order)
    transfer_id = await _return(desk, kind, found, amount, detail)
    if found.member_id != member_id:
        source, target = desk.purses[found.member_id], desk.purses[member_id]
        hand_over(desk.postings, source, target, desk.terms(kind), desk.cause(Detail(actor=actor)))
    facts = {"point_type": kind.code, "points": amount, "transfer": transfer_id, "reversed": spend_id}
    desk.notice(CANCELLED, member_id, facts)
    await desk.close()
    return Receipt(transfer_id, amount, desk.balance(member_id, kind))


async def _find(tx: Transaction, config: ProgramConfig, ids: list[int], spend_id: int) -> Spend:
    found = await tx.maybe(queries.select_spend, row=Spend, program_id=config.id, member_ids=ids, id=spend_id)
    if found is None:
        raise UnknownSpend
    return found


async def _return(desk: Desk, kind: PointType, found: Spend, amount: int, detail: Detail) -> int:
    purse, terms = desk.purses[found.member_id], desk.terms(kind)
    drawn = (await read_drawn(desk.tx, [(purse, found.origin_id, found.id)]))[found.origin_id]
    end_idle_lots(purse, terms, desk.now)
    transfer_id = cancel_spend(
        desk.postings, purse, terms, found.id, amount, found.credit_account_id, drawn, desk.cause(detail)
    )
    desk.note(found.member_id, transfer_id, detail)
    desk.settle_again(found.member_id, kind)
    return transfer_id
