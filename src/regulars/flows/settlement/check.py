"""Statements against the ledger: what partners' accounts funded, and what lines say of it."""

from __future__ import annotations

import msgspec

from regulars.features.programs import ProgramConfig
from regulars.flows.settlement.ground import read_ground
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


async def funders_without_terms(tx: Transaction, config: ProgramConfig) -> list[str]:
    """Return the partners who funded points and have no terms, so that no statement is drawn up for them."""
    ground = await read_ground(tx, config)
    accounts = {one.account for one in await check_billed(tx, config.id) if one.funded}
    funded = {account.removeprefix("partner:") for account in accounts if account.startswith("partner:")}
    return sorted(funded - ground.terms.keys())
