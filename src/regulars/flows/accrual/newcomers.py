"""Whom the events of a batch are about, and members made because a source enrols whoever it does not know."""

from __future__ import annotations

from regulars.features.members import (
    Newcomer,
    Taken,
    TraitChange,
    Traits,
    enrol_each,
    split_traits,
    update_traits_batch,
)
from regulars.flows.accrual.clock import instant
from regulars.flows.accrual.roll import MEMBER_ID, Resolution, Roll, identifiers_of
from regulars.flows.accrual.types import Batch
from regulars.infra.db import Transaction


async def enrol_newcomers(
    tx: Transaction, batch: Batch, roll: Roll, resolution: Resolution
) -> frozenset[int]:
    """Make members of those whom no identifier leads to, where the source enrols or the message introduces
    them.

    Returns the new members' ids; `resolution` knows them from then on.
    """
    if not roll.strangers:
        return frozenset()
    order = batch.rulebook.identifier_order
    strangers: dict[tuple[tuple[str, str], ...], Newcomer] = {}
    for item in batch.items:
        if not (item.enrol or item.introduces) or resolution.member_of(item, order):
            continue
        event = item.event
        identifiers = {kind: value for kind, value in identifiers_of(event) if kind != MEMBER_ID}
        # Somebody who is only a browser becomes a member where the source says so; her name may come later.
        if identifiers and (event.user_id or event.identifiers or item.enrol):
            traits = split_traits(event.traits) if event.traits else Traits()
            strangers.setdefault(
                tuple(sorted(identifiers.items())), Newcomer(identifiers, event.occurred_at, traits)
            )
    if not strangers:
        return frozenset()
    now = instant(batch.received_at)
    enrolled = await enrol_each(tx, batch.rulebook.terms, list(strangers.values()), now)
    for identifiers_key, member_id in zip(strangers, enrolled.members, strict=True):
        for pair in identifiers_key:
            if member_id:
                resolution.known.setdefault(pair, member_id)
    return frozenset(enrolled.created)


async def take_traits(
    tx: Transaction, batch: Batch, roll: Roll, resolution: Resolution, newcomers: frozenset[int]
) -> list[Taken]:
    """Take up what identify and alias messages say about members who were known, in the order they came.

    Returns the identifiers that could not be hers, because they are somebody else's.
    """
    if not roll.strangers:
        return []
    order = batch.rulebook.identifier_order
    changes = []
    for item in batch.items:
        if not item.introduces:
            continue
        event = item.event
        member_id = resolution.member_of(item, order)
        if member_id and member_id not in newcomers:
            traits = split_traits(event.traits) if event.traits else Traits()
            named = {kind: value for kind, value in identifiers_of(event) if kind != MEMBER_ID}
            changes.append(TraitChange(member_id, traits, named))
    if not changes:
        return []
    outcome = await update_traits_batch(tx, batch.rulebook.terms, changes, instant(batch.received_at))
    for change in changes:
        resolution.members.pop(change.member_id, None)
    return outcome.taken
