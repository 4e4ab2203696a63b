"""Points from one member to another."""

from __future__ import annotations

from datetime import datetime

from regulars.core.ledger import send
from regulars.features.programs import ProgramConfig
from regulars.flows.points.checks import (
    check_amount,
    check_enough,
    check_may_receive,
    check_may_spend,
    check_room,
    check_texts,
)
from regulars.flows.points.desk import open_desk
from regulars.flows.points.errors import SameWallet
from regulars.flows.points.model import Detail, TransferReceipt
from regulars.infra.db import Transaction


async def transfer(
    tx: Transaction,
    config: ProgramConfig,
    sender_id: int,
    receiver_id: int,
    points: int,
    *,
    actor: str,
    now: datetime,
    point_type: str | None = None,
    reason: str = "",
) -> TransferReceipt:
    """Move points from one member to another of the same program.

    They keep when they end and who funded them.

    Both purses are locked lowest id first, so opposite transfers never wait for each other in a ring. Refuses
    with SameWallet, InsufficientPoints, NotSpendable, SpendingBlocked, EarningBlocked, WalletFull,
    MemberGone.
    """
    check_amount(points)
    check_texts(reason)
    if sender_id == receiver_id:
        raise SameWallet
    desk = await open_desk(tx, config, [sender_id, receiver_id], now)
    kind = desk.point_type(point_type)
    check_may_spend(desk, sender_id, kind, ("",))  # points stay what they are, whoever has them
    check_may_receive(desk, receiver_id)
    check_enough(desk, sender_id, kind, points)
    check_room(desk, receiver_id, kind, points)
    detail = Detail(reason, actor, to=receiver_id, sender=sender_id)
    moved = send(
        desk.postings,
        desk.purses[sender_id],
        desk.purses[receiver_id],
        desk.terms(kind),
        points,
        desk.cause(detail),
    )
    assert moved is not None
    sent, *received = moved
    desk.note(sender_id, sent, detail)
    facts = {"point_type": kind.code, "points": points, "transfer": sent}
    desk.notice("points.sent", sender_id, facts)
    desk.notice("points.received", receiver_id, facts)
    await desk.close()
    return TransferReceipt(sent, received, points, desk.balance(sender_id, kind))
