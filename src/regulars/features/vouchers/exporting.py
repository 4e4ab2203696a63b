"""Exporting codes as CSV in constant memory: every cell safe to open in a spreadsheet; import reads the file again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

from regulars.features.vouchers import store
from regulars.features.vouchers.model import written
from regulars.infra.csv_files import csv_lines
from regulars.infra.db import Transaction
from regulars.kit.ids import encode

HEADER: Final = ("code", "status", "member", "uses", "uses_max", "issued_at", "valid_until", "last_used_at")


async def export_codes(tx: Transaction, definition_id: int, status: str | None = None) -> AsyncIterator[str]:
    """Yield CSV text, the header first, in the order of the codes; `status` leaves others out."""
    yield csv_lines([HEADER])
    async for rows in store.stream_codes(tx, definition_id, status):
        yield csv_lines(_row(*row) for row in rows)


def _row(
    code: str, status: str, member_id: int | None, uses_max: int | None, uses: int, *instants: Any
) -> list[str]:
    issued_at, valid_until, last_used_at = instants
    return [
        code,
        status,
        "" if member_id is None else encode("mem", member_id),
        str(uses),
        "" if uses_max is None else str(uses_max),
        *(_instant(instant) for instant in (issued_at, valid_until, last_used_at)),
    ]


def _instant(instant: datetime | None) -> str:
    return written(instant)
