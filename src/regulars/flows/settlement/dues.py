"""What is between partners and the program up to a moment, stated or not: what journals of months accrue.

Every share of a transfer has its price on the one line that it has, on whatever statement; nothing is priced twice, so
that what was accrued is what statements clear. Each section of each statement is rounded as the statement rounds it.
Fees are those of statements, as far as they have come.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

import msgspec

from regulars.features.programs import ProgramConfig
from regulars.flows.settlement.draw_up import draw_up
from regulars.flows.settlement.fees import fees_at
from regulars.flows.settlement.model import rounded
from regulars.infra.db import Transaction, load_queries
from regulars.kit.zones import local_date, zone

queries = load_queries(__package__, "dues.sql")


class PartnerDue(msgspec.Struct, frozen=True):
    """What a kind of lines comes to, from the beginning: minor units, positive = the partner owes.

    `block`: bought ahead. `drawn`: what of the price of blocks was awarded, at their average. `fee`: of no point type.
    """

    partner: str
    point_type: str
    kind: str
    amount: int


async def bring_up(tx: Transaction, config: ProgramConfig, now: datetime) -> None:
    """Draw up the statements of today, and with it all drafts: every share that was posted has its line."""
    await draw_up(tx, config, local_date(now, zone(config.zone)), now)


async def dues_at(tx: Transaction, config: ProgramConfig, before: datetime, beyond: int) -> list[PartnerDue]:
    """Return what happened before an instant and has ids below `beyond`, by partner, point type and kind."""
    of = {"program_id": config.id, "before": before, "beyond": beyond}
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for partner, point_type, kind, exact in await tx.all(queries.select_dues, **of):
        sums[partner, point_type, kind] += rounded(exact)
    for partner, point_type, amount in await tx.all(
        queries.select_block_dues, program_id=config.id, before=before
    ):
        sums[partner, point_type, "block"] += amount
    for partner, point_type, price, bought, drawn in await tx.all(queries.select_block_uses, **of):
        sums[partner, point_type, "drawn"] += rounded(Decimal(price) * drawn / bought) if bought else 0
    for partner, amount in await fees_at(tx, config, before, beyond):
        sums[partner, "", "fee"] += amount
    return [PartnerDue(*key, amount) for key, amount in sorted(sums.items()) if amount]
