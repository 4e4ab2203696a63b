"""Customers of the shop take rewards once a month, however often the demo is begun again."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.flows.points.world import earn, make_members

from regulars.app.demo.members import story_of
from regulars.app.demo.program import make_program
from regulars.app.demo.rewards import ONE_IN, RewardsTaken, offer, redeem, rewards_taken
from regulars.features.programs import load_config
from regulars.flows.redemption import list_redemptions
from regulars.infra.db import Database

BEGAN = datetime(2010, 12, 1, tzinfo=UTC)
FIRST, SECOND = datetime(2010, 12, 31, 12, tzinfo=UTC), datetime(2011, 1, 31, 12, tzinfo=UTC)
MEMBERS, POINTS = 40 * ONE_IN, 2_000


async def test_a_month_is_taken_once_and_told_in_words(db: Database) -> None:
    async with db.transaction() as tx:
        prepared = await make_program(tx, [], BEGAN)
        await offer(tx, prepared.program_id, BEGAN)
        config = await load_config(tx, prepared.program_id)
    for member in await make_members(db, config, MEMBERS, joined=BEGAN):
        await earn(db, config, member, POINTS, now=BEGAN)
    found: list[RewardsTaken] = []
    for month, now in ((2010 * 12 + 11, FIRST), (2010 * 12 + 11, SECOND), (2011 * 12, SECOND)):
        await redeem(db, prepared, month, now)
        found.append(await rewards_taken(db, prepared))
    first, again, both = found
    assert first == again
    assert all(one.agrees for one in found)
    assert first.points > 0
    assert sum(row.taken for row in both.rows) > sum(row.taken for row in first.rows) > 20
    assert any(row.given_back for row in first.rows)
    async with db.transaction(read_only=True) as tx:
        back = next(
            one
            for one in await list_redemptions(tx, prepared.program_id, limit=100)
            if one.status == "cancelled"
        )
        story = await story_of(tx, config, "gave back", back.member_id, "club")
    last = story.lines[-1]
    assert last.what.startswith("reward ")
    assert last.what.endswith(" given back")
    assert [part.partition(" ")[0] for part in last.parts] == ["spent", "came"]
    assert last.points == POINTS
