"""When points end: the first local day on which points earned on a given day are no longer good."""

from __future__ import annotations

from datetime import date, timedelta

from regulars.features.programs import Expiry
from regulars.kit.zones import Period, add_months, period_bounds


def end_day(expiry: Expiry | None, earned: date) -> date | None:
    """Return the first day after the life of points earned on `earned`; None = they do not end by the
    calendar.

    Points are good on the whole of their last day. Points that end by inactivity get their end from the job
    that looks
    for idle members, not here.
    """
    if expiry is None:
        return None
    if expiry.rolling_days is not None:
        return earned + timedelta(days=expiry.rolling_days + 1)
    if expiry.rolling_months is not None:
        return add_months(earned, expiry.rolling_months) + timedelta(days=1)
    if expiry.fixed is not None:
        return expiry.fixed + timedelta(days=1)
    if expiry.end_of is not None:
        return _period_end(expiry.end_of, add_months(earned, expiry.after_months))
    return None


def _period_end(period: str, day: date) -> date:
    if period == "half_year":
        return date(day.year, 7, 1) if day.month <= 6 else date(day.year + 1, 1, 1)
    return period_bounds(Period(period), day).end
