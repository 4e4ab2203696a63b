"""Shares of awards under funding agreements: caps, blocks and fallbacks, counted like budgets, given back on returns.

Only awards whose rule names funders come here, and only in programs with agreements.
"""

from __future__ import annotations

from collections.abc import Callable

from regulars.features.partners import BudgetKey, Covered, cover, key_of
from regulars.flows.accrual.clock import period_of_day
from regulars.flows.accrual.decided import Decided

# Between who pays and for whom: codes have no blanks.
FOR = " for "


def covered_shares(
    decided: Decided, code: str, day: int, shares: list[tuple[str, int]]
) -> list[tuple[str, int]]:
    """Return the shares of an award as they are funded on a local day: what an agreement does not let its account fund
    goes to the fallback. A share under an agreement reads `<who pays> for <whose share>`.
    """
    covers = decided.rulebook.covers
    found: list[tuple[str, int]] = []
    for account, points in shares:
        if (account, code) not in covers or points <= 0:
            found.append((account, points))
            continue
        for payer, part in cover(covers, account, code, points, day, _used(decided), period_of_day):
            count_covered(decided, covers.get((payer, code)), part, day)
            found.append((f"{payer}{FOR}{account}", part))
    return found


def note_covered(decided: Decided, transfer_id: int, payer: str, account: str, code: str) -> None:
    """Remember of a transfer whose share it is, and the agreement that counted it."""
    counted = decided.rulebook.covers.get((payer, code))
    decided.covered[transfer_id] = (account, counted.code if counted else "")


def give_back_covered(
    decided: Decided, agreement: str, account: str, code: str, points: int, day: int
) -> None:
    """Let an agreement have room again for points of its account that came back, awarded on a local day."""
    one = decided.rulebook.covers.get((account, code))
    if one is not None and one.code == agreement:
        count_covered(decided, one, -points, day)


def count_covered(decided: Decided, one: Covered | None, points: int, day: int) -> None:
    """Count points (negative: given back) against every bound of an agreement."""
    for bound in one.bounds if one is not None else ():
        key = key_of(bound, day, period_of_day)
        decided.budgets[key] = decided.budgets.get(key, 0) + points
        decided.budget_deltas[key] = (decided.budget_deltas.get(key, (0, 0))[0] + points, bound.max)


def _used(decided: Decided) -> Callable[[BudgetKey], int]:
    def used(key: BudgetKey) -> int:
        return decided.budgets.get(key, 0)

    return used
