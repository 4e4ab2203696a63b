"""Accrual: a batch of events becomes points, tiers and effects, in one transaction.

Tables owned: schema `accrual`. `Collector` gathers concurrent requests into batches; `accrue` rates one
batch.
"""

from regulars.flows.accrual.api import router
from regulars.flows.accrual.claim import OrderTaken, UnknownOrder, claim_order
from regulars.flows.accrual.clock import micros
from regulars.flows.accrual.collector import BATCHES_IN_FLIGHT, Collector
from regulars.flows.accrual.dry_run import try_out
from regulars.flows.accrual.evaluation import evaluation_of
from regulars.flows.accrual.item import Item
from regulars.flows.accrual.load import Rulebooks
from regulars.flows.accrual.pipeline import ProgramMoved, accrue
from regulars.flows.accrual.review import rate_within
from regulars.flows.accrual.same_person import Pair, SamePerson, Unite
from regulars.flows.accrual.system_events import system_item
from regulars.flows.accrual.tasks import joined_task
from regulars.flows.accrual.tier_preview import preview_document
from regulars.flows.accrual.types import ERASED, NOTHING_LEFT, OTHERS, TOLD_ANEW, Outcome, Receipt

__all__ = [
    "BATCHES_IN_FLIGHT",
    "ERASED",
    "NOTHING_LEFT",
    "OTHERS",
    "TOLD_ANEW",
    "Collector",
    "Item",
    "OrderTaken",
    "Outcome",
    "Pair",
    "ProgramMoved",
    "Receipt",
    "Rulebooks",
    "SamePerson",
    "Unite",
    "UnknownOrder",
    "accrue",
    "claim_order",
    "evaluation_of",
    "joined_task",
    "micros",
    "preview_document",
    "rate_within",
    "router",
    "system_item",
    "try_out",
]
