"""When a failed message is tried again, and how long an endpoint in trouble is left alone. Pure."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

# Delay before each try, in seconds: at once, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h. Standard Webhooks.
SCHEDULE_S: Final = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
TRIES_MAX: Final = len(SCHEDULE_S)
# Never sooner than the schedule says, up to this much later, so that a thousand failures do not come back together.
JITTER: Final = 0.2
RETRY_AFTER_MAX: Final = timedelta(hours=24)
# Statuses that say "too much": the endpoint as a whole is given a rest, not this message alone.
THROTTLING: Final = frozenset({429, 502, 503, 504})
REST_MIN: Final = timedelta(seconds=5)


def next_try(tries: int, now: datetime, headers: Mapping[str, str], dice: random.Random) -> datetime | None:
    """Return when a message that failed `tries` times (>= 1) is due again; None when that was the last try.

    A Retry-After of the answer puts it off, never forward.
    """
    if tries >= TRIES_MAX:
        return None
    delay = SCHEDULE_S[tries] * dice.uniform(1, 1 + JITTER)
    due = now + timedelta(seconds=delay)
    asked = retry_after(headers, now)
    return due if asked is None else max(due, asked)


def rest(status: int | None, now: datetime, headers: Mapping[str, str]) -> datetime | None:
    """Return until when the whole endpoint is left alone because its answer asked for it; None when it did not."""
    if status not in THROTTLING:
        return None
    return retry_after(headers, now) or now + REST_MIN


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return the instant a Retry-After header names, in seconds or as a date, at most 24 h from now."""
    said = headers.get("retry-after", "").strip()
    try:
        asked = now + timedelta(seconds=int(said)) if said.isdecimal() else parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return None
    if asked.tzinfo is None:
        asked = asked.replace(tzinfo=UTC)
    return min(max(asked, now), now + RETRY_AFTER_MAX)
