"""Finding members: by id, by an identifier, by the beginning of one, page by page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from regulars.core.events import normal_identifier
from regulars.features.members import batch_store, store
from regulars.features.members.errors import UnknownMember
from regulars.features.members.model import Member, ProgramTerms
from regulars.features.members.normalise import LAST_LETTER, SEARCH_LETTERS_MIN, PrefixRange, prefix_ranges
from regulars.features.members.traits import name_key
from regulars.infra.db import Transaction
from regulars.kit.ids import decode

REF_LENGTH_MAX = 400


async def resolve_ref(tx: Transaction, terms: ProgramTerms, ref: str) -> int:
    """Return the member a reference names: `mem_…`, or `<kind>:<value>` such as `email:ann@example.com`.

    A member who was merged leads to the one who took over. Refuses with UnknownMember, also for references that make
    no sense, so that an answer never tells what exists elsewhere.
    """
    kind, colon, value = ref[:REF_LENGTH_MAX].partition(":")
    if colon:
        return (await resolve_identifier(tx, terms, kind, value)) or _unknown()
    try:
        number = decode("mem", ref)
    except ValueError:
        raise UnknownMember from None
    return (await store.select_survivor(tx, terms.id, number)) or _unknown()


async def resolve_identifier(tx: Transaction, terms: ProgramTerms, kind: str, value: str) -> int | None:
    """Return whose an identifier is, in whatever spelling it comes; None when nobody's.

    `user_id`, as events call it, is the external id where the program has no such kind of its own.
    """
    if kind == "user_id" and kind not in terms.settings.identifier_order:
        kind = "external_id"
    normal = normal_identifier(kind, value, terms.region) if kind in terms.settings.identifier_order else None
    if normal is None or "\x00" in normal:
        return None
    owners = await batch_store.select_owners(tx, terms.id, [(kind, normal)])
    return owners.get((kind, normal))


async def get_member(tx: Transaction, terms: ProgramTerms, member_id: int) -> Member:
    """Return a member of this program as she is. Refuses with UnknownMember."""
    found = await store.select_members(tx, terms.id, [member_id])
    return found[0] if found else _unknown()


async def find_members(tx: Transaction, terms: ProgramTerms, text: str, limit: int) -> list[Member]:
    """Return members one of whose identifiers, or whose "last first" name, begins with `text`; at most `limit`.

    Index look-ups only, whatever the number of members. Less than two characters find nobody.
    """
    ranges = prefix_ranges(text, terms.settings.identifier_order, terms.region)
    key = name_key(None, text)
    name = PrefixRange("name", key, key + LAST_LETTER) if len(key) >= SEARCH_LETTERS_MIN else None
    if not ranges and name is None:
        return []
    ids = await store.select_by_prefix(tx, terms.id, ranges, name, limit)
    return await store.select_members(tx, terms.id, ids)


async def anonymous_among(tx: Transaction, member_ids: Iterable[int]) -> set[int]:
    """Return those of these members who are known by nothing but anonymous ids: free to be merged on `identify`."""
    return await batch_store.select_anonymous(tx, member_ids)


def _unknown() -> NoReturn:
    raise UnknownMember
