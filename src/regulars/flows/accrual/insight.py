"""What accrual shows to those who look: explanation, quotation and simulation read this face, and nothing
else of it.

Values and plain functions only: whoever holds these cannot write a point.
"""

from regulars.flows.accrual.clock import instant, local_time_at, micros, period_of_day
from regulars.flows.accrual.complete import earning_part
from regulars.flows.accrual.decide import (
    MEMBER_JOINED,
    WALLET_CHANGED,
    EventFailed,
    considered,
    decide_place,
)
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.drafting import draft_number, with_draft
from regulars.flows.accrual.dry_run import try_out
from regulars.flows.accrual.evaluation import (
    CAP_REACHED,
    Again,
    again,
    evaluation,
    expiring_of,
    limits_hit,
    member_state,
    plain_instant,
    rules_of,
)
from regulars.flows.accrual.item import Item, message_key
from regulars.flows.accrual.load import Rulebooks
from regulars.flows.accrual.orders import gives_back, is_correction, order_key, redemption_key
from regulars.flows.accrual.peek import (
    current_rulebook,
    decide_all,
    guest,
    member_of_event,
    member_row,
    peek,
    peek_purses,
    rulebooks_in,
)
from regulars.flows.accrual.roll import order_key_of
from regulars.flows.accrual.rulebook import PointType, Rulebook, Version
from regulars.flows.accrual.standing import TIER_CHANGED
from regulars.flows.accrual.types import (
    SYSTEM_SOURCE_ID,
    TAKEN_BACK,
    Batch,
    EventRow,
    Gathered,
    Granted,
    MemberRow,
    Outcome,
    RatedOrder,
    decode_outcome,
)
from regulars.flows.accrual.work import State, Work, budget_key, is_budget

__all__ = [
    "CAP_REACHED",
    "MEMBER_JOINED",
    "SYSTEM_SOURCE_ID",
    "TAKEN_BACK",
    "TIER_CHANGED",
    "WALLET_CHANGED",
    "Again",
    "Batch",
    "Decided",
    "EventFailed",
    "EventRow",
    "Gathered",
    "Granted",
    "Item",
    "MemberRow",
    "Outcome",
    "PointType",
    "RatedOrder",
    "Rulebook",
    "Rulebooks",
    "State",
    "Version",
    "Work",
    "again",
    "budget_key",
    "considered",
    "current_rulebook",
    "decide_all",
    "decide_place",
    "decode_outcome",
    "draft_number",
    "earning_part",
    "evaluation",
    "expiring_of",
    "gives_back",
    "guest",
    "instant",
    "is_budget",
    "is_correction",
    "limits_hit",
    "local_time_at",
    "member_of_event",
    "member_row",
    "member_state",
    "message_key",
    "micros",
    "order_key",
    "order_key_of",
    "peek",
    "peek_purses",
    "period_of_day",
    "plain_instant",
    "redemption_key",
    "rulebooks_in",
    "rules_of",
    "try_out",
    "with_draft",
]
