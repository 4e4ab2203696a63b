"""What people read of statements: points with the decimals of their type."""

from __future__ import annotations

from pathlib import Path

from tests.flows.accrual.setting import open_shop
from tests.flows.funding.coalition import COALITION, agree
from tests.flows.settlement.test_statements import BRAND, SUPPLIER, draw_up, give_terms, issued, order

from regulars.features.partners import Agreement
from regulars.features.programs import load_config
from regulars.flows import settlement
from regulars.flows.funding import buy_block
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


async def test_texts_say_points_in_the_decimals_of_their_type(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    tenths = COALITION.replace("{code: points, name: Points,", "{code: points, name: Points, scale: 1,")
    shop = await open_shop(db, clock, tmp_path, tenths)
    await give_terms(shop, brand=BRAND, supplier=SUPPLIER)
    await agree(shop, Agreement("brand-points", "partner:brand", "points", mode="prepaid"))
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        now = shop.clock.now()
        await buy_block(tx, config, "brand-points", 777, 9000, reference="po", by="cli", now=now)
    await order(shop)
    found = await draw_up(shop)
    assert [one.text for one in found["brand"].entries if one.kind == "block"] == [
        "brand-points: 77.7 points"
    ]
    number = await issued(shop, "supplier")
    async with shop.db.transaction(read_only=True) as tx:
        entries = await settlement.read_entries(tx, config, [number], [])
    assert {one.text for one in entries if one.text.startswith("issued")} == {"issued 40.0 points"}
