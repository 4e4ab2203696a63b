"""Reading what is explained: one typed function per named query, no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from regulars.core.ledger import TransferKind
from regulars.flows.accrual.insight import SYSTEM_SOURCE_ID, MemberRow
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)

# The last id of a batch is this much beyond its first.
BATCH_IDS = (1 << 20) - 1
CORRECTION_TYPES = ("Order Refunded", "Order Updated", "Order Cancelled", "Reward Cancelled")


class StoredEvent(msgspec.Struct, frozen=True):
    """An event as it is stored; instants in microseconds. `left_*` = its order after corrections, None without any."""

    member_id: int
    id: int
    source_id: int
    status: int
    type: str
    occurred_at: int
    received_at: int
    doc: str | None
    outcome: str | None
    left_doc: str | None
    left_outcome: str | None
    cancelled: bool


class Movement(msgspec.Struct, frozen=True):
    """A transfer with the names of its two accounts; instants in microseconds."""

    id: int
    kind: int
    point_type_id: int
    amount: int
    event_id: int | None
    reverses_id: int | None
    ruleset_version: int | None
    detail: str | None
    occurred_at: int
    posted_at: int
    debit: str
    debit_owner: str
    credit: str
    credit_owner: str
    member_id: int

    @property
    def kind_name(self) -> str:
        """Return what sort of movement it is, in small letters."""
        return TransferKind(self.kind).name.lower()

    @property
    def funder(self) -> str:
        """Return who paid: house, partner:<code> or campaign:<code>."""
        return f"{self.debit}:{self.debit_owner}" if self.debit_owner else self.debit


class LotRow(msgspec.Struct, frozen=True):
    """A lot; instants in microseconds, None = never."""

    id: int
    amount: int
    remaining: int
    pending: bool
    earned_at: int
    active_at: int | None
    expires_at: int | None


async def select_event(
    tx: Transaction, program_id: int, event_id: int, member_id: int | None = None
) -> StoredEvent | None:
    """Return an event of a program by its id; quicker with the member's."""
    return await tx.maybe(
        queries.select_event, row=StoredEvent, program_id=program_id, id=event_id, member_id=member_id
    )


async def select_identity(
    tx: Transaction, program_id: int, source_id: int, key: bytes
) -> tuple[int, int] | None:
    """Return (member id, event id) of a message of a source, or of an order (source 0)."""
    row = await tx.maybe(
        queries.select_identity, program_id=program_id, source_id=source_id, key=UUID(bytes=key)
    )
    return None if row is None else (row[0], row[1])


async def select_neighbours(tx: Transaction, event: StoredEvent) -> list[tuple[int, str, str]]:
    """Return (id, type, outcome) of the platform's own events in the event's batch, of its member."""
    first = (event.id >> 20) << 20
    rows = await tx.all(
        queries.select_neighbours,
        member_id=event.member_id,
        first=first,
        last=first + BATCH_IDS,
        system=SYSTEM_SOURCE_ID,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def select_corrections(tx: Transaction, event: StoredEvent) -> list[tuple[int, str, int, str]]:
    """Return (id, type, occurred at, outcome) of the corrections of an order or a redemption."""
    rows = await tx.all(
        queries.select_corrections,
        member_id=event.member_id,
        types=list(CORRECTION_TYPES),
        named=f'%"order_event_id":{event.id}%',
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def select_transfers_of_event(tx: Transaction, member_id: int, event_id: int) -> list[Movement]:
    """Return what an event moved."""
    return await tx.all(
        queries.select_transfers_of_event, row=Movement, member_id=member_id, event_id=event_id
    )


async def select_reversals(tx: Transaction, member_id: int, ids: Sequence[int]) -> list[Movement]:
    """Return the transfers that undid or completed others."""
    return await tx.all(queries.select_reversals, row=Movement, member_id=member_id, ids=list(ids))


async def select_transfer(tx: Transaction, program_id: int, transfer_id: int) -> Movement | None:
    """Return a transfer of a program by its id."""
    posted_at: Any = await tx.value(queries.select_batch_time, batch_id=transfer_id >> 20)
    found = await tx.maybe(
        queries.select_transfer, row=Movement, program_id=program_id, id=transfer_id, posted_at=posted_at
    )
    if found is None and posted_at is not None:
        found = await tx.maybe(
            queries.select_transfer, row=Movement, program_id=program_id, id=transfer_id, posted_at=None
        )
    return found


async def select_lots(tx: Transaction, member_id: int, ids: Sequence[int]) -> dict[int, LotRow]:
    """Return the lots that transfers brought, by their id."""
    rows = await tx.all(queries.select_lots, row=LotRow, member_id=member_id, ids=list(ids))
    return {row.id: row for row in rows}


async def select_draws(tx: Transaction, member_id: int, lot_id: int) -> list[tuple[int, int, int, int]]:
    """Return (transfer, kind, amount, posted at) of every use of a lot."""
    rows = await tx.all(queries.select_draws, member_id=member_id, lot_id=lot_id)
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def select_members(tx: Transaction, program_id: int, ids: Sequence[int]) -> dict[int, MemberRow]:
    """Return members of a program as rules see them, by id."""
    rows = await tx.all(queries.select_members, row=MemberRow, program_id=program_id, ids=list(ids))
    return {row.id: row for row in rows}
