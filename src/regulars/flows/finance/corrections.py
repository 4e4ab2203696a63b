"""What a journal changed since a version of its close that somebody has read into a general ledger already."""

from __future__ import annotations

import msgspec

from regulars.flows.finance.errors import UnknownClose
from regulars.flows.finance.journals import Entry
from regulars.flows.finance.periods import PeriodReport, closes, queries
from regulars.infra.db import Transaction


async def entries_less(tx: Transaction, program_id: int, report: PeriodReport, version: int) -> list[Entry]:
    """Return the entries of a month less those of a version of its close. Refuses with UnknownClose."""
    kept = await tx.maybe(queries.select_report, program_id=program_id, period=report.period, version=version)
    if kept is None:
        known = [one.version for one in await closes(tx, program_id) if one.period == report.period]
        raise UnknownClose(latest=max(known, default=0))
    return changes(msgspec.json.decode(kept[0], type=PeriodReport).entries, report.entries)


def changes(before: list[Entry], now: list[Entry]) -> list[Entry]:
    """Return entries that lead from one journal to another; they balance when both do."""
    sums: dict[Entry, int] = {}
    for sign, entries in ((1, now), (-1, before)):
        for one in entries:
            key = msgspec.structs.replace(one, debit=0, credit=0)
            sums[key] = sums.get(key, 0) + sign * (one.debit - one.credit)
    return [
        msgspec.structs.replace(key, debit=max(0, amount), credit=max(0, -amount))
        for key, amount in sums.items()
        if amount
    ]
