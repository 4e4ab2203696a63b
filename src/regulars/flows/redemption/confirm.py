"""Confirming reservations (capture): whole, or fewer pieces or points; what is not taken goes back.

Exactly one of confirming, giving up and the end of time wins: each needs the member's purse, and finds what the
other did.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

import msgspec

from regulars.core.ledger import Hold, HoldStatus, Purse, capture, close, select_hold
from regulars.features.rewards import Reward, Stored, part_of, select_version, worth_of
from regulars.flows.redemption import store
from regulars.flows.redemption.counter import Counter, Grounds, open_counter
from regulars.flows.redemption.errors import (
    CaptureTooLarge,
    InvalidRedemption,
    RedemptionClosed,
    UnknownRedemption,
)
from regulars.flows.redemption.model import Capture, Order, Receipt, Result, Status, split_claims
from regulars.flows.redemption.take import Alone, hands_out, redeemed, told
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError, Rejected

_WHOLE = Fraction(1)


class Opened(msgspec.Struct, frozen=True):
    """A redemption on the counter: as it is, whose it is now, and the reward it is for."""

    order: Order
    owner_id: int
    reward: Reward


async def open_orders(
    tx: Transaction,
    grounds: Grounds,
    program_id: int,
    ids: Sequence[int],
    now: datetime,
) -> tuple[Counter, dict[int, Opened]]:
    """Lock the wallets behind redemptions and read these as they are; unknown ones are missing."""
    owners = await store.select_owners(tx, program_id, ids)
    member_ids = {number for three in owners.values() for number in three}
    counter = await open_counter(tx, grounds, program_id, sorted(member_ids), now, owners=owners)
    return counter, await opened_orders(counter, owners)


async def opened_orders(counter: Counter, owners: dict[int, tuple[int, int, int]]) -> dict[int, Opened]:
    """Return the redemptions that were read with the wallets behind them; `owners` as the store gives them."""
    return {
        number: Opened(order, owners[number][2], await _reward(counter, order))
        for number, order in counter.orders.items()
    }


async def confirm(
    tx: Transaction, grounds: Grounds, program_id: int, captures: Sequence[Capture], now: datetime
) -> list[Result]:
    """Confirm reservations; one receipt or refusal each, and what was refused left no trace.

    Refusals: UnknownRedemption, RedemptionClosed (fact `became`), CaptureTooLarge, InvalidRedemption, MemberGone,
    SpendingBlocked and what the issuer refuses. Raises Alone like `take`.
    """
    ids = [one.order_id for one in captures]
    counter, opened = await open_orders(tx, grounds, program_id, ids, now)
    results = await confirm_at(counter, opened, captures, alone=len(captures) == 1)
    await counter.close()
    return [counter.answer(one) for one in results]


async def confirm_at(
    counter: Counter, opened: dict[int, Opened], captures: Sequence[Capture], *, alone: bool
) -> list[Result]:
    """Decide about confirmations at an open counter."""
    if not alone and any(hands_out(one.reward) for one in opened.values()):
        raise Alone
    results: list[Result] = []
    for asked in captures:
        try:
            found = opened.get(asked.order_id)
            if found is None:
                raise UnknownRedemption
            now_it_is = counter.changed.get(asked.order_id, found.order)
            results.append(await _confirm(counter, msgspec.structs.replace(found, order=now_it_is), asked))
        except Rejected as refusal:
            results.append(refusal)
    return results


async def _confirm(counter: Counter, found: Opened, asked: Capture) -> Receipt:
    order = found.order
    standing = order.standing(counter.instant)
    if standing != Status.RESERVED:
        raise RedemptionClosed(became=standing)
    counter.present(found.owner_id)
    part, points = _part(found, asked)
    purse = counter.purses[found.owner_id]
    held = await hold_of(counter, found)
    if order.points and held is None:
        raise RedemptionClosed(became=Status.EXPIRED.value)
    issued = order.issued
    sent = counter.book.shipped(found.reward)
    wanted = msgspec.structs.replace(
        _captured(found, part, points, counter.instant, sent=sent), payer_id=found.owner_id
    )
    if hands_out(found.reward):
        issued = await counter.ports.issuer.issue(counter.tx, found.reward, wanted, counter.instant)
    stay, back = split_claims(order.claims, _WHOLE - part)
    counter.put_back(order.member_id, back)
    spend_id = _spend(counter, purse, found, held, points, asked.actor)
    paid = {"payer_id": found.owner_id, "hold_id": held.id if held is not None else None}
    done = msgspec.structs.replace(wanted, claims=stay, issued=issued, spend_id=spend_id, **paid)
    counter.keep(done)
    told(counter, found.reward, done, "reward.redeemed")
    redeemed(counter, found.reward, msgspec.structs.replace(done, member_id=found.owner_id))
    return counter.receipt(done, found.owner_id, done.points, done.money)


def _part(found: Opened, asked: Capture) -> tuple[Fraction, int]:
    """Return which part is confirmed and how many points that is. Refuses what is more than was set aside."""
    order, rate = found.order, found.reward.price.rate
    if asked.points is not None and (rate is None or asked.quantity is not None):
        raise InvalidRedemption(
            errors=[FieldError("points", "not_of_this_reward", "Confirm fewer pieces (`quantity`) instead.")]
        )
    if asked.points is not None:
        if not 0 < asked.points <= order.points:
            raise CaptureTooLarge(held=order.points)
        return _WHOLE, asked.points
    quantity = order.quantity if asked.quantity is None else asked.quantity
    if not 0 < quantity <= order.quantity:
        raise CaptureTooLarge(held=order.quantity)
    part = Fraction(quantity, order.quantity)
    return part, part_of(order.points, part)


def _captured(found: Opened, part: Fraction, points: int, now: datetime, *, sent: bool) -> Order:
    """Return the order as it is once that part of it is confirmed; `sent`: somebody has to send something."""
    order, rate = found.order, found.reward.price.rate
    worth = order.price.worth
    if rate is not None and worth is not None and points != order.points:
        worth = worth_of(rate, order.price.listed) * points // order.points
    price = msgspec.structs.replace(
        order.price,
        points=points,
        money=part_of(order.money, part),
        listed=part_of(order.price.listed, part),
        worth=worth,
    )
    status = Status.CONFIRMED if sent else Status.DELIVERED
    return msgspec.structs.replace(
        order,
        status=status.value,
        quantity=part_of(order.quantity, part),
        points=points,
        money=price.money,
        price=price,
        confirmed_at=now,
    )


def _spend(
    counter: Counter, purse: Purse, found: Opened, held: Hold | None, points: int, actor: str
) -> int | None:
    if held is None:
        return None
    order, kind = found.order, counter.config.point_types_by_id[found.order.point_type_id]
    terms = counter.terms(kind)
    cause = counter.cause(actor, order.id)
    facts = {"point_type": kind.code, "points": points, "reference": order.reference, "hold": held.id}
    if not points:
        close(counter.postings, purse, terms, held, HoldStatus.VOIDED, cause)
        counter.settle_again(purse, kind)
        return None
    spent = capture(counter.postings, purse, terms, held, points, terms.accounts.spent, cause)
    counter.hear("points.spent", purse.member_id, {**facts, "transfer": spent})
    counter.settle_again(purse, kind)
    return spent


async def hold_of(counter: Counter, found: Opened) -> Hold | None:
    """Return the open hold of a reservation, also where it moved with its member; None when there is none."""
    order = found.order
    number = order.hold_id
    if number is not None and found.owner_id != order.member_id:
        number = await _moved(counter, order.member_id, found.owner_id, number)
    purse = counter.purses.get(found.owner_id)
    holds = purse.holds.get(order.point_type_id, ()) if purse is not None else ()
    return next((one for one in holds if one.id == number), None)


async def _moved(counter: Counter, member_id: int, owner_id: int, number: int) -> int | None:
    """Follow a hold through the purses of members who were merged, at most once for each."""
    ids = [member_id, owner_id]
    found = await select_hold(counter.tx, ids, number)
    while found is not None and found.moved_to is not None:
        number = found.moved_to
        found = await select_hold(counter.tx, ids, number)
    return number


async def _reward(counter: Counter, order: Order) -> Reward:
    stored: Stored = counter.book.by_id[order.reward_id]
    if stored.version == order.reward_version:
        return stored.reward
    return await select_version(counter.tx, order.reward_id, order.reward_version)
