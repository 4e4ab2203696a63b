"""Pricing a basket and setting everything aside; closing it into an order; opening it again; giving parts back.

Locks in one order: the checkout, the member's purse, codes, counters, pieces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
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
    return_vouchers,
    use_vouchers,
)
from regulars.features.webhooks import tell
from regulars.flows.checkout import store
from regulars.flows.checkout.errors import (
    CheckoutClosed,
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
    Line,
    Named,
    Off,
    Session,
    Status,
    Taken,
    Wish,
    check_lines,
    discount_off,
    free_item_off,
    points_needed,
    points_off,
    with_off,
)
from regulars.flows.checkout.port import Parts
from regulars.infra.db import Transaction, failpoint
from regulars.kit.errors import Conflict, FieldError
from regulars.kit.ids import encode


async def read_checkout(tx: Transaction, program_id: int, number: int) -> Session:
    """Return a checkout as it is. Refuses with UnknownCheckout."""
    session = await store.select_session(tx, program_id, number)
    if session is None:
        raise UnknownCheckout
    return session


async def open_checkout(
    tx: Transaction, parts: Parts, program_id: int, member_id: int | None, asked: Content, now: datetime
) -> Session:
    """Price a basket with vouchers, rewards and points, and set all of it aside for `asked.hold_s` seconds.

    Refuses with InvalidCheckout, MemberNeeded, NothingToTakeOff, and what vouchers and redemption refuse.
    """
    number = (await next_batch_id(tx) << 20) + 1
    expires = now + timedelta(seconds=asked.hold_s)
    session = Session(
        member_id or NOBODY, number, program_id, Status.OPEN.value, "", asked, now, expires, None
    )
    session = await _set_aside(tx, parts, session, now)
    await store.insert_session(tx, session)
    return session


async def change_checkout(
    tx: Transaction, parts: Parts, program_id: int, number: int, asked: Content, now: datetime
) -> Session:
    """Price another basket instead: what was set aside is let go, and all is set aside anew."""
    session = await _open(tx, program_id, number, now)
    await _let_go(tx, parts, session, now)
    asked = msgspec.structs.replace(asked, turn=session.content.turn, closes=session.content.closes)
    session = msgspec.structs.replace(
        session, content=asked, expires_at=now + timedelta(seconds=asked.hold_s)
    )
    session = await _set_aside(tx, parts, session, now)
    await store.update_session(tx, session)
    return session


async def close_checkout(
    tx: Transaction, parts: Parts, program_id: int, number: int, order_id: str, now: datetime
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
            order_id=_order_of(session),
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
    await store.update_session(tx, session)
    done = await parts.sales.completed(tx, session, now)
    await _tell(tx, session, "checkout.closed", now)
    failpoint("after_checkout_earned_before_commit")
    return session, done


async def cancel_checkout(
    tx: Transaction, parts: Parts, program_id: int, number: int, now: datetime
) -> Session:
    """Let an open checkout go: everything that was set aside is free again."""
    session = await _locked(tx, program_id, number)
    if session.status != Status.OPEN:
        raise CheckoutClosed(became=session.status)
    await _let_go(tx, parts, session, now)
    session = msgspec.structs.replace(session, status=Status.CANCELLED.value, closed_at=now)
    await store.update_session(tx, session)
    await _tell(tx, session, "checkout.cancelled", now)
    return session


async def reopen_checkout(
    tx: Transaction, parts: Parts, program_id: int, number: int, now: datetime
) -> Session:
    """Undo a closed checkout and open it again: its order is taken back whole, and all is set aside anew."""
    session = await _locked(tx, program_id, number)
    if session.status != Status.CLOSED:
        raise CheckoutClosed(became=_became(session, now))
    content = session.content
    session, _ = await _take_back(tx, parts, session, _all_back(content), None, now)
    fresh = Content(
        lines=tuple(msgspec.structs.replace(line, off=0, returned=0) for line in content.lines),
        shipping=content.shipping,
        codes=content.codes,
        wishes=content.wishes,
        store=content.store,
        hold_s=content.hold_s,
        turn=content.turn,
        closes=content.closes,
    )
    session = msgspec.structs.replace(
        session,
        status=Status.OPEN.value,
        order_id="",
        content=fresh,
        expires_at=now + timedelta(seconds=content.hold_s),
        closed_at=None,
    )
    session = await _set_aside(tx, parts, session, now)
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
) -> tuple[Session, dict[str, int]]:
    """Give pieces of lines (place of the line → pieces) and of rewards back: money and points as they were paid.

    What took money off lines comes back with them. Of rewards that are things of their own those come back that are
    named in `rewards`; with None, nothing of them until the last line, and then all. Return it with the money and
    points that went back. Refuses with CheckoutClosed, InvalidCheckout, MoreThanBought (fact `left`), and what
    redemption refuses.
    """
    session = await _locked(tx, program_id, number)
    if session.status not in (Status.CLOSED, Status.PART_RETURNED):
        raise CheckoutClosed(became=_became(session, now))
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
    _check_named(before, rewards or ())
    session, points = await _take_back(
        tx, parts, session, msgspec.structs.replace(before, lines=tuple(lines)), rewards, now
    )
    await store.update_session(tx, session)
    back = {"money": session.content.returned_money - before.returned_money, "points": points}
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


def _check_named(content: Content, named: Sequence[Named]) -> None:
    """Refuse rewards that are not things of this checkout, and more of them than is known to be left."""
    left = {one.redemption: one.quantity - one.returned for one in content.things}
    known = ", ".join(encode("rdm", redemption) for redemption in left)
    with_lines = {one.redemption for one in content.taken} - set(left)
    for place, one in enumerate(named):
        path = f"rewards[{place}].redemption"
        if one.redemption in with_lines:
            error = FieldError(path, "comes_with_lines", "It took money off lines: name those lines instead.")
        elif one.redemption not in left and known:
            error = FieldError(path, "unknown_reward", f"Name a reward of this checkout: {known}.")
        elif one.redemption not in left:
            error = FieldError(path, "unknown_reward", "No reward of this checkout comes back by its name.")
        elif one.quantity < 1:
            error = FieldError(f"rewards[{place}].quantity", "out_of_range", "Write pieces, at least 1.")
        else:
            left[one.redemption] = _left_after(one, place, left[one.redemption])
            continue
        raise InvalidCheckout(errors=[error])


def _left_after(named: Named, place: int, left: int) -> int:
    """Return how many pieces are left after these. Refuses with MoreThanBought."""
    path, redemption = f"rewards[{place}].quantity", encode("rdm", named.redemption)
    if not left:
        error = FieldError(path, "more_than_taken", "All of it has come back: leave it out.")
        raise MoreThanBought(errors=[error], redemption=redemption, left=left)
    if named.quantity > left:
        error = FieldError(path, "more_than_taken", f"Write at most {left}: no more is left.")
        raise MoreThanBought(errors=[error], redemption=redemption, left=left)
    return left - named.quantity


async def _take_back(
    tx: Transaction,
    parts: Parts,
    session: Session,
    content: Content,
    named: Sequence[Named] | None,
    now: datetime,
) -> tuple[Session, int]:
    """Give back what makes the lines of `content` come back in all, and rewards; return the points with it.

    Shipping and codes come back with the last line, once, whatever rewards stay.
    """
    before = session.content
    whole = content.returned_part() == 1
    last_line = whole and before.returned_part() != 1
    if session.member_id != NOBODY:
        await lock_purses(tx, [session.member_id])
    if last_line and before.codes and before.offs:
        await return_vouchers(tx, session.program_id, _order_of(session), now=now)
    taken, points_back, reward_money = await _rewards_back(tx, parts, session, content, named, now)
    goods = _money_of(content.lines) - _money_of(before.lines)
    shipping = before.shipping - before.shipping_off if last_line else 0
    content = msgspec.structs.replace(
        content, taken=taken, returned_money=before.returned_money + goods + reward_money + shipping
    )
    nothing_left = whole and all(one.returned >= one.quantity for one in content.things)
    status = Status.RETURNED if nothing_left else Status.PART_RETURNED
    done = msgspec.structs.replace(session, status=status.value, content=content)
    if content.lines != before.lines:
        await parts.sales.refunded(tx, done, before, goods, now)
    return done, points_back


async def _rewards_back(
    tx: Transaction,
    parts: Parts,
    session: Session,
    content: Content,
    named: Sequence[Named] | None,
    now: datetime,
) -> tuple[tuple[Taken, ...], int, int]:
    """Give rewards back; return them as they are then, with the points and the money that went back."""
    await parts.rewards.hold(tx, session.program_id, [one.redemption for one in content.taken])
    points = money = 0
    after = []
    for one in content.taken:
        left = one
        for wanted in _wanted(content, one, named):
            try:
                back = await parts.rewards.give_back(tx, session.program_id, left, wanted, now)
            except Conflict as refusal:
                if content.share_back(one.reward) is None:
                    refusal.errors = (_what_instead(refusal, wanted, named),)
                raise
            left, points, money = back.taken, points + back.points, money + back.money
        after.append(left)
    return tuple(after), points, money


def _wanted(content: Content, one: Taken, named: Sequence[Named] | None) -> Sequence[Fraction | Named]:
    """Return what of a reward comes back: its lines' share; pieces that were named; or all with the last line."""
    share = content.share_back(one.reward)
    if share is not None:
        return [share]
    if named is not None:
        return [piece for piece in named if piece.redemption == one.redemption]
    return [Fraction(1)] if content.returned_part() == 1 else []


def _what_instead(refusal: Conflict, wanted: Fraction | Named, named: Sequence[Named] | None) -> FieldError:
    """Say how the rest comes back where a reward does not."""
    if isinstance(wanted, Named) and named:
        path = f"rewards[{named.index(wanted)}]"
        return FieldError(path, refusal.code, "Leave it out: it stays with the member.")
    return FieldError(
        "rewards",
        refusal.code,
        "Return lines and name the rewards that come back, [] for none; the others stay.",
    )


def _money_of(lines: Sequence[Line]) -> int:
    """Return what was paid for the pieces that came back; parts of a line add up to it."""
    return sum(line.net * line.returned // line.quantity for line in lines)


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
        raise CheckoutClosed(became=_became(session, now))
    return session


def _became(session: Session, now: datetime) -> str:
    overdue = session.status == Status.OPEN and session.expires_at <= now
    return "expired" if overdue else session.status


def _order_of(session: Session) -> str:
    """Vouchers are used for this opening of this checkout, whatever the shop calls the order."""
    return session.content.reservation
