"""Multilateral netting, pure: from what each party owes to as few payments as there are parties less one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from regulars.flows.settlement.model import Payment

# The party that is the program itself.
PROGRAM = ""


def positions(totals: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return what each party owes on the whole (negative: is owed), the program's own side with it; the sum is 0."""
    found: dict[str, int] = {}
    for partner, total in totals:
        found[partner] = found.get(partner, 0) + total
    found[PROGRAM] = -sum(found.values())
    return found


def net(owed: Mapping[str, int]) -> list[Payment]:
    """Return payments after which nobody owes anything: who owes most pays whom most is owed, until nothing is left.

    Each payment makes at least one party even, and the last one two, so there are at most n - 1 of n. Raises
    ValueError when the positions do not add up to 0.
    """
    if sum(owed.values()):
        raise ValueError("What is owed and what is due are not equal.")
    debts = {party: amount for party, amount in owed.items() if amount > 0}
    claims = {party: -amount for party, amount in owed.items() if amount < 0}
    payments: list[Payment] = []
    while debts:
        payer = min(debts, key=lambda party: (-debts[party], party))
        payee = min(claims, key=lambda party: (-claims[party], party))
        amount = min(debts[payer], claims[payee])
        payments.append(Payment(len(payments) + 1, payer, payee, amount))
        _lower(debts, payer, amount)
        _lower(claims, payee, amount)
    return payments


def _lower(amounts: dict[str, int], party: str, by: int) -> None:
    amounts[party] -= by
    if not amounts[party]:
        del amounts[party]
