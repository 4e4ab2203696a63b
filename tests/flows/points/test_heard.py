"""Rules that hear of points given by hand: the answer shows the wallet with what they gave for it."""

from __future__ import annotations

from pathlib import Path

from tests.flows.accrual.setting import open_shop

from regulars.app.system_events import AccrualReview
from regulars.features.members import resolve_ref
from regulars.features.programs import load_config
from regulars.flows import points
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

PROGRAM = """
program: {code: town, name: Town, currency: EUR, zone: Europe/Berlin, region: DE}
sources:
  - {code: till, name: Till, enrol: true}
point_types:
  - {code: points, name: Points}
publish: true
rules:
  - code: more
    name: Seven more
    trigger: {event: Points Adjusted}
    then: [{award: {point_type: points, points: 7}}]
"""


async def test_the_wallet_that_is_answered_has_what_rules_gave(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, PROGRAM)
    await shop.send(shop.order("1", "1.00", "anna"))
    async with db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        member = await resolve_ref(tx, config, "external_id:anna")
    async with db.transaction() as tx:
        alone = await points.adjust(
            tx, config, member, 10, "credit", reason="x", actor="x", now=clock.now(), review=None
        )
        heard = await points.adjust(
            tx, config, member, 10, "credit", reason="x", actor="x", now=clock.now(), review=AccrualReview()
        )
    assert (alone.wallet.available, heard.points, heard.wallet.available) == (10, 10, 20 + 7)
