"""Corrections that came before their order: kept aside with the reason, taken up in the batch that brings
the order."""

from __future__ import annotations

import msgspec

from regulars.core.events import ORDER_COMPLETED, decode_doc
from regulars.flows.accrual.queries import queries
from regulars.flows.accrual.rulebook import instant, micros
from regulars.flows.accrual.types import Batch, Item
from regulars.infra.db import Asked, Together, Transaction, Uuids


def ask_waiting(soon: Together, batch: Batch, order_keys: list[bytes | None]) -> Asked | None:
    """Ask for the corrections that waited for the batch's orders, None where it brings none."""
    completed = {
        key
        for item, key in zip(batch.items, order_keys, strict=True)
        if key is not None and item.event.type == ORDER_COMPLETED
    }
    if not completed:
        return None
    return soon.ask(queries.select_waiting, program_id=batch.rulebook.program_id, keys=Uuids(completed))


async def with_waiting(tx: Transaction, batch: Batch, asked: Asked | None) -> tuple[Batch, dict[int, int]]:
    """Return the batch with the corrections that waited for its orders behind it, and {place: event id they
    got
    when they came}.
    """
    rows = await asked.rows() if asked is not None else []
    if not rows:
        return batch, {}
    items = list(batch.items)
    resumed: dict[int, int] = {}
    for _, event_id, source_id, doc, _ in rows:
        resumed[len(items)] = event_id
        items.append(_again(source_id, doc))
    await tx.run(
        queries.delete_waiting,
        program_id=batch.rulebook.program_id,
        ids=[row[4] for row in rows],
        now=instant(batch.received_at),
    )
    return msgspec.structs.replace(batch, items=items), resumed


def _again(source_id: int, doc: str) -> Item:
    """Return a stored event as an item that was admitted before: it has no key of its own any more."""
    event = decode_doc(doc)
    return Item(
        source_id, msgspec.structs.replace(event, key=""), doc.encode(), micros(event.occurred_at), b""
    )
