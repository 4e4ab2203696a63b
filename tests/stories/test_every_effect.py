"""Everything a rule can do and be held to: effects, triggers, groups, limits, campaigns and who pays. Points worked out by hand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.flows.accrual.setting import Shop, open_shop, points, wallet

from regulars.flows.accrual import Receipt
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)

SHOP = """
program: {code: all, name: All, currency: EUR, zone: Europe/Vilnius, region: LT}
partners: [{code: bakery, name: Bakery, roles: [earn]}]
stores: [{code: north, name: North}, {code: web, name: Web, channel: web}]
sources: [{code: till, name: Till, enrol: true}]
point_types:
  - {code: points, name: Points, policy: {debt: {allowed: true, max: 1000}}}
  - {code: gold, name: Gold, scale: 2}
  - {code: net, name: Net, kind: qualifying}
  - {code: capped, name: Capped, policy: {earn_max: {day: 30}, balance_max: 50}}
tier_sets:
  - code: club
    name: Club
    metric: {of: points, point_type: net}
    tiers:
      - {code: bronze, name: Bronze, threshold: 0}
      - {code: silver, name: Silver, threshold: 100, award: {point_type: points, points: 7}}
      - {code: founder, name: Founder, invitation_only: true, award: {point_type: gold, points: 2}}
campaigns:
  spring: {name: Spring, schedule: {from: "2026-03-01", to: "2026-04-01"}, funding: [{account: "partner:bakery", share: 100}],
           limits: [{measure: points, point_type: points, max: 25, per: campaign, period: lifetime}]}
  over: {name: Over, status: paused}
groups:
  best: {name: Best, mode: best}
  first: {name: First, mode: first}
  only: {name: Only, exclusive: true}
"""

RULES = """
rules:
  - {code: attribute, trigger: {event: Attribute}, then: [{set_attribute: {name: colour, value: red}}, {set_attribute: {name: spent, formula: order.amount * 2}}]}
  - {code: tags, trigger: {event: Tags}, then: [{add_tag: a}, {add_tag: b}, {remove_tag: a}, {add_to_list: l}, {add_to_list: m}, {remove_from_list: l}]}
  - {code: gift, trigger: {event: Gift}, then: [{set_tier: {set: club, tier: founder}}]}
  - {code: take, trigger: {event: Take}, then: [{deduct: {point_type: points, points: 30}}]}
  - {code: take-tenth, trigger: {event: Take Tenth}, then: [{deduct: {point_type: points, formula: member.wallet.points.available / 10}}]}
  - {code: give, trigger: {event: Give}, then: [{award: {point_type: points, formula: event.properties.n}}]}
  - code: others
    trigger: {event: Others}
    then:
      - enter_draw: {draw: bike, tickets: 3}
      - issue_voucher: coffee
      - send_message: {template: thanks, channel: email}
      - create_task: {title: Call her, assignee: Ada, due_days: 2}
      - call_webhook: {webhook: crm, payload: {a: 1}}
      - custom: {name: confetti}
  - {code: joined, trigger: {member: joined}, then: [{award: {point_type: gold, points: "0.05"}}]}
  - {code: first-buy, trigger: {milestone: first_purchase}, then: [{award: {point_type: gold, points: 1}}]}
  - {code: third-buy, trigger: {milestone: nth_purchase, n: 3}, then: [{award: {point_type: gold, points: 3}}]}
  - {code: risen, trigger: {tier_changed: {set: club, direction: up}}, then: [{award: {point_type: gold, points: 4}}]}
  - {code: reaches, trigger: {wallet_changed: {point_type: points, reaches: 100}}, then: [{award: {point_type: gold, points: 5}}]}
  - {code: net, trigger: {event: Climb}, then: [{award: {point_type: net, formula: event.properties.n}}]}
  - {code: base, trigger: {event: Buy}, then: [{award: {point_type: points, per_amount: {points: 1, per: 1}}}]}
  - {code: fifty, group: best, trigger: {event: Buy}, when: &best {combinator: and, rules: [{field: event.properties.of, operator: "=", value: best}]}, then: [{award: {point_type: points, points: 50}}]}
  - {code: triple, group: best, trigger: {event: Buy}, when: *best, then: [{award: {point_type: points, multiply: {rule: base, by: 3}}}]}
  - {code: low, group: first, trigger: {event: Buy}, when: &first {combinator: and, rules: [{field: event.properties.of, operator: "=", value: first}]}, then: [{award: {point_type: points, points: 100}}]}
  - {code: high, priority: 5, group: first, trigger: {event: Buy}, when: *first, then: [{award: {point_type: points, points: 1}}]}
  - {code: only, group: only, trigger: {event: Buy}, when: {combinator: and, rules: [{field: event.properties.of, operator: "=", value: only}]}, then: [{award: {point_type: points, points: 5}}]}
  - {code: times-group, trigger: {event: Buy}, when: {combinator: and, rules: [{field: event.properties.of, operator: in, value: [group, best]}]}, then: [{award: {point_type: points, multiply: {group: best, by: "1.5"}, rounding: half_up}}]}
  - {code: paused, status: paused, trigger: {event: Buy}, then: [{award: {point_type: points, points: 1000}}]}
  - {code: over, campaign: over, trigger: {event: Buy}, then: [{award: {point_type: points, points: 1000}}]}
  - {code: day-points, trigger: {event: Day Points}, then: [{award: {point_type: points, points: 20}}], limits: [{measure: points, point_type: points, max: 50, per: member, period: day}]}
  - {code: week-count, trigger: {event: Week Count}, then: [{award: {point_type: points, points: 20}}], limits: [{measure: count, max: 2, per: member, period: week}]}
  - {code: month-money, trigger: {event: Month Money}, then: [{award: {point_type: points, per_amount: {points: 1, per: 2}}}], limits: [{measure: money, max: 100, per: member, period: month}]}
  - {code: order-points, trigger: {event: Order Points}, then: [{award: {point_type: points, per_amount: {points: 1, per: 1}}}], limits: [{measure: points, point_type: points, max: 40, per: member, period: order}]}
  - {code: budget, trigger: {event: Budget}, then: [{award: {point_type: points, points: 20}}], limits: [{measure: points, point_type: points, max: 50, per: rule, period: year}]}
  - {code: spring-a, campaign: spring, trigger: {event: Spring A}, then: [{award: {point_type: points, points: 20}}]}
  - {code: spring-b, campaign: spring, trigger: {event: Spring B}, then: [{award: {point_type: points, points: 20}}]}
  - {code: capped, trigger: {event: Capped}, then: [{award: {point_type: capped, points: 20}}]}
  - {code: split, trigger: {event: Split}, then: [{award: {point_type: points, points: 7}}], funding: [{account: "partner:bakery", share: 60}, {account: house, share: 40}]}
