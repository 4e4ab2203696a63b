"""Tiers: any number of sets of tiers per program, each moved by points, spend, purchases or any event.

Owns the tables tiers.tier_set (versions of the document) and tiers.standing (history). The standing in force
lives in the state of the member's purse; `assess` computes it, purely: see `assess` for what it means to rise
and to fall.
"""

from regulars.features.tiers.assessment import advance, assess, falls_on, give, tier_on, unmoved
from regulars.features.tiers.document import (
    ScheduledDocument,
    TierSetDocument,
    compile_tier_set,
    decode_tier_set,
    plain_tier_set,
)
from regulars.features.tiers.errors import (
    NotAhead,
    NothingScheduled,
    TierSetInvalid,
    UnknownTier,
    UnknownTierSet,
)
from regulars.features.tiers.history import Total
from regulars.features.tiers.measure import is_money, measure_of, measure_over, points_event
from regulars.features.tiers.model import Change, Distance, EntryAward, Standing, Tier, TierSet
from regulars.features.tiers.outlook import Moves, distance, preview_moves
from regulars.features.tiers.publish import (
    after_versions,
    load_tier_sets,
    publish_tier_set,
    set_activity,
    tier_set_of,
)
from regulars.features.tiers.schedule import (
    cancel_scheduled,
    plain_scheduled,
    publish_due,
    schedule_tier_set,
    scheduled_of,
)
from regulars.features.tiers.store import (
    ScheduledTierSet,
    StoredTierSet,
    select_scheduled,
    select_tier_sets,
    select_versions,
)

__all__ = [
    "Change",
    "Distance",
    "EntryAward",
    "Moves",
    "NotAhead",
    "NothingScheduled",
    "ScheduledDocument",
    "ScheduledTierSet",
    "Standing",
    "StoredTierSet",
    "Tier",
    "TierSet",
    "TierSetDocument",
    "TierSetInvalid",
    "Total",
    "UnknownTier",
    "UnknownTierSet",
    "advance",
    "after_versions",
    "assess",
    "cancel_scheduled",
    "compile_tier_set",
    "decode_tier_set",
    "distance",
    "falls_on",
    "give",
    "is_money",
    "load_tier_sets",
    "measure_of",
    "measure_over",
    "plain_scheduled",
    "plain_tier_set",
    "points_event",
    "preview_moves",
    "publish_due",
    "publish_tier_set",
    "schedule_tier_set",
    "scheduled_of",
    "select_scheduled",
    "select_tier_sets",
    "select_versions",
    "set_activity",
    "tier_on",
    "tier_set_of",
    "unmoved",
]
