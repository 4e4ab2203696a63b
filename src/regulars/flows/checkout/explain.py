"""Why a basket costs what it costs, in sentences: each voucher, each reward, what is left, what came back. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from regulars.flows.checkout.model import Content, Off, Session, Taken
from regulars.kit.money import format_money
from regulars.kit.points import format_points


def sentences_of(session: Session, currency: str, scales: Mapping[str, int]) -> list[str]:
    """Say in plain English what was taken off a basket, in its order, by what, and what there is to pay.

    `scales`: the decimals of each point type.
    """
    return list(_sentences(session, currency, scales))


def _sentences(session: Session, currency: str, scales: Mapping[str, int]) -> Iterator[str]:
    content = session.content
    goods = sum(line.amount for line in content.lines)
    yield f"The goods cost {format_money(goods, currency)} {currency} in {len(content.lines)} lines."
    for off in content.offs:
        yield _off(off, content, currency)
    for one in content.taken:
        yield _taken(one, currency, scales.get(one.point_type, 0))
    if content.shipping:
        left = format_money(content.shipping - content.shipping_off, currency)
        yield f"The shipping costs {format_money(content.shipping, currency)}; {left} of it are paid."
    yield f"{format_money(content.to_pay, currency)} {currency} are to be paid in money."
    yield f"{format_money(content.goods, currency)} {currency} of that are for goods and count for points."
    if session.order_id:
        yield f"It became the order {session.order_id}, which is rated as {session.sale}."
    if any(line.returned for line in content.lines):
        part = content.returned_part()
        yield f"{part.numerator}/{part.denominator} of the goods came back."
    for one in content.taken:
        if one.returned or one.points_back or one.money_back:
            yield _back(one, content, currency, scales.get(one.point_type, 0))
    if content.returned_money:
        yield f"{format_money(content.returned_money, currency)} {currency} went back in all."


def _off(off: Off, content: Content, currency: str) -> str:
    lines = ", ".join(
        f"{format_money(amount, currency)} of {content.lines[place].sku}"
        for place, amount in sorted(off.lines.items())
    )
    said = f"The {off.source} {off.code} takes off {format_money(off.amount, currency)}"
    if lines:
        said += f": {lines}"
    if off.shipping:
        said += f"; {format_money(off.shipping, currency)} of the shipping"
    if off.add_item:
        said += f"; {off.add_item} is to be put in free"
    return f"{said}."


def _taken(one: Taken, currency: str, scale: int) -> str:
    pieces = f"{one.quantity} times the" if one.quantity > 1 else "The"
    cost = "cost" if one.quantity > 1 else "costs"
    return f"{pieces} reward {one.reward} {cost} {_points_and_money(one.points, one.money, one, currency, scale)}."


def _back(one: Taken, content: Content, currency: str, scale: int) -> str:
    back = _points_and_money(one.points_back, one.money_back, one, currency, scale)
    if content.share_back(one.reward) is None:
        return f"{one.returned} of {one.quantity} of the reward {one.reward} came back: {back}."
    return f"Of the reward {one.reward} {back} came back with its lines."


def _points_and_money(points: int, money: int, one: Taken, currency: str, scale: int) -> str:
    said = f"{format_points(points, scale)} {one.point_type}"
    return f"{said} and {format_money(money, currency)} {currency}" if money else said
