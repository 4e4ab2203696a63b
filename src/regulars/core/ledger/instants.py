"""Instants as the ledger counts them: whole microseconds since 1970-01-01 UTC, and FOREVER for no end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from regulars.core.ledger.model import FOREVER

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(instant: datetime | None) -> int:
    """Return an instant as microseconds since 1970; None as FOREVER."""
    return FOREVER if instant is None else (instant - _EPOCH) // _MICROSECOND


def instant(at: int) -> datetime:
    """Return microseconds since 1970 as an instant in UTC; not for FOREVER."""
    return _EPOCH + timedelta(microseconds=at)


def instant_or_none(at: int | None) -> datetime | None:
    """Return microseconds since 1970 as an instant in UTC; FOREVER and None as None."""
    return None if at is None or at == FOREVER else instant(at)
