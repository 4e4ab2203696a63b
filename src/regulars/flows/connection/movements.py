"""Movements of points that a partner may see (the view connection.movement): a page, a file, and figures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from regulars.core.ledger import TransferKind
from regulars.flows.connection.queries import queries
from regulars.infra.csv_files import csv_lines
from regulars.infra.db import Transaction
from regulars.kit import ids
from regulars.kit.errors import FieldError, Invalid

LATEST: Final = 2**62
KINDS: Final = {"all": (1, 3, 5, 6, 9, 13), "earn": (1, 3, 13), "spend": (5, 6, 9)}
COLUMNS: Final = (
    "posted_at", "occurred_at", "kind", "point_type", "points", "order_id", "store", "account", "member", "transfer",
)  # fmt: skip


class Wanted(msgspec.Struct, frozen=True):
    """Which movements are asked for: posted from `start` on and before `end`; None = any."""

    start: datetime
    end: datetime
    kinds: tuple[int, ...]
    point_type: str | None
    store: str | None
    order_id: str | None
    member_id: int | None


class Movement(msgspec.Struct, frozen=True):
    """One movement; points in smallest units, always positive: `kind` says which way."""

    member_id: int
    id: int
    kind: int
    point_type: str
    scale: int
    points: int
    occurred_at: datetime
    posted_at: datetime
    account: str
    order_id: str
    store: str

    @property
    def transfer(self) -> str:
        """Return the transfer's id as it is written."""
        return ids.encode("trf", self.id)

    @property
    def member(self) -> str:
        """Return the member's id as it is written."""
        return ids.encode("mem", self.member_id)

    @property
    def kind_name(self) -> str:
        """Return the kind in words."""
        return TransferKind(self.kind).name.lower()


class Figures(msgspec.Struct):
    """Movements added up: (day, kind, point type, movements, points), (store, movements, members), and in all."""

    days: list[tuple[date, str, str, int, int]]
    stores: list[tuple[str, int, int]]
    transactions: int = 0
    members: int = 0


def wanted_of(
    start: datetime,
    end: datetime,
    kind: str = "all",
    point_type: str | None = None,
    store: str | None = None,
    order_id: str | None = None,
    member: str | None = None,
) -> Wanted:
    """Return what a query asks for. Refuses with Invalid what cannot be: an end before the start, an id of nothing."""
    errors = []
    member_id = None
    if start >= end:
        errors.append(FieldError("end", "not_after", "Write an instant after start."))
    if member:
        try:
            member_id = ids.decode("mem", member)
        except ValueError:
            errors.append(FieldError("member", "not_an_id", "Write the id of a member: mem_…"))
    if errors:
        raise Invalid(errors=errors)
    return Wanted(start, end, KINDS[kind], point_type or None, store or None, order_id or None, member_id)


async def select_movements(
    tx: Transaction, program_id: int, partner: str, wanted: Wanted, before: int, limit: int
) -> list[Movement]:
    """Return at most `limit` movements before a transfer, the latest first."""
    place = _place(program_id, partner, wanted)
    return await tx.all(queries.select_transactions, row=Movement, **place, before=before, limit=limit)


async def movements_csv(tx: Transaction, program_id: int, partner: str, wanted: Wanted) -> AsyncIterator[str]:
    """Yield CSV text, the header first, the latest movement first; points with the decimals of their type."""
    yield csv_lines([COLUMNS])
    async for rows in tx.stream(queries.stream_transactions, **_place(program_id, partner, wanted)):
        yield csv_lines(_row(Movement(*row)) for row in rows)


async def select_figures(
    tx: Transaction, program_id: int, partner: str, wanted: Wanted, zone: str
) -> Figures:
    """Return a partner's movements added up; days are those of `zone`."""
    found = Figures([], [])
    rows = await tx.all(
        queries.select_figures,
        program_id=program_id,
        partner=partner,
        start=wanted.start,
        end=wanted.end,
        zone=zone,
    )
    for row in rows:
        _take(found, row)
    return found


def _take(found: Figures, row: tuple[Any, ...]) -> None:
    no_store, no_kind, day, kind, point_type, store, count, points, members = row
    if not no_kind:
        found.days.append((day, TransferKind(kind).name.lower(), point_type, count, points))
    elif not no_store:
        found.stores.append((store, count, members))
    else:
        found.transactions, found.members = count, members


def _place(program_id: int, partner: str, wanted: Wanted) -> dict[str, Any]:
    asked = msgspec.structs.asdict(wanted)
    return {**asked, "kinds": list(wanted.kinds), "program_id": program_id, "partner": partner}


def _row(one: Movement) -> list[str | Decimal]:
    points = Decimal(one.points).scaleb(-one.scale)
    instants = (one.posted_at.isoformat(), one.occurred_at.isoformat())
    place = (one.order_id, one.store, one.account, one.member, one.transfer)
    return [*instants, one.kind_name, one.point_type, points, *place]
