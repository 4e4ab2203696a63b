"""Random histories of a small shop: orders, refunds, cancellations and views of a few members."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from tests.flows.accrual.setting import Shop

from regulars.core.events import Event

MEMBERS = ("anna", "bela", "cora", "dora")
SKUS = ("TEA", "MUG", "CARD", "UNKNOWN")
DAYS = 60


def history(shop: Shop, seed: int, events: int = 80) -> list[Event]:
    """Return a random history that ends at the shop's clock, in the order it occurred."""
    random = Random(seed)
    now = shop.clock.now()
    made: list[tuple[str, str, datetime]] = []
    found: list[Event] = []
    for number in range(events):
        at = now - timedelta(days=random.uniform(0, DAYS), seconds=number)
        found.append(_one(shop, random, made, number, at, now))
    return sorted(found, key=lambda event: event.occurred_at)


def _one(
    shop: Shop,
    random: Random,
    made: list[tuple[str, str, datetime]],
    number: int,
    at: datetime,
    now: datetime,
) -> Event:
    user = random.choice(MEMBERS)
    chance = random.random()
    if made and chance < 0.15:
        order_id, buyer, bought = random.choice(made)
        later = bought + (now - bought) * random.random()
        return _refund(shop, random, order_id, buyer, later)
    if chance < 0.25:
        return shop.event("Product Viewed", user, occurred_at=at.isoformat(), properties={"sku": "TEA"})
    order_id = f"o-{number}"
    made.append((order_id, user, at))
    lines = [
        (random.choice(SKUS), random.randint(1, 3), f"{random.randint(1, 40)}.{random.randint(0, 99):02}")
        for _ in range(random.randint(1, 3))
    ]
    amount = sum(round(float(price) * 100) * count for _, count, price in lines)
    store = random.choice(("north", "web", None))
    places = {"store": store} if store else {}
    revenue = f"{amount // 100}.{amount % 100:02}"
    return shop.order(order_id, revenue, user, lines=lines, occurred_at=at.isoformat(), **places)


def _refund(shop: Shop, random: Random, order_id: str, user: str, at: datetime) -> Event:
    stamp = at.isoformat()
    chance = random.random()
    if chance < 0.3:
        return shop.refund(order_id, user, occurred_at=stamp)
    if chance < 0.6:
        return shop.refund(order_id, user, lines=[(random.choice(SKUS), 1)], occurred_at=stamp)
    if chance < 0.8:
        return shop.refund(order_id, user, total=f"{random.randint(1, 30)}.00", occurred_at=stamp)
    return shop.event("Order Cancelled", user, order={"order_id": order_id}, occurred_at=stamp)


async def send_all(shop: Shop, events: list[Event], seed: int, *, shuffled: bool = False) -> None:
    """Send a history in batches of random size, in its order or in any."""
    random = Random(seed)
    left = list(events)
    if shuffled:
        random.shuffle(left)
    while left:
        size = random.randint(1, 12)
        await shop.send(*left[:size])
        left = left[size:]
