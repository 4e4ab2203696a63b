"""Reporting: roll-ups of what the ledger and the events say, kept up to date, and the reports that read them.

Tables owned: schema `reporting`. `Rollup` keeps the figures, `rebuild` makes the same figures again; `ask` and `answer`
are a report, `behind` is what lies behind one of its figures.
"""

from regulars.flows.reporting.answer import answer, ask
from regulars.flows.reporting.api import router, shown
from regulars.flows.reporting.catalogue import REPORTS
from regulars.flows.reporting.counting import MemberCount
from regulars.flows.reporting.drilling import Cell, behind, today_of
from regulars.flows.reporting.formats import as_csv, as_xlsx
from regulars.flows.reporting.model import Answer
from regulars.flows.reporting.rollup import Rollup, rebuild
from regulars.flows.reporting.sales import sales_between

__all__ = [
    "REPORTS",
    "Answer",
    "Cell",
    "MemberCount",
    "Rollup",
    "answer",
    "as_csv",
    "as_xlsx",
    "ask",
    "behind",
    "rebuild",
    "router",
    "sales_between",
    "shown",
    "today_of",
]
