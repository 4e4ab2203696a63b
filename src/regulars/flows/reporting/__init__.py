"""Reporting: roll-ups of what the ledger and the events say, kept up to date, and the reports that read them.

Tables owned: schema `reporting`. `Rollup` keeps the figures, `rebuild` makes the same figures again.
"""

from regulars.flows.reporting.rollup import Rollup, rebuild

__all__ = [
    "Rollup",
    "rebuild",
]
