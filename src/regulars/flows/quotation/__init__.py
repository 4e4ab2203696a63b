"""Quotation: what a basket would earn, for a member, a stranger or somebody imagined, now or then. Nothing is written.

Owns no table. It reads accrual's decision through `regulars.flows.accrual.insight`.
"""

from regulars.flows.quotation.api import router
from regulars.flows.quotation.errors import NothingToQuote, QuoteRefused
from regulars.flows.quotation.model import Hypothesis, Question
from regulars.flows.quotation.quote import quote, totals

__all__ = ["Hypothesis", "NothingToQuote", "Question", "QuoteRefused", "quote", "router", "totals"]
