"""Two members of a town who turn out to be one person."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.upkeep.town import Town, open_town

from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


@pytest.fixture
async def town(db: Database, clock: FixedClock, tmp_path: Path) -> Town:
    opened = await open_town(db, clock, tmp_path)
    await opened.order("bert-1", "45.00", "bert")
    clock.advance(timedelta(days=2))
    await opened.order("anna-1", "60.00", "anna")
    return opened
