"""Settlement: what partners and the program owe each other, from transfers to statements, disputes and payments.

Tables owned: schema `settlement`. A line is one share of one transfer and is on one statement for ever.
"""

from regulars.flows.settlement.api import router
from regulars.flows.settlement.bookkeeping import (
    Chart,
    Posting,
    Said,
    balanced,
    entries_csv,
    netting_entries,
    payment_entries,
    said,
    version_entries,
)
from regulars.flows.settlement.books import read_chart, read_entries, read_entries_between
from regulars.flows.settlement.check import UnbilledAccount, check_billed, funders_without_terms
from regulars.flows.settlement.dispute_store import select_disputes
from regulars.flows.settlement.disputes import (
    Uploaded,
    answer,
    close_dispute,
    open_dispute,
    scale_of_statement,
    upload,
)
from regulars.flows.settlement.draw_up import draw_up
from regulars.flows.settlement.dues import PartnerDue, bring_up, dues_at
from regulars.flows.settlement.errors import (
    BankMissing,
    DaysNotOver,
    NothingToNet,
    NotIssued,
    PeriodNotOver,
    StatementNotReady,
    StillDisputed,
    UnknownStatement,
    UnknownVersion,
)
from regulars.flows.settlement.matching import compare, read_claims
from regulars.flows.settlement.model import Account, Dispute, Payment, Section, Statement
from regulars.flows.settlement.nearest import Item, Within
from regulars.flows.settlement.netting import net, positions
from regulars.flows.settlement.payment_file import check_banks, payment_csv, payment_xml
from regulars.flows.settlement.settle import Netted, confirm_paid, make_netting, netted
from regulars.flows.settlement.states import account_of, agree, issue, reopen
from regulars.flows.settlement.store import select_lines, select_statements
from regulars.flows.settlement.tasks import DRAW_UP_STATEMENTS, EVERY_NIGHT

__all__ = [
    "DRAW_UP_STATEMENTS",
    "EVERY_NIGHT",
    "Account",
    "BankMissing",
    "Chart",
    "DaysNotOver",
    "Dispute",
    "Item",
    "Netted",
    "NotIssued",
    "NothingToNet",
    "PartnerDue",
    "Payment",
    "PeriodNotOver",
    "Posting",
    "Said",
    "Section",
    "Statement",
    "StatementNotReady",
    "StillDisputed",
    "UnbilledAccount",
    "UnknownStatement",
    "UnknownVersion",
    "Uploaded",
    "Within",
    "account_of",
    "agree",
    "answer",
    "balanced",
    "bring_up",
    "check_banks",
    "check_billed",
    "close_dispute",
    "compare",
    "confirm_paid",
    "draw_up",
    "dues_at",
    "entries_csv",
    "funders_without_terms",
    "issue",
    "make_netting",
    "net",
    "netted",
    "netting_entries",
    "open_dispute",
    "payment_csv",
    "payment_entries",
    "payment_xml",
    "positions",
    "read_chart",
    "read_claims",
    "read_entries",
    "read_entries_between",
    "reopen",
    "router",
    "said",
    "scale_of_statement",
    "select_disputes",
    "select_lines",
    "select_statements",
    "upload",
    "version_entries",
]
