"""A checkout as a value: the basket, what is taken off it and by what, what is left to pay. Pure; minor units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

import msgspec

from regulars.features.rewards import Discount, Rate, worth_of
from regulars.flows.checkout.errors import NothingToTakeOff
from regulars.kit.errors import FieldError

NOBODY: Final = 0
LINES_MAX: Final = 500
WISHES_MAX: Final = 20
# A reward may be named twice: pieces that others can take again, and broken ones.
RETURNED_REWARDS_MAX: Final = 2 * WISHES_MAX
CODES_MAX: Final = 50
HOLD_S_DEFAULT: Final = 15 * 60
HOLD_S_MAX: Final = 24 * 3600


class Status(StrEnum):
    """Where a checkout stands; an open one whose time is over holds nothing any more."""

    OPEN = "open"
    CLOSED = "closed"
    PART_RETURNED = "part_returned"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Standing(StrEnum):
    """Where a checkout stands as it is shown: `Status`, and that the time of an open one is over."""

    OPEN = "open"
    EXPIRED = "expired"
    CLOSED = "closed"
    PART_RETURNED = "part_returned"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the basket: what it costs in all, what was taken off it, how many pieces came back."""

    sku: str
    amount: int
    quantity: int = 1
    category: str = ""
    name: str = ""
    off: int = 0
    returned: int = 0

    @property
    def net(self) -> int:
        """What is paid for it."""
        return self.amount - self.off


