"""A small program with rules that a cashier can check in her head, and the shortest way to send it events."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from regulars.app.intake_port import item_of
from regulars.app.known_sources import source_for
from regulars.core.events import Event, decode_plain
from regulars.core.ledger import Side
from regulars.features.programs import ProgramConfig, issue_write_key, load_config, program_by_code
from regulars.flows.accrual import Item, Receipt, Rulebooks, accrue, micros
from regulars.flows.apply import apply_document, read_source
from regulars.flows.intake import Source
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

PROGRAM = """
program: {code: corner, name: Corner Shop, currency: EUR, zone: Europe/Vilnius, region: LT}
stores:
  - {code: north, name: North, region: north}
  - {code: web, name: Web, channel: web}
sources:
  - {code: till, name: Till, enrol: true}
point_types:
  - {code: points, name: Points, policy: {expiry: {rolling_months: 12}, debt: {allowed: true, max: 100000}}}
  - {code: net, name: Net points, kind: qualifying}
tier_sets:
  - code: club
    name: Club
    metric: {of: points, point_type: net}
    tiers:
      - {code: bronze, name: Bronze, threshold: 0, award: {point_type: points, points: 100}}
      - {code: silver, name: Silver, threshold: 100, award: {point_type: points, points: 500}}
rules:
  - code: base
    name: A point a euro
    trigger: {event: Order Completed}
    then:
      - award: {point_type: points, per_amount: {points: 1, per: "1.00", of: order.amount}}
      - award: {point_type: net, per_amount: {points: 1, per: "1.00", of: order.amount}}
  - code: first
    name: First purchase
    trigger: {milestone: first_purchase}
    then:
      - award: {point_type: points, points: 50}
  - code: tea
    name: Five points for every packet of tea
    trigger: {event: Order Completed}
    then:
      - award: {point_type: points, per_line: {points: 5, per: unit, where: {combinator: and, rules: [{field:
      category, operator: "=", value: Tea}]}}}
  - code: capped
    name: Ten points in the north while they last
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: store, operator: "=", value: north}]}
    then:
      - award: {point_type: points, points: 10}
    limits:
      - {measure: points, point_type: points, max: 200, per: rule, period: lifetime}
      - {measure: count, max: 3, per: member, period: day}
  - code: silver-double
    name: Silver members earn double
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: member.tier.club, operator: "=", value: silver}]}
    then:
      - award: {point_type: points, multiply: {rule: base, by: 2}}
publish: true
products:
  - {sku: TEA, name: Tea, category: Tea}
  - {sku: MUG, name: Mug, category: Home}
  - {sku: CARD, name: Gift card, category: Gift cards, earns: false}
"""

# The least of a program: what a test adds to it is all that counts there.
CORNER = """
program: {code: corner, name: Corner, currency: EUR, zone: Europe/Vilnius, region: LT}
sources: [{code: till, name: Till, enrol: true}]
point_types: [{code: points, name: Points}]
"""

_exact = msgspec.json.Decoder(float_hook=Decimal).decode


class Shop:
    """The program of these tests with a till."""

    def __init__(self, db: Database, clock: FixedClock, config: ProgramConfig, till: Source) -> None:
        self.db = db
        self.clock = clock
        self.config = config
        self.till = till
        self.program_id = till.program_id
        self.rulebooks = Rulebooks()
        self._numbers = count(1)

    async def write_key(self) -> str:
        """Return a new write key of the till."""
        async with self.db.transaction() as tx:
            issued = await issue_write_key(
                tx, self.program_id, self.till.id, self.till.code, self.clock.now()
            )
        return issued.key

    def event(self, event_type: str, user: str = "anna", **fields: Any) -> Event:
        """Return an event as the till sends it; a key of its own unless `id` says another."""
        fields.setdefault("id", f"msg-{next(self._numbers)}")
        fields.setdefault("occurred_at", self.clock.now().isoformat())
        message = {"type": event_type, "member": {"user_id": user}, **fields}
        decoded = decode_plain(_exact(msgspec.json.encode(message)), self.till.origin, self.clock.now())
        assert isinstance(decoded, Event), decoded
        return decoded

    def order(self, order_id: str, amount: str, user: str = "anna", **fields: Any) -> Event:
        """Return an order; `lines` = [(sku, quantity, price of one)]."""
        lines = [{"sku": sku, "quantity": n, "price": price} for sku, n, price in fields.pop("lines", [])]
        order = {"order_id": order_id, "revenue": amount, "lines": lines}
        return self.event("Order Completed", user, order=order, **fields)

    def refund(self, order_id: str, user: str = "anna", **fields: Any) -> Event:
        """Return a refund: whole, of `lines` = [(sku, quantity)], or of a `total`."""
        order: dict[str, Any] = {"order_id": order_id}
        if "lines" in fields:
            order["lines"] = [{"sku": sku, "quantity": n} for sku, n in fields.pop("lines")]
        if "total" in fields:
            order["total"] = fields.pop("total")
        return self.event("Order Refunded", user, order=order, **fields)

    def items(self, events: list[Event]) -> list[Item]:
        """Return events as accrual takes them."""
        return [item_of(self.till, event) for event in events]

    async def send(self, *events: Event) -> Receipt:
        """Rate events in one batch."""
        return await accrue(self.db, self.rulebooks, self.program_id, self.items(list(events)), self.now)

    @property
    def now(self) -> int:
        """The clock in microseconds."""
        return micros(self.clock.now())


async def open_shop(db: Database, clock: FixedClock, folder: Path, text: str = PROGRAM) -> Shop:
    """Apply the program and return its till."""
    path = folder / "program.yaml"
    path.write_text(text)
    document = read_source(path).document
    assert document.program is not None
    async with db.transaction() as tx:
        await apply_document(tx, document, document.program.code, may_create=True, now=clock.now())
        program = await program_by_code(tx, document.program.code)
        config = await load_config(tx, program.id)
    till = source_for(config, config.sources_by_code["till"])
    return Shop(db, clock, config, till)


def points(receipt: Receipt, place: int = -1) -> dict[str, int]:
    """Return what the event at `place` awarded, by point type."""
    outcome = receipt.answers[place].outcome
    assert outcome is not None
    given: dict[str, int] = {}
    for granted in outcome.granted:
        code = receipt.rulebook.points_by_id[granted.point_type_id].code
        given[code] = given.get(code, 0) + granted.amount
    return given


def wallet(receipt: Receipt, code: str = "points", place: int = -1) -> tuple[int, int]:
    """Return (available, debt) of the member of the event at `place`, after its batch."""
    member_id = receipt.answers[place].member_id
    assert member_id is not None
    slot = receipt.rulebook.points[code].terms.slot
    purse = receipt.works[member_id].purse
    return purse.balance(slot, Side.AVAILABLE), purse.balance(slot, Side.DEBT)


def tier(receipt: Receipt, place: int = -1) -> str:
    """Return the member's tier after the batch."""
    member_id = receipt.answers[place].member_id
    assert member_id is not None
    return str(receipt.works[member_id].state.t["club"].tier)
