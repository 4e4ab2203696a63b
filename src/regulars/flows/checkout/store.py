"""Reading and writing checkouts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from regulars.features.members import select_merged_ids
from regulars.flows.checkout.model import Content, Session, Wanted
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Content).decode


async def insert_session(tx: Transaction, session: Session) -> None:
    """Write a new checkout."""
    await tx.run(
        queries.insert_session,
        member_id=session.member_id,
        id=session.id,
        program_id=session.program_id,
        store=session.content.store,
        content=_encode(session.content).decode(),
        now=session.created_at,
        expires_at=session.expires_at,
    )


async def update_session(tx: Transaction, session: Session) -> None:
    """Write what became of a checkout."""
    await tx.run(
        queries.update_session,
        member_id=session.member_id,
        id=session.id,
        status=session.status,
        order_id=session.order_id,
        store=session.content.store,
        content=_encode(session.content).decode(),
        expires_at=session.expires_at,
        closed_at=session.closed_at,
    )


async def select_session(
    tx: Transaction, program_id: int, number: int, *, lock: bool = False
) -> Session | None:
    """Return a checkout of a program, held until the transaction ends with `lock`; None when there is none."""
    query = queries.lock_session if lock else queries.select_session
    row = await tx.maybe(query, program_id=program_id, id=number)
    return None if row is None else _session(row)


async def select_page(
    tx: Transaction, program_id: int, wanted: Wanted, now: datetime, *, limit: int, before: int | None = None
) -> list[Session]:
    """Return checkouts of a program that were looked for, latest first, as they stand at `now`."""
    rows = await tx.all(
        queries.select_page,
        program_id=program_id,
        before=before,
        member_ids=None if wanted.member_id is None else await select_merged_ids(tx, wanted.member_id),
        order_id=wanted.order_id,
        stores=wanted.stores,
        status=wanted.status,
        since=wanted.since,
        until=wanted.until,
        now=now,
        limit=limit,
    )
    return [_session(row) for row in rows]


async def order_is_taken(tx: Transaction, program_id: int, order_id: str) -> bool:
    """Whether a checkout became the order of this number; nobody else can take it until the transaction ends."""
    place = {"program_id": program_id, "order_id": order_id}
    await tx.run(queries.lock_order, **place)
    return await tx.maybe(queries.select_order, **place) is not None


def _session(row: Sequence[Any]) -> Session:
    fields = dict(zip(Session.__struct_fields__, row, strict=True))
    return Session(**{**fields, "content": _decode(fields["content"])})
