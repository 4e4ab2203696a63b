"""Whom the events of a batch are about, and members made because a source enrols whoever it does not know."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from regulars.core.events import Event, EventKind
from regulars.features.members import (
    Newcomer,
    Taken,
    TraitChange,
    Traits,
    enrol_each,
    split_traits,
    update_traits_batch,
)
from regulars.flows.accrual.rulebook import instant
from regulars.flows.accrual.types import Batch, MemberRow
from regulars.infra.db import Transaction

# The identifier every member has: her own id, as the platform writes it.
MEMBER_ID = "member_id"

# What the sender of an event calls its customer: what nearly every event names.
EXTERNAL_ID = "external_id"

ANONYMOUS_ID = "anonymous_id"

# Messages that say who somebody is, rather than what she did.
INTRODUCING = (EventKind.IDENTIFY, EventKind.ALIAS)


async def enrol_newcomers(tx: Transaction, batch: Batch, resolution: Resolution) -> frozenset[int]:
    """Make members of those whom no identifier leads to, where the source enrols or the message introduces
    them.

    Returns the new members' ids; `resolution` knows them from then on.
    """
    order = batch.rulebook.identifier_order
    strangers: dict[tuple[tuple[str, str], ...], Newcomer] = {}
    for item in batch.items:
        event = item.event
        if not (item.enrol or event.kind in INTRODUCING) or resolution.member_of(event, order):
            continue
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
    tx: Transaction, batch: Batch, resolution: Resolution, newcomers: frozenset[int]
) -> list[Taken]:
    """Take up what identify and alias messages say about members who were known, in the order they came.

    Returns the identifiers that could not be hers, because they are somebody else's.
    """
    order = batch.rulebook.identifier_order
    changes = []
    for item in batch.items:
        event = item.event
        if event.kind not in INTRODUCING:
            continue
        member_id = resolution.member_of(event, order)
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


def identifiers_of(event: Event) -> Iterator[tuple[str, str]]:
    """Yield every identifier an event carries."""
    if event.user_id:
        yield EXTERNAL_ID, event.user_id
    yield from event.identifiers.items()
    if event.anonymous_id:
        yield ANONYMOUS_ID, event.anonymous_id
    if event.previous_id:  # of an alias: what she was called before she had a name
        yield ANONYMOUS_ID, event.previous_id


def identifiers_in(events: list[Event]) -> set[tuple[str, str]]:
    """Return every identifier that some of the events carry."""
    found = {(EXTERNAL_ID, event.user_id) for event in events if event.user_id}
    for event in events:
        if event.identifiers or event.anonymous_id:
            found.update(identifiers_of(event))
    return found


class Resolution(msgspec.Struct):
    """Identifiers that are known, and the members they lead to."""

    known: dict[tuple[str, str], int]
    members: dict[int, MemberRow]

    def member_of(self, event: Event, order: tuple[str, ...]) -> int:
        """Return the member an event is about, 0 when nobody known. The program's order of identifiers decides.

        A browser says who somebody is only when nothing else does: two people may use one.
        """
        if not event.identifiers and event.user_id:  # most events name nothing but their customer
            return self.known.get((EXTERNAL_ID, event.user_id), 0) if EXTERNAL_ID in order else 0
        named = bool(event.user_id or event.identifiers)
        for kind in (MEMBER_ID, *order):
            value = None if named and kind == ANONYMOUS_ID else _identifier(event, kind)
            member_id = self.known.get((kind, value)) if value else None
            if member_id is not None:
                return member_id
        return 0


def _identifier(event: Event, kind: str) -> str | None:
    """Return what an event says of a kind: user_id is the external_id by another name."""
    if kind == EXTERNAL_ID and event.user_id:
        return event.user_id
    if kind == ANONYMOUS_ID and event.anonymous_id:
        return event.anonymous_id
    return event.identifiers.get(kind)
