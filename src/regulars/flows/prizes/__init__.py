"""Prizes: tickets for points, instant wins, and what winners get: vouchers, points, things handed over by people.

Owns no table: joins draws with vouchers, members and points.
"""

from regulars.flows.prizes.api import router
from regulars.flows.prizes.close import close
from regulars.flows.prizes.deliver import deliver_prizes
from regulars.flows.prizes.port import Owed, Wallets
from regulars.flows.prizes.reveal import reveal
from regulars.flows.prizes.tasks import STANDING, prizes_task

__all__ = ["STANDING", "Owed", "Wallets", "close", "deliver_prizes", "prizes_task", "reveal", "router"]
