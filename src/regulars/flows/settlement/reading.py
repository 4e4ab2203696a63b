"""How far statements have read the ledger: each batch is looked at once, unless who pays for what has changed.

A batch is closed when everybody who took a number up to its own has ended (`ClosedNumbers`); what lies beyond is read
each time until it is. Who pays for which account is part of what was read: another answer to that, and the ledger is
read from its beginning. Accounts that were opened since have nothing older.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from regulars.features.programs import ProgramConfig
from regulars.flows.settlement.ground import Ground
from regulars.flows.settlement.queries import queries
from regulars.infra.db import ClosedNumbers, Transaction

SEQUENCE: Final = "events.batch_id_seq"
# One statement of lines stays below what a request may wait for: a line costs about 30 µs.
PIECE_EVENTS: Final = 50_000
PIECE_BATCHES: Final = 20_000
# Ids of transfers are (batch << 20) + position; no batch has a number like this.
ID_SHIFT: Final = 20
BATCH_MAX: Final = 2**42


class Known(msgspec.Struct, frozen=True):
    """Where reading begins (`after` this batch), what is closed, and the digest that goes with it."""

    after: int
    closed: int
    until_account: int
    ground: str


class Piece(msgspec.Struct, frozen=True):
    """Some batches: their transfers by id (first < id < beyond) and by when they were posted."""

    first: int
    beyond: int
    from_at: datetime
    to_at: datetime


async def known_of(
    tx: Transaction,
    config: ProgramConfig,
    ground: Ground,
    partners: list[int],
    numbers: ClosedNumbers,
) -> Known:
    """Return from where the ledger is to be read for some partners together; from its beginning where one was not."""
    closed = await numbers.closed(tx)
    last = max((number for number, *_ in ground.accounts), default=0)
    rows = await tx.all(queries.select_progress, program_id=config.id, partner_ids=partners)
    after = 0
    if len(rows) == len(set(partners)):
        same = all(digest_of(config, ground, until) == said for _, _, until, said in rows)
        after = min(batch for _, batch, _, _ in rows) if same else 0
    return Known(after, max(closed, after), last, digest_of(config, ground, last))


async def pieces(tx: Transaction, config: ProgramConfig, known: Known) -> AsyncIterator[Piece]:
    """Yield what is to be read, in pieces that one statement each can bear; what is not closed comes last."""
    after = known.after
    for until in (known.closed, BATCH_MAX):
        while True:
            count, last, from_at, to_at = await tx.one(
                queries.select_piece,
                program_id=config.id,
                after=after,
                until=until,
                batches=PIECE_BATCHES,
                events=PIECE_EVENTS,
            )
            if not count:
                break
            yield Piece(((after + 1) << ID_SHIFT) - 1, (last + 1) << ID_SHIFT, from_at, to_at)
            after = last


async def move_progress(
    tx: Transaction, config: ProgramConfig, known: Known, untils: dict[int, datetime]
) -> None:
    """Note that statements of partners (by id) have read what is closed and was posted before an instant."""
    await tx.run(
        queries.move_progress,
        program_id=config.id,
        partner_ids=list(untils),
        untils=list(untils.values()),
        after=known.after,
        closed=known.closed,
        until_account=known.until_account,
        ground=known.ground,
    )


def digest_of(config: ProgramConfig, ground: Ground, until_account: int) -> str:
    """Return a digest of who pays for which of the accounts up to one, and of whose the stores and point types are."""
    arrays = ground.arrays
    funders = zip(
        arrays["funder_accounts"],
        arrays["funder_partners"],
        arrays["prepaid"],
        arrays["on_issue"],
        strict=True,
    )
    said: list[Any] = [
        sorted(row for row in funders if row[0] <= until_account),
        sorted(zip(arrays["owned_types"], arrays["owners"], strict=True)),
        sorted((one.code, one.partner) for one in config.stores.values() if one.partner),
    ]
    return sha256(msgspec.json.encode(said)).hexdigest()
