"""What somebody looks for in the journal by a few letters: an event, an order, a message, a member, a type."""

from __future__ import annotations

import msgspec

from regulars.features.members import find_members
from regulars.features.programs import ProgramConfig
from regulars.flows.journal.entries import Filters, Stored, message_key, queries
from regulars.infra.db import Transaction
from regulars.kit import ids

# The namespace in which an order is known, whatever message brought it.
ORDERS = 0
# Members whose events are shown together when a text names several.
MEMBERS_MAX = 2


class Found(msgspec.Struct, frozen=True):
    """What a text means: events named exactly, or else filters for pages of the journal."""

    rows: list[Stored] | None = None
    filters: Filters = Filters()


async def search(tx: Transaction, config: ProgramConfig, text: str, filters: Filters) -> Found:
    """Return what `text` means: `evt_…`, `mem_…`, an order, a message's id, exactly one member, or letters of a type.

    The first of these that exists counts; what `filters` ask for holds beside it.
    """
    if (event := _number("evt", text)) is not None:
        row = await tx.maybe(queries.select_event, row=Stored, program_id=config.id, id=event)
        return Found(rows=_passing(config, filters, [row] if row else []))
    member = _number("mem", text)
    if member is None:
        named = await _named(tx, config, text)
        if named:
            return Found(rows=_passing(config, filters, named))
        members = await find_members(tx, config, text, MEMBERS_MAX)
        member = members[0].id if len(members) == 1 else None
    if member is not None:
        return Found(filters=msgspec.structs.replace(filters, member_id=member))
    return Found(filters=msgspec.structs.replace(filters, letters=text))


async def _named(tx: Transaction, config: ProgramConfig, text: str) -> list[Stored]:
    """Return the events of an order, and of messages that have `text` for their id, whatever source sent them."""
    sources = [ORDERS, *config.sources]
    rows = await tx.all(
        queries.select_events_by_identity,
        row=Stored,
        program_id=config.id,
        source_ids=sources,
        key=message_key(text),
    )
    return sorted({row.id: row for row in rows}.values(), key=lambda row: -row.id)


def _passing(config: ProgramConfig, filters: Filters, rows: list[Stored]) -> list[Stored]:
    source = None if filters.source is None else config.sources_by_code.get(filters.source)
    return [
        row
        for row in rows
        if (filters.types is None or row.type in filters.types)
        and (filters.status is None or row.status == filters.status.number)
        and (filters.source is None or (source is not None and row.source_id == source.id))
    ]


def _number(kind: str, text: str) -> int | None:
    try:
        return ids.decode(kind, text)
    except ValueError:
        return None
