"""Setting vouchers aside for a basket, using them with its order, letting them go, giving them back.

Locks: the codes in their order, then the members' counts, then the kinds' counts. Whoever holds purses holds them
before. A reservation is named by its maker and unique over all programs, such as the id of a checkout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from regulars.core.events import announce, next_batch_id, notice
from regulars.core.ledger import micros
from regulars.features.vouchers import store
from regulars.features.vouchers.errors import (
    ReservationGone,
    UnknownUse,
    VoucherLimitReached,
    VouchersUsedUp,
)
from regulars.features.vouchers.find import find_vouchers
from regulars.features.vouchers.model import Definition, Found, Voucher, checkout_of
from regulars.features.vouchers.spelling import resolve_codes
from regulars.features.vouchers.store import Use
from regulars.infra.db import Transaction, failpoint
from regulars.kit.errors import Bug

USED = "voucher.used"
RETURNED = "voucher.returned"


async def reserve_vouchers(
    tx: Transaction, found: Sequence[Found], reservation: str, until: datetime
) -> None:
    """Set what was found aside for a basket until `until`; nobody else can use it meanwhile.

    Refuses with why the first one cannot be used, VoucherLimitReached, VouchersUsedUp.
    """
    for one in found:
        if one.refusal is not None:
            raise one.refusal
    vouchers = _each_once(found)
    if not vouchers:
        return
    program_id, member_id, now = vouchers[0].program_id, found[0].member_id, found[0].at
    codes = [voucher.code for voucher in vouchers]
    await store.lock_vouchers(tx, program_id, codes)
    taken = await tx.all(store.queries.take_vouchers, program_id=program_id, codes=codes)
    if len(taken) < len(codes):
        await _refuse_taken(tx, program_id, codes, member_id, now)
    await tx.run(
        store.queries.insert_uses,
        program_id=program_id,
        reservation=reservation,
        member_id=member_id,
        until=until,
        now=now,
        codes=codes,
        definition_ids=[voucher.definition_id for voucher in vouchers],
    )
    await _count(tx, vouchers, member_id)


def _each_once(found: Sequence[Found]) -> list[Voucher]:
    """Return the vouchers in the order of their codes; one that was named twice, however it was spelled, is one."""
    by_code = {one.voucher.code: one.voucher for one in found if one.voucher}
    return [by_code[code] for code in sorted(by_code)]


async def _refuse_taken(
    tx: Transaction, program_id: int, codes: list[str], member_id: int | None, now: datetime
) -> None:
    """Say why a code that could be used when it was found cannot be used any more."""
    for again in await find_vouchers(tx, program_id, codes, member_id=member_id, now=now):
        if again.refusal is not None:
            raise again.refusal
    raise ReservationGone


async def _count(tx: Transaction, vouchers: Sequence[Voucher], member_id: int | None) -> None:
    """Count the uses of each kind for the member and in all, within their bounds."""
    kinds: dict[int, Definition] = {voucher.definition_id: voucher.definition for voucher in vouchers}
    uses = Counter(voucher.definition_id for voucher in vouchers)
    if member_id is not None:
        for number in sorted(kinds):
            await _count_member(tx, vouchers[0].program_id, member_id, number, uses[number], kinds[number])
    for number in sorted(kinds):
        total = kinds[number].uses_total
        if total is not None and not await tx.maybe(
            store.queries.count_kind_use, definition_id=number, uses=uses[number]
        ):
            raise VouchersUsedUp(limit=total)


async def _count_member(
    tx: Transaction, program_id: int, member_id: int, number: int, uses: int, kind: Definition
) -> None:
    limit = kind.per_member
    if limit is not None and uses > limit:
        raise VoucherLimitReached(voucher=kind.code, limit=limit)
    counted = await tx.maybe(
        store.queries.count_member_use,
        member_id=member_id,
        program_id=program_id,
        definition_id=number,
        uses=uses,
        limit=limit,
    )
    if counted is None:
        raise VoucherLimitReached(voucher=kind.code, limit=limit)


async def use_vouchers(
    tx: Transaction, reservation: str, *, order_id: str, member_id: int | None, now: datetime
) -> list[str]:
    """Use what was set aside under a reservation for an order; return the codes. Twice for one order is once.

    Refuses with ReservationGone when any of it has been released, has lapsed, or was used by another order.
    """
    uses = await store.select_reserved(tx, reservation)
    if uses:
        await store.lock_vouchers(tx, uses[0].program_id, [use.code for use in uses])
        uses = await store.select_reserved(tx, reservation)
    if uses and all(use.status == "used" and use.order_id == order_id for use in uses):
        return [use.code for use in uses]
    if not uses or any(use.status != "reserved" for use in uses):
        raise ReservationGone
    return await _use(tx, reservation, uses, order_id, member_id, now)


async def _use(
    tx: Transaction,
    reservation: str,
    uses: Sequence[Use],
    order_id: str,
    member_id: int | None,
    now: datetime,
) -> list[str]:
    """Use what is set aside under a reservation; the codes are held."""
    used = await tx.all(
        store.queries.use_reserved, reservation=reservation, order_id=order_id, member_id=member_id, now=now
    )
    if len(used) != len(uses):
        raise Bug("Codes that are held were used by somebody else.")
    failpoint("after_vouchers_used_before_order")
    codes = [(use.code, _member(use, member_id)) for use in uses]
    await tell(tx, uses[0].program_id, codes, USED, now, order_id)
    return [use.code for use in uses]


def _member(use: Use, member_id: int | None) -> int | None:
    return member_id if use.member_id is None else use.member_id


async def release_vouchers(tx: Transaction, reservation: str, now: datetime) -> list[str]:
    """Let go of what was set aside under a reservation; return the codes. What is not set aside any more stays."""
    uses = await store.select_reserved(tx, reservation)
    if not uses:
        return []
    program_id, codes = uses[0].program_id, [use.code for use in uses]
    await store.lock_vouchers(tx, program_id, codes)
    ended = await store.end_uses(
        tx, program_id, codes, was="reserved", status="released", now=now, reservation=reservation
    )
    return [code for code, _ in ended]


async def redeem_vouchers(
    tx: Transaction, found: Sequence[Found], reservation: str, *, order_id: str, now: datetime
) -> list[str]:
    """Use vouchers at once; return the codes. Refuses like `reserve_vouchers`."""
    await reserve_vouchers(tx, found, reservation, now)
    vouchers = _each_once(found)
    if not vouchers:
        return []
    member_id = found[0].member_id
    uses = [
        Use(one.program_id, one.code, one.definition_id, member_id, "reserved", None, None)
        for one in vouchers
    ]
    return await _use(tx, reservation, uses, order_id, member_id, now)


async def return_vouchers(
    tx: Transaction, program_id: int, order_id: str, *, now: datetime, codes: Sequence[str] | None = None
) -> list[str]:
    """Give the uses of an order back (all, or some codes): they can be used again while they are valid.

    Codes are taken as people type them. Return the codes. Refuses with UnknownUse when the order used none of
    them, or gave them back before.
    """
    wanted = None if codes is None else set((await resolve_codes(tx, program_id, codes)).values())
    rows = await tx.all(
        store.queries.select_uses_of_order,
        program_id=program_id,
        order_id=order_id,
        codes=None if wanted is None else sorted(wanted),
    )
    held = [code for (code,) in rows]
    if not held or (wanted is not None and wanted - set(held)):
        raise UnknownUse
    await store.lock_vouchers(tx, program_id, held)
    ended = await store.end_uses(
        tx, program_id, held, was="used", status="returned", now=now, order_id=order_id
    )
    if not ended:
        raise UnknownUse
    await tell(tx, program_id, ended, RETURNED, now, order_id)
    return [code for code, _ in ended]


async def tell(
    tx: Transaction,
    program_id: int,
    codes: Sequence[tuple[str, int | None]],
    kind: str,
    now: datetime,
    order_id: str | None = None,
) -> None:
    """Leave a notice about each code (and its member) in the outbox: of which order, or of which checkout."""
    checkout = None if order_id is None else checkout_of(order_id)
    facts = {} if order_id is None else {"checkout": checkout} if checkout else {"order_id": order_id}
    notices = [notice(kind, member or 0, micros(now), {"code": code, **facts}) for code, member in codes]
    await announce(tx, await next_batch_id(tx), program_id, now, notices)
