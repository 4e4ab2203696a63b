"""How often somebody may call: token buckets in memory, one a caller."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

from regulars.kit.errors import TooMany

# Callers remembered at once; the one that was silent longest is forgotten, which can only be generous to it.
CALLERS_MAX = 100_000


class RateLimited(TooMany):
    """You call more often than is agreed; wait as long as Retry-After says."""


class TokenBuckets:
    """Buckets that refill at a steady rate. A burst of `burst_seconds` seconds' worth is let through at once."""

    def __init__(self, burst_seconds: float = 2.0, callers_max: int = CALLERS_MAX) -> None:
        """Start with full buckets for everybody."""
        self._burst_seconds = burst_seconds
        self._callers_max = callers_max
        self._buckets: OrderedDict[object, tuple[float, datetime]] = OrderedDict()

    def take(self, caller: object, rate_per_second: float, now: datetime, tokens: int = 1) -> None:
        """Take `tokens` out of the caller's bucket. Raises RateLimited (retry_after, whole seconds) if empty."""
        capacity = max(1.0, rate_per_second * self._burst_seconds)
        level, since = self._buckets.pop(caller, (capacity, now))
        elapsed = max(0.0, (now - since).total_seconds())
        level = min(capacity, level + elapsed * rate_per_second)
        refused = level < min(tokens, capacity)
        self._buckets[caller] = (level if refused else level - tokens, now)
        if len(self._buckets) > self._callers_max:
            self._buckets.popitem(last=False)
        if refused:
            wait = (min(tokens, capacity) - level) / rate_per_second
            raise RateLimited(retry_after=max(1, -int(-wait // 1)))
