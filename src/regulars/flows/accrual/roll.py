"""The roll of a batch: what gathering asks about its events, noted in one walk over them; and whose each of them is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from regulars.core.events import ORDER_COMPLETED, Event, EventStatus
from regulars.flows.accrual.complete import complete
from regulars.flows.accrual.item import Item
from regulars.flows.accrual.orders import order_key
from regulars.flows.accrual.rulebook import Rulebook
from regulars.flows.accrual.types import MemberRow, RatedOrder

# The identifier every member has: her own id, as the platform writes it.
MEMBER_ID = "member_id"

# What the sender of an event calls its customer: what nearly every event names.
EXTERNAL_ID = "external_id"

ANONYMOUS_ID = "anonymous_id"


class Roll:
    """What a batch names. `items` are completed, `order_keys` runs beside them: the order each is, or is about.

    `ordered` = the orders it brings; `corrected` = those that corrections name; `looked_up` = these and those whose
    points an event releases; `customers` = external ids; `others` = further identifiers, each with its kind.
    """

    __slots__ = (
        "book",
        "corrected",
        "customers",
        "items",
        "looked_up",
        "order_keys",
        "ordered",
        "others",
        "strangers",
    )

    def __init__(self, items: list[Item], book: Rulebook) -> None:
        self.book = book
        self.items: list[Item] = []
        self.order_keys: list[bytes | None] = []
        self.ordered: set[bytes] = set()
        self.corrected: set[bytes] = set()
        self.looked_up: set[bytes] = set()
        self.customers: set[str] = set()
        self.others: set[tuple[str, str]] = set()
        # Whether some event may be about somebody who becomes a member by it.
        self.strangers = False
        self.call(items)

    def call(self, items: list[Item], as_they_are: bool = False) -> None:
        """Note what these items name, too; `as_they_are` = completed before."""
        book = self.book
        releasing = book.releasing
        for one in items:
            item = one
            if as_they_are:
                item.note()
            else:
                item = complete(one, book)
            self.items.append(item)
            key = item.order_key
            if key is None:
                pass
            elif item.corrects:
                self.corrected.add(key)
                self.looked_up.add(key)
            elif item.type == ORDER_COMPLETED:
                self.ordered.add(key)
            if releasing and item.type in releasing:
                key = order_key_of(item.event, book)
                if key is not None:
                    self.looked_up.add(key)
            self.order_keys.append(key)
            if item.user_id:
                self.customers.add(item.user_id)
            if item.identified or item.introduces:
                if item.identified or item.anonymous_id:
                    self._note_identifiers(item.event)
            elif item.anonymous_id:
                self.others.add((ANONYMOUS_ID, item.anonymous_id))
            if item.enrol or item.introduces:
                self.strangers = True

    def _note_identifiers(self, event: Event) -> None:
        for kind, value in identifiers_of(event):
            if kind == EXTERNAL_ID:
                self.customers.add(value)
            else:
                self.others.add((kind, value))


def order_key_of(event: Event, book: Rulebook) -> bytes | None:
    """Return the key of the order an event is, or is about."""
    if event.order is not None:
        return order_key(event.order.order_id)
    if event.type in book.releasing:
        named = event.properties.get("order_id")
        return order_key(str(named)) if named else None
    return None


def identifiers_of(event: Event) -> Iterator[tuple[str, str]]:
    """Yield every identifier an event carries."""
    if event.user_id:
        yield EXTERNAL_ID, event.user_id
    yield from event.identifiers.items()
    if event.anonymous_id:
        yield ANONYMOUS_ID, event.anonymous_id
    if event.previous_id:  # of an alias: what she was called before she had a name
        yield ANONYMOUS_ID, event.previous_id


class Resolution:
    """Identifiers that are known, and the members they lead to."""

    __slots__ = ("known", "members")

    def __init__(self, known: dict[tuple[str, str], int], members: dict[int, MemberRow]) -> None:
        self.known = known
        self.members = members

    def member_of(self, item: Item, order: tuple[str, ...]) -> int:
        """Return the member an event is about, 0 when nobody known. The program's order of identifiers decides.

        A browser says who somebody is only when nothing else does: two people may use one.
        """
        if item.user_id and not item.identified:  # most events name nothing but their customer
            return self.known.get((EXTERNAL_ID, item.user_id), 0) if EXTERNAL_ID in order else 0
        event = item.event
        named = bool(event.user_id or event.identifiers)
        for kind in (MEMBER_ID, *order):
            value = None if named and kind == ANONYMOUS_ID else _identifier(event, kind)
            member_id = self.known.get((kind, value)) if value else None
            if member_id is not None:
                return member_id
        return 0


def _identifier(event: Event, kind: str) -> str | None:
    """Return what an event says of a kind: user_id is the external_id by another name."""
    if kind == EXTERNAL_ID and event.user_id:
        return event.user_id
    if kind == ANONYMOUS_ID and event.anonymous_id:
        return event.anonymous_id
    return event.identifiers.get(kind)


def owners(roll: Roll, resolution: Resolution, orders: dict[bytes, RatedOrder]) -> list[int]:
    """Return whose each item is: of a correction, the member who made the order; else the member its identifiers lead
    to."""
    found = []
    order = roll.book.identifier_order
    for place, item in enumerate(roll.items):
        key = roll.order_keys[place] if orders and item.corrects else None
        rated = None if key is None else orders.get(key)
        found.append(resolution.member_of(item, order) if rated is None else rated.member_id)
    return found


def resolved(rows: list[tuple[Any, ...]]) -> Resolution:
    """Return what the rows say: kind and value of an identifier, then the member it leads to."""
    known: dict[tuple[str, str], int] = {}
    members: dict[int, MemberRow] = {}
    for row in rows:
        member_id = known[row[0], row[1]] = row[2]
        if member_id not in members:
            members[member_id] = MemberRow(*row[2:])
    return Resolution(known, members)


def accepted(member_of: list[int], status: list[EventStatus]) -> set[int]:
    """Return the members whose events are to be rated."""
    return {
        member_id
        for member_id, one in zip(member_of, status, strict=True)
        if member_id and one is EventStatus.ACCEPTED
    }
