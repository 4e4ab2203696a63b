"""The shop's clock: during the load it is the time of the invoices, afterwards it goes on from there.

Points earned in 2010 expired long ago by the clock on the wall. For the year to pass as it did (points end, tiers are
lost, returns find what was left), the server must believe what the invoices say.
"""

from __future__ import annotations

from datetime import datetime

from regulars.infra.clock import Clock, FixedClock, SystemClock


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

    def move_on_to(self, instant: datetime) -> None:
        """Stand at `instant`, unless it is later already: a clock does not go back."""
        if instant > self._shop.now():
            self._shop.move_to(instant)

    def let_go(self) -> None:
        """Run on from here."""
        self._let_go_at = self._wall.now()
