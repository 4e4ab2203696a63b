"""Reading and writing the tables of programs: one typed function per named query, no decisions."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

import msgspec
import structlog

from regulars.features.programs.errors import UnknownProgram
from regulars.features.programs.model import (
    Partner,
    PointType,
    Program,
    ProgramSettings,
    Source,
    Store,
)
from regulars.features.programs.policy import PointTypePolicy
from regulars.infra.db import Transaction, load_queries
from regulars.infra.sealing import SealedColumn, SecretUnreadable

queries = load_queries(__package__)
log = structlog.get_logger("regulars.programs")
SIGNING_SECRET: Final = SealedColumn("programs.source", "signing_secret", ("program_id", "code"))
_UNKNOWN_BYTES: Final = 32

PROGRAMS_OF_PAGE = 500


def _program(*columns: object) -> Program:
    fields: list[Any] = list(columns)
    fields[6] = msgspec.convert(fields[6], ProgramSettings)
    return Program(*fields)


def _partner(number: int, code: str, name: str, roles: list[str], archived_at: datetime | None) -> Partner:
    return Partner(number, code, name, tuple(roles), archived_at)


def _source(program_id: int, *columns: object) -> Source:
    fields: list[Any] = list(columns)
    fields[8] = tuple(fields[8])
    if fields[11] is not None:
        fields[11] = _opened(fields[11], program_id, fields[1])
    return Source(*fields)


def _opened(sealed: str, program_id: int, code: str) -> str:
    """Return a source's secret. One that cannot be read fits no request: the source is refused, not let in unsigned."""
    try:
        return SIGNING_SECRET.open(sealed, program_id, code)
    except SecretUnreadable:
        log.error("signing_secret_unreadable", program=program_id, source=code)
        return secrets.token_hex(_UNKNOWN_BYTES)


def _point_type(*columns: object) -> PointType:
    fields: list[Any] = list(columns)
    fields[7] = msgspec.convert(fields[7], PointTypePolicy)
    return PointType(*fields)


async def select_programs(tx: Transaction, *, after: str, limit: int, archived: bool) -> list[Program]:
    """Return at most `limit` programs whose code is beyond `after`, in code order."""
    return await tx.all(queries.select_programs, row=_program, after=after, limit=limit, archived=archived)


async def list_programs(tx: Transaction, *, archived: bool = False) -> list[Program]:
    """Return all programs of the installation in code order; archived ones only on demand."""
    found: list[Program] = []
    while page := await select_programs(
        tx, after=found[-1].code if found else "", limit=PROGRAMS_OF_PAGE, archived=archived
    ):
        found += page
    return found


async def select_program(tx: Transaction, program_id: int) -> Program | None:
    """Return the program with this number."""
    return await tx.maybe(queries.select_program, row=_program, program_id=program_id)


async def select_program_by_code(tx: Transaction, code: str) -> Program | None:
    """Return the program with this code."""
    return await tx.maybe(queries.select_program_by_code, row=_program, code=code)


async def select_revision(tx: Transaction, program_id: int) -> int:
    """Return the revision of a program's configuration. Refuses with UnknownProgram."""
    revision: int | None = await tx.value(queries.select_revision, program_id=program_id)
    if revision is None:
        raise UnknownProgram
    return revision


async def lock_program(tx: Transaction, program_id: int) -> Program:
    """Take a program's configuration for this transaction, with its next revision. Refuses with UnknownProgram."""
    program = await tx.maybe(queries.lock_program, row=_program, program_id=program_id)
    if program is None:
        raise UnknownProgram
    return program


async def insert_program(tx: Transaction, program: Program) -> Program:
    """Write a new program; its number is given by the database. Refuses with ProgramExists."""
    return await tx.one(
        queries.insert_program,
        row=_program,
        code=program.code,
        name=program.name,
        currency=program.currency,
        zone=program.zone,
        region=program.region,
        settings=_json(program.settings),
        now=program.created_at,
    )


async def update_program(tx: Transaction, program: Program) -> Program:
    """Write what may change of a program."""
    return await tx.one(
        queries.update_program,
        row=_program,
        program_id=program.id,
        name=program.name,
        zone=program.zone,
        region=program.region,
        settings=_json(program.settings),
    )


