"""Files of partners against statements whose points have decimals."""

from __future__ import annotations

from pathlib import Path

from tests.flows.accrual.setting import open_shop
from tests.flows.funding.coalition import COALITION
from tests.flows.settlement.test_statements import BRAND, give_terms, issued, order

from regulars.features.programs import load_config
from regulars.flows import settlement
from regulars.flows.settlement.lines_file import lines_csv
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


async def test_a_file_of_our_own_lines_matches_also_where_points_have_decimals(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    decimals = COALITION.replace("{code: points, name: Points", "{code: points, name: Points, scale: 1", 1)
    assert decimals != COALITION
    shop = await open_shop(db, clock, tmp_path, decimals)
    await give_terms(shop, brand=BRAND)
    await order(shop, "A1", "1.23")
    await order(shop, "A2", "10.00")
    number = await issued(shop)
    now = shop.clock.now()
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        lines = "".join([part async for part in lines_csv(tx, number, config.currency, config.zone)])
        assert ",A1,issue,7.4," in lines
        done = await settlement.upload(tx, config, number, lines, by="brand", now=now)
        assert (done.rows, done.matched, done.exceptions) == (2, 2, 0)
        wrong = lines.replace(",7.4,", ",17.4,")
        done = await settlement.upload(tx, config, number, wrong, by="brand", now=now)
        assert (done.matched, done.exceptions) == (1, 1)
