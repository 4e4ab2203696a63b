"""Everything that moves points works with the rights of the application's role, and no more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.flows.upkeep.town import Town, a_lively_start, open_town

from regulars.app.system_events import AccrualReview, TimePasses
from regulars.flows import books, merging, points
from regulars.flows.accrual import Rulebooks, accrue, claim_order
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


async def test_a_year_in_the_life_of_the_books_with_few_rights(
    db: Database, database_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    owner = await open_town(db, clock, tmp_path)
    async with Database.open(database_url, name="api", acting_as="regulars_app") as restricted:
        town = Town(owner.shop, owner.config)
        town.db = town.shop.db = restricted
        town.accrue = TimePasses(restricted, Rulebooks())
        await a_lively_start(town)
        await town.shop.send(town.shop.refund("anna-1", "anna"))
        await town.adjust("bert", 5, "points")
        bert = await town.member("bert")
        async with restricted.transaction() as tx:
            spent = await points.spend(tx, town.config, bert, 5, actor="x", now=clock.now())
        async with restricted.transaction() as tx:
            await points.cancel(
                tx, town.config, bert, spent.transfer, actor="x", reason="returned", now=clock.now()
            )
        [guest] = town.shop.items([town.shop.order("guest-1", "10.00", "nobody")])
        guest.enrol = False
        await accrue(restricted, Rulebooks(), town.config.id, [guest], town.shop.now)
        cora = await town.member("cora")
        async with restricted.transaction() as tx:
            await claim_order(tx, Rulebooks(), town.config.id, "guest-1", cora, town.shop.now)
        dora, emil = await town.member("dora"), await town.member("emil")
        async with restricted.transaction() as tx:
            done = await merging.merge(
                tx, town.config, emil, dora, reason="one", now=clock.now(), review=AccrualReview()
            )
        await town.run(clock.now() + timedelta(days=40))
        clock.advance(timedelta(days=40))
        async with restricted.transaction() as tx:
            await merging.unmerge(tx, town.config, done.id, now=clock.now(), review=AccrualReview())
        async with restricted.transaction() as tx:
            await merging.erase(tx, town.config, cora, now=clock.now())
        async with restricted.transaction(read_only=True, snapshot=True) as tx:
            found = await books.verify(tx)
    assert [check for check in found.checks if check.bad] == []
