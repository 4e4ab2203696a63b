"""What the stages of accrual hand to each other, in order: Batch → Gathered → Decided → Receipt. Each is
written
once.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from regulars.core.events import EventStatus
from regulars.core.ledger import Lot, Purse
from regulars.flows.accrual.item import Item
from regulars.flows.accrual.rulebook import Rulebook

# The largest micro-batch. Beyond this a transaction holds its members too long for the till that waits
# behind it; below
# 500 the commit's fsync is no longer shared by enough events (`regulars bench accrual --batch N`).
BATCH_EVENTS_MAX = 2_500

# Internal events (a tier changed, a wallet changed) that one event may cause, one after the other, before we
# stop
# and say so.
CASCADE_EVENTS_MAX = 16

# The source id of events the platform raises itself, and the namespace in which an order is rated once.
SYSTEM_SOURCE_ID = -1
ORDER_NAMESPACE_ID = 0

# The cause of an outcome in which rules had no say, because the member's earning is blocked.
EARNING_BLOCKED = "earning_blocked"
# The cause of a correction of an order of which everything had come back before.
NOTHING_LEFT = "nothing_left_of_the_order"
# The cause of a refund of more than was left of its order: what is beyond it takes nothing back.
MORE_THAN_LEFT = "more_than_was_left"
# The cause of a correction that came late: the order was told anew, as it was after it.
TOLD_ANEW = "order_updated_since"
# The cause of a correction that came through a partner's own source, of an order of another partner.
OTHERS = "order_of_another_partner"
# The cause of a correction of an order of somebody who was erased: nobody knows what it was.
ERASED = "member_erased"


class Batch(msgspec.Struct, frozen=True):
    """Events of one program that share a transaction. `received_at` is in microseconds since 1970."""

    rulebook: Rulebook
    items: list[Item]
    received_at: int


class MemberRow(msgspec.Struct, frozen=True):
    """A member as rules see her, and as she was when the batch was gathered."""

    id: int
    status: str
    earning_blocked: bool
    joined_at: int
    zone: str | None
    birthday: date | None
    attributes: dict[str, Any]
    tags: list[str]
    lists: list[str]


class RatedOrder(msgspec.Struct, frozen=True):
    """An order that was rated before: what it said and what came of it, after the corrections so far.

    `member_id` is whose it is now; `stored_under` the member it was rated for, when another one took her
    place since; `merged` whether she ever was another's. `bought` is what the order said at first, where it was
    corrected, and `corrections` what was said of it since, as it happened. A redemption that comes back is kept like an
    order; of it `first` says what came of it before anything came back.
    """

    member_id: int
    event_id: int
    occurred_at: int
    doc: str
    outcome: str
    cancelled: bool = False
    stored_under: int = 0
    merged: bool = False
    first: str = ""
    bought: str = ""
    corrections: str = ""


class Granted(msgspec.Struct, array_like=True):
    """One transfer of an award: which rules gave how much of it. `version` whose rules these are, 0 = its outcome's."""

    transfer_id: int
    point_type_id: int
    funding_account_id: int
    amount: int
    rules: list[tuple[int, int]]
    version: int = 0


class Deducted(msgspec.Struct, array_like=True):
    """Points that a rule took from a member, by the transfer that did it: what of them has not come back. `version`
    whose rule it is, 0 = its outcome's."""

    transfer_id: int
    point_type_id: int
    rule: int
    amount: int
    member_id: int
    version: int = 0


class Capped(msgspec.Struct, array_like=True):
    """What a cap of a point type (`balance_max` or `earn_max.<period>`) of `most` points took off a rule's award.
    `version` whose rule it is, 0 = its outcome's."""

    rule: int
    point_type: str
    cap: str
    most: int
    cut: int
    version: int = 0


OrderEffect = tuple[str, str, str, dict[str, Any]]
"""An effect of an order that was corrected: (what became of it, rule, effect, what it carries)."""
# What a correction makes of its order's effects: had for the first time, not had any more, had again.
BROUGHT, TAKEN_BACK, GIVEN_AGAIN = "brought", "taken_back", "given_again"


