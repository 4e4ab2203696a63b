"""Random histories of a shop from a seed, as plain values: what a till, a web shop and a kiosk send, in what
order.

A story is a list of steps (minutes that pass, messages that come together); the same seed is the same story
for ever.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

Message = dict[str, Any]
Step = tuple[int, list[Message]]

BEGIN = int(datetime(2026, 3, 2, 10, 5, tzinfo=UTC).timestamp()) // 60
DAY = 24 * 60
USERS = ("anna", "berta", "carl", "dora")
PRICES = {"TEA": 320, "MUG": 1250, "CARD": 2500, "LOOSE": None, "BOOK": 1999}
LATE_DAYS_MAX = 12
# Of every hundred messages, so many are of each kind.
KINDS = (
    ("Order Completed", 40), ("Order Refunded", 16), ("Order Updated", 8), ("Order Cancelled", 5),
    ("Order Delivered", 8), ("Fee Charged", 8), ("Store Visited", 10), ("Page Seen", 5),
)  # fmt: skip


class Storyteller:
    """Tells one story. Remembers what it said, so that it can say it again, in other words, or correct it."""

    def __init__(self, seed: int, kinds: tuple[tuple[str, int], ...] = KINDS) -> None:
        self.random = random.Random(seed)
        self.now = BEGIN
        self.sent: list[Message] = []
        self.ordered = 0
        self.kinds = [kind for kind, _ in kinds]
        self.weights = [weight for _, weight in kinds]

    def steps(self, count: int) -> list[Step]:
        """Return the first `count` steps."""
        return [self.step() for _ in range(count)]

    def step(self) -> Step:
        pick = self.random
        minutes = pick.choice((0, 1, 1, 30, 30, 240, 240, DAY, 2 * DAY, 6 * DAY))
        self.now += minutes
        messages = [self.message() for _ in range(pick.choice((1, 1, 1, 1, 2, 3, 5)))]
        return minutes, messages

    def message(self) -> Message:
        pick = self.random
        chance = pick.random()
        if self.sent and chance < 0.05:
            return pick.choice(self.sent[-40:])
        if self.sent and chance < 0.08:
            return self.altered(pick.choice(self.sent[-40:]))
        kind = pick.choices(self.kinds, self.weights)[0]
        late = pick.choice((0, 0, 0, 0, 0, 10, 600, DAY, 3 * DAY, LATE_DAYS_MAX * DAY))
        source = pick.choices(("till", "shop", "kiosk"), (80, 15, 5))[0]
        message: Message = {
            "key": f"m{len(self.sent)}",
            "source": source,
            "type": kind,
            "user": pick.choice(USERS)
            if source != "kiosk" or pick.random() < 0.5
            else f"guest{pick.randrange(2)}",
            "at": max(BEGIN, self.now - late),
            "store": pick.choice(("north", "north", "web", None)),
        }
        if kind.startswith("Order"):
            message["order"] = self.order(kind)
        self.sent.append(message)
        return message

    def altered(self, message: Message) -> Message:
        """The same message id with something else in it."""
        return message | {"at": message["at"] - 1 if message["at"] > BEGIN else message["at"] + 1}

    def order(self, kind: str) -> dict[str, Any]:
        pick = self.random
        if kind == "Order Completed":
            self.ordered += pick.random() > 0.04  # a few orders come twice, as messages of their own
            return self.bought(f"o{self.ordered}")
        # Corrections follow their orders, mostly; some come first.
        last = self.ordered + (1 if pick.random() < 0.1 else 0)
        number = max(1, last - int(pick.expovariate(0.15)))
        if kind == "Order Updated":
            return self.bought(f"o{number}")
        order: dict[str, Any] = {"id": f"o{number}", "lines": [], "revenue": None, "total": None}
        if kind == "Order Refunded":
            way = pick.choices(("lines", "total", "whole"), (55, 30, 15))[0]
            if way == "lines":
                order["lines"] = [
                    (pick.choice(list(PRICES)), pick.randint(1, 2), None) for _ in range(pick.randint(1, 2))
                ]
                if pick.random() < 0.5:
                    order["lines"] = [(sku, qty, PRICES[sku]) for sku, qty, _ in order["lines"]]
            elif way == "total":
                order["total"] = pick.choice((1, 99, 500, 1250, 3333, 10_000))
        return order

    def bought(self, order_id: str) -> dict[str, Any]:
        pick = self.random
        skus = pick.sample(list(PRICES), pick.choice((0, 1, 1, 2, 2, 3)))
        lines = [(sku, pick.choice((1, 1, 2, 3, 7)), PRICES[sku]) for sku in skus]
        revenue = (
            pick.choice((None, 0, 499, 999, 2345, 6000, 12_345))
            if lines
            else pick.choice((1, 700, 4200, 18_000))
        )
        return {"id": order_id, "lines": lines, "revenue": revenue, "total": None}


def told(story: list[Step]) -> str:
    """Return a story as lines that can be pasted into a test."""
    lines = ["["]
    for minutes, messages in story:
        lines.append(f"    ({minutes}, [")
        lines += [f"        {message!r}," for message in messages]
        lines.append("    ]),")
    return "\n".join([*lines, "]"])
