"""The shop's campaigns stand where the shop's clock stands."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from regulars.app.demo.campaigns import plan
from regulars.app.demo.program import Prepared, make_program
from regulars.app.demo.rewards import offer
from regulars.features.campaigns import count_activities, select_campaigns
from regulars.infra.db import Database


async def prepare(db: Database, now: datetime) -> Prepared:
    """Make the shop's program with its rewards."""
    async with db.transaction() as tx:
        prepared = await make_program(tx, [], now)
        await offer(tx, prepared.program_id, now)
    return prepared


@pytest.mark.parametrize(
    ("now", "stand"),
    [
        (datetime(2010, 12, 9, tzinfo=UTC), ["approved", "approved", "approved", "draft", "draft"]),
        (datetime(2011, 12, 10, 9, tzinfo=UTC), ["completed", "active", "approved", "draft", "draft"]),
    ],
)
async def test_what_has_begun_is_under_way_or_over(db: Database, now: datetime, stand: list[str]) -> None:
    prepared = await prepare(db, now)
    for _ in range(2):  # a second run finds them there
        await plan(db, prepared, now)
    async with db.transaction(read_only=True) as tx:
        found = await select_campaigns(tx, prepared.program_id)
        todo = await count_activities(tx, [one.id for one in found])
    order = ["advent", "christmas-post", "quiet-january", "valentine", "season-template"]
    by_code = {one.campaign.code: one for one in found}
    assert [by_code[code].status for code in order] == stand
    advent = by_code["advent"]
    assert (advent.campaign.actual_to is not None) == (advent.status == "completed")
    assert todo[advent.id] == (4, 0 if advent.status == "completed" else 4)
