"""The books: verified against every other way of saying the same, and read as finance reads them.

Owns no table. `verify` runs beside everything else, in one snapshot; `recent_differences` is the cheap part
of it.
"""

from regulars.flows.books.api import router
from regulars.flows.books.balance import liability, trial_balance
from regulars.flows.books.model import BadRow, Check, Liability, TrialBalance, Verification
from regulars.flows.books.verify import VerificationRunning, recent_differences, verify

__all__ = [
    "BadRow",
    "Check",
    "Liability",
    "TrialBalance",
    "Verification",
    "VerificationRunning",
    "liability",
    "recent_differences",
    "router",
    "trial_balance",
    "verify",
]
