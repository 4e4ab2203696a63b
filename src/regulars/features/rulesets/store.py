"""Reading and writing the tables of rulesets: one typed function per named query, no decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from regulars.features.rulesets.canonical import decode, encode
from regulars.features.rulesets.model import DraftPart, DraftRule, Version, VersionStart, VersionSummary
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)

# More rules than a program has (see RULES_MAX of the rule language); a bound all the same.
ROWS_MAX = 100_000


def _rule(code: str, doc: str, status: str, revision: int, updated_at: datetime) -> DraftRule:
    return DraftRule(code, decode(doc), status, revision, updated_at)


def _part(kind: str, code: str, doc: str, revision: int, updated_at: datetime) -> DraftPart:
    return DraftPart(kind, code, decode(doc), revision, updated_at)


def _version(
    version: int,
    document: str,
    digest: str,
    in_force_from: datetime,
    published_at: datetime,
    published_by: str,
    note: str,
) -> Version:
    return Version(version, decode(document), digest, in_force_from, published_at, published_by, note)


async def select_rules(
    tx: Transaction, program_id: int, *, after: str = "", limit: int = ROWS_MAX, archived: bool = False
) -> list[DraftRule]:
    """Return at most `limit` rules whose code is beyond `after`, in code order."""
    return await tx.all(
        queries.select_rules, row=_rule, program_id=program_id, after=after, limit=limit, archived=archived
    )


async def select_set_attributes(tx: Transaction, program_id: int) -> list[Any]:
    """Return the arguments of every `set_attribute` of the rules that are not archived."""
    return [decode(text) for (text,) in await tx.all(queries.select_set_attributes, program_id=program_id)]


async def select_rule(tx: Transaction, program_id: int, code: str) -> DraftRule | None:
    """Return one rule."""
    return await tx.maybe(queries.select_rule, row=_rule, program_id=program_id, code=code)


async def upsert_rule(
    tx: Transaction,
    program_id: int,
    code: str,
    document: dict[str, Any],
    status: str,
    expected: int | None,
    now: datetime,
) -> DraftRule | None:
    """Write a rule; None when it does not have the expected revision."""
    return await tx.maybe(
        queries.upsert_rule,
        row=_rule,
        program_id=program_id,
        code=code,
        doc=encode(document),
        status=status,
        expected=expected,
        now=now,
    )


async def update_rule_status(
    tx: Transaction, program_id: int, code: str, status: str, expected: int | None, now: datetime
) -> DraftRule | None:
    """Give a rule another status; None when it has that status, or not the expected revision."""
    return await tx.maybe(
        queries.update_rule_status,
        row=_rule,
        program_id=program_id,
        code=code,
        status=status,
        expected=expected,
        now=now,
    )


async def select_parts(tx: Transaction, program_id: int, kind: str | None = None) -> list[DraftPart]:
    """Return all parts of a program, or those of one kind."""
    return await tx.all(queries.select_parts, row=_part, program_id=program_id, kind=kind)


async def select_part(tx: Transaction, program_id: int, kind: str, code: str) -> DraftPart | None:
    """Return one part."""
    return await tx.maybe(queries.select_part, row=_part, program_id=program_id, kind=kind, code=code)


async def upsert_part(
    tx: Transaction,
    program_id: int,
    kind: str,
    code: str,
    document: dict[str, Any],
    expected: int | None,
    now: datetime,
) -> DraftPart | None:
    """Write a part; None when it does not have the expected revision."""
    return await tx.maybe(
        queries.upsert_part,
        row=_part,
        program_id=program_id,
        kind=kind,
        code=code,
        doc=encode(document),
        expected=expected,
        now=now,
    )


async def delete_part(tx: Transaction, program_id: int, kind: str, code: str, expected: int | None) -> int:
    """Remove a part; return 0 when it is not there or does not have the expected revision."""
    return await tx.run(queries.delete_part, program_id=program_id, kind=kind, code=code, expected=expected)


async def lock_publishing(tx: Transaction, program_id: int) -> None:
    """Wait until no other transaction publishes rules of this program."""
    await tx.all(queries.lock_publishing, program_id=program_id)


async def select_starts(tx: Transaction, program_id: int) -> list[VersionStart]:
    """Return when each version takes force, in that order."""
    return await tx.all(queries.select_starts, row=VersionStart, program_id=program_id)


async def select_version_in_force(tx: Transaction, program_id: int, at: datetime) -> VersionStart | None:
    """Return the version in force at an instant."""
    return await tx.maybe(queries.select_version_in_force, row=VersionStart, program_id=program_id, at=at)


async def select_digest(tx: Transaction, program_id: int, version: int) -> str | None:
    """Return the name of a version's content."""
    found: str | None = await tx.value(queries.select_digest, program_id=program_id, version=version)
    return found


async def select_version(tx: Transaction, program_id: int, version: int) -> Version | None:
    """Return one version."""
    return await tx.maybe(queries.select_version, row=_version, program_id=program_id, version=version)


async def select_latest(tx: Transaction, program_id: int) -> Version | None:
    """Return the version published last."""
    return await tx.maybe(queries.select_latest, row=_version, program_id=program_id)


async def select_versions(
    tx: Transaction, program_id: int, *, before: int, limit: int
) -> list[VersionSummary]:
    """Return at most `limit` versions below `before`, the latest first."""
    return await tx.all(
        queries.select_versions, row=VersionSummary, program_id=program_id, before=before, limit=limit
    )


async def insert_version(tx: Transaction, program_id: int, version: Version) -> None:
    """Write a version. Refuses with VersionTaken."""
    await tx.run(
        queries.insert_version,
        program_id=program_id,
        version=version.version,
        document=encode(version.document),
        digest=version.digest,
        in_force_from=version.in_force_from,
        now=version.published_at,
        published_by=version.published_by,
        note=version.note,
    )
