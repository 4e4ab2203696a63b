"""What members took for points, priced again: by the rules of the day and by the draft.

A price is decided at the instant at which the reward was set aside, by what was true of the member then; what was
captured in part or came back counts for its part. Who would have paid less is taken to have done the same.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec

from regulars.core.events import Event, EventKind, encode_doc
from regulars.core.rules import REWARD_REDEEMED
from regulars.features.rewards import Change, Priced, Reward, part_of, price_of, rule_facts
from regulars.flows.accrual.insight import SYSTEM_SOURCE_ID, Item, Rulebook, instant
from regulars.flows.simulation.model import Row

_WHOLE = Fraction(1)


class Stored(msgspec.Struct, frozen=True):
    """A redemption as it is read; `held` = what was set aside, where it was; instants in microseconds."""

    point_type_id: int
    quantity: int
    points: int
    points_back: int
    returned: str
    store: str
    price: Priced
    held: int | None
    spend_id: int | None
    moved: bool
    confirmed_at: int


class Paid(msgspec.Struct, frozen=True):
    """What was asked for and what became of it: `listed` (smallest units) for all pieces that were set aside.

    `part` of it was captured, `returned` of that came back; `points` were paid for it, and `points_back` given back.
    """

    reward: str
    point_type: str
    point_type_id: int
    scale: int
    listed: int
    part: Fraction
    returned: Fraction
    points: int
    points_back: int

    def price(self, changes: tuple[Change, ...]) -> Priced:
        """Return what it would have cost with these changes, all pieces together."""
        return price_of(self.listed, 0, changes)

    def kept(self, points: int) -> int:
        """Return what of a price stayed paid: for the captured part, less what came back."""
        captured = part_of(points, self.part)
        return captured - part_of(captured, self.returned)


class Purchase(msgspec.Struct, frozen=True):
    """A redemption of the past: the asking and the taking, as events that rules look at.

    `key` = the key of the event that was raised when rules listened; `moved`: its member was merged in between;
    `taken_by` = the id of what took the points, in whose batch it was taken.
    """

    paid: Paid
    key: str
    considered: Item
    redeemed: Item
    at_once: bool
    moved: bool
    taken_by: int


_stored = msgspec.json.Decoder(Stored).decode
_reward = msgspec.json.Decoder(Reward).decode


def purchase_of(row: Row, book: Rulebook) -> Purchase:
    """Return a redemption that was read among the events of its member."""
    stored, reward = _stored(row.outcome or ""), _reward(row.doc)
    code = book.points_by_id[stored.point_type_id].code
    listed, quantity, part = _asked(stored, reward)
    taken = rule_facts(reward, code, stored.price.listed, stored.quantity, stored.store)
    taken |= {"paid_points": stored.points, "paid_money": stored.price.money}
    key = f"redemption/{row.id}"
    paid = Paid(
        reward=reward.code,
        point_type=code,
        point_type_id=stored.point_type_id,
        scale=book.terms.point_types[code].scale,
        listed=listed,
        part=part,
        returned=Fraction(stored.returned),
        points=stored.points,
        points_back=stored.points_back,
    )
    return Purchase(
        paid=paid,
        key=key,
        considered=_item("", row.occurred_at, rule_facts(reward, code, listed, quantity, stored.store)),
        redeemed=_item(key, stored.confirmed_at, taken),
        at_once=stored.confirmed_at == row.occurred_at,
        moved=stored.moved,
        taken_by=stored.spend_id or row.id,
    )


def _asked(stored: Stored, reward: Reward) -> tuple[int, int, Fraction]:
    """Return (listed points, pieces) of what was set aside, and which part of it was captured."""
    price, held = stored.price, stored.held
    if held is None:
        return price.listed, stored.quantity, _WHOLE
    if reward.price.rate is not None:
        return price.listed, stored.quantity, Fraction(stored.points, held)
    listed = held + sum(change.off for change in price.changes)
    quantity = listed // reward.price.points
    return listed, quantity, Fraction(stored.quantity, quantity)


def _item(key: str, at: int, facts: dict[str, Any]) -> Item:
    event = Event(
        occurred_at=instant(at), key=key, type=REWARD_REDEEMED, kind=EventKind.SYSTEM, properties=facts
    )
    return Item(SYSTEM_SOURCE_ID, event, encode_doc(event), at, b"")
