"""Refusals of tiers."""

from __future__ import annotations

from regulars.infra.db import map_constraint
from regulars.kit.errors import Conflict, NotFound


class UnknownTierSet(NotFound):
    """The program has no tier set with this code."""


class UnknownTier(NotFound):
    """The tier set has no tier with this code."""


class TierSetChanged(Conflict):
    """Somebody else has just published a version of this tier set; read it again."""


map_constraint("tiers_tier_set_pk", TierSetChanged)
