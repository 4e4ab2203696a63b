"""Blocks against the ledger: what was counted as used is what was drawn, and nothing was drawn that was not bought."""

from __future__ import annotations

import msgspec

from regulars.flows.funding.agreements import queries
from regulars.infra.db import Transaction


class BlockMismatch(msgspec.Struct, frozen=True):
    """A block that does not agree with the ledger: all in smallest units; `drawn` net of what came back."""

    agreement: str
    point_type: str
    bought: int
    withdrawn: int
    counted: int
    drawn: int


async def check_blocks(tx: Transaction, program_id: int) -> list[BlockMismatch]:
    """Return the blocks of a program whose count differs from the ledger or exceeds what was bought."""
    rows = await tx.all(queries.select_block_sums, row=BlockMismatch, program_id=program_id)
    return [one for one in rows if one.counted != one.drawn + one.withdrawn or one.counted > one.bought]
