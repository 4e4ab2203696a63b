"""How the ledger keeps each point type of a program: the policy in the ledger's words, with the program's calendar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from regulars.core.ledger import FOREVER, PointAccounts, Terms, instant, micros
from regulars.features.programs.model import PointType, ProgramConfig
from regulars.features.programs.policy import Expiry
from regulars.kit.zones import Period, add_months, local_date, period_bounds, start_of_day, zone


def wallet_terms(config: ProgramConfig, accounts: Mapping[int, PointAccounts]) -> dict[int, Terms]:
    """Return the terms of every point type whose accounts are open, by the point type's id."""
    return {
        point_type.id: terms_of(point_type, accounts[point_type.id], config.zone)
        for point_type in config.point_types.values()
        if point_type.id in accounts
    }


def terms_of(point_type: PointType, accounts: PointAccounts, zone_name: str) -> Terms:
    """Return the terms of one point type in a program of this zone."""
    policy = point_type.policy
    idle_days = policy.expiry.inactivity_days if policy.expiry is not None else None
    return Terms(
        slot=point_type.slot,
        accounts=accounts,
        lots=policy.lots,
        debt_max=policy.debt.max if policy.debt is not None and policy.debt.allowed else 0,
        balance_max=policy.balance_max,
        oldest_first=policy.spend_order == "earned",
        grace_end=_days_later(policy.return_grace_days, zone_name) if policy.return_grace_days else _at_once,
        idle_end=None if idle_days is None else _days_later(idle_days, zone_name),
    )


def expires_at(point_type: PointType, earned: int, zone_name: str) -> int:
    """Return when points earned at an instant end (both in microseconds); FOREVER when no calendar ends them."""
    place = zone(zone_name)
    end = end_day(point_type.policy.expiry, local_date(instant(earned), place))
    return FOREVER if end is None else micros(start_of_day(end, place))


def end_day(expiry: Expiry | None, earned: date) -> date | None:
    """Return the first day after the life of points earned on `earned`; None = they do not end by the calendar.

    Points are good on the whole of their last day. Points that end by inactivity have no such day.
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


def _at_once(at: int) -> int:
    return at


def _days_later(days: int, zone_name: str) -> Callable[[int], int]:
    """Return when `days` whole local days after that of an instant are over."""
    place = zone(zone_name)

    def end(at: int) -> int:
        return micros(start_of_day(local_date(instant(at), place) + timedelta(days=days + 1), place))

    return end
