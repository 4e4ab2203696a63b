"""Calendar periods in which limits count, in the program's zone. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from regulars.kit.zones import Period, local_date, period_instants, period_key, zone

LIFETIME: Final = "lifetime"


def period_name(period: str, now: datetime, zone_name: str) -> str:
    """Return what a period is counted under: lifetime, day/2026-03-02, week/2026-W10, month/2026-03 …"""
    if period == LIFETIME:
        return LIFETIME
    return f"{period}/{period_key(Period(period), local_date(now, zone(zone_name)))}"


def opens_at(name: str, now: datetime, zone_name: str) -> datetime | None:
    """Return when the period after the one called `name` begins; None when there is none."""
    if name == LIFETIME:
        return None
    place = zone(zone_name)
    return period_instants(Period(name.partition("/")[0]), local_date(now, place), place)[1]