publish: true
"""


async def given(shop: Shop, event_type: str, user: str = "anna", **fields: Any) -> dict[str, int]:
    """Send one event and return what it gave, by point type."""
    return points(await shop.send(shop.event(event_type, user, **fields)))


def basket(number: int, amount: int) -> dict[str, Any]:
    """Return an order of an event that is no purchase."""
    return {"order_id": f"b-{number}", "revenue": amount}


async def test_what_effects_do_to_a_member(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Attributes, tags and lists are hers from then on; what others carry out is recorded."""
    shop = await open_shop(db, clock, tmp_path, SHOP + RULES)
    await shop.send(shop.event("Attribute", order=basket(1, 21)), shop.event("Tags"), shop.event("Others"))
    async with db.transaction() as tx:
        assert await tx.all(queries.select_changed_members) == [
            ({"colour": "red", "spent": 42}, ["b"], ["m"])
        ]
        assert await tx.all(queries.select_effects) == [
            ("call_webhook", {"webhook": "crm", "payload": {"a": 1}}),
            ("create_task", {"title": "Call her", "assignee": "Ada", "due_days": 2}),
            ("custom", {"name": "confetti"}),
            ("enter_draw", {"draw": "bike", "tickets": 3}),
            ("issue_voucher", {"voucher": "coffee"}),
            ("send_message", {"template": "thanks", "channel": "email"}),
        ]


