"""What finance asks of others, answered by reports and settlement. Joins slices that do not know each other."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from regulars.features.programs import ProgramConfig
from regulars.flows import finance, reporting, settlement
from regulars.infra.db import Transaction


async def dues_at(tx: Transaction, config: ProgramConfig, before: datetime, beyond: int) -> list[finance.Due]:
    """Return what lines of statements come to, issued or not."""
    found = await settlement.dues_at(tx, config, before, beyond)
    return [finance.Due(one.partner, one.point_type, one.kind, one.amount) for one in found]


FINANCE_PORTS: Final = finance.Ports(reporting.sales_between, dues_at, settlement.bring_up)
