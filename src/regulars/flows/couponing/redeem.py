"""A basket's vouchers: what they would take off and why not, and using them with an order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from regulars.features.vouchers import (
    Basket,
    Discount,
    Found,
    discounts,
    find_vouchers,
    redeem_vouchers,
)
from regulars.infra.db import Transaction
from regulars.kit.errors import Rejected


class Checked(msgspec.Struct, frozen=True):
    """What vouchers come to: each code with its refusal, what is taken off, and why they do not go together."""

    found: list[Found]
    discounts: list[Discount]
    refusal: Rejected | None = None


async def check_basket(
    tx: Transaction,
    program_id: int,
    codes: Sequence[str],
    basket: Basket | None,
    *,
    member_id: int | None,
    now: datetime,
    lock: bool = False,
) -> Checked:
    """Say of each code whether the member can use it now, and what all that can take off the basket.

    Writes nothing. Without a basket nothing is priced.
    """
    found = await find_vouchers(tx, program_id, codes, member_id=member_id, now=now, lock=lock)
    usable = {one.code: one.voucher for one in found if one.voucher is not None and one.refusal is None}
    if basket is None:
        return Checked(found, [])
    try:
        return Checked(found, discounts(basket, list(usable.values())))
    except Rejected as refusal:
        return Checked(found, [], refusal)


async def redeem_basket(
    tx: Transaction,
    program_id: int,
    codes: Sequence[str],
    basket: Basket | None,
    *,
    member_id: int | None,
    order_id: str,
    now: datetime,
) -> Checked:
    """Use all codes with an order, or none. Refuses with the first reason: a code's own, or the basket's."""
    checked = await check_basket(tx, program_id, codes, basket, member_id=member_id, now=now, lock=True)
    for one in checked.found:
        if one.refusal is not None:
            raise one.refusal
    if checked.refusal is not None:
        raise checked.refusal
    await redeem_vouchers(tx, checked.found, f"{program_id}:order:{order_id}", order_id=order_id, now=now)
    return checked