class Outcome(msgspec.Struct, omit_defaults=True):
    """What came of an event, stored with it: enough to explain it, to re-rate it and to replay it.

    `version` = the rules in force when it happened, which `fired`, `used`, `limited` and `effects` are of. A correction
    is rated by its order's: what it gave, took or capped by that says so itself.
    `facts` in the order of the ruleset's `facts`; `room` what was left of each limit; `used` what this event
    used
    of it. `covered` = of transfers under a funding agreement: whose share it is, and the agreement that counted it.
    `entries` = points for entering a tier: (set, tier,
    point type, points; negative when revoked). `deducted` = what rules took; `given_back` (point type, points) =
    what of that a correction returned. `released` (point type, points) = what waited for this event. `capped` = what
    caps of point types took off. `not_in_order` = (product, units) that a refund named and its order does not have,
    `beyond` = what a refund was more than was left of its order, in money.
    `not_taken_back` is negative where points that could not be taken back count for the order again. `kept` =
    (transfer, rule, points) of an order: what of its awards should have come back and did not. `recorded` = the effects
    that a corrected order ever had; `order_effects` of a correction = what became by it of its order's effects.
    """

    version: int = 0
    facts: list[Any] = []
    room: dict[int, int] = {}
    fired: list[int] = []
    granted: list[Granted] = []
    used: list[tuple[int, int]] = []
    limited: list[tuple[int, int, int]] = []
    taken_back: list[tuple[int, int]] = []
    not_taken_back: int = 0
    deducted: list[Deducted] = []
    given_back: list[tuple[int, int]] = []
    effects: list[tuple[int, str]] = []
    tiers: list[tuple[str, str | None, str]] = []
    entries: list[tuple[str, str, str, int]] = []
    released: list[tuple[int, int]] = []
    cause: str | None = None
    covered: dict[int, tuple[str, str]] = {}
    corrected_day: int | None = None
    order_event_id: int | None = None
    capped: list[Capped] = []
    not_in_order: list[tuple[str, str]] = []
    beyond: int = 0
    kept: list[tuple[int, int, int]] = []
    recorded: list[tuple[int, str]] = []
    order_effects: list[OrderEffect] = []


# Numbers in facts are int or Decimal again, as they were when the rules saw them.
_exact = msgspec.json.Decoder(Outcome, float_hook=Decimal)


def decode_outcome(text: str | bytes) -> Outcome:
    """Return the outcome stored with an event."""
    return _exact.decode(text)


class StandingRow(msgspec.Struct, frozen=True):
    """A change of tier, as the history of standings keeps it."""

    member_id: int
    id: int
    tier_set: str
    before: str
    after: str
    direction: str
    reason: str
    event_id: int
    since: int


class EventRow(msgspec.Struct, frozen=True, gc=False):
    """One row of `events.event` to be written."""

    member_id: int
    id: int
    source_id: int
    status: EventStatus
    type: str
    occurred_at: int
    doc: bytes
    outcome: bytes | None


class EffectRow(msgspec.Struct, frozen=True):
    """An effect other than points, as it is recorded: the `nth` of its kind by its rule for the event, from 0."""

    member_id: int
    id: int
    event_id: int
    rule: str
    rule_index: int
    kind: str
    nth: int
    arguments: dict[str, Any]


class Caused(NamedTuple):
    """An event of the platform's own that another one caused (she joined, a tier was reached), with what it did."""

    event_id: int
    type: str
    outcome: Outcome


class Answer(msgspec.Struct):
    """What the sender of one event is told. `rated` = what came of it, while it is at hand; `told` = the same as it is
    stored."""

    status: EventStatus
    event_id: int | None = None
    member_id: int | None = None
    reason: str = ""
    rated: Outcome | None = None
    told: bytes | None = None
    caused: list[Caused] = []

    @property
    def outcome(self) -> Outcome | None:
        """What came of the event, read again where it was let go; None for nothing."""
        if self.rated is None and self.told is not None:
            self.rated = decode_outcome(self.told)
        return self.rated

    def let_go(self) -> None:
        """Free what came of the event while it is in the processor's cache, where it can be read again."""
        if self.told is not None:
            self.rated = None


class Gathered(msgspec.Struct, frozen=True):
    """Everything `decide` may know. Purses are as read, so that a decision can be made again from the same
    start.

    `member_of` and `fresh` run beside the batch's items: whose the event is (0 = nobody's yet), and whether
    it is to be
    decided (accepted) or what it is instead. `orders` holds the rated orders that corrections of this batch
    name,
    by order
    key; `identifiers` what members are known by, of the kinds that rules ask for;
    `history` the earlier events (JSON and outcome) of members whose state lacks a series that a rule
    asks for; `drawn` the lots that deductions of corrected orders used, by transfer; `former` the purses of merged
    members from whom such a deduction took; `past` the earlier events (JSON by id) of members whose orders are
    corrected, where a series may have to be counted again.
    """

    batch: Batch
    batch_id: int
    member_of: list[int]
    fresh: list[EventStatus]
    members: dict[int, MemberRow]
    purses: dict[int, Purse]
    orders: dict[bytes, RatedOrder]
    budgets: dict[tuple[str, str, str], int]
    history: dict[int, list[tuple[str, str | None]]]
    order_keys: list[bytes | None]
    repeats: dict[int, tuple[int, int]] = {}
    resumed: dict[int, int] = {}
    newcomers: frozenset[int] = frozenset()
    identifiers: dict[int, dict[str, str]] = {}
    drawn: dict[int, list[tuple[Lot, int]]] = {}
    former: dict[int, Purse] = {}
    past: dict[int, dict[int, str]] = {}


class Receipt(msgspec.Struct, frozen=True):
    """What a batch came to, for those who sent it: an answer per event, and the members as they are
    afterwards.

    `items` runs beside `answers`; `at` is when the batch was posted (microseconds).
    """

    rulebook: Rulebook
    answers: list[Answer]
    works: dict[int, Any]
    items: list[Item] = []
    at: int = 0
