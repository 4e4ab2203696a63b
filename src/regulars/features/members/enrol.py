"""Enrolling newcomers and taking up what messages say about members, whole batches at a time.

The number of statements does not depend on the size of a batch. Identifiers are claimed first: their primary key makes
one member of two joins at once; whoever comes second finds the first one's member.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from regulars.core import ledger
from regulars.features.members import batch_store
from regulars.features.members.batch_store import IdentifierKey, LockedMember, MemberRow, ProfileRow, TraitRow
from regulars.features.members.kinds import Fitted, fit_batch
from regulars.features.members.model import (
    ANONYMOUS_ID,
    Enrolled,
    Newcomer,
    Parked,
    ProgramTerms,
    Taken,
    TraitChange,
    TraitOutcome,
)
from regulars.features.members.normalise import known_identifiers
from regulars.features.members.traits import Traits, name_key
from regulars.infra.db import Transaction, TransactionConflict

# Values put aside are JSON of what came in; more than this was never an attribute.
PARKED_CHARACTERS_MAX = 4_000


async def enrol_batch(
    tx: Transaction, terms: ProgramTerms, newcomers: Sequence[Newcomer], now: datetime
) -> list[int]:
    """Return the member of each newcomer, in their order; new members get their row, profile and empty purse.

    Two newcomers who share an identifier are one member. A newcomer one of whose identifiers belongs to a member
    already is that member (by the program's identifier order when they lead to several), gets the free ones added and
    her traits taken up. An anonymous_id leads to a member with a name only when the newcomer has no other identifier:
    two people may use one browser. Identifiers of kinds that the program does not know are left out; a newcomer with no
    other is nobody: 0. Raises TransactionConflict when a member is merged or erased meanwhile: begin again.
    """
    return (await enrol_each(tx, terms, newcomers, now)).members


async def enrol_each(
    tx: Transaction, terms: ProgramTerms, newcomers: Sequence[Newcomer], now: datetime
) -> Enrolled:
    """Enrol as `enrol_batch` does, and tell the members just made from those who were there already."""
    named = [_known(newcomer, terms) for newcomer in newcomers]
    made = await _enrol_named(tx, terms, [n for n in named if n.identifiers], now)
    members = iter(made.members)
    return Enrolled([next(members) if newcomer.identifiers else 0 for newcomer in named], made.created)


async def _enrol_named(
    tx: Transaction, terms: ProgramTerms, newcomers: Sequence[Newcomer], now: datetime
) -> Enrolled:
    if not newcomers:
        return Enrolled([], frozenset())
    ids = await batch_store.reserve_member_ids(tx, len(newcomers))
    claims = _claims(newcomers, ids)
    if await batch_store.insert_identifiers(tx, terms.id, claims, now) == len(claims):
        owners: Mapping[IdentifierKey, int] = claims
    else:
        owners = await batch_store.select_owners(tx, terms.id, claims)
        if len(owners) < len(claims):
            # One was somebody's when we tried to claim it and is nobody's now: she was erased in between.
            raise TransactionConflict
    leading = await _leading(tx, claims, owners, set(ids))
    members, moved = _settle(newcomers, ids, claims, leading, terms.settings.identifier_order)
    if moved:
        await batch_store.update_identifier_owners(tx, terms.id, moved)
    fresh: dict[int, list[Newcomer]] = {}
    known: list[TraitChange] = []
    tentative = set(ids)
    for newcomer, member_id in zip(newcomers, members, strict=True):
        if member_id in tentative:
            fresh.setdefault(member_id, []).append(newcomer)
        else:
            known.append(TraitChange(member_id, newcomer.traits))
    await _insert_new(tx, terms.id, fresh, now)
    if known:
        await update_traits_batch(tx, terms, known, now)
    return Enrolled(members, frozenset(fresh))


async def update_traits_batch(
    tx: Transaction, terms: ProgramTerms, changes: Sequence[TraitChange], now: datetime
) -> TraitOutcome:
    """Take up what messages say about members; of several changes to one member the later wins, field by field.

    Identifiers of kinds the program knows are added where they are free. Values that do not fit their attribute are put
    aside (`parked`). Member ids must have been resolved in this transaction: raises TransactionConflict when one is
    merged or erased meanwhile.
    """
    if not changes:
        return TraitOutcome([], [])
    merged = _one_per_member(changes)
    taken = await _add_identifiers(tx, terms, merged, now)
    fitted = await fit_batch(tx, terms.id, [change.traits.attributes for change in merged], now)
    locked = await batch_store.lock_members(tx, terms.id, [change.member_id for change in merged])
    if any(
        locked[c.member_id].status in ("merged", "erased") if c.member_id in locked else True for c in merged
    ):
        raise TransactionConflict
    pairs = list(zip(merged, fitted, strict=True))
    rows = [
        _trait_row(change, fit) for change, fit in pairs if fit.added or fit.removed or change.traits.core
    ]
    if rows:
        await batch_store.update_traits(tx, rows, now)
    profiles = [_profile_row(change, locked[change.member_id]) for change in merged if change.traits.profile]
    if profiles:
        await batch_store.write_profiles(tx, terms.id, profiles, now)
    return TraitOutcome(await _park(tx, terms.id, [(c.member_id, f) for c, f in pairs], now), taken)


def _known(newcomer: Newcomer, terms: ProgramTerms) -> Newcomer:
    identifiers = known_identifiers(newcomer.identifiers, terms.settings.identifier_order)
    return msgspec.structs.replace(newcomer, identifiers=identifiers)


async def _leading(
    tx: Transaction,
    claims: Mapping[IdentifierKey, int],
    owners: Mapping[IdentifierKey, int],
    tentative: set[int],
) -> dict[IdentifierKey, int]:
    """Return the owners without those that only a shared browser leads to."""
    with_name = {claimed_for for (kind, _), claimed_for in claims.items() if kind != ANONYMOUS_ID}
    doubtful = {
        key: owner
        for key, owner in owners.items()
        if key[0] == ANONYMOUS_ID and owner not in tentative and claims[key] in with_name
    }
    if not doubtful:
        return dict(owners)
    anonymous = await batch_store.select_anonymous(tx, doubtful.values())
    return {key: owner for key, owner in owners.items() if key not in doubtful or owner in anonymous}


def _claims(newcomers: Sequence[Newcomer], ids: Sequence[int]) -> dict[IdentifierKey, int]:
    """Return which member each identifier is claimed for; newcomers who share one claim for the first of them."""
    claims: dict[IdentifierKey, int] = {}
    for newcomer, own_id in zip(newcomers, ids, strict=True):
        first = next((claims[key] for key in newcomer.identifiers.items() if key in claims), own_id)
        for key in newcomer.identifiers.items():
            claims.setdefault(key, first)
    return claims


def _settle(
    newcomers: Sequence[Newcomer],
    ids: Sequence[int],
    claims: Mapping[IdentifierKey, int],
    owners: Mapping[IdentifierKey, int],
    order: Sequence[str],
) -> tuple[list[int], dict[IdentifierKey, int]]:
    """Return the member of each newcomer, and the identifiers just claimed that go to a member who was there before."""
    tentative = set(ids)
    known_of: dict[int, int] = {}
    ranks = {kind: rank for rank, kind in enumerate(order)}
    for key in sorted(owners, key=lambda key: (ranks.get(key[0], len(ranks)), key)):
        if owners[key] not in tentative:
            known_of.setdefault(claims[key], owners[key])
    members = []
    for newcomer in newcomers:
        claimed_for = claims[next(iter(newcomer.identifiers.items()))]
        members.append(known_of.get(claimed_for, claimed_for))
    moved = {key: known_of[owner] for key, owner in owners.items() if owner in known_of}
    return members, moved


async def _insert_new(
    tx: Transaction, program_id: int, fresh: Mapping[int, list[Newcomer]], now: datetime
) -> None:
    if not fresh:
        return
    traits = {member_id: _merged_traits([n.traits for n in group]) for member_id, group in fresh.items()}
    fitted = await fit_batch(tx, program_id, [t.attributes for t in traits.values()], now)
    rows = [
        MemberRow(
            id=member_id,
            joined_at=min(n.joined_at for n in group),
            zone=traits[member_id].core.get("zone"),
            birthday=traits[member_id].core.get("birthday"),
            attributes=fit.added,
            tags=sorted({tag for n in group for tag in n.tags}),
        )
        for (member_id, group), fit in zip(fresh.items(), fitted, strict=True)
    ]
    await batch_store.insert_members(tx, program_id, rows, now)
    profiles = [
        ProfileRow(
            member_id, said.profile, name_key(said.profile.get("first_name"), said.profile.get("last_name"))
        )
        for member_id, said in traits.items()
        if any(said.profile.values())
    ]
    if profiles:
        await batch_store.write_profiles(tx, program_id, profiles, now)
    await _park(tx, program_id, list(zip(fresh, fitted, strict=True)), now)
    await ledger.insert_purses(tx, program_id, list(fresh))


async def _add_identifiers(
    tx: Transaction, terms: ProgramTerms, changes: Sequence[TraitChange], now: datetime
) -> list[Taken]:
    claims: dict[IdentifierKey, int] = {}
    order = terms.settings.identifier_order
    wanted = [(c.member_id, key) for c in changes for key in known_identifiers(c.identifiers, order).items()]
    for member_id, key in wanted:
        claims.setdefault(key, member_id)
    if not claims or await batch_store.insert_identifiers(tx, terms.id, claims, now) == len(wanted):
        return []
    owners = await batch_store.select_owners(tx, terms.id, claims)
    return [
        Taken(member_id, key[0], owners[key])
        for member_id, key in wanted
        if owners.get(key, member_id) != member_id
    ]


async def _park(
    tx: Transaction, program_id: int, fitted: Sequence[tuple[int, Fitted]], now: datetime
) -> list[Parked]:
    aside = {(member_id, name): put for member_id, fit in fitted for name, put in fit.aside.items()}
    short = {
        place: (value if len(batch_store.json_text(value)) <= PARKED_CHARACTERS_MAX else None, reason)
        for place, (value, reason) in aside.items()
    }
    if short:
        await batch_store.upsert_parked_attributes(tx, program_id, short, now)
    return [Parked(member_id, name, reason) for (member_id, name), (_, reason) in short.items()]


def _one_per_member(changes: Sequence[TraitChange]) -> list[TraitChange]:
    by_member: dict[int, list[TraitChange]] = {}
    for change in changes:
        by_member.setdefault(change.member_id, []).append(change)
    return [
        group[0]
        if len(group) == 1
        else TraitChange(
            member_id,
            _merged_traits([c.traits for c in group]),
            {kind: value for c in group for kind, value in c.identifiers.items()},
        )
        for member_id, group in by_member.items()
    ]


def _merged_traits(said: Sequence[Traits]) -> Traits:
    if len(said) == 1:
        return said[0]
    merged = Traits({}, {}, {})
    for traits in said:
        merged.profile.update(traits.profile)
        merged.core.update(traits.core)
        merged.attributes.update(traits.attributes)
    return merged


def _trait_row(change: TraitChange, fitted: Fitted) -> TraitRow:
    core = change.traits.core
    birthday = core.get("birthday")
    return TraitRow(
        member_id=change.member_id,
        added=fitted.added,
        removed=fitted.removed,
        zone=(core["zone"] or "") if "zone" in core else None,
        birthday=(birthday.isoformat() if birthday else "") if "birthday" in core else None,
    )


def _profile_row(change: TraitChange, before: LockedMember) -> ProfileRow:
    said = change.traits.profile
    key = None
    if "first_name" in said or "last_name" in said:
        key = name_key(said.get("first_name", before.first_name), said.get("last_name", before.last_name))
    fields = {field: "" if value is None else value for field, value in said.items()}
    return ProfileRow(change.member_id, fields, key)
