"""A coalition of a brand and a supplier whose shares a cashier can check in her head."""

from __future__ import annotations

from pathlib import Path

from tests.flows.accrual.setting import PROGRAM, Shop, open_shop

from regulars.features.partners import Agreement
from regulars.features.programs import load_config
from regulars.flows.funding import put_funding
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)

RULE = """  - code: promo
    name: A hundred points, sixty from the brand and forty from the supplier
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: store, operator: "=", value: web}]}
    then:
      - award: {point_type: points, per_amount: {points: 10, per: "1.00", of: order.amount}}
    funding:
      - {account: "partner:brand", share: 60}
      - {account: "partner:supplier", share: 40}
publish: true"""
PARTNERS = """partners:
  - {code: brand, name: Brand, roles: [earn, burn]}
  - {code: supplier, name: Supplier, roles: [earn]}
stores:"""
COALITION = PROGRAM.replace("publish: true", RULE).replace("stores:", PARTNERS, 1)


async def open_coalition(db: Database, clock: FixedClock, folder: Path) -> Shop:
    """Open the shop with its two partners."""
    return await open_shop(db, clock, folder, COALITION)


async def agree(shop: Shop, *agreements: Agreement) -> None:
    """Put agreements into force."""
    async with shop.db.transaction() as tx:
        await put_funding(tx, await load_config(tx, shop.program_id), agreements, shop.clock.now())


async def funded(shop: Shop) -> dict[str, int]:
    """Return what each account has funded of `points`, net of what came back, by the ledger."""
    async with shop.db.transaction(read_only=True) as tx:
        rows = await tx.all(queries.select_funded, program_id=shop.program_id)
    return {account: points for account, points in rows if points}
