"""Dashboards in the database: one function per statement."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)

# The owner of dashboards that belong to the program.
PROGRAM: Final = "program"


class Dashboard(msgspec.Struct, frozen=True):
    """A row; `widgets` is JSON."""

    owner: str
    code: str
    name: str
    shared: bool
    first_for: list[str]
    widgets: str
    revision: int
    updated_at: datetime


async def select_dashboards(tx: Transaction, program_id: int, owner: str, limit: int) -> list[Dashboard]:
    """Return at most `limit` dashboards that `owner` may see: the owner's own, the program's, what is shared."""
    asked = {"program_id": program_id, "owner": owner, "limit": limit}
    return await tx.all(queries.select_dashboards, row=Dashboard, **asked)


async def select_program_dashboards(tx: Transaction, program_id: int) -> list[Dashboard]:
    """Return the dashboards of the program, by code."""
    return await tx.all(queries.select_program_dashboards, row=Dashboard, program_id=program_id)


async def count_dashboards(tx: Transaction, program_id: int, owner: str) -> int:
    """Return how many dashboards `owner` has."""
    return int(await tx.value(queries.count_dashboards, program_id=program_id, owner=owner))


async def upsert_dashboard(
    tx: Transaction, program_id: int, dashboard: Dashboard, *, expected: int | None
) -> Dashboard | None:
    """Keep a dashboard; None when its revision is another than `expected`."""
    return await tx.maybe(
        queries.upsert_dashboard,
        row=Dashboard,
        program_id=program_id,
        owner=dashboard.owner,
        code=dashboard.code,
        name=dashboard.name,
        shared=dashboard.shared,
        first_for=dashboard.first_for,
        widgets=dashboard.widgets,
        now=dashboard.updated_at,
        expected=expected,
    )


async def delete_dashboard(tx: Transaction, program_id: int, owner: str, code: str) -> bool:
    """Remove a dashboard; False when there was none."""
    return await tx.run(queries.delete_dashboard, program_id=program_id, owner=owner, code=code) == 1
