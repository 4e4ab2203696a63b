"""The way of goods after they were confirmed: ordered, shipped, delivered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from regulars.flows.redemption.confirm import open_orders
from regulars.flows.redemption.counter import Grounds
from regulars.flows.redemption.errors import RedemptionClosed, UnknownRedemption
from regulars.flows.redemption.model import STEPS, Receipt, Status
from regulars.flows.redemption.take import told
from regulars.infra.db import Transaction


async def fulfil(
    tx: Transaction,
    grounds: Grounds,
    program_id: int,
    order_id: int,
    status: Status,
    now: datetime,
    *,
    note: dict[str, Any] | None = None,
) -> Receipt:
    """Move an order on to `status`; steps may be left out, none is taken back. `note`: carrier, tracking and so on.

    Refuses with UnknownRedemption, and RedemptionClosed for what is not on its way to that step.
    """
    counter, opened = await open_orders(tx, grounds, program_id, [order_id], now)
    found = opened.get(order_id)
    if found is None:
        raise UnknownRedemption
    order, standing = found.order, found.order.standing(now)
    if standing not in STEPS or STEPS.index(Status(standing)) >= STEPS.index(status):
        raise RedemptionClosed(became=standing)
    delivery = {**order.delivery, **(note or {}), f"{status.value}_at": now.isoformat()}
    done = counter.keep(msgspec.structs.replace(order, status=status.value, delivery=delivery))
    told(counter, found.reward, done, "redemption.changed")
    await counter.close()
    return counter.receipt(done, found.owner_id, 0, 0)
