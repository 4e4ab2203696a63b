"""Four eyes: what waits for another person, bound to exactly what was asked for.

Tables owned: schema `approval`. A trigger holds back versions of the rules that nobody approved; points by hand ask the
policy before they move. What is approved is carried out by `Hands`, which the application plugs in.
"""

from regulars.flows.approval.api import router
from regulars.flows.approval.decide import Hands, approve, ask, get, plain, reject, withdraw
from regulars.flows.approval.errors import ApprovalVoid, SelfApproval
from regulars.flows.approval.model import ADJUST, PUBLISH, REOPEN, Approval, Policy
from regulars.flows.approval.store import select_policy, select_requests, write_policy

__all__ = [
    "ADJUST",
    "PUBLISH",
    "REOPEN",
    "Approval",
    "ApprovalVoid",
    "Hands",
    "Policy",
    "SelfApproval",
    "approve",
    "ask",
    "get",
    "plain",
    "reject",
    "router",
    "select_policy",
    "select_requests",
    "withdraw",
    "write_policy",
]
