"""A guest's sale claimed later: the order nobody owned is rated again, as hers, under the rules of its
day."""

from __future__ import annotations

from uuid import UUID

import msgspec

from regulars.core.events import decode_doc
from regulars.flows.accrual.clock import micros
from regulars.flows.accrual.item import Item
from regulars.flows.accrual.load import Rulebooks
from regulars.flows.accrual.orders import order_key
from regulars.flows.accrual.pipeline import accrue_in
from regulars.flows.accrual.queries import queries
from regulars.flows.accrual.roll import MEMBER_ID
from regulars.flows.accrual.types import Batch, Receipt
from regulars.infra.db import Transaction
from regulars.kit import ids
from regulars.kit.errors import Conflict, NotFound


class UnknownOrder(NotFound):
    """There is no order with this id."""


class OrderTaken(Conflict):
    """This order is somebody's already."""


async def claim_order(
    tx: Transaction, rulebooks: Rulebooks, program_id: int, order_id: str, member_id: int, received_at: int
) -> Receipt:
    """Make an order that was stored as nobody's the member's own, refunds so far included; return what it
    earned.

    Refuses with UnknownOrder, and with OrderTaken when it is a member's (hers or another's). Two claims at
    once: the
    order's row is locked, the second one is refused.
    """
    key = UUID(bytes=order_key(order_id))
    found = await tx.maybe(queries.lock_order, program_id=program_id, key=key)
    if found is None:
        raise UnknownOrder
    owner, event_id, source_id, doc = found
    if owner:
        raise OrderTaken
    event = decode_doc(doc)
    hers = msgspec.structs.replace(
        event, key="", user_id=None, anonymous_id=None, identifiers={MEMBER_ID: ids.encode("mem", member_id)}
    )
    await tx.run(queries.free_order, program_id=program_id, key=key)
    await tx.run(queries.release_order, event_id=event_id)
    item = Item(source_id, hers, doc.encode(), micros(event.occurred_at), b"\0" * 16, restated=True)
    book = await rulebooks.read(tx, program_id)
    receipt = await accrue_in(tx, Batch(book, [item], received_at))
    answer = receipt.answers[0]
    await tx.run(
        queries.give_messages,
        program_id=program_id,
        old_event_id=event_id,
        member_id=answer.member_id,
        event_id=answer.event_id,
    )
    return receipt
