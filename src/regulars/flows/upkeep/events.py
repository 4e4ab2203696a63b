"""The events that time raises, with keys that say for ever what they were raised for: a repeat is a
duplicate.

| event | raised at the beginning of the local day (a Schedule: at its tick) | key, before the member |
|---|---|---|
| Birthday | `days_before` her birthday | birthday/days before/year of the birthday |
| Anniversary | on which she joined, in later years | anniversary/year |
| Inactive | after `days` whole days without the event, or since she joined | inactive/event/days/last day |
| Schedule | for every active member | schedule/rule/tick |
| Tier Reviewed | on which her tier is due to change | tiers/day |

A birthday is kept once a year of the birthday, whatever she says her birthday is in between; 29 February
falls on the 28th where the year has no 29th.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from regulars.flows.upkeep.port import Raised
from regulars.kit.ids import encode

BIRTHDAY: Final = "Birthday"
ANNIVERSARY: Final = "Anniversary"
INACTIVE: Final = "Inactive"
SCHEDULE: Final = "Schedule"
TIER_REVIEWED: Final = "Tier Reviewed"


def raised(type_name: str, member_id: int, at: datetime, key: str, properties: dict[str, Any]) -> Raised:
    """Return the event of one member at an instant; `key` without the member, who is added to it."""
    return Raised(member_id, type_name, f"{key}/{encode('mem', member_id)}", at, properties)
