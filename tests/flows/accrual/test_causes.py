"""What an event causes beyond its points: tiers given, members who joined, wallets that changed, what subscribers
hear.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from tests.flows.accrual.setting import CORNER, PROGRAM, Shop, open_shop, points, tier, wallet

from regulars.features.members import change_member
from regulars.features.programs import load_config
from regulars.features.tiers import compile_tier_set, decode_tier_set
from regulars.features.webhooks import NewEndpoint, add_endpoint
from regulars.flows.accrual.tier_preview import preview_tier_set
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)

MORE = """
  - code: hello
    name: Joining gives five
    trigger: {member: joined}
    then:
      - award: {point_type: points, points: 5}
  - code: reached
    name: Silver gets a tag, a task and seven points
    trigger: {tier_changed: {set: club, direction: up}}
    when: {combinator: and, rules: [{field: event.properties.to, operator: "=", value: silver}]}
    then:
      - award: {point_type: points, points: 7}
      - add_tag: {tag: vip}
      - create_task: {title: Call her, due_days: 2}
  - code: gift
    name: An invitation gives Silver
    trigger: {event: Invited}
    then:
      - set_tier: {set: club, tier: silver}
      - set_attribute: {name: invited, value: "yes"}
"""


def program() -> str:
    at = PROGRAM.index("publish: true")
    return PROGRAM[:at].rstrip() + MORE + PROGRAM[at:]


async def shop_of(db: Database, clock: FixedClock, folder: Path) -> Shop:
    return await open_shop(db, clock, folder, program())


async def notices(db: Database) -> list[dict[str, Any]]:
    async with db.transaction() as tx:
        return [
            notice for (text,) in await tx.all(queries.select_notices) for notice in msgspec.json.decode(text)
        ]


async def test_joining_is_an_event_of_its_own(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    shop = await shop_of(db, clock, tmp_path)
    receipt = await shop.send(shop.order("1", "10.00"), shop.order("2", "1.00"))
    assert wallet(receipt) == (5 + 100 + 60 + 1, 0)
    assert wallet(await shop.send(shop.order("3", "1.00"))) == (167, 0)


async def test_a_tier_reached_runs_its_rules(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    shop = await shop_of(db, clock, tmp_path)
    receipt = await shop.send(shop.order("1", "120.00"))
    assert tier(receipt) == "silver"
    assert wallet(receipt) == (5 + 100 + 500 + 120 + 50 + 7, 0)
    async with db.transaction() as tx:
        assert await tx.all(queries.select_effects) == [("reached", "create_task")]
        assert await tx.all(queries.select_tags) == [(["vip"],)]


async def test_a_rule_gives_a_tier_and_an_attribute(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    shop = await shop_of(db, clock, tmp_path)
    await shop.send(shop.order("1", "10.00"))
    receipt = await shop.send(shop.event("Invited"))
    assert tier(receipt) == "silver"
    # Silver doubles from the next purchase on; what merit takes back it keeps.
    assert points(await shop.send(shop.order("2", "10.00")))["points"] == 20
    refunded = await shop.send(shop.refund("1"))
    assert tier(refunded) == "silver"


async def test_subscribers_hear_what_happened(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    shop = await shop_of(db, clock, tmp_path)
    await shop.send(shop.order("1", "10.00"))
    assert await notices(db) == []
    async with db.transaction() as tx:
        endpoint = NewEndpoint(
            url="https://example.com/hook", types=("points.*", "tier.changed", "member.joined")
        )
        await add_endpoint(tx, shop.program_id, endpoint, clock.now())
    await shop.send(shop.order("2", "95.00", "berta"), shop.refund("1"))
    heard = [notice["type"] for notice in await notices(db)]
    assert sorted(set(heard)) == ["member.joined", "points.earned", "points.reversed", "tier.changed"]


async def test_a_tier_inserted_into_a_live_set_is_previewed_and_writes_nothing(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path)
    await shop.send(
        *[shop.order(f"{n}", f"{n * 30}.00", f"u{n}") for n in range(1, 5)], shop.event("Page Seen", "u9")
    )
    document = {
        "code": "club",
        "name": "Club",
        "metric": {"of": "points", "point_type": "net"},
        "tiers": [
            {"code": "bronze", "name": "Bronze", "threshold": "0"},
            {"code": "copper", "name": "Copper", "threshold": "50"},
            {"code": "silver", "name": "Silver", "threshold": "110"},
        ],
    }
    async with db.transaction(read_only=True) as tx:
        book = await shop.rulebooks.read(tx, shop.program_id)
        new = compile_tier_set(decode_tier_set(document), {"points": 0, "net": 0}, 2, 2)
        moves = await preview_tier_set(tx, book, new, shop.now)
    assert moves.counts == {("bronze", "bronze"): 2, ("bronze", "copper"): 2, ("silver", "silver"): 1}
    assert moves.moved == 2
    receipt = await shop.send(shop.order("x", "1.00", "u2"))
    assert tier(receipt) == "bronze"


SPENDING = (
    CORNER
    + """
tier_sets:
  - code: club
    name: Club
    metric: {of: spend}
    tiers: [{code: bronze, name: Bronze, threshold: 0}, {code: silver, name: Silver, threshold: 100, award: {point_type: points, points: 5}}]
rules: [{code: buy, trigger: {event: Order Completed}, then: [{award: {point_type: points, per_amount: {points: 1, per: 1}}}]}]
publish: true
"""  # noqa: E501 - a rule is read on one line
)


async def test_who_does_not_earn_is_not_paid_for_a_tier_either(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """She rises by what she buys; the entry gives nothing, then or later, and nothing of it is taken back."""
    shop = await open_shop(db, clock, tmp_path, SPENDING)
    receipt = await shop.send(shop.order("1", "20.00"))
    (member_id,) = receipt.works

    async def block(earning_blocked: bool) -> None:
        async with db.transaction() as tx:
            terms = await load_config(tx, shop.program_id)
            await change_member(tx, terms, member_id, {"earning_blocked": earning_blocked}, clock.now())

    await block(True)
    receipt = await shop.send(shop.order("2", "150.00"))
    assert (tier(receipt), wallet(receipt)) == ("silver", (20, 0))
    assert receipt.answers[0].outcome is not None
    assert receipt.answers[0].outcome.entries == []
    await block(False)
    assert wallet(await shop.send(shop.order("3", "1.00"))) == (21, 0)
    receipt = await shop.send(shop.refund("2"))
    assert (tier(receipt), wallet(receipt)) == ("bronze", (21, 0))
