"""A till dies between the use of a voucher and its order: the voucher is neither lost nor used."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from tests.features.vouchers.crashing import UNTIL
from tests.features.vouchers.test_vouchers import Desk

from regulars.features.vouchers import lapse_reservations
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

ROOT = Path(__file__).parents[3]


@pytest.mark.crash
async def test_a_till_that_dies_between_use_and_order(
    db: Database, database_url: str, clock: FixedClock
) -> None:
    desk = Desk(db, clock)
    await desk.define()
    code = await desk.issue()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.features.vouchers.crashing",
        database_url,
        code,
        cwd=ROOT,
        env={**os.environ, "REGULARS_FAILPOINTS": "after_vouchers_used_before_order=kill"},
    )
    async with asyncio.timeout(30):
        assert await process.wait() == -signal.SIGKILL
    assert (await desk.refusal(code)).code == "voucher_reserved"  # set aside, not used
    clock.advance(UNTIL - clock.now())
    async with db.transaction() as tx:
        assert await lapse_reservations(tx, clock.now()) == 1
    assert await desk.redeem(code, order="another") == [code]
    clock.advance(timedelta(minutes=1))
    assert (await desk.refusal(code)).code == "voucher_already_used"
