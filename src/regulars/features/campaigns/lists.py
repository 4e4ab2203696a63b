"""Marketing lists by name: made, described, put away. Who is on them stands with the members."""

from __future__ import annotations

from datetime import datetime

from regulars.features.campaigns import store
from regulars.features.campaigns.errors import (
    InvalidMarketingList,
    MarketingListChanged,
    UnknownMarketingList,
)
from regulars.features.campaigns.model import MarketingList, check_list
from regulars.infra.db import Transaction


async def get_list(tx: Transaction, program_id: int, code: str) -> MarketingList:
    """Return a marketing list, archived or not. Refuses with UnknownMarketingList."""
    found = await store.select_lists(tx, program_id, codes=[code], archived=True)
    if not found:
        raise UnknownMarketingList
    return found[0]


async def put_list(
    tx: Transaction,
    program_id: int,
    code: str,
    name: str,
    description: str = "",
    *,
    now: datetime,
    expected: int | None = None,
) -> tuple[MarketingList, bool]:
    """Make a marketing list or describe it anew; return it and whether it is new. An archived one comes back.

    Refuses with InvalidMarketingList, MarketingListChanged.
    """
    errors = check_list(code, name, description)
    if errors:
        raise InvalidMarketingList(errors=errors)
    if expected is not None and not await store.select_lists(tx, program_id, codes=[code], archived=True):
        raise MarketingListChanged
    kept = await store.upsert_list(
        tx, program_id, code, name.strip(), description, now=now, expected=expected
    )
    if kept is None:
        raise MarketingListChanged
    return kept, kept.revision == 1


async def archive_list(tx: Transaction, program_id: int, code: str, now: datetime) -> None:
    """Put a marketing list away; its members stay on it. Refuses with UnknownMarketingList."""
    await get_list(tx, program_id, code)
    await store.update_list_archived(tx, program_id, code, now)
