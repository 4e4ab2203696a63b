"""Examples of rules are events as a till would send them: the plain form, money in major units.

    {"type": "Order Completed", "store": "beach", "order": {"order_id": "1", "revenue": "5.95", "lines": [...]}}

What a store says of itself (region, channel, partner) is filled in as it is for real events.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from regulars.core.events import AmountBase, Event, Origin, Rejection, decode_plain
from regulars.core.rules import LocalTime
from regulars.features.rulesets.vocabulary import Vocabulary
from regulars.kit.zones import number_of_date, zone

# When an example says no time it is a Wednesday at noon UTC, in no season of anything.
UNDATED: Final = datetime(2026, 1, 7, 12, tzinfo=UTC)
# Examples may lie in any future: nothing is later than the moment they are "received".
_RECEIVED: Final = datetime(9000, 1, 1, tzinfo=UTC)


def example_reader(vocabulary: Vocabulary) -> Callable[[dict[str, Any]], tuple[Event, LocalTime]]:
    """Return what reads the event of an example; it raises ValueError for one that is malformed."""
    base = AmountBase(vocabulary.amount_base)
    origin = Origin(currency=vocabulary.currency, amount_base=base, platform=True)

    def read(message: dict[str, Any]) -> tuple[Event, LocalTime]:
        received = _RECEIVED if "occurred_at" in message else UNDATED
        # Whose event it is says nothing: what a rule wants to know of the member stands under `facts`.
        event = decode_plain({"user_id": "example", **deepcopy(message)}, origin, received)
        if isinstance(event, Rejection):
            raise ValueError(f"{event.path}: {event.message}" if event.path else event.message)
        event = _placed(event, vocabulary)
        return event, local_time_of(event.occurred_at, vocabulary)

    return read


def local_time_of(moment: datetime, vocabulary: Vocabulary) -> LocalTime:
    """Return what the clock and the calendar of the program say at a moment."""
    there = moment.astimezone(zone(vocabulary.zone))
    day = number_of_date(there.date())
    minute = there.hour * 60 + there.minute
    return LocalTime(there.isoweekday(), minute, day, there.month, there.day, there.year)


def _placed(event: Event, vocabulary: Vocabulary) -> Event:
    region, channel, partner = vocabulary.stores.get(event.store or "", (None, None, None))
    return msgspec.structs.replace(
        event,
        region=event.region or region,
        channel=event.channel or channel,
        partner=event.partner or partner,
    )
