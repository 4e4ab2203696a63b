"""Reading statements and disputes: one typed function per named query, no decisions."""

from __future__ import annotations

import msgspec

from regulars.features.programs import ProgramConfig
from regulars.flows.settlement.errors import UnknownDispute, UnknownNetting, UnknownStatement
from regulars.flows.settlement.model import (
    Account,
    Dispute,
    DisputeNote,
    Entry,
    IssuedVersion,
    Line,
    Netting,
    Payment,
    Section,
    Statement,
    Upload,
    rounded,
)
from regulars.flows.settlement.queries import queries
from regulars.infra.db import Transaction

LATEST = 2**62
_decode = msgspec.json.Decoder().decode


async def select_statements(
    tx: Transaction,
    program_id: int,
    *,
    partner: str | None = None,
    status: str | None = None,
    drafts: bool = True,
    before: int = LATEST,
    limit: int = 1000,
) -> list[Statement]:
    """Return statements of a program or of one partner, the latest first; `drafts` are not shown to partners."""
    return await tx.all(
        queries.select_statements,
        row=Statement,
        program_id=program_id,
        partner=partner,
        status=status,
        shown_to_partner=not drafts,
        before=before,
        limit=limit,
    )


async def lock_statement(
    tx: Transaction, program_id: int, number: int, partner: str | None = None
) -> Statement:
    """Return one statement and hold it; with `partner` only if it is that partner's. Refuses with UnknownStatement."""
    found = await tx.maybe(queries.lock_statement, row=Statement, program_id=program_id, id=number)
    if found is None or (partner is not None and found.partner != partner):
        raise UnknownStatement
    return found


async def find_statement(
    tx: Transaction, program_id: int, number: int, partner: str | None = None
) -> Statement:
    """Return one statement to look at; with `partner` only if it is that partner's and was issued.

    Refuses with UnknownStatement.
    """
    found = await select_statements(
        tx, program_id, partner=partner, drafts=partner is None, before=number + 1, limit=1
    )
    if not found or found[0].id != number:
        raise UnknownStatement
    return found[0]


async def find_dispute(tx: Transaction, program_id: int, number: int, partner: str | None = None) -> Dispute:
    """Return one dispute to look at; with `partner` only if it is that partner's. Refuses with UnknownDispute."""
    found = await select_disputes(tx, program_id, partner=partner, before=number + 1, limit=1)
    if not found or found[0].id != number:
        raise UnknownDispute
    return found[0]


async def find_netting(tx: Transaction, program_id: int, number: int) -> Netting:
    """Return one netting to look at. Refuses with UnknownNetting."""
    found = await select_nettings(tx, program_id, number + 1, 1)
    if not found or found[0].id != number:
        raise UnknownNetting
    return found[0]


async def select_account(tx: Transaction, config: ProgramConfig, statement: Statement) -> Account:
    """Return a statement with its sections and entries as they are now."""
    sections = [
        Section(kind, config.point_types_by_id[number].code, lines, points, rounded(exact), exact)
        for kind, number, lines, points, exact in await tx.all(
            queries.select_sections, statement_id=statement.id
        )
    ]
    return Account(statement, sections, await select_entries(tx, statement.id))


async def select_entries(tx: Transaction, statement_id: int) -> list[Entry]:
    """Return what a statement holds beside lines."""
    return await tx.all(queries.select_entries, row=Entry, statement_id=statement_id)


async def select_versions(tx: Transaction, statement_id: int) -> list[IssuedVersion]:
    """Return a statement as it was issued, the latest version first."""
    return await tx.all(queries.select_versions, row=_version, statement_id=statement_id)


def _version(version: int, document: str, digest: str, by: str, at: object) -> IssuedVersion:
    return IssuedVersion(version, _decode(document), digest, by, at)  # type: ignore[arg-type]


async def select_lines(
    tx: Transaction, statement_id: int, after: tuple[int, int, int], limit: int
) -> list[Line]:
    """Return at most `limit` lines of a statement behind a key."""
    member_id, transfer_id, share = after
    return await tx.all(
        queries.select_lines,
        row=Line,
        statement_id=statement_id,
        member_id=member_id,
        transfer_id=transfer_id,
        share=share,
        limit=limit,
    )


async def select_uploads(tx: Transaction, statement_id: int) -> list[Upload]:
    """Return a partner's files about a statement and how they matched, the latest first, a hundred at most."""
    return await tx.all(queries.select_uploads, row=Upload, statement_id=statement_id)


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


async def lock_dispute(tx: Transaction, program_id: int, number: int, partner: str | None = None) -> Dispute:
    """Return one dispute and hold it; with `partner` only if it is that partner's. Refuses with UnknownDispute."""
    found = await tx.maybe(queries.lock_dispute, row=Dispute, program_id=program_id, id=number)
    if found is None or (partner is not None and found.partner != partner):
        raise UnknownDispute
    return found


async def select_notes(tx: Transaction, dispute_id: int) -> list[DisputeNote]:
    """Return what was written about a dispute, in order."""
    return await tx.all(queries.select_notes, row=DisputeNote, dispute_id=dispute_id)


async def select_nettings(
    tx: Transaction, program_id: int, before: int = LATEST, limit: int = 100
) -> list[Netting]:
    """Return nettings, the latest first."""
    return await tx.all(
        queries.select_nettings, row=Netting, program_id=program_id, before=before, limit=limit
    )


async def lock_netting(tx: Transaction, program_id: int, number: int) -> Netting:
    """Return one netting and hold it. Refuses with UnknownNetting."""
    found = await tx.maybe(queries.lock_netting, row=Netting, program_id=program_id, id=number)
    if found is None:
        raise UnknownNetting
    return found


async def select_payments(tx: Transaction, netting_id: int) -> list[Payment]:
    """Return who pays whom in a netting."""
    return await tx.all(queries.select_payments, row=Payment, netting_id=netting_id)
