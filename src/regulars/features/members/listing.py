"""Who is on which list: members named in any way, put on a list or taken off it, counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from regulars.core.events import normal_identifier
from regulars.features.members import batch_store, store
from regulars.features.members.model import ProgramTerms
from regulars.infra.db import Transaction
from regulars.kit.ids import decode

EMAIL = "email"


async def resolve_refs(tx: Transaction, terms: ProgramTerms, refs: Iterable[str]) -> dict[str, int]:
    """Return whom references name: `mem_…`, `kind:value`, or a value alone, looked for in the program's own order.

    As many statements for one as for thousands. A merged member leads to who took over; what names nobody is missing.
    """
    wanted = list(dict.fromkeys(refs))
    numbers = {ref: number for ref in wanted if (number := number_of_id(ref)) is not None}
    keys = {ref: _keys(ref, terms) for ref in wanted if ref not in numbers}
    owners = await batch_store.select_owners(tx, terms.id, {key for some in keys.values() for key in some})
    found = {
        ref: owner
        for ref, some in keys.items()
        if (owner := next((owners[key] for key in some if key in owners), None)) is not None
    }
    living = await store.select_survivors(tx, terms.id, [*numbers.values(), *found.values()])
    return {ref: living[number] for ref, number in {**numbers, **found}.items() if number in living}


async def relist(
    tx: Transaction,
    program_id: int,
    list_code: str,
    member_ids: Iterable[int],
    *,
    listed: bool,
    now: datetime,
) -> int:
    """Put members on a list, or take them off it; return how many were not so before. Locks lowest id first."""
    held = await batch_store.lock_members(tx, program_id, member_ids)
    return await store.change_lists(tx, program_id, list_code, dict.fromkeys(held, listed), now)


def number_of_id(ref: str) -> int | None:
    """Return the number in a member's id; None where it is none."""
    try:
        return decode("mem", ref)
    except ValueError:
        return None


def _keys(ref: str, terms: ProgramTerms) -> list[tuple[str, str]]:
    known = terms.settings.identifier_order
    kind, colon, value = ref.partition(":")
    if colon and kind in known:
        kinds: Iterable[str] = (kind,)
    else:
        kinds, value = ((EMAIL,) if "@" in ref and EMAIL in known else known), ref
    normal = ((kind, normal_identifier(kind, value, terms.region)) for kind in kinds)
    return [(kind, text) for kind, text in normal if text is not None and "\x00" not in text]
