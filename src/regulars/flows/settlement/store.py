"""Reading statements: one typed function per named query, no decisions."""

from __future__ import annotations

import msgspec

from regulars.features.programs import ProgramConfig
from regulars.flows.settlement.errors import UnknownStatement
from regulars.flows.settlement.model import (
    Account,
    Entry,
    IssuedVersion,
    Line,
    Section,
    Statement,
    rounded,
)
from regulars.flows.settlement.queries import queries
from regulars.infra.db import Transaction

LATEST = 2**62
_decode = msgspec.json.Decoder().decode


async def lock_settlement(tx: Transaction, program_id: int) -> None:
    """Wait until nobody else draws up statements of the program or nets them, and keep others waiting."""
    await tx.run(queries.lock_settlement, program_id=program_id)


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
