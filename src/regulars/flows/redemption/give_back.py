"""Giving rewards back: a reservation let go or run out, an order cancelled or returned, whole or in part.

Points go back to the very lots they came from, with their end; money in the stated proportion. Parts are counted
cumulatively, so that they add up to the whole and the last one takes what rounding left.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

import msgspec

from regulars.core.ledger import (
    HoldStatus,
    cancel_spend,
    close,
    end_idle_lots,
    hand_over,
    lock_purses,
    read_drawn,
)
from regulars.features.rewards import hold_pieces, part_of
from regulars.flows.redemption import store
from regulars.flows.redemption.confirm import Opened, hold_of, open_orders
from regulars.flows.redemption.counter import Counter, Grounds
from regulars.flows.redemption.errors import (
    InvalidRedemption,
    MemberGone,
    NothingLeft,
    RedemptionClosed,
    UnknownRedemption,
    WholePiecesOnly,
)
from regulars.flows.redemption.model import (
    CLOSED,
    REASON_MAX,
    REWARD_CANCELLED,
    Claims,
    Order,
    Receipt,
    Status,
    split_claims,
)
from regulars.flows.redemption.take import facts_of_order, told
from regulars.infra.db import Database, Together, Transaction
from regulars.kit.errors import FieldError
from regulars.kit.ids import encode

_WHOLE = Fraction(1)
# Reservations ended in one transaction: their wallets are locked together.
OVERDUE_AT_ONCE = 50


async def void(
    tx: Transaction, grounds: Grounds, program_id: int, order_id: int, now: datetime, *, actor: str = ""
) -> Receipt:
    """Let a reservation go: points and pieces are free again. Refuses with UnknownRedemption, RedemptionClosed."""
    counter, found = await _open(tx, grounds, program_id, order_id, now)
    if found.order.standing(now) != Status.RESERVED:
        raise RedemptionClosed(became=found.order.standing(now))
    receipt = await _release(counter, found, Status.CANCELLED, actor)
    await counter.close()
    return receipt


async def cancel(
    tx: Transaction,
    grounds: Grounds,
    program_id: int,
    order_id: int,
    now: datetime,
    *,
    reason: str,
    quantity: int | None = None,
    share: Fraction | None = None,
    up_to: Fraction | None = None,
    restock: bool = True,
    actor: str = "",
) -> Receipt:
    """Give an order back, whole, so many pieces of it, or a share of it; a reservation is let go.

    `up_to`: as much as it takes for such a part to have come back in all; of codes that were handed out, whole pieces.
    `restock`: the pieces can be taken by others again. Refuses with UnknownRedemption, RedemptionClosed, NothingLeft
    (fact `left`: pieces), WholePiecesOnly, InvalidRedemption, and what the issuer refuses when a code was used.
    """
    _check(reason, quantity, share)
    counter, found = await _open(tx, grounds, program_id, order_id, now)
    order = found.order
    standing = order.standing(now)
    if up_to is not None and (standing in CLOSED or _pieces_of(order, up_to) <= order.returned):
        return counter.receipt(order, found.owner_id, 0, 0)
    if standing in CLOSED:
        raise RedemptionClosed(became=standing)
    if standing == Status.RESERVED:
        if quantity is not None or share is not None:
            raise RedemptionClosed(became=standing)
        receipt = await _release(counter, found, Status.CANCELLED, actor)
        await counter.close()
        return receipt
    returned = order.returned + _asked_part(order, quantity, share)
    if up_to is not None:
        returned = _pieces_of(order, up_to)
    if returned > _WHOLE:
        rest = _WHOLE - order.returned
        raise NothingLeft(left=part_of(order.quantity, rest), share=part_of(100, rest))
    if _pieces_of(order, returned) != returned:
        raise WholePiecesOnly
    receipt = await _return(counter, found, returned, restock, actor)
    await counter.close()
    done = counter.answer(receipt)
    assert isinstance(done, Receipt)
    return done


async def hold_all(tx: Transaction, program_id: int, order_ids: Sequence[int]) -> None:
    """Hold what several redemptions will give back one by one in this transaction: wallets, then stock, each in one
    order, so that two who give back the same things from both ends do not wait for each other in a ring."""
    owners = await store.select_owners(tx, program_id, order_ids)
    await lock_purses(tx, sorted({number for three in owners.values() for number in three}))
    orders = await store.orders_of(store.ask_orders(Together(tx), owners))
    await hold_pieces(tx, [piece for order in orders.values() for piece in order.claims.pieces])


async def end_overdue(db: Database, grounds: Grounds, now: datetime, program_id: int | None = None) -> int:
    """End reservations whose time is over, oldest first; return how many. Again and again is the same as once."""
    ended = 0
    while True:
        async with db.transaction(read_only=True) as tx:
            overdue = await store.select_overdue(tx, now, OVERDUE_AT_ONCE, program_id)
        if not overdue:
            return ended
        for number in sorted({one for one, _ in overdue}):
            ids = [order_id for one, order_id in overdue if one == number]

            async def work(tx: Transaction, program: int = number, ids: list[int] = ids) -> int:
                return await _end(tx, grounds, program, ids, now)

            ended += await db.attempt(work)


async def _end(tx: Transaction, grounds: Grounds, program_id: int, ids: Sequence[int], now: datetime) -> int:
    """End some overdue reservations; the wallets settle themselves, as of the instant when time was over."""
    counter, opened = await open_orders(tx, grounds, program_id, ids, now)
    ended = 0
    for found in opened.values():
        order = found.order
        if order.status != Status.RESERVED or order.expires_at > now:
            continue
        counter.put_back(order.member_id, order.claims)
        done = msgspec.structs.replace(
            order, status=Status.EXPIRED.value, claims=Claims(), closed_at=order.expires_at
        )
        counter.keep(done)
        told(counter, found.reward, done, "redemption.expired")
        ended += 1
    await counter.close()
    return ended


async def _open(
    tx: Transaction, grounds: Grounds, program_id: int, order_id: int, now: datetime
) -> tuple[Counter, Opened]:
    counter, opened = await open_orders(tx, grounds, program_id, [order_id], now)
    found = opened.get(order_id)
    if found is None:
        raise UnknownRedemption
    return counter, found


async def _release(counter: Counter, found: Opened, status: Status, actor: str) -> Receipt:
    """Let go of a reservation that is open."""
    order = found.order
    kind = counter.config.point_types_by_id[order.point_type_id]
    held = await hold_of(counter, found)
    if held is not None:
        purse = counter.purses[held.member_id]
        close(
            counter.postings,
            purse,
            counter.terms(kind),
            held,
            HoldStatus.VOIDED,
            counter.cause(actor, order.id),
        )
        facts = {"point_type": kind.code, "points": held.amount, "hold": held.id}
        counter.hear("points.hold_ended", held.member_id, facts)
        counter.settle_again(purse, kind)
    counter.put_back(order.member_id, order.claims)
    done = counter.keep(
        msgspec.structs.replace(order, status=status.value, claims=Claims(), closed_at=counter.instant)
    )
    told(counter, found.reward, done, "redemption.cancelled", points_back=order.points, money_back=0)
    return counter.receipt(done, found.owner_id, order.points, 0)


async def _return(counter: Counter, found: Opened, returned: Fraction, restock: bool, actor: str) -> Receipt:
    """Give back what makes `returned` of an order come back in all."""
    order = found.order
    if found.owner_id not in counter.purses or counter.members[found.owner_id].status == "erased":
        raise MemberGone
    points = part_of(order.points, returned) - order.points_back
    money = part_of(order.money, returned) - order.money_back
    issued = order.issued
    if issued:
        pieces = part_of(order.quantity, returned) - part_of(order.quantity, order.returned)
        issued = await counter.ports.issuer.take_back(counter.tx, order, pieces, counter.instant)
    if points:
        await _points_back(counter, found, points, actor)
    left = _WHOLE - order.returned
    claims, back = split_claims(order.claims, (returned - order.returned) / left)
    if restock:
        counter.put_back(order.member_id, back)
    else:  # not with what comes back later, either
        claims = msgspec.structs.replace(claims, gone=claims.gone + back.pieces)
    whole = returned == _WHOLE
    done = counter.keep(
        msgspec.structs.replace(
            order,
            status=_status_after(order).value if whole else order.status,
            points_back=order.points_back + points,
            money_back=order.money_back + money,
            returned=returned,
            claims=claims,
            issued=issued,
            closed_at=counter.instant if whole else None,
        )
    )
    told(counter, found.reward, done, "redemption.cancelled", points_back=points, money_back=money)
    listening = counter.ground.listening
    if listening.cancelled or listening.redeemed:  # what rules gave for it comes back with it
        facts = facts_of_order(counter, found.reward, done)
        facts |= {"points_back": points, "money_back": money, "whole": whole}
        facts |= {"redemption": encode("rdm", order.id), "returned": str(returned)}
        key = f"redemption/{order.id}/back/{returned}"
        counter.events.append((found.owner_id, REWARD_CANCELLED, key, facts))
    return counter.receipt(done, found.owner_id, points, money)


def _status_after(order: Order) -> Status:
    """What has left the house comes back as a return; what has not is cancelled."""
    return Status.RETURNED if order.status in (Status.SHIPPED, Status.DELIVERED) else Status.CANCELLED


async def _points_back(counter: Counter, found: Opened, points: int, actor: str) -> None:
    """Return points to the lots they came from; those of somebody who was merged go on to who took over."""
    order = found.order
    kind = counter.config.point_types_by_id[order.point_type_id]
    purse, terms, cause = counter.purses[order.payer_id], counter.terms(kind), counter.cause(actor, order.id)
    assert order.spend_id is not None
    origin = order.hold_id or order.spend_id
    drawn = (await read_drawn(counter.tx, [(purse, origin, order.spend_id)]))[origin]
    end_idle_lots(purse, terms, counter.now)
    transfer_id = cancel_spend(
        counter.postings, purse, terms, order.spend_id, points, terms.accounts.spent, drawn, cause
    )
    facts = {"point_type": kind.code, "points": points, "transfer": transfer_id, "reversed": order.spend_id}
    counter.hear("points.returned", found.owner_id, facts)
    counter.settle_again(purse, kind)
    if found.owner_id != order.payer_id:
        hand_over(counter.postings, purse, counter.purses[found.owner_id], terms, cause)


def _pieces_of(order: Order, part: Fraction) -> Fraction:
    """Return a part of an order; where codes were handed out, of whole pieces, rounded down."""
    return Fraction(part_of(order.quantity, part), order.quantity) if order.issued else part


def _asked_part(order: Order, quantity: int | None, share: Fraction | None) -> Fraction:
    if quantity is not None:
        return Fraction(quantity, order.quantity)
    return share if share is not None else _WHOLE - order.returned


def _check(reason: str, quantity: int | None, share: Fraction | None) -> None:
    errors = []
    if not reason.strip() or len(reason) > REASON_MAX:
        errors.append(FieldError("reason", "missing", f"Say why, in at most {REASON_MAX} letters."))
    if quantity is not None and (quantity < 1 or share is not None):
        errors.append(FieldError("quantity", "out_of_range", "Write pieces, at least 1, or a share."))
    if share is not None and not 0 < share <= 1:
        errors.append(FieldError("share", "out_of_range", "Write a percentage: more than 0, at most 100."))
    if errors:
        raise InvalidRedemption(errors=errors)
