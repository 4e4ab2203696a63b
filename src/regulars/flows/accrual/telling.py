"""What subscribers hear about budgets: once when little is left, once when nothing is."""

from __future__ import annotations

from regulars.flows.accrual.decided import Decided

# A budget is "nearly used" from this share of its maximum on (in hundredths).
NEARLY_USED_PERCENT = 80


def tell_budgets(decided: Decided) -> None:
    """Note every budget that this batch took past the share that counts as nearly used, or to its end."""
    for key, (delta, maximum) in decided.budget_deltas.items():
        before = decided.gathered.budgets.get(key, 0)
        after = before + delta
        for percent in (NEARLY_USED_PERCENT, 100):
            mark = maximum * percent // 100
            if before < mark <= after:
                owner, measure, period = key
                told = {"owner": owner, "measure": measure, "period": period, "used": after, "max": maximum}
                decided.notice("budget.nearly_used", 0, decided.posted_at, {**told, "percent": percent})
