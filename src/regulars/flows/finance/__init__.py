"""Finance: liability at any past moment, breakage, journals, and periods that are closed for good.

Tables owned: schema `finance`. Everything is computed from the ledger; what a close kept is never computed again.
"""

from regulars.flows.finance.api import balances, finance_router, journal_csv, liability_line, period_line
from regulars.flows.finance.breakage import back_test, breakage_at
from regulars.flows.finance.closing import check_reopening, close_period, late_items, reopen_period
from regulars.flows.finance.dues import Due, Ports
from regulars.flows.finance.periods import Books, closes, period_of
from regulars.flows.finance.prices import Prices, read_prices
from regulars.flows.finance.standing import Moment, liability_at

__all__ = [
    "Books",
    "Due",
    "Moment",
    "Ports",
    "Prices",
    "back_test",
    "balances",
    "breakage_at",
    "check_reopening",
    "close_period",
    "closes",
    "finance_router",
    "journal_csv",
    "late_items",
    "liability_at",
    "liability_line",
    "period_line",
    "period_of",
    "read_prices",
    "reopen_period",
]
