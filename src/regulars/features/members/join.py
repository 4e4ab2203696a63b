"""Joining: one person becomes a member, or learns that she is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from regulars.core import ledger
from regulars.features.members import batch_store
from regulars.features.members.batch_store import MemberRow, ProfileRow
from regulars.features.members.consent import state_consents
from regulars.features.members.errors import InvalidMember, MemberExists
from regulars.features.members.find import get_member
from regulars.features.members.kinds import fit_strictly
from regulars.features.members.model import ConsentStatement, Member, ProgramTerms
from regulars.features.members.normalise import normal_identifiers
from regulars.features.members.statements import check_core, check_profile, check_tags, contact_identifiers
from regulars.features.members.traits import name_key
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError
from regulars.kit.ids import encode

# The job that is left behind by a join: whoever rates events tells rules and subscribers.
MEMBER_JOINED = "members.joined"


async def join_member(
    tx: Transaction,
    terms: ProgramTerms,
    identifiers: Mapping[str, Any],
    *,
    profile: Mapping[str, Any] | None = None,
    core: Mapping[str, Any] | None = None,
    attributes: Mapping[str, Any] | None = None,
    tags: Sequence[str] = (),
    consents: Sequence[ConsentStatement] = (),
    now: datetime,
) -> Member:
    """Make a member with these identifiers, and those that her e-mail address and telephone number are.

    `core` may have zone and birthday. Refuses with InvalidMember; with MemberExists (fact `member`) when one of the
    identifiers is somebody's: of two joins with one address at once, one makes the member and the other learns of her.
    """
    said = dict(profile or {})
    fields = dict(core or {})
    normal, errors = normal_identifiers(identifiers, terms.settings.identifier_order, terms.region)
    contact, wrong = contact_identifiers(said, terms)
    errors += wrong + check_core(fields, now.date()) + check_profile(said) + check_tags(tags)
    said |= contact
    normal |= {k: v for k, v in contact.items() if k in terms.settings.identifier_order and k not in normal}
    if not normal and not errors:
        known = ", ".join(terms.settings.identifier_order)
        errors.append(FieldError("identifiers", "missing", f"Say how she is known: {known}."))
    if errors:
        raise InvalidMember(errors=errors)
    [member_id] = await batch_store.reserve_member_ids(tx, 1)
    await _claim(tx, terms, normal, member_id, now)
    fitted = await fit_strictly(tx, terms.id, attributes or {}, now)
    row = MemberRow(
        id=member_id,
        joined_at=now,
        zone=fields.get("zone"),
        birthday=fields.get("birthday"),
        attributes={name: value for name, value in fitted.items() if value is not None},
        tags=sorted({tag.strip() for tag in tags}),
    )
    await batch_store.insert_members(tx, terms.id, [row], now)
    if any(said.values()):
        key = name_key(said.get("first_name"), said.get("last_name"))
        await batch_store.write_profiles(tx, terms.id, [ProfileRow(member_id, said, key)], now)
    await ledger.insert_purses(tx, terms.id, [member_id])
    if consents:
        await state_consents(tx, terms, member_id, consents, now)
    return await get_member(tx, terms, member_id)


async def _claim(
    tx: Transaction, terms: ProgramTerms, identifiers: Mapping[str, str], member_id: int, now: datetime
) -> None:
    claims = dict.fromkeys(identifiers.items(), member_id)
    if await batch_store.insert_identifiers(tx, terms.id, claims, now) == len(claims):
        return
    owners = await batch_store.select_owners(tx, terms.id, claims)
    taken = {key: owner for key, owner in owners.items() if owner != member_id}
    order = list(terms.settings.identifier_order)
    strongest = min(taken, key=lambda key: order.index(key[0]), default=None)
    errors = [FieldError(f"identifiers.{kind}", "taken", "A member has it already.") for kind, _ in taken]
    member = encode("mem", taken[strongest]) if strongest else ""
    raise MemberExists(errors=errors, member=member)
