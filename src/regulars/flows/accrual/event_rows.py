"""Rows of events and standings as binary COPY wants them."""

from __future__ import annotations

from struct import Struct

from regulars.core.events import EventStatus
from regulars.core.ledger import PG_EPOCH_US, text_field
from regulars.flows.accrual.types import EventRow, StandingRow

_HEAD = Struct(">hiqiqiiiiihi").pack
_TIMES = Struct(">iqiqi").pack
_LENGTH = Struct(">i").pack
# The dictionary behind `EventStatus.number` asks for an enum's hash, which is Python's own and slow.
_ACCEPTED = EventStatus.ACCEPTED.number
_NULL = b"\xff\xff\xff\xff"
_STANDING_HEAD = Struct(">hiqiqii").pack
_STANDING_TAIL = Struct(">iqiqiq").pack


def event_rows(rows: list[EventRow], program_id: int, received_at: int) -> list[bytes]:
    """Return `events.event` tuples."""
    return [event_row(row, program_id, received_at) for row in rows]


def event_row(row: EventRow, program_id: int, received_at: int) -> bytes:
    """Return one `events.event` tuple, fields in the table's order."""
    status, doc, outcome, name = row.status, row.doc, row.outcome, row.type.encode()
    number = _ACCEPTED if status is EventStatus.ACCEPTED else status.number
    head = _HEAD(
        10, 8, row.member_id, 8, row.id, 4, program_id, 4, row.source_id, 2, number, len(name),
    )  # fmt: skip
    times = _TIMES(8, row.occurred_at - PG_EPOCH_US, 8, received_at - PG_EPOCH_US, len(doc))
    if outcome is None:
        return b"".join((head, name, times, doc, _NULL))
    return b"".join((head, name, times, doc, _LENGTH(len(outcome)), outcome))


def standing_row(row: StandingRow, program_id: int, posted_at: int) -> bytes:
    """Return one `tiers.standing` tuple, fields as `copy_standings` names them."""
    head = _STANDING_HEAD(11, 8, row.member_id, 8, row.id, 4, program_id)
    words = [text_field(word) for word in (row.tier_set, row.after, row.before, row.direction, row.reason)]
    tail = _STANDING_TAIL(8, row.event_id, 8, row.since - PG_EPOCH_US, 8, posted_at - PG_EPOCH_US)
    return b"".join((head, *words, tail))
