"""Reading partners' files and disputes: one typed function per named query, no decisions."""

from __future__ import annotations

from regulars.flows.settlement.errors import UnknownDispute
from regulars.flows.settlement.model import Dispute, DisputeNote, Upload
from regulars.flows.settlement.store import LATEST
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__, "disputes.sql")


async def select_disputes(
    tx: Transaction,
    program_id: int,
    *,
    partner: str | None = None,
    statement_id: int | None = None,
    open_only: bool = False,
    before: int = LATEST,
    limit: int = 1000,
) -> list[Dispute]:
    """Return disputes, the latest first."""
    return await tx.all(
        queries.select_disputes,
        row=Dispute,
        program_id=program_id,
        partner=partner,
        statement_id=statement_id,
        open=open_only,
        before=before,
        limit=limit,
    )


async def find_dispute(tx: Transaction, program_id: int, number: int, partner: str | None = None) -> Dispute:
    """Return one dispute to look at; with `partner` only if it is that partner's. Refuses with UnknownDispute."""
    found = await select_disputes(tx, program_id, partner=partner, before=number + 1, limit=1)
    if not found or found[0].id != number:
        raise UnknownDispute
    return found[0]


async def lock_dispute(tx: Transaction, program_id: int, number: int, partner: str | None = None) -> Dispute:
    """Return one dispute and hold it; with `partner` only if it is that partner's. Refuses with UnknownDispute."""
    found = await tx.maybe(queries.lock_dispute, row=Dispute, program_id=program_id, id=number)
    if found is None or (partner is not None and found.partner != partner):
        raise UnknownDispute
    return found


async def select_notes(tx: Transaction, dispute_id: int) -> list[DisputeNote]:
    """Return what was written about a dispute, in order."""
    return await tx.all(queries.select_notes, row=DisputeNote, dispute_id=dispute_id)


async def select_uploads(tx: Transaction, statement_id: int) -> list[Upload]:
    """Return a partner's files about a statement and how they matched, the latest first, a hundred at most."""
    return await tx.all(queries.select_uploads, row=Upload, statement_id=statement_id)


async def count_open_disputes(tx: Transaction, statement_id: int) -> int:
    """Return how many disputes of a statement are open."""
    return int(await tx.value(queries.count_open_disputes, statement_id=statement_id))
