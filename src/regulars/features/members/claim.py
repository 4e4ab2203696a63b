"""Claiming a sale made as a guest: the member part. The flow re-attributes the sale's event and earns for it.

A guest's sale carries identifiers nobody had (a receipt's e-mail address, a browser). Claiming makes them the member's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from regulars.features.members import batch_store
from regulars.features.members.errors import IdentifierTaken
from regulars.features.members.model import ProgramTerms
from regulars.features.members.normalise import known_identifiers
from regulars.features.members.take import take_member
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError


class GuestClaim(msgspec.Struct, frozen=True):
    """What claiming found: identifiers that are the member's now, and anonymous members to be merged into her."""

    identifiers: dict[str, str]
    anonymous_ids: list[int]


async def claim_guest(
    tx: Transaction, terms: ProgramTerms, member_id: int, identifiers: Mapping[str, str | None], now: datetime
) -> GuestClaim:
    """Let a member claim what a guest left (`identifiers`, normalised): the free ones become hers.

    Members who are known by nothing but anonymous ids are returned, for the flow to merge. Refuses with IdentifierTaken
    when one belongs to somebody with a name: the sale is not hers to claim; and as take_member.
    """
    known = known_identifiers(identifiers, terms.settings.identifier_order)
    claims = dict.fromkeys(known.items(), member_id)
    await batch_store.insert_identifiers(tx, terms.id, claims, now)
    owners = await batch_store.select_owners(tx, terms.id, claims)
    await take_member(tx, terms, member_id)
    others = {owner for owner in owners.values() if owner != member_id}
    anonymous = await batch_store.select_anonymous(tx, others) if others else set()
    taken = [kind for (kind, _), owner in owners.items() if owner in others - anonymous]
    if taken:
        errors = [
            FieldError(f"identifiers.{kind}", "taken", "It belongs to another member.") for kind in taken
        ]
        raise IdentifierTaken(errors=errors)
    hers = {kind: value for (kind, value), owner in owners.items() if owner == member_id}
    return GuestClaim(hers, sorted(anonymous))
