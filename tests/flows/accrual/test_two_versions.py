"""A correction is of two versions: its order's, by which that is rated again, and its day's, whose rules hear it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flows.accrual.setting import CORNER, open_shop
from tests.flows.accrual.test_catch_up import publish
from tests.flows.accrual.test_kept import updated

from regulars.app.intake_port import AccrualPort
from regulars.features.programs import load_config
from regulars.flows.explanation import explain_event, find_event
from regulars.flows.journal import Journal
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

CAPPED = CORNER.replace(
    "name: Points}", "name: Points, policy: {earn_max: {day: 100}}}, {code: stars, name: Stars}"
)
BASE = """
  - code: base
    trigger: {event: Order Completed}
    then: [{award: {point_type: points, per_amount: {points: 1, per: 1}}}]
  - code: dear
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: order.amount, operator: ">=", value: 50}]}
    then: [{deduct: {point_type: points, points: 7}}]
"""
FIRST = CAPPED + "rules:" + BASE + "publish: true\n"
# Other rules in front, so that no rule keeps its place; and one that the order's version does not have at all.
SECOND = (
    CAPPED
    + """rules:
  - code: changed
    trigger: {event: Order Updated}
    then: [{award: {point_type: stars, points: 3}}, {deduct: {point_type: stars, points: 1}}, {add_tag: changed}]
    limits: [{measure: points, point_type: stars, max: 2, per: rule, period: lifetime}]
  - {code: noted, trigger: {event: Order Updated}, then: [{custom: {name: noted, payload: {n: 1}}}]}
  - {code: heard, trigger: {event: Order Updated}, then: [{add_tag: heard}]}"""
    + BASE
    + "publish: true\n"
)


def by_rule(answer: dict[str, Any]) -> set[tuple[str, str | None, int | None]]:
    """Return what an answer tells of: (what, rule, points)."""
    return {(one["type"], one.get("rule"), one.get("points")) for one in answer["effects"]}


@pytest.mark.parametrize("then", [FIRST, SECOND, CAPPED + "publish: true\n"])
async def test_a_correction_after_a_publication_says_what_each_version_did(
    db: Database, clock: FixedClock, tmp_path: Path, then: str
) -> None:
    shop = await open_shop(db, clock, tmp_path, FIRST)
    await shop.send(shop.order("1", "40.00"))
    clock.advance(timedelta(hours=1))
    if then is not FIRST:
        await publish(shop, tmp_path, then)
    clock.advance(timedelta(hours=1))
    port = AccrualPort(db, clock)
    event = updated(shop, "1", "160.00")
    told = []
    for _ in range(2):  # and told the same when it is sent again
        (result,) = await port.accept(shop.till, [event], received_at=clock.now(), effects=True, explain=True)
        assert isinstance(result.outcome, dict)
        told.append(result.outcome)
    of_order = {("points_awarded", "base", 60), ("points_deducted", "dear", 7)}
    own = (
        {("points_awarded", "changed", 2), ("points_deducted", "changed", 1)}
        | {("add_tag", "changed", None), ("custom", "noted", None), ("add_tag", "heard", None)}
        if then is SECOND
        else set()
    )
    for answer in told:
        assert by_rule(answer) == of_order | own
        fired = {one["rule"]: one["points"] for one in answer["rules_fired"]}
        assert fired == ({"changed": {"stars": 2}, "noted": {}, "heard": {}} if own else {})
        cut = {one["rule"]: one["cut"] for one in answer["limited"]}
        assert cut == ({"changed": 1} if own else {}) | {"base": 60}

    async with db.transaction(read_only=True) as tx:
        book = await shop.rulebooks.read(tx, shop.program_id)
        stored = await find_event(tx, book, source="till", key=event.key)
        explained = await explain_event(tx, book, stored, clock.now())
        assert by_rule(explained) == of_order | own
        assert explained["cause"] is None
        journal = Journal(await load_config(tx, shop.program_id))
        entry = await journal.by_key(tx, "till", event.key)
    assert entry is not None
    assert entry.rules == ([*fired] if own else [])
    assert entry.reason_facts["rules"] == (["changed"] if own else ["base"])
