"""The shop's clock: during the load it is the time of the invoices, afterwards it goes on from there.

Points earned in 2010 expired long ago by the clock on the wall. For the year to pass as it did (points end, tiers are
lost, returns find what was left), the server must believe what the invoices say. The database remembers how far that
clock is behind, so that commands and servers that are started later live in the same time.
"""

from __future__ import annotations

import os
from datetime import datetime

from regulars.infra.clock import Clock, FixedClock, SystemClock
from regulars.infra.db import Database, Transaction, load_queries

queries = load_queries(__package__)

# How `regulars serve` tells its processes of the shop's clock: they must start while the database is away, too.
CLOCK_VARIABLE = "REGULARS_INTERNAL_SHOP_CLOCK"


class ShopClock(Clock):
    """Stands at an instant until it is moved on; once let go, runs as fast as the clock on the wall."""

    def __init__(self, start: datetime, wall: Clock | None = None) -> None:
        """Stand at `start`, which must carry a zone; `wall` is for tests."""
        self._shop = FixedClock(start)
        self._wall = wall or SystemClock()
        self._let_go_at: datetime | None = None

    def now(self) -> datetime:
        """Return the shop's present instant, in UTC."""
        if self._let_go_at is None:
            return self._shop.now()
        return self._shop.now() + (self._wall.now() - self._let_go_at)

    def wall(self) -> datetime:
        """Return the time outside of the shop: a receiver refuses a signature that is fifteen years old."""
        return self._wall.now()

    def move_on_to(self, instant: datetime) -> None:
        """Stand at `instant`, unless it is later already: a clock does not go back."""
        if instant > self._shop.now():
            self._shop.move_to(instant)

    def let_go(self) -> None:
        """Run on from here."""
        self._let_go_at = self._wall.now()

    def run_since(self, shop_at: datetime, wall_at: datetime) -> None:
        """Run as a clock that said `shop_at` when the one on the wall said `wall_at`."""
        self._shop.move_to(shop_at)
        self._let_go_at = wall_at


async def keep_clock(tx: Transaction, clock: ShopClock) -> None:
    """Let the database live by this clock, which was let go."""
    await tx.run(queries.upsert_clock, shop_at=clock.now(), wall_at=SystemClock().now())


async def clock_in(tx: Transaction) -> Clock:
    """Return the clock that a database lives by: the machine's, or its shop's where the demo's year was loaded."""
    row = await tx.maybe(queries.select_clock)
    if row is None:
        return SystemClock()
    shop_at, wall_at = row
    clock = ShopClock(shop_at)
    clock.run_since(shop_at, wall_at)
    return clock


async def clock_at(db: Database) -> Clock:
    """Return the same, for whoever has no transaction open."""
    async with db.transaction(read_only=True) as tx:
        return await clock_in(tx)


def hand_on(clock: Clock) -> None:
    """Let the server processes of this one live by `clock`."""
    wall = SystemClock().now()
    if not isinstance(clock, SystemClock):
        os.environ[CLOCK_VARIABLE] = f"{clock.now().isoformat()} {wall.isoformat()}"


def served_clock() -> Clock:
    """Return the clock that was handed on to this process; the machine's where none was."""
    handed = os.environ.get(CLOCK_VARIABLE, "").split()
    if not handed:
        return SystemClock()
    shop_at, wall_at = map(datetime.fromisoformat, handed)
    clock = ShopClock(shop_at)
    clock.run_since(shop_at, wall_at)
    return clock


def told(clock: Clock) -> str | None:
    """Return the sentence for people about a clock that is not the machine's; None for the machine's."""
    if isinstance(clock, SystemClock):
        return None
    day = f"{clock.now():%d %B %Y, %H:%M} UTC"
    return f"The demo's year is in this database, which lives by its clock: it is {day}."
