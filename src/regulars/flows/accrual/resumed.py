"""Corrections that came before their order: kept aside with the reason, taken up in the batch that brings
the order."""

from __future__ import annotations

import msgspec

from regulars.core.events import decode_doc
from regulars.flows.accrual.clock import instant, micros
from regulars.flows.accrual.item import Item
from regulars.flows.accrual.queries import queries
from regulars.flows.accrual.roll import Roll
from regulars.infra.db import Asked, Together, Transaction, Uuids


def ask_waiting(soon: Together, roll: Roll) -> Asked | None:
    """Ask for the corrections that waited for the batch's orders, None where it brings none."""
    if not roll.ordered:
        return None
    return soon.ask(queries.select_waiting, program_id=roll.book.program_id, keys=Uuids(roll.ordered))


async def take_waiting(tx: Transaction, roll: Roll, asked: Asked | None, now: int) -> dict[int, int]:
    """Put the corrections that waited for the batch's orders behind its items; return {place: event id they got when
    they came}. `now` = when the batch was received (microseconds)."""
    rows = await asked.rows() if asked is not None else []
    if not rows:
        return {}
    resumed: dict[int, int] = {}
    items: list[Item] = []
    for _, event_id, source_id, doc, _ in rows:
        resumed[len(roll.items) + len(items)] = event_id
        items.append(_again(source_id, doc))
    await tx.run(
        queries.delete_waiting,
        program_id=roll.book.program_id,
        ids=[row[4] for row in rows],
        now=instant(now),
    )
    roll.call(items, True)
    return resumed


def _again(source_id: int, doc: str) -> Item:
    """Return a stored event as an item that was admitted before: it has no key of its own any more."""
    event = decode_doc(doc)
    hers = msgspec.structs.replace(event, key="")
    return Item(source_id, hers, doc.encode(), micros(event.occurred_at), b"", restated=True)
