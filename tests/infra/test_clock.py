from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from regulars.infra.clock import FixedClock, SystemClock


def test_a_fixed_clock_moves_when_it_is_told() -> None:
    clock = FixedClock(datetime(2026, 3, 2, 12, tzinfo=ZoneInfo("Europe/Vilnius")))
    assert clock.now() == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    assert clock.advance(timedelta(hours=1)) == clock.now() == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert clock.move_to(datetime(2025, 1, 1, tzinfo=UTC)) == clock.now()


def test_a_fixed_clock_needs_a_zone_and_does_not_advance_backwards() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        FixedClock(datetime(2026, 3, 2))
    with pytest.raises(ValueError, match="only moves forward"):
        FixedClock(datetime(2026, 3, 2, tzinfo=UTC)).advance(timedelta(seconds=-1))


def test_the_system_clock_speaks_utc_and_goes_on() -> None:
    clock = SystemClock()
    first = clock.now()
    assert first.tzinfo is UTC
    assert first <= clock.now()
