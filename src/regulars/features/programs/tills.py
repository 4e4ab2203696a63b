"""What makes a till one of a partner's, where points can be spent. Pure."""

from __future__ import annotations

from regulars.features.programs.model import ProgramConfig
from regulars.kit.errors import FieldError


def wrong_at_till(config: ProgramConfig, partner: str, store: str) -> list[FieldError]:
    """Return what keeps a partner from taking points in a store (empty = in none of its stores in particular)."""
    errors = []
    known, shop = config.partners.get(partner), config.stores.get(store)
    if known is None or known.archived_at is not None or "burn" not in known.roles:
        errors.append(FieldError("partner", "no_burn_partner", "Name a partner with the role burn."))
    if store and (shop is None or shop.partner != partner):
        errors.append(FieldError("store", "not_its_store", "Name a store of this partner."))
    return errors
