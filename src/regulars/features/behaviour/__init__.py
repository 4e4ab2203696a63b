"""What a member did, kept so that a rule can ask about it without reading history: series of daily sums
inside the purse's state.

Owns no table: a series lives in `ledger.purse.state`, locked and written with the balances it goes with, and
can be rebuilt from `events.event` at any time (`observe` is the same function then as when the event came).
"""

from regulars.features.behaviour.model import (
    Observe,
    Series,
    Stored,
    count_in,
    read,
    reader,
    record,
    series_key,
    series_of,
    sum_between,
    together,
)
from regulars.features.behaviour.state import State, used_in, used_more, used_together
from regulars.features.behaviour.windows import first_day, window_days

__all__ = [
    "Observe",
    "Series",
    "State",
    "Stored",
    "count_in",
    "first_day",
    "read",
    "reader",
    "record",
    "series_key",
    "series_of",
    "sum_between",
    "together",
    "used_in",
    "used_more",
    "used_together",
    "window_days",
]
