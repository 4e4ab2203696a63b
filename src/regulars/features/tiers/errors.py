"""Refusals of tiers."""

from __future__ import annotations

from regulars.infra.db import map_constraint
from regulars.kit.errors import Conflict, Invalid, NotFound


class TierSetInvalid(Invalid):
    """The tier set is not valid as it is written."""


class UnknownTierSet(NotFound):
    """The program has no tier set with this code."""


class UnknownTier(NotFound):
    """The tier set has no tier with this code."""


class NothingScheduled(NotFound):
    """No version of this tier set is to come."""


class NotAhead(Invalid):
    """The instant has passed; write a later one, or publish the tier set to have it in force at once."""


class TierSetChanged(Conflict):
    """Somebody else has just published a version of this tier set; read it again."""


map_constraint("tiers_tier_set_pk", TierSetChanged)
