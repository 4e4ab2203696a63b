"""Everything a rule can do and be held to: effects, triggers, groups, limits, campaigns and who pays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.flows.accrual.setting import Shop, open_shop, points, wallet

from regulars.flows.accrual import Receipt
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)

TEXT = (Path(__file__).parent / "every-effect.yaml").read_text()
READS = """
  - code: reads
    trigger: {event: Read}
    when:
      combinator: and
      rules:
        - {field: member.attributes.colour, operator: "=", value: red}
        - {field: member.attributes.spent, operator: ">", value: 40}
    then: [{award: {point_type: points, points: 1}}]
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
    shop = await open_shop(db, clock, tmp_path, TEXT)
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
    shop = await open_shop(db, clock, tmp_path, TEXT)
    await shop.send(shop.event("Identify", "eve", traits={"colour": "blue", "spent": 1}))
    await open_shop(db, clock, tmp_path, TEXT.replace("publish: true\n", READS))
    assert await given(shop, "Read") == {}
    await given(shop, "Attribute", order=basket(1, 21))
    assert await given(shop, "Read") == {"points": 1}


async def test_points_taken_by_a_rule(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Never more than there is, and never from what is owed."""
    shop = await open_shop(db, clock, tmp_path, TEXT)
    receipt = await shop.send(shop.event("Give", n=95), shop.event("Take"))
    assert wallet(receipt) == (65, 0)
    assert wallet(await shop.send(shop.event("Take Tenth"))) == (59, 0)
    assert wallet(await shop.send(shop.event("Take"), shop.event("Take"))) == (0, 0)
    assert wallet(await shop.send(shop.event("Take"))) == (0, 0)


async def test_triggers(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Joining, milestones, tiers and balances make rules look."""
    shop = await open_shop(db, clock, tmp_path, TEXT)
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
    shop = await open_shop(db, clock, tmp_path, TEXT)
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
    shop = await open_shop(db, clock, tmp_path, TEXT)

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
    shop = await open_shop(db, clock, tmp_path, TEXT)
    receipts: list[Receipt] = [await shop.send(shop.event("Split")), await shop.send(shop.event("Spring A"))]
    assert [points(receipt) for receipt in receipts] == [{"points": 7}, {"points": 20}]
    async with db.transaction() as tx:
        assert await tx.all(queries.select_paid) == [("bakery", -24), ("house", -3)]
