"""Consent: whether a member may be written to over a channel, since when, and where she said so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from regulars.features.members import store
from regulars.features.members.errors import InvalidMember
from regulars.features.members.model import CHANNELS, Consent, ConsentStatement, Member, ProgramTerms
from regulars.features.members.take import take_member
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError

SOURCE_LETTERS_MAX = 200
# Clocks of tills and telephones differ a little from ours.
AHEAD_MAX = timedelta(minutes=5)


async def state_consents(
    tx: Transaction,
    terms: ProgramTerms,
    member_id: int,
    statements: Sequence[ConsentStatement],
    now: datetime,
) -> Member:
    """Write down what a member said, and let the latest statement of each channel hold; return her as she is then.

    What was said earlier than what is known goes to the record only. At one and the same time a no beats a yes.
    Refuses with InvalidMember, UnknownMember, MemberErased, MemberMerged.
    """
    errors = [e for place, said in enumerate(statements) for e in _check(said, f"consents[{place}].", now)]
    if errors:
        raise InvalidMember(errors=errors)
    member = await take_member(tx, terms, member_id)
    await store.insert_consent_entries(tx, terms.id, [(member_id, said) for said in statements], now)
    consent = dict(member.consent)
    for said in statements:
        stated = Consent(said.granted, said.at or now, said.source)
        consent[said.channel] = later(consent.get(said.channel), stated)
    after = msgspec.structs.replace(member, consent=consent)
    await store.update_member(tx, after, now)
    return msgspec.structs.replace(after, revision=member.revision + 1, updated_at=now)


def later(known: Consent | None, stated: Consent) -> Consent:
    """Return which of two statements about one channel holds."""
    if known is None or stated.at > known.at:
        return stated
    return stated if stated.at == known.at and not stated.granted else known


def _check(said: ConsentStatement, path: str, now: datetime) -> list[FieldError]:
    errors = []
    if said.channel not in CHANNELS:
        errors.append(FieldError(f"{path}channel", "unknown_value", f"Write one of {', '.join(CHANNELS)}."))
    if not 0 < len(said.source.strip()) <= SOURCE_LETTERS_MAX or not said.source.isprintable():
        errors.append(FieldError(f"{path}source", "missing", "Say where it was said, such as web form."))
    if said.at is not None and (said.at.tzinfo is None or said.at > now + AHEAD_MAX):
        errors.append(
            FieldError(f"{path}at", "in_the_future", "Write an instant with its zone, not in the future.")
        )
    return errors
