"""Changing a member by a person's hand: fields, attributes, tags, identifiers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from regulars.features.members import batch_store, store
from regulars.features.members.batch_store import ProfileRow
from regulars.features.members.errors import IdentifierTaken, InvalidMember, UnknownMember
from regulars.features.members.find import get_member
from regulars.features.members.kinds import fit_strictly
from regulars.features.members.model import Member, ProgramTerms
from regulars.features.members.normalise import normal_identifiers
from regulars.features.members.statements import check_core, check_profile, check_tags, contact_identifiers
from regulars.features.members.take import take_member
from regulars.features.members.traits import name_key
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError

CORE_FIELDS = ("status", "earning_blocked", "spending_blocked", "zone", "birthday")


async def change_member(
    tx: Transaction,
    terms: ProgramTerms,
    member_id: int,
    changes: Mapping[str, Any],
    now: datetime,
    expected: int | None = None,
) -> Member:
    """Change what `changes` names: CORE_FIELDS, `profile` and `attributes` (by field, null removes), `tags` (all).

    A new e-mail address or telephone number takes the place of the old one among the identifiers. Refuses with
    InvalidMember, IdentifierTaken, PreconditionFailed (`expected` is the revision that was read) and as take_member.
    """
    core = {field: changes[field] for field in CORE_FIELDS if field in changes}
    said = dict(changes.get("profile") or {})
    contact, errors = contact_identifiers(said, terms)
    errors += check_core(core, now.date()) + check_profile(said)
    errors += check_tags(changes["tags"]) if "tags" in changes else []
    if errors:
        raise InvalidMember(errors=errors)
    said |= contact
    await _claim_contact(tx, terms, member_id, contact, now)
    before = await take_member(tx, terms, member_id, expected)
    attributes = dict(before.attributes)
    fitted = await fit_strictly(tx, terms.id, changes.get("attributes") or {}, now, already=len(attributes))
    attributes |= {name: value for name, value in fitted.items() if value is not None}
    for name in [name for name, value in fitted.items() if value is None]:
        attributes.pop(name, None)
    tags = sorted({tag.strip() for tag in changes["tags"]}) if "tags" in changes else before.tags
    after = msgspec.structs.replace(before, **core, attributes=attributes, tags=tags)
    await store.update_member(tx, after, now)
    if said:
        await _write_profile(tx, terms, before, said, now)
    return await get_member(tx, terms, member_id)


async def add_identifier(
    tx: Transaction,
    terms: ProgramTerms,
    member_id: int,
    kind: str,
    value: str,
    now: datetime,
    *,
    verified: bool = False,
) -> Member:
    """Let a member be known by one more identifier. Refuses with InvalidMember, IdentifierTaken and as take_member."""
    normal, errors = normal_identifiers({kind: value}, terms.settings.identifier_order, terms.region)
    if errors:
        raise InvalidMember(errors=errors)
    await _claim(tx, terms, member_id, normal, now)
    member = await take_member(tx, terms, member_id)
    if verified:
        await store.update_identifier_verified(tx, terms.id, member_id, kind, normal[kind], now)
    await store.update_member(tx, member, now)
    return await get_member(tx, terms, member_id)


async def remove_identifier(
    tx: Transaction, terms: ProgramTerms, member_id: int, kind: str, value: str, now: datetime
) -> Member:
    """Take an identifier from a member. The last one stays: she could not be found any more."""
    member = await take_member(tx, terms, member_id)
    normal, _ = normal_identifiers({kind: value}, terms.settings.identifier_order, terms.region)
    owned = [i for i in member.identifiers if i.kind == kind and i.value in (value, normal.get(kind))]
    if not owned:
        raise UnknownMember("The member has no such identifier.")
    if len(member.identifiers) == 1:
        message = "Add another identifier first; without any she could not be found."
        raise InvalidMember(errors=[FieldError("identifiers", "last_one", message)])
    await store.delete_identifier(tx, terms.id, member_id, kind, owned[0].value)
    await store.update_member(tx, member, now)
    return await get_member(tx, terms, member_id)


async def _write_profile(
    tx: Transaction, terms: ProgramTerms, before: Member, said: Mapping[str, Any], now: datetime
) -> None:
    key = None
    if "first_name" in said or "last_name" in said:
        first = said.get("first_name", before.profile.first_name)
        key = name_key(first, said.get("last_name", before.profile.last_name))
    fields = {field: "" if value is None else value for field, value in said.items()}
    await batch_store.write_profiles(tx, terms.id, [ProfileRow(before.id, fields, key)], now)
    for kind in ("email", "phone"):
        old = getattr(before.profile, kind)
        if kind in said and old and old != said[kind] and len(before.identifiers) > 1:
            await store.delete_identifier(tx, terms.id, before.id, kind, old)


async def _claim_contact(
    tx: Transaction, terms: ProgramTerms, member_id: int, contact: Mapping[str, str], now: datetime
) -> None:
    known = {kind: value for kind, value in contact.items() if kind in terms.settings.identifier_order}
    if known:
        await _claim(tx, terms, member_id, known, now, path="profile")


async def _claim(
    tx: Transaction,
    terms: ProgramTerms,
    member_id: int,
    identifiers: Mapping[str, str],
    now: datetime,
    path: str = "identifiers",
) -> None:
    """Claim identifiers before the member's row is locked: all writers take them in this order."""
    claims = dict.fromkeys(identifiers.items(), member_id)
    if await batch_store.insert_identifiers(tx, terms.id, claims, now) == len(claims):
        return
    owners = await batch_store.select_owners(tx, terms.id, claims)
    taken = [kind for (kind, _), owner in owners.items() if owner != member_id]
    if taken:
        errors = [FieldError(f"{path}.{kind}", "taken", "It belongs to another member.") for kind in taken]
        raise IdentifierTaken(errors=errors)
