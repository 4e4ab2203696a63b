"""Offline spending: points set aside in advance, a signed short-lived token for them, and tills that report later.

Tables owned: schema `offline`. A till checks a token with a public key alone; nothing beyond the token's points is
ever spent, and what was shown twice is found when it is reported.
"""

from regulars.flows.offline.api import router
from regulars.flows.offline.keys import PRIVATE_KEY, published_keys, rotate_keys
from regulars.flows.offline.port import Wallets
from regulars.flows.offline.spending import (
    Accepted,
    Token,
    Use,
    issue_token,
    report_use,
    revoke_token,
    settle_due,
)
from regulars.flows.offline.tasks import STANDING, offline_task
from regulars.flows.offline.tokens import Claims, check_token

__all__ = [
    "SEALED",
    "STANDING",
    "Accepted",
    "Claims",
    "Token",
    "Use",
    "Wallets",
    "check_token",
    "issue_token",
    "offline_task",
    "published_keys",
    "report_use",
    "revoke_token",
    "rotate_keys",
    "router",
    "settle_due",
]

# Columns whose values are sealed.
SEALED = (PRIVATE_KEY,)
