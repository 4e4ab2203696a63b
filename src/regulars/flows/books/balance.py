"""Trial balance and liability: the books as finance reads them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from regulars.features.giftcards import face_minor, select_card_types
from regulars.features.programs import ProgramConfig
from regulars.flows.books.model import AccountBalance, FundedLiability, Liability, TrialBalance
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)


async def trial_balance(tx: Transaction, config: ProgramConfig, at: datetime) -> list[TrialBalance]:
    """Return every account of a program as the ledger stood at `at`, by point type; each adds up to 0."""
    await tx.run(queries.allow_long)
    accounts: dict[int, list[AccountBalance]] = {}
    for point_type_id, *account in await tx.all(queries.select_trial_balance, program_id=config.id, at=at):
        accounts.setdefault(point_type_id, []).append(AccountBalance(*account))
    return [
        TrialBalance(kind.code, kind.scale, accounts.get(kind.id, []), _total(accounts.get(kind.id, [])))
        for _, kind in sorted(config.point_types_by_slot.items())
    ]


def _total(accounts: list[AccountBalance]) -> int:
    return sum(account.balance for account in accounts)


async def liability(tx: Transaction, config: ProgramConfig) -> list[Liability]:
    """Return what all members together have, by point type and by who funded it, as it is now."""
    await tx.run(queries.allow_long)
    sums = {row[0]: row[1:] for row in await tx.all(queries.select_wallet_sums, program_id=config.id)}
    of_cards = await select_card_types(tx, config.id)
    funded: dict[int, list[FundedLiability]] = {}
    for point_type_id, funding, available, pending in await tx.all(
        queries.select_liability, program_id=config.id
    ):
        funded.setdefault(point_type_id, []).append(FundedLiability(funding, available or 0, pending or 0))
    found = []
    for _, kind in sorted(config.point_types_by_slot.items()):
        available, pending, held, debt, wallets = sums.get(kind.id, (0, 0, 0, 0, 0))
        worth = face_minor(kind.scale) if kind.code in of_cards else kind.policy.value_minor
        outstanding = Decimal(available + pending + held - debt).scaleb(-kind.scale)
        found.append(
            Liability(
                point_type=kind.code,
                scale=kind.scale,
                available=available,
                pending=pending,
                held=held,
                debt=debt,
                wallets=wallets,
                worth_minor=None if worth is None else worth * outstanding,
                by_funding=funded.get(kind.id, []),
            )
        )
    return found