class Wish(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reward that is to be used with the basket."""

    reward: str
    quantity: int = 1
    points: int | None = None


class Off(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a voucher or a reward takes off: in all, by the place of the line, and of the shipping."""

    source: str
    code: str
    amount: int
    lines: dict[int, int] = {}
    shipping: int = 0
    add_item: str | None = None


class Taken(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reward that is set aside for the basket, what it costs, and what of it had come back when this last looked."""

    redemption: int
    reward: str
    kind: str
    point_type: str
    points: int
    money: int
    quantity: int = 1
    returned: int = 0
    points_back: int = 0
    money_back: int = 0


class Named(msgspec.Struct, frozen=True):
    """Pieces of a reward that come back, by its redemption; `restock`: others can take them again."""

    redemption: int
    quantity: int
    restock: bool = True


class Did(StrEnum):
    """What was done with a checkout."""

    OPENED = "opened"
    CHANGED = "changed"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    RETURNED = "returned"


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that was done with a checkout, when and by whom.

    Of a return: pieces by the place of the line and by redemption, the money, and the points by type that went back.
    """

    did: Did
    at: datetime
    actor: str = ""
    order_id: str = ""
    lines: dict[int, int] = {}
    rewards: dict[int, int] = {}
    money: int = 0
    points: dict[str, int] = {}


class Back(msgspec.Struct, frozen=True):
    """A reward after something of it came back, and the points and money that went back just now."""

    taken: Taken
    points: int
    money: int


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything a checkout holds; `wishes` and `codes` as they were asked for, to lock them again.

    `turn` counts how often it was set aside, `closes` how often it became an order. `history`: the earliest step first.
    """

    lines: tuple[Line, ...]
    shipping: int = 0
    shipping_off: int = 0
    offs: tuple[Off, ...] = ()
    taken: tuple[Taken, ...] = ()
    codes: tuple[str, ...] = ()
    wishes: tuple[Wish, ...] = ()
    store: str = ""
    hold_s: int = HOLD_S_DEFAULT
    turn: int = 0
    closes: int = 0
    reservation: str = ""
    returned_money: int = 0
    history: tuple[Step, ...] = ()

    @property
    def goods(self) -> int:
        """What is paid for the goods: the part that earns."""
        return sum(line.net for line in self.lines)

    @property
    def to_pay(self) -> int:
        """What is paid in money in all."""
        return self.goods + self.shipping - self.shipping_off + sum(one.money for one in self.taken)

    @property
    def points(self) -> dict[str, int]:
        """What the rewards cost in points, by type."""
        points: dict[str, int] = {}
        for one in self.taken:
            points[one.point_type] = points.get(one.point_type, 0) + one.points
        return points

    def returned_part(self) -> Fraction:
        """Which part of the goods, by what they cost before anything was taken off, has come back."""
        whole = sum(line.amount for line in self.lines)
        if not whole:
            pieces = sum(line.quantity for line in self.lines)
            return Fraction(sum(line.returned for line in self.lines), pieces)
        return (
            Fraction(
                sum(
                    (Fraction(line.amount * line.returned, line.quantity) for line in self.lines), Fraction(0)
                )
            )
            / whole
        )

    def share_back(self, reward: str) -> Fraction | None:
        """Which part of what a reward took off stood on pieces that have come back; None: it took nothing off."""
        offs = [off for off in self.offs if off.source == "reward" and off.code == reward]
        whole = sum(off.amount for off in offs)
        if not whole:
            return self.returned_part() if offs else None
        back = Fraction(0)
        for off in offs:
            for place, amount in off.lines.items():
                back += Fraction(amount * self.lines[place].returned, self.lines[place].quantity)
        return back / whole

    @property
    def things(self) -> list[Taken]:
        """The rewards that took nothing off the basket: things of their own, which come back when they are named."""
        return [one for one in self.taken if self.share_back(one.reward) is None]


class Wanted(msgspec.Struct, frozen=True):
    """Which checkouts are looked for: opened from `since` on and before `until`; None = all.

    `status` is a Standing; `stores` are codes.
    """

    status: str | None = None
    member_id: int | None = None
    stores: Sequence[str] | None = None
    order_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Session(msgspec.Struct, frozen=True):
    """A checkout as it is stored."""

    member_id: int
    id: int
    program_id: int
    status: str
    order_id: str
    content: Content
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None

    def standing(self, now: datetime) -> Standing:
        """Where it stands at an instant: nobody writes down that the time of an open one is over."""
        overdue = self.status == Status.OPEN and self.expires_at <= now
        return Standing.EXPIRED if overdue else Standing(self.status)

    @property
    def sale(self) -> str:
        """The number under which its order is rated: an order that was undone is not rated again, its successor is."""
        again = self.content.closes
        return self.order_id if again <= 1 else f"{self.order_id}/{again}"


def spread(amount: int, lefts: Sequence[int]) -> list[int]:
    """Return an amount spread by what is left, rounded down; odd units to the largest remainders, earlier first."""
    whole = sum(lefts)
    if not whole:
        return [0] * len(lefts)
    shares = [amount * left // whole for left in lefts]
    order = sorted(range(len(lefts)), key=lambda place: -(amount * lefts[place] % whole))
    for place in order[: amount - sum(shares)]:
        shares[place] += 1
    return shares


def discount_off(code: str, discount: Discount, lines: Sequence[Line], quantity: int) -> Off:
    """Return what a discount reward takes off what is left of the lines. Refuses with NothingToTakeOff."""
    if sum(line.amount for line in lines) < discount.minimum:
        missing = discount.minimum - sum(line.amount for line in lines)
        raise NothingToTakeOff(reward=code, missing=missing)
    lefts = [line.net if _meant(discount, line) else 0 for line in lines]
    left = sum(lefts)
    if discount.percent is not None:
        percent = min(Decimal(100), discount.percent * quantity)
        wanted = int((left * percent / 100).to_integral_value(ROUND_FLOOR))
    else:
        wanted = (discount.amount or 0) * quantity
    if discount.most is not None:
        wanted = min(wanted, discount.most * quantity)
    wanted = min(wanted, left)
    if not wanted:
        raise NothingToTakeOff(reward=code, missing=0)
    return _off(code, spread(wanted, lefts))


def free_item_off(code: str, sku: str, lines: Sequence[Line], quantity: int) -> Off:
    """Return what a free item takes off: pieces of its product at what one still costs.

    Refuses with NothingToTakeOff.
    """
    offs, left = [0] * len(lines), quantity
    for place, line in enumerate(lines):
        pieces = min(left, line.quantity) if line.sku == sku else 0
        offs[place] = line.net * pieces // line.quantity
        left -= pieces
    if left:
        raise NothingToTakeOff(reward=code, missing=left)
    return _off(code, offs)


def points_off(code: str, worth: int, lines: Sequence[Line]) -> Off:
    """Return what points take off the order at a rate."""
    lefts = [line.net for line in lines]
    return _off(code, spread(min(worth, sum(lefts)), lefts))


def points_needed(rate: Rate, chosen: int, left: int) -> int:
    """Return how many of the chosen points are used where fewer pay all that is left."""
    if worth_of(rate, chosen) <= left:
        return chosen
    needed = -(-left * rate.points // rate.worth)
    return min(chosen, max(rate.least, -(-needed // rate.step) * rate.step))


def with_off(lines: Sequence[Line], off: Off) -> tuple[Line, ...]:
    """Return the lines with what was taken off them."""
    return tuple(
        msgspec.structs.replace(line, off=line.off + off.lines.get(place, 0))
        for place, line in enumerate(lines)
    )


def check_lines(lines: Sequence[Line], shipping: int) -> list[FieldError]:
    """Return what is wrong with a basket."""
    errors = []
    if not 1 <= len(lines) <= LINES_MAX:
        errors.append(FieldError("lines", "out_of_range", f"A basket has 1 to {LINES_MAX} lines."))
    if shipping < 0:
        errors.append(FieldError("shipping", "out_of_range", "Write minor units, 0 or more."))
    return errors


def _meant(discount: Discount, line: Line) -> bool:
    if discount.on == "line":
        return line.sku == discount.match
    if discount.on == "category":
        return line.category == discount.match or line.category.startswith(f"{discount.match}/")
    return True


def _off(code: str, offs: Sequence[int]) -> Off:
    return Off("reward", code, sum(offs), {place: off for place, off in enumerate(offs) if off})
