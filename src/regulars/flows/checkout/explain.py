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
    if content.returned_money:
        part = content.returned_part()
        back = format_money(content.returned_money, currency)
        yield f"{part.numerator}/{part.denominator} of it came back: {back} {currency}."


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
    money = f" and {format_money(one.money, currency)} {currency}" if one.money else ""
    return f"The reward {one.reward} costs {format_points(one.points, scale)} {one.point_type}{money}."
