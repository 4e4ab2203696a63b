"""What comes back of an order: lines with what took money off them, rewards by name, shipping and codes at last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

import msgspec

from regulars.core.ledger import lock_purses
from regulars.features.vouchers import return_vouchers
from regulars.flows.checkout.errors import InvalidCheckout, MoreThanBought
from regulars.flows.checkout.model import NOBODY, Content, Line, Named, Session, Status, Taken
from regulars.flows.checkout.port import Parts
from regulars.infra.db import Transaction
from regulars.kit.errors import Conflict, FieldError
from regulars.kit.ids import encode


async def take_back(
    tx: Transaction,
    parts: Parts,
    session: Session,
    content: Content,
    named: Sequence[Named] | None,
    now: datetime,
) -> tuple[Session, dict[str, int]]:
    """Give back what makes the lines of `content` come back in all, and rewards; return the points by type with it.

    Shipping and codes come back with the last line, once, whatever rewards stay.
    """
    before = session.content
    whole = content.returned_part() == 1
    last_line = whole and before.returned_part() != 1
    if session.member_id != NOBODY:
        await lock_purses(tx, [session.member_id])
    if last_line and before.codes and before.offs:
        await return_vouchers(tx, session.program_id, session.content.reservation, now=now)
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
) -> tuple[tuple[Taken, ...], dict[str, int], int]:
    """Give rewards back; return them as they are then, with the points by type and the money that went back."""
    await parts.rewards.hold(tx, session.program_id, [one.redemption for one in content.taken])
    points: dict[str, int] = {}
    money = 0
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
            left, money = back.taken, money + back.money
            if back.points:
                points[one.point_type] = points.get(one.point_type, 0) + back.points
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


def check_named(content: Content, named: Sequence[Named]) -> None:
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
