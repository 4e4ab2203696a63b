"""What happened to a member, the latest posted first: events, movements of points, changes of tier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from regulars.core.events import STATUS_BY_NUMBER
from regulars.flows.accrual.insight import Rulebook, plain_instant
from regulars.flows.explanation.store import Movement, queries
from regulars.flows.explanation.wording import shown_movement
from regulars.infra.db import Transaction
from regulars.kit import ids
from regulars.kit.ids import ID_MAX


class Entry(msgspec.Struct, frozen=True):
    """One line of a timeline; `id` is its place in the order of posting."""

    id: int
    shown: dict[str, Any]


async def member_timeline(
    tx: Transaction, book: Rulebook, member_ids: Sequence[int], *, before: int = ID_MAX, limit: int
) -> list[Entry]:
    """Return at most `limit` entries posted before the one numbered `before`, of a member and those merged into her."""
    asked = {"member_ids": list(member_ids), "before": before, "limit": limit}
    entries = [_event(book, row) for row in await tx.all(queries.select_timeline_events, **asked)]
    moved: list[Movement] = await tx.all(queries.select_timeline_transfers, row=Movement, **asked)
    entries += [Entry(one.id, {"entry": "transfer", **shown_movement(book, one)}) for one in moved]
    entries += [_standing(row) for row in await tx.all(queries.select_timeline_standings, **asked)]
    entries.sort(key=lambda entry: entry.id, reverse=True)
    return entries[:limit]


def _event(book: Rulebook, row: tuple[Any, ...]) -> Entry:
    event_id, member_id, name, status, source_id, occurred_at, received_at = row
    source = book.terms.sources.get(source_id)
    shown = {
        "entry": "event",
        "id": ids.encode("evt", event_id),
        "type": name,
        "status": STATUS_BY_NUMBER[status].value,
        "source": source.code if source else None,
        "member": ids.encode("mem", member_id),
        "occurred_at": plain_instant(occurred_at),
        "posted_at": plain_instant(received_at),
    }
    return Entry(event_id, shown)


def _standing(row: tuple[Any, ...]) -> Entry:
    number, member_id, tier_set, before, after, direction, reason, event_id, since = row
    shown = {
        "entry": "tier_changed",
        "tier_set": tier_set,
        "from": before or None,
        "to": after or None,
        "direction": direction,
        "reason": reason,
        "event": None if event_id is None else ids.encode("evt", event_id),
        "member": ids.encode("mem", member_id),
        "occurred_at": plain_instant(since),
    }
    return Entry(number, shown)
