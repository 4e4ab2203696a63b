"""Files of partners against statements: decimals, and what was decided about them."""

from __future__ import annotations

from pathlib import Path

import pytest
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


@pytest.mark.parametrize(("outcome", "adjustment"), [("accepted", -10), ("rejected", 0)])
async def test_what_was_decided_is_not_disputed_again_by_the_same_file(
    db: Database, clock: FixedClock, tmp_path: Path, outcome: str, adjustment: int
) -> None:
    """A partner sends its file once more about the next version: nobody is to pay for the same ten points twice."""
    shop = await open_shop(db, clock, tmp_path, COALITION)
    await give_terms(shop, brand=BRAND)
    await order(shop, "A1")
    number = await issued(shop)
    file, now = "order_id,points\nA1,50\n", shop.clock.now()
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)

        async def disputed(text: str) -> list[str]:
            await settlement.upload(tx, config, number, text, by="brand", now=now)
            return [one.status for one in await settlement.select_disputes(tx, config.id)]

        assert await disputed(file) == ["open"]
        [asked] = await settlement.select_disputes(tx, config.id)
        done = {"side": "program", "by": "finance", "now": now, "adjustment": adjustment}
        await settlement.close_dispute(tx, config, asked.id, outcome, "ten were a gift", **done)  # type: ignore[arg-type]
        assert await disputed(file) == [outcome]
        assert await disputed(file.replace("50", "40")) == ["open", outcome], (
            "other figures are another matter"
        )
