"""The list of batches: those of one kind, the latest first, page by page."""

from __future__ import annotations

import pytest
from tests.features.vouchers.test_vouchers import PROGRAM, Desk

from regulars.features.vouchers import generate_codes
from regulars.features.vouchers.batches import list_batches
from regulars.features.vouchers.errors import UnknownDefinition
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


async def test_batches_are_listed_by_kind_the_latest_first(db: Database, clock: FixedClock) -> None:
    desk = Desk(db, clock)
    await desk.define()
    await desk.define("other", pattern="O-########*")
    async with db.transaction() as tx:
        made = [
            (await generate_codes(tx, PROGRAM, code, 10, bearer=False, now=clock.now())).id
            for code in ("ten", "other", "ten", "ten")
        ]
        first = await list_batches(tx, PROGRAM, "ten", limit=2)
        then = await list_batches(tx, PROGRAM, "ten", first[-1].id, 2)
        assert [one.id for one in [*first, *then]] == [made[3], made[2], made[0]]
        assert [one.id for one in await list_batches(tx, PROGRAM, "other")] == [made[1]]
        with pytest.raises(UnknownDefinition):
            await list_batches(tx, PROGRAM, "nothing")
