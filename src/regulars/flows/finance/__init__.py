"""Finance: liability at any past moment, breakage, journals, and periods that are closed for good.

Tables owned: schema `finance`. Everything is computed from the ledger; what a close kept is never computed again.
"""

from regulars.flows.finance.api import finance_router
from regulars.flows.finance.breakage import back_test, breakage_at
from regulars.flows.finance.calendar import PeriodState, period_states, state_of
from regulars.flows.finance.closing import check_reopening, close_period, late_items, reopen_period
from regulars.flows.finance.corrections import entries_less
from regulars.flows.finance.dues import Due, Ports
from regulars.flows.finance.periods import Books, PeriodReport, closes, period_of
from regulars.flows.finance.prices import Prices, read_prices
from regulars.flows.finance.showing import (
    balances,
    journal_csv,
    journal_line,
    liability_line,
    period_line,
    state_line,
)
from regulars.flows.finance.standing import Moment, liability_at

__all__ = [
    "Books",
    "Due",
    "Moment",
    "PeriodReport",
    "PeriodState",
    "Ports",
    "Prices",
    "back_test",
    "balances",
    "breakage_at",
    "check_reopening",
    "close_period",
    "closes",
    "entries_less",
    "finance_router",
    "journal_csv",
    "journal_line",
    "late_items",
    "liability_at",
    "liability_line",
    "period_line",
    "period_of",
    "period_states",
    "read_prices",
    "reopen_period",
    "state_line",
    "state_of",
]
