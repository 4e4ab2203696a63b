"""Effects beside points are counted as orders have them after their corrections."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.accrual.setting import open_shop
from tests.flows.accrual.test_effects_of_orders import PROGRAM as GIVING
from tests.flows.simulation.test_simulation import same_together_and_apart, without

from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


async def test_effects_follow_the_corrections_of_their_orders(
    db: Database, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop(db, clock, tmp_path, GIVING)
    stories = (("30.00", "60.00"), ("60.00", "30.00"), ("60.00", "30.00", "70.00"), ("60.00",), ("60.00", ""))
    for number, (first, *later) in enumerate(stories):
        name = str(number)
        await shop.send(shop.order(name, first, name))
        for amount in later:
            clock.advance(timedelta(minutes=5))
            kind, said = ("Order Updated", {"revenue": amount}) if amount else ("Order Cancelled", {})
            await shop.send(shop.event(kind, name, order={"order_id": name, **said}))
    report = await same_together_and_apart(shop, monkeypatch, without("grand"))
    given = {"enter_draw": 3, "issue_voucher": 3, "send_message": 5}  # what was sent is not taken back
    assert {kind: base for kind, (base, _) in report["effects"]["thanks"].items()} == given
    report = await same_together_and_apart(shop, monkeypatch, without("thanks"))
    assert {draft for _, draft in report["effects"]["thanks"].values()} == {0}