async def test_what_a_rule_sets_another_rule_reads(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """An attribute that the program knows and one rule sets is what another rule's condition sees."""
    reads = """
  - {code: reads, trigger: {event: Read}, when: {combinator: and, rules: [{field: member.attributes.colour, operator: "=", value: red},
     {field: member.attributes.spent, operator: ">", value: 40}]}, then: [{award: {point_type: points, points: 1}}]}
publish: true
"""
    shop = await open_shop(db, clock, tmp_path, SHOP)
    await shop.send(shop.event("Identify", "eve", traits={"colour": "blue", "spent": 1}))
    await open_shop(db, clock, tmp_path, SHOP + RULES.replace("publish: true\n", "").rstrip() + reads)
    assert await given(shop, "Read") == {}
    await given(shop, "Attribute", order=basket(1, 21))
    assert await given(shop, "Read") == {"points": 1}


async def test_points_taken_by_a_rule(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Never more than there is, and never from what is owed."""
    shop = await open_shop(db, clock, tmp_path, SHOP + RULES)
    receipt = await shop.send(shop.event("Give", n=95), shop.event("Take"))
    assert wallet(receipt) == (65, 0)
    assert wallet(await shop.send(shop.event("Take Tenth"))) == (59, 0)
    assert wallet(await shop.send(shop.event("Take"), shop.event("Take"))) == (0, 0)
    assert wallet(await shop.send(shop.event("Take"))) == (0, 0)


async def test_triggers(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Joining, milestones, tiers and balances make rules look."""
    shop = await open_shop(db, clock, tmp_path, SHOP + RULES)
    gold = "gold"
    receipt = await shop.send(shop.event("Hello"))
    assert wallet(receipt, gold) == (5, 0)
    receipt = await shop.send(shop.order("1", "1.00"), shop.order("2", "1.00"))
    assert wallet(receipt, gold) == (105, 0)
    assert wallet(await shop.send(shop.order("3", "1.00")), gold) == (405, 0)
    assert wallet(await shop.send(shop.order("4", "1.00")), gold) == (405, 0)
    receipt = await shop.send(shop.event("Climb", n=100))
    assert (wallet(receipt, gold), wallet(receipt)) == ((805, 0), (7, 0))
    assert wallet(await shop.send(shop.event("Give", n=92)), gold) == (805, 0)
    assert wallet(await shop.send(shop.event("Give", n=1)), gold) == (1305, 0)
    assert wallet(await shop.send(shop.event("Give", n=200)), gold) == (1305, 0)
    assert wallet(await shop.send(shop.event("Gift")), gold) == (1305 + 200 + 400, 0)


async def test_groups_and_multipliers(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Best, first and exclusive; a multiplier counts what its target gives; what is paused gives nothing."""
    shop = await open_shop(db, clock, tmp_path, SHOP + RULES)
    said = {
        (of, amount): await given(shop, "Buy", of=of, order=basket(n, amount))
        for n, (of, amount) in enumerate(
            [("none", 10), ("best", 10), ("best", 40), ("first", 10), ("only", 10), ("group", 10)]
        )
    }
    assert said == {
        ("none", 10): {"points": 10},
        ("best", 10): {"points": 10 + 50 + 25},
        ("best", 40): {"points": 40 + 80 + 40},
        ("first", 10): {"points": 10 + 1},
        ("only", 10): {"points": 5},
        ("group", 10): {"points": 10},
    }


async def test_limits(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Each limit lets through what is left of it, per member, rule or campaign, and begins anew with its period."""
    shop = await open_shop(db, clock, tmp_path, SHOP + RULES)

    async def times(event_type: str, n: int, **fields: Any) -> list[int]:
        sent = [await given(shop, event_type, **fields) for _ in range(n)]
        return [sum(one.values()) for one in sent]

    assert await times("Day Points", 4) == [20, 20, 10, 0]
    assert await times("Day Points", 1, user="eve") == [20]
    assert await times("Week Count", 3) == [20, 20, 0]
    assert await times("Month Money", 3, order=basket(1, 90)) == [45, 5, 0]
    assert await times("Order Points", 2, order=basket(1, 90)) == [40, 40]
    assert await times("Budget", 2) == [20, 20]
    assert await times("Budget", 2, user="eve") == [10, 0]
    assert await times("Spring A", 1) == [20]
    assert await times("Spring B", 2, user="eve") == [5, 0]
    assert await times("Capped", 2) == [20, 10]
    clock.advance(timedelta(days=1))
    assert await times("Day Points", 1) == [20]
    assert await times("Week Count", 1) == [0]
    assert await times("Capped", 2) == [20, 0]
    clock.advance(timedelta(days=40))
    assert await times("Week Count", 1) == [20]
    assert await times("Month Money", 1, order=basket(1, 90)) == [45]
    assert await times("Capped", 1) == [0]
    assert await times("Spring A", 1) == [0]


async def test_who_pays(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Shares add up to the award; a campaign's funding is its rules' funding."""
    shop = await open_shop(db, clock, tmp_path, SHOP + RULES)
    receipts: list[Receipt] = [await shop.send(shop.event("Split")), await shop.send(shop.event("Spring A"))]
    assert [points(receipt) for receipt in receipts] == [{"points": 7}, {"points": 20}]
    async with db.transaction() as tx:
        assert await tx.all(queries.select_paid) == [("bakery", -24), ("house", -3)]
