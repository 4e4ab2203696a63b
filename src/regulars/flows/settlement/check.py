"""Statements against the ledger: what partners' accounts funded, and what lines say of it."""

from __future__ import annotations

import msgspec

from regulars.flows.settlement.queries import queries
from regulars.infra.db import Transaction


class UnbilledAccount(msgspec.Struct, frozen=True):
    """An account of a partner or campaign: funded net by the ledger, and on lines; equal once everything is billed.

    Accounts billed on redemption, and campaigns that nobody pays for, have no such lines.
    """

    account: str
    point_type_id: int
    funded: int
    billed: int


async def check_billed(tx: Transaction, program_id: int) -> list[UnbilledAccount]:
    """Return every funding account with both sums."""
    return await tx.all(queries.select_unbilled, row=UnbilledAccount, program_id=program_id)
