"""Reading and writing vouchers: one typed function per named query, no decisions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from regulars.features.vouchers.model import Definition, Standing, StoredDefinition, Voucher
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)

# Texts of definitions that were read before; a program has some hundred of them.
DOCUMENTS_KEPT = 4_096
_decoder = msgspec.json.Decoder(Definition)
_encoder = msgspec.json.Encoder(decimal_format="string")


class Use(msgspec.Struct, frozen=True):
    """A use of a code under a reservation."""

    program_id: int
    code: str
    definition_id: int
    member_id: int | None
    status: str
    order_id: str | None
    used_at: datetime | None


class PastUse(msgspec.Struct, frozen=True):
    """A use of a code, as its history shows it."""

    reservation: str
    member_id: int | None
    status: str
    order_id: str | None
    until: datetime
    reserved_at: datetime
    used_at: datetime | None
    ended_at: datetime | None


class Counts(msgspec.Struct, frozen=True):
    """How the codes of a kind stand."""

    stock: int
    issued: int
    void: int
    uses: int
    reserved: int


def encode_definition(definition: Definition) -> str:
    """Return a definition as JSON text."""
    return _encoder.encode(definition).decode()


@lru_cache(DOCUMENTS_KEPT)
def decode_definition(text: str) -> Definition:
    """Return the definition in JSON text."""
    return _decoder.decode(text)


def _stored(row: tuple[Any, ...]) -> StoredDefinition:
    number, program_id, document, zone, revision, archived_at = row
    return StoredDefinition(number, program_id, decode_definition(document), zone, revision, archived_at)


def _voucher(row: Sequence[Any]) -> Voucher:
    fields = [*row[:3], decode_definition(row[3]), *row[4:12]]
    return Voucher(*fields)


async def lock_definition(tx: Transaction, program_id: int, code: str) -> StoredDefinition | None:
    """Return a kind of vouchers, held while it is changed."""
    row = await tx.maybe(queries.lock_definition, program_id=program_id, code=code)
    return None if row is None else _stored(row)


async def select_definition(tx: Transaction, program_id: int, code: str) -> StoredDefinition | None:
    """Return a kind of vouchers by its code."""
    row = await tx.maybe(queries.select_definition, program_id=program_id, code=code)
    return None if row is None else _stored(row)


async def select_definitions(
    tx: Transaction, program_id: int, *, after: str = "", limit: int = 10_000, archived: bool = False
) -> list[StoredDefinition]:
    """Return kinds of vouchers in the order of their codes."""
    rows = await tx.all(
        queries.select_definitions, program_id=program_id, after=after, limit=limit, archived=archived
    )
    return [_stored(row) for row in rows]


async def upsert_definition(
    tx: Transaction, program_id: int, definition: Definition, zone: str, now: datetime
) -> int:
    """Make or change a kind of vouchers; return its number."""
    number: int = await tx.value(
        queries.upsert_definition,
        program_id=program_id,
        code=definition.code,
        document=encode_definition(definition),
        zone=zone,
        uses_total=definition.uses_total,
        now=now,
    )
    return number


async def count_codes(tx: Transaction, definition_id: int) -> Counts:
    """Return how the codes of a kind stand."""
    row = await tx.one(queries.count_codes, definition_id=definition_id)
    return Counts(*(int(value) if isinstance(value, Decimal) else value for value in row))


async def lock_vouchers(tx: Transaction, program_id: int, codes: Sequence[str]) -> bool:
    """Hold codes in their order; say whether any of them is set aside for a basket."""
    rows = await tx.all(queries.lock_vouchers, program_id=program_id, codes=list(codes))
    return any(reserved for (reserved,) in rows)


async def select_vouchers(
    tx: Transaction, program_id: int, codes: Sequence[str], member_id: int | None, now: datetime
) -> dict[str, tuple[Voucher, Standing]]:
    """Return codes with what decides whether a member can use them; unknown ones are missing."""
    rows = await tx.all(
        queries.select_vouchers, program_id=program_id, codes=list(codes), member_id=member_id, now=now
    )
    return {row[1]: (_voucher(row), Standing(*row[12:17])) for row in rows}


async def select_known(tx: Transaction, program_id: int, codes: Sequence[str]) -> dict[str, int]:
    """Return the kind of each code that exists."""
    rows = await tx.all(queries.select_known, program_id=program_id, codes=list(codes))
    return {str(code): int(number) for code, number in rows}


async def select_patterns(tx: Transaction, program_id: int) -> list[tuple[int, str]]:
    """Return (kind, pattern) of every kind whose codes are made by one."""
    return [
        (number, pattern) for number, pattern in await tx.all(queries.select_patterns, program_id=program_id)
    ]


async def select_reserved(tx: Transaction, reservation: str) -> list[Use]:
    """Return what is or was set aside under a reservation."""
    return await tx.all(queries.select_reserved, row=Use, reservation=reservation)


async def end_uses(
    tx: Transaction,
    program_id: int,
    codes: Sequence[str],
    *,
    was: str,
    status: str,
    now: datetime,
    reservation: str | None = None,
    order_id: str | None = None,
) -> list[tuple[str, int | None]]:
    """End uses of codes that are held; return (code, member) each."""
    rows = await tx.all(
        queries.end_uses,
        program_id=program_id,
        codes=list(codes),
        was=was,
        status=status,
        now=now,
        reservation=reservation,
        order_id=order_id,
    )
    return [(code, member_id) for code, member_id in rows]


async def insert_vouchers(
    tx: Transaction,
    program_id: int,
    definition_id: int,
    codes: Sequence[str],
    *,
    status: str,
    uses_max: int | None,
    issued_at: datetime | None,
    valid_until: datetime | None,
) -> int:
    """Make many codes; return how many did not exist."""
    return await tx.run(
        queries.insert_vouchers,
        program_id=program_id,
        definition_id=definition_id,
        codes=list(codes),
        status=status,
        uses_max=uses_max,
        issued_at=issued_at,
        valid_until=valid_until,
    )


async def select_page(
    tx: Transaction, definition_id: int, *, after: str, limit: int, status: str | None = None
) -> list[Voucher]:
    """Return codes of a kind in their order."""
    rows = await tx.all(
        queries.select_page, definition_id=definition_id, after=after, limit=limit, status=status
    )
    return [_voucher(row) for row in rows]


async def select_of_member(
    tx: Transaction, program_id: int, member_id: int, *, after: str, limit: int
) -> list[Voucher]:
    """Return the codes a member holds."""
    rows = await tx.all(
        queries.select_of_member, program_id=program_id, member_id=member_id, after=after, limit=limit
    )
    return [_voucher(row) for row in rows]


async def select_history(tx: Transaction, program_id: int, code: str, limit: int = 100) -> list[PastUse]:
    """Return the uses of a code, oldest first."""
    return await tx.all(queries.select_history, row=PastUse, program_id=program_id, code=code, limit=limit)


async def stream_codes(
    tx: Transaction, definition_id: int, status: str | None
) -> AsyncIterator[list[tuple[Any, ...]]]:
    """Yield every code of a kind in constant memory."""
    async for rows in tx.stream(queries.stream_codes, size=5_000, definition_id=definition_id, status=status):
        yield rows
