"""Pricing a basket and setting everything aside; closing it into an order; opening it again; giving parts back.

Locks in one order: the checkout, the member's purse, codes, counters, pieces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from regulars.core.events import next_batch_id
from regulars.core.ledger import lock_purses
from regulars.features.rewards import Reward, select_reward, worth_of
from regulars.features.vouchers import (
    Basket,
    BasketLine,
    discounts,
    find_vouchers,
    release_vouchers,
    reserve_vouchers,
    use_vouchers,
)
from regulars.features.webhooks import tell
from regulars.flows.checkout import store
from regulars.flows.checkout.errors import (
    CheckoutClosed,
    CheckoutErased,
    InvalidCheckout,
    MemberNeeded,
    MoreThanBought,
    NothingToTakeOff,
    OrderTaken,
    UnknownCheckout,
)
from regulars.flows.checkout.model import (
    NOBODY,
    Content,
    Did,
    Named,
    Off,
    Session,
    Status,
    Step,
    Wish,
    check_lines,
    discount_off,
    free_item_off,
    points_needed,
    points_off,
    with_off,
)
from regulars.flows.checkout.port import Parts
from regulars.flows.checkout.taking_back import check_named, take_back
from regulars.infra.db import Transaction, failpoint
from regulars.kit.errors import FieldError
from regulars.kit.ids import encode


async def read_checkout(tx: Transaction, program_id: int, number: int) -> Session:
    """Return a checkout as it is. Refuses with UnknownCheckout."""
    session = await store.select_session(tx, program_id, number)
    if session is None:
        raise UnknownCheckout
    return session


async def open_checkout(
    tx: Transaction,
    parts: Parts,
    program_id: int,
    member_id: int | None,
    asked: Content,
    now: datetime,
    *,
    actor: str = "",
) -> Session:
    """Price a basket with vouchers, rewards and points, and set all of it aside for `asked.hold_s` seconds.

    Refuses with InvalidCheckout, MemberNeeded, NothingToTakeOff, and what vouchers and redemption refuse.
    """
    number = (await next_batch_id(tx) << 20) + 1
    expires = now + timedelta(seconds=asked.hold_s)
    session = Session(
        member_id or NOBODY, number, program_id, Status.OPEN.value, "", asked, now, expires, None
    )
    session = _noted(await _set_aside(tx, parts, session, now), Step(Did.OPENED, now, actor))
    await store.insert_session(tx, session)
    return session


async def change_checkout(
    tx: Transaction,
    parts: Parts,
    program_id: int,
    number: int,
    asked: Content,
    now: datetime,
    *,
    actor: str = "",
) -> Session:
    """Price another basket instead: what was set aside is let go, and all is set aside anew."""
    session = await _open(tx, program_id, number, now)
    await _let_go(tx, parts, session, now)
    before = session.content
    asked = msgspec.structs.replace(
        asked, turn=before.turn, closes=before.closes, history=_without_change(before.history)
    )
    session = msgspec.structs.replace(
        session, content=asked, expires_at=now + timedelta(seconds=asked.hold_s)
    )
    session = _noted(await _set_aside(tx, parts, session, now), Step(Did.CHANGED, now, actor))
    await store.update_session(tx, session)
    return session


async def close_checkout(
    tx: Transaction,
    parts: Parts,
    program_id: int,
    number: int,
    order_id: str,
    now: datetime,
    *,
    actor: str = "",
) -> tuple[Session, dict[str, Any]]:
    """Make an order of an open checkout: rewards are taken, vouchers used, and the money part earns.

    Return it with what the order did. Refuses with UnknownCheckout, CheckoutClosed, OrderTaken, and what the parts
    refuse. An order that came from elsewhere under this number has earned already: nothing is earned twice.
    """
    order_id = order_id.strip()
    if not 0 < len(order_id) <= 120:
        raise InvalidCheckout(
            errors=[FieldError("order_id", "missing", "Name the order, in 1 to 120 letters.")]
        )
    session = await _open(tx, program_id, number, now)
    if session.member_id != NOBODY:
        await lock_purses(tx, [session.member_id])
    if await store.order_is_taken(tx, program_id, order_id):
        raise OrderTaken
    if session.content.offs and session.content.codes:
        await use_vouchers(
            tx,
            session.content.reservation,
            # Vouchers are used for this opening of this checkout, whatever the shop calls the order.
            order_id=session.content.reservation,
            member_id=session.member_id or None,
            now=now,
        )
    for one in session.content.taken:
        await parts.rewards.confirm(tx, program_id, one.redemption, now)
    failpoint("after_checkout_taken_before_order")
    session = msgspec.structs.replace(
        session,
        status=Status.CLOSED.value,
        order_id=order_id,
        content=msgspec.structs.replace(session.content, closes=session.content.closes + 1),
        closed_at=now,
    )
    session = _noted(session, Step(Did.CLOSED, now, actor, order_id))
    await store.update_session(tx, session)
    done = await parts.sales.completed(tx, session, now)
    await _tell(tx, session, "checkout.closed", now)
    failpoint("after_checkout_earned_before_commit")
    return session, done


async def cancel_checkout(
    tx: Transaction, parts: Parts, program_id: int, number: int, now: datetime, *, actor: str = ""
) -> Session:
    """Let an open checkout go: everything that was set aside is free again."""
    session = await _locked(tx, program_id, number)
    if session.status != Status.OPEN:
        raise CheckoutClosed(became=session.status)
    await _let_go(tx, parts, session, now)
    session = msgspec.structs.replace(session, status=Status.CANCELLED.value, closed_at=now)
    session = _noted(session, Step(Did.CANCELLED, now, actor))
    await store.update_session(tx, session)
    await _tell(tx, session, "checkout.cancelled", now)
    return session


async def reopen_checkout(
    tx: Transaction, parts: Parts, program_id: int, number: int, now: datetime, *, actor: str = ""
) -> Session:
    """Undo a closed checkout and open it again: its order is taken back whole, and all is set aside anew.

    Refuses with CheckoutClosed, CheckoutErased, and what the parts refuse.
    """
    session = await _locked(tx, program_id, number)
    if session.status != Status.CLOSED:
        raise CheckoutClosed(became=session.standing(now).value)
    _check_kept(session)
    content = session.content
    session, points = await take_back(tx, parts, session, _all_back(content), None, now)
    fresh = Content(
        lines=tuple(msgspec.structs.replace(line, off=0, returned=0) for line in content.lines),
        shipping=content.shipping,
        codes=content.codes,
        wishes=content.wishes,
        store=content.store,
        hold_s=content.hold_s,
        turn=content.turn,
        closes=content.closes,
        history=content.history,
    )
    step = Step(Did.REOPENED, now, actor, money=session.content.returned_money, points=points)
    session = msgspec.structs.replace(
        session,
        status=Status.OPEN.value,
        order_id="",
        content=fresh,
        expires_at=now + timedelta(seconds=content.hold_s),
        closed_at=None,
    )
    session = _noted(await _set_aside(tx, parts, session, now), step)
    await store.update_session(tx, session)
    await _tell(tx, session, "checkout.reopened", now)
    return session


async def return_parts(
    tx: Transaction,
    parts: Parts,
    program_id: int,
    number: int,
    pieces: Mapping[int, int],
    now: datetime,
    *,
    rewards: Sequence[Named] | None = None,
    actor: str = "",
) -> tuple[Session, dict[str, int]]:
    """Give pieces of lines (place of the line → pieces) and of rewards back: money and points as they were paid.

    What took money off lines comes back with them. Of rewards that are things of their own those come back that are
    named in `rewards`; with None, nothing of them until the last line, and then all. Return it with the money and
    points that went back. Refuses with CheckoutClosed, CheckoutErased, InvalidCheckout, MoreThanBought (fact `left`),
    and what redemption refuses.
    """
    session = await _locked(tx, program_id, number)
    if session.status not in (Status.CLOSED, Status.PART_RETURNED):
        raise CheckoutClosed(became=session.standing(now).value)
    _check_kept(session)
    if not pieces and not rewards:
        raise InvalidCheckout(
            errors=[FieldError("lines", "missing", "Name what comes back: `lines`, or `rewards`.")]
        )
    lines = list(session.content.lines)
    for place, some in pieces.items():
        if not 0 <= place < len(lines) or some < 1:
            raise InvalidCheckout(
                errors=[FieldError(f"lines[{place}]", "unknown_line", "Name a line and pieces.")]
            )
        line = lines[place]
        if line.returned + some > line.quantity:
            raise MoreThanBought(line=place, left=line.quantity - line.returned)
        lines[place] = msgspec.structs.replace(line, returned=line.returned + some)
    before = session.content
    check_named(before, rewards or ())
    session, points = await take_back(
        tx, parts, session, msgspec.structs.replace(before, lines=tuple(lines)), rewards, now
    )
    money = session.content.returned_money - before.returned_money
    named = _pieces_of(before, session.content, rewards)
    step = Step(Did.RETURNED, now, actor, lines=dict(pieces), rewards=named, money=money, points=points)
    session = _noted(session, step)
    await store.update_session(tx, session)
    back = {"money": money, "points": sum(points.values())}
    await _tell(tx, session, "checkout.returned", now, back)
    return session, back


async def _tell(
    tx: Transaction, session: Session, kind: str, now: datetime, back: Mapping[str, int] | None = None
) -> None:
    """Say what became of a checkout; `back` = the money and points that went back."""
    facts = {
        "checkout": encode("chk", session.id),
        "order_id": session.order_id or None,
        "to_pay": session.content.to_pay,
        "vouchers": list(session.content.codes),
        "rewards": [wish.reward for wish in session.content.wishes],
        "store": session.content.store or None,
        **({} if back is None else {"money_back": back["money"], "points_back": back["points"]}),
    }
    await tell(tx, session.program_id, kind, facts, now, session.member_id)


async def _set_aside(tx: Transaction, parts: Parts, session: Session, now: datetime) -> Session:
    """Price the basket and lock what takes off it: vouchers first, then rewards in their order, points last."""
    asked = session.content
    errors = check_lines(asked.lines, asked.shipping)
    if errors:
        raise InvalidCheckout(errors=errors)
    if asked.wishes and session.member_id == NOBODY:
        raise MemberNeeded
    if session.member_id != NOBODY:
        await lock_purses(tx, [session.member_id])
    turn = asked.turn + 1
    reservation = f"{session.program_id}:{encode('chk', session.id)}:{turn}"
    offs = await _vouchers(tx, session, reservation, now)
    content = msgspec.structs.replace(
        asked, offs=(), taken=(), shipping_off=0, returned_money=0, turn=turn, reservation=reservation
    )
    for off in offs:
        content = _taken_off(content, off)
    rewards = [
        (wish, (await select_reward(tx, session.program_id, wish.reward)).reward) for wish in asked.wishes
    ]
    wishes = []
    for wish, reward in sorted(rewards, key=lambda one: one[1].price.rate is not None):
        chosen, taken_off = _off_by(reward, wish, content)
        wishes.append(chosen)
        content = content if taken_off is None else _taken_off(content, taken_off)
    if wishes:
        taken = await parts.rewards.reserve(
            tx,
            session.program_id,
            session.member_id,
            wishes,
            store=content.store,
            reference=encode("chk", session.id),
            hold_s=content.hold_s,
            now=now,
        )
        content = msgspec.structs.replace(content, taken=tuple(taken))
    return msgspec.structs.replace(session, content=content)


async def _vouchers(tx: Transaction, session: Session, reservation: str, now: datetime) -> Sequence[Off]:
    asked = session.content
    if not asked.codes:
        return ()
    member_id = session.member_id or None
    found = await find_vouchers(tx, session.program_id, asked.codes, member_id=member_id, now=now, lock=True)
    await reserve_vouchers(tx, found, reservation, session.expires_at)
    lines = tuple(BasketLine(one.sku, one.amount, one.quantity, one.category) for one in asked.lines)
    usable = {one.code: one.voucher for one in found if one.voucher is not None}
    return [
        Off("voucher", one.code, one.amount, dict(one.lines), one.shipping, one.add_item)
        for one in discounts(Basket(lines, asked.shipping), list(usable.values()))
    ]


def _off_by(reward: Reward, wish: Wish, content: Content) -> tuple[Wish, Off | None]:
    """Return what a reward takes off, and the wish with the points that are needed for it.

    Goods and the like take nothing off: they are taken with the order.
    """
    rate, lines = reward.price.rate, content.lines
    if reward.discount is not None:
        return wish, discount_off(reward.code, reward.discount, lines, wish.quantity)
    if reward.kind == "free_item" and reward.sku is not None:
        return wish, free_item_off(reward.code, reward.sku, lines, wish.quantity)
    if rate is None or wish.points is None or reward.kind != "discount":
        return wish, None
    if not content.goods:
        raise NothingToTakeOff(reward=reward.code, missing=0)
    points = points_needed(rate, wish.points, content.goods)
    return msgspec.structs.replace(wish, points=points), points_off(
        reward.code, worth_of(rate, points), lines
    )


def _taken_off(content: Content, off: Off) -> Content:
    return msgspec.structs.replace(
        content,
        lines=with_off(content.lines, off),
        shipping_off=content.shipping_off + off.shipping,
        offs=(*content.offs, off),
    )


def _all_back(content: Content) -> Content:
    lines = (msgspec.structs.replace(line, returned=line.quantity) for line in content.lines)
    return msgspec.structs.replace(content, lines=tuple(lines))


async def _let_go(tx: Transaction, parts: Parts, session: Session, now: datetime) -> None:
    if session.member_id != NOBODY:
        await lock_purses(tx, [session.member_id])
    if session.content.codes:
        await release_vouchers(tx, session.content.reservation, now)
    await parts.rewards.hold(tx, session.program_id, [one.redemption for one in session.content.taken])
    for one in session.content.taken:
        await parts.rewards.release(tx, session.program_id, one.redemption, now)


async def _locked(tx: Transaction, program_id: int, number: int) -> Session:
    session = await store.select_session(tx, program_id, number, lock=True)
    if session is None:
        raise UnknownCheckout
    return session


async def _open(tx: Transaction, program_id: int, number: int, now: datetime) -> Session:
    session = await _locked(tx, program_id, number)
    if session.status != Status.OPEN or session.expires_at <= now:
        raise CheckoutClosed(became=session.standing(now).value)
    return session


def _check_kept(session: Session) -> None:
    if not session.content.lines:
        raise CheckoutErased


def _noted(session: Session, step: Step) -> Session:
    """Return a checkout that remembers a step."""
    content = session.content
    return msgspec.structs.replace(
        session, content=msgspec.structs.replace(content, history=(*content.history, step))
    )


def _without_change(history: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return steps before another change: of changes in a row only the last is kept, so that no basket grows."""
    return history[:-1] if history and history[-1].did == Did.CHANGED else history


def _pieces_of(before: Content, after: Content, named: Sequence[Named] | None) -> dict[int, int]:
    """Return how many pieces of which rewards a return brought back, of those that are things of their own."""
    pieces: dict[int, int] = {}
    if named is not None:
        for one in named:
            pieces[one.redemption] = pieces.get(one.redemption, 0) + one.quantity
        return pieces
    came = {one.redemption: one.returned for one in before.things}
    left = {one.redemption: one.returned - came[one.redemption] for one in after.things}
    return {redemption: some for redemption, some in left.items() if some}