async def update_program_archived(tx: Transaction, program_id: int, archived_at: datetime | None) -> None:
    """Archive a program, or bring it back with None."""
    await tx.run(queries.update_program_archived, program_id=program_id, archived_at=archived_at)


async def select_partners(tx: Transaction, program_id: int) -> list[Partner]:
    """Return all partners of a program."""
    return await tx.all(queries.select_partners, row=_partner, program_id=program_id)


async def upsert_partner(
    tx: Transaction, program_id: int, code: str, name: str, roles: Sequence[str], now: datetime
) -> Partner:
    """Make a partner or change it."""
    return await tx.one(
        queries.upsert_partner,
        row=_partner,
        program_id=program_id,
        code=code,
        name=name,
        roles=list(roles),
        now=now,
    )


async def update_partner_archived(tx: Transaction, program_id: int, code: str, now: datetime) -> None:
    """Archive a partner."""
    await tx.run(queries.update_partner_archived, program_id=program_id, code=code, now=now)


async def select_stores(tx: Transaction, program_id: int) -> list[Store]:
    """Return all stores of a program."""
    return await tx.all(queries.select_stores, row=Store, program_id=program_id)


async def upsert_stores(
    tx: Transaction, program_id: int, stores: Sequence[tuple[str, str, str, str, int | None]], now: datetime
) -> None:
    """Make stores or change them: (code, name, region, channel, partner id) each; no code twice."""
    await tx.run(
        queries.upsert_stores,
        program_id=program_id,
        codes=[s[0] for s in stores],
        names=[s[1] for s in stores],
        regions=[s[2] for s in stores],
        channels=[s[3] for s in stores],
        partner_ids=[s[4] for s in stores],
        now=now,
    )


async def update_store_archived(tx: Transaction, program_id: int, code: str, now: datetime) -> None:
    """Archive a store."""
    await tx.run(queries.update_store_archived, program_id=program_id, code=code, now=now)


async def select_sources(tx: Transaction, program_id: int) -> list[Source]:
    """Return all sources of a program."""
    return await tx.all(queries.select_sources, row=partial(_source, program_id), program_id=program_id)


async def update_source_secret(tx: Transaction, program_id: int, code: str, secret: str | None) -> None:
    """Let a source sign its requests with a secret, or with None no longer."""
    sealed = None if secret is None else SIGNING_SECRET.seal(secret, program_id, code)
    await tx.run(queries.update_source_secret, program_id=program_id, code=code, secret=sealed)


async def upsert_source(
    tx: Transaction,
    program_id: int,
    source: Source,
    store_id: int | None,
    partner_id: int | None,
    now: datetime,
) -> int:
    """Make a source or change it; return its number."""
    source_id: int = await tx.value(
        queries.upsert_source,
        program_id=program_id,
        code=source.code,
        name=source.name,
        profile=source.profile,
        client_side=source.client_side,
        enrol=source.enrol,
        store_id=store_id,
        partner_id=partner_id,
        origins=list(source.origins),
        rate_per_second=source.rate_per_second,
        now=now,
    )
    return source_id


async def update_source_disabled(tx: Transaction, program_id: int, code: str, now: datetime) -> None:
    """Disable a source."""
    await tx.run(queries.update_source_disabled, program_id=program_id, code=code, now=now)


async def select_point_types(tx: Transaction, program_id: int) -> list[PointType]:
    """Return all point types of a program in slot order."""
    return await tx.all(queries.select_point_types, row=_point_type, program_id=program_id)


async def upsert_point_type(
    tx: Transaction, program_id: int, point_type: PointType, partner_id: int | None, now: datetime
) -> int:
    """Make a point type in the next free slot, or change its name and policy; return its number."""
    point_type_id: int = await tx.value(
        queries.upsert_point_type,
        program_id=program_id,
        code=point_type.code,
        name=point_type.name,
        kind=point_type.kind,
        scale=point_type.scale,
        partner_id=partner_id,
        policy=_json(point_type.policy),
        now=now,
    )
    return point_type_id


async def update_point_type_archived(tx: Transaction, program_id: int, code: str, now: datetime) -> None:
    """Archive a point type."""
    await tx.run(queries.update_point_type_archived, program_id=program_id, code=code, now=now)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
