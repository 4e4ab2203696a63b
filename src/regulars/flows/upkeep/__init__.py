"""Upkeep: what happens because time passes.

Lots end, pending points become available, holds end, tiers lapse, birthdays come.

Tables owned: schema `upkeep`. `Upkeep.run` follows time up from where it stopped; run late it does the same
in the same order. What time raises are events with keys, rated by whoever the application plugs in
(`Accrue`).
"""

from regulars.flows.upkeep.events import TIER_REVIEWED
from regulars.flows.upkeep.port import Accrue, Raised
from regulars.flows.upkeep.run import Done, Failure, Upkeep, Watching
from regulars.flows.upkeep.tasks import STANDING, upkeep_task

__all__ = [
    "STANDING",
    "TIER_REVIEWED",
    "Accrue",
    "Done",
    "Failure",
    "Raised",
    "Upkeep",
    "Watching",
    "upkeep_task",
]
