"""Pending points made available by hand, before or without their date."""

from __future__ import annotations

from datetime import datetime

from regulars.features.programs import ProgramConfig
from regulars.flows.points.checks import check_present, check_texts
from regulars.flows.points.desk import open_desk
from regulars.flows.points.errors import UnknownLot
from regulars.flows.points.model import Detail, ReleaseReceipt
from regulars.infra.db import Transaction


async def release(
    tx: Transaction,
    config: ProgramConfig,
    member_id: int,
    *,
    reason: str,
    actor: str,
    now: datetime,
    point_type: str | None = None,
    lot_id: int | None = None,
) -> ReleaseReceipt:
    """Make pending points of a type available: one lot, or all of them. Debts are paid from them first.

    Refuses with UnknownLot when the lot named is not a pending one of this member, UnknownPointType,
    MemberGone.
    """
    check_texts(reason, reason_needed=True)
    desk = await open_desk(tx, config, [member_id], now)
    check_present(desk, member_id)
    purse = desk.purses[member_id]
    if lot_id is None:
        kind = desk.point_type(point_type)
        lots = [lot for lot in purse.lots.get(kind.id, ()) if lot.pending and lot.remaining]
    else:
        lots = [lot for own in purse.lots.values() for lot in own if lot.id == lot_id and lot.pending]
        if not lots:
            raise UnknownLot
        kind = config.point_types_by_id[lots[0].point_type_id]
    detail = Detail(reason.strip(), actor)
    released = [(lot.id, lot.remaining) for lot in lots]
    for lot in sorted(lots, key=lambda lot: lot.order):
        transfer_id = desk.postings.release(purse, desk.terms(kind), lot, desk.cause(detail))
        if transfer_id is not None:
            desk.note(member_id, transfer_id, detail)
    for number, amount in released:
        facts = {"point_type": kind.code, "points": amount, "lot": number}
        desk.notice("points.released", member_id, facts)
    await desk.close()
    return ReleaseReceipt(
        [number for number, _ in released],
        sum(amount for _, amount in released),
        desk.balance(member_id, kind),
    )
