"""What is remembered of clocks: right in every zone, and no more of all of them together than was meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from regulars.flows.accrual import clock

ZONES = (
    "Europe/Berlin",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Africa/Monrovia",
    "Australia/Lord_Howe",
    "UTC",
)


def test_what_is_remembered_of_all_zones_together_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_offsets", {})
    monkeypatch.setattr(clock, "OFFSETS_REMEMBERED_MAX", 50)
    moment = datetime(2026, 3, 28, tzinfo=UTC)
    for step in range(300):
        at = moment + timedelta(minutes=7 * step)
        for name in ZONES:
            zone = ZoneInfo(name)
            local = at.astimezone(zone)
            told = clock.local_time(at, zone)
            assert (told.year, told.month, told.day, told.minute_of_day) == (
                local.year, local.month, local.day, local.hour * 60 + local.minute,
            )  # fmt: skip
            assert sum(map(len, clock._offsets.values())) <= 50
