"""Every feature of the rule language, once, through the intake: one program, one table of event → expected
points.

Each rule listens to an event of its own name, so that rows do not disturb each other. What a rule says is
written as a
marketer would write it; what it must give was worked out by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from tests.flows.accrual.setting import Shop, open_shop, points
from tests.stories.features import AMOUNTS, CONDITIONS, ONE, SCHEDULES, Json, both

from regulars.core.events import Event
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


def rule(code: str, **more: Any) -> Json:
    """Return a rule that listens to its own name."""
    return {"code": code, "trigger": {"event": code}, "then": ONE, **more}


def all_rules() -> list[Json]:
    """Return one rule per row of the tables, and those that set the scene."""
    found = [
        rule(code, when=condition if "combinator" in condition else both(condition))
        for code, (condition, *_) in CONDITIONS.items()
    ]
    found += [rule(code, schedule=schedule) for code, (schedule, *_) in SCHEDULES.items()]
    found += [
        rule(code, then=[{"award": {"point_type": "points", **award}}])
        for code, (award, *_) in AMOUNTS.items()
    ]
    found.append(
        rule(
            "scene",
            trigger={"event": "Scene"},
            then=[
                {"award": {"point_type": "stars", "points": "1.25"}},
                {"award": {"point_type": "later", "points": 40}},
            ],
        )
    )
    found.append(
        rule(
            "enlist",
            trigger={"event": "Enlist"},
            then=[{"add_tag": {"tag": "staff"}}, {"add_tag": "a"}, {"add_to_list": {"list": "spring"}}],
        )
    )
    return found


PROGRAM: Json = {
    "program": {"code": "all", "name": "All", "currency": "EUR", "zone": "Europe/Vilnius", "region": "LT"},
    "partners": [{"code": "bakery", "name": "Bakery", "roles": ["earn"]}],
    "stores": [
        {"code": "north", "name": "North", "region": "coast"},
        {"code": "south", "name": "South", "channel": "partner", "partner": "bakery"},
        {"code": "web", "name": "Web", "channel": "web"},
    ],
    "sources": [{"code": "till", "name": "Till", "enrol": True}],
    "point_types": [
        {"code": "points", "name": "Points"},
        {"code": "marks", "name": "Marks of rules that applied"},
        {"code": "stars", "name": "Stars", "scale": 2},
        {"code": "later", "name": "Later", "policy": {"pending": {"days": 14}}},
    ],
    "tier_sets": [
        {
            "code": "club",
            "name": "Club",
            "metric": {"of": "purchases"},
            "window": {"calendar": "year"},
            "tiers": [
                {"code": "bronze", "name": "Bronze", "threshold": 0},
                {
                    "code": "silver",
                    "name": "Silver",
                    "threshold": 3,
                    "award": {"point_type": "points", "points": 100},
                },
            ],
        },
        {
            "code": "lately",
            "name": "Lately",
            "metric": {"of": "spend"},
            "window": {"rolling_days": 30},
            "tiers": [
                {"code": "seldom", "name": "Seldom", "threshold": 0},
                {"code": "often", "name": "Often", "threshold": 70},
            ],
        },
    ],
    "collections": {"pots": ["POT", "KETTLE"]},
    "tables": {
        "steps": {
            "inputs": ["member.tier.club", "order.amount"],
            "rows": [
                {"when": ["silver", {"operator": ">=", "value": 100}], "then": 30},
                {"when": ["silver", None], "then": 20},
            ],
            "default": 5,
        }
    },
    "products": [
        {"sku": "TEA", "name": "Tea", "category": "Tea", "points": 2, "attributes": {"origin": "Assam"}},
        {"sku": "MUG", "name": "Mug", "category": "Home"},
        {"sku": "POT", "name": "Pot", "category": "Home", "points": 7},
    ],
}
# Attributes are known once somebody has one, so rules come after the members.
RULES: Json = {key: PROGRAM[key] for key in ("program", "collections", "tables")} | {
    "rules": all_rules(),
    "publish": True,
}


HISTORY: list[tuple[str, str, str, Json]] = [
    ("Order Completed", "anna", "2026-01-10T10:00:00Z", {"order": {"order_id": "1", "revenue": 30, "lines": [
        {"sku": "TEA", "quantity": 4, "price": 5}, {"sku": "MUG", "quantity": 1, "price": 10}]}}),
    ("Challenge Started", "anna", "2026-02-20T10:00:00Z", {}),
    ("Store Visited", "anna", "2026-02-20T11:00:00Z", {"town": "A"}),
    ("Order Completed", "anna", "2026-02-25T10:00:00Z", {"store": "north", "order": {
        "order_id": "2", "revenue": 50, "lines": [
            {"sku": "TEA", "quantity": 3, "price": 5}, {"sku": "POT", "quantity": 1, "price": 35}]}}),
    ("Store Visited", "anna", "2026-02-25T11:00:00Z", {"town": "B"}),
    ("Store Visited", "anna", "2026-03-01T09:00:00Z", {"town": "A"}),
    ("Ride", "anna", "2026-02-25T12:00:00Z", {"km": "9"}),  # a text is not a number
    ("Ride", "anna", "2026-02-25T12:00:00Z", {"km": 1.25}),
    ("Ride", "anna", "2026-02-26T12:00:00Z", {"km": 2.5}),
    ("Order Completed", "anna", "2026-03-01T10:00:00Z", {"order": {"order_id": "3", "revenue": 20}}),
    ("Scene", "anna", "2026-03-01T11:00:00Z", {}),
    ("Enlist", "vip", "2026-03-01T11:00:00Z", {}),
]  # fmt: skip
TRAITS: Json = {
    "email": "anna@example.com",
    "birthday": "1990-03-02",
    "timezone": "America/New_York",
    "shoe_size": 38,
    "likes": ["green tea", "cake"],
    "wedding": "2019-05-05",
    "pets": True,
    "car": {"brand": "X"},
}


async def open_scene(db: Database, clock: FixedClock, folder: Path) -> Shop:
    """Return a shop with two members: anna, who has a history, and vip, who has none but tags."""
    start = clock.now()
    clock.move_to(datetime(2026, 1, 10, 8, tzinfo=UTC))
    shop = await open_shop(db, clock, folder, msgspec.json.encode(PROGRAM).decode())
    await shop.send(shop.event("Identify", traits=TRAITS))
    await open_shop(db, clock, folder, msgspec.json.encode(RULES).decode())
    for event_type, user, at, fields in HISTORY:
        clock.move_to(datetime.fromisoformat(at))
        await shop.send(shop.event(event_type, user, **fields))
    clock.move_to(start)
    return shop


def sent(shop: Shop, code: str, place: int, fields: Json) -> Event:
    """Return a row's event; orders are told apart by the row."""
    more = dict(fields)
    if "order" in more:
        more["order"] = {**more["order"], "order_id": f"{code}-{place}"}
    return shop.event(code, **({"id": f"{code}-{place}"} | more))


async def test_every_condition_and_schedule(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Each condition and each schedule gives its mark to the event that meets it, and none to the other."""
    shop = await open_scene(db, clock, tmp_path)
    rows = [
        (code, place, fields)
        for code, (_, *events) in {**CONDITIONS, **SCHEDULES}.items()
        for place, fields in enumerate(events)
        if fields is not None
    ]
    receipt = await shop.send(*[sent(shop, *row) for row in rows])
    said = {
        (code, "yes" if place == 0 else "no"): points(receipt, n) for n, (code, place, _) in enumerate(rows)
    }
    due: dict[tuple[str, str], Json] = {key: {"marks": 1} if key[1] == "yes" else {} for key in said}
    assert {key: gave for key, gave in said.items() if gave != due[key]} == {}


async def test_every_amount(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Each way of saying how many points gives what a person works out by hand."""
    shop = await open_scene(db, clock, tmp_path)
    receipt = await shop.send(*[sent(shop, code, 0, fields) for code, (_, fields, _) in AMOUNTS.items()])
    said = {code: sum(points(receipt, n).values()) for n, code in enumerate(AMOUNTS)}
    assert said == {code: amount for code, (_, _, amount) in AMOUNTS.items()}


async def test_a_rolling_tier_holds_over_night(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """The first event of a day sees the tier that the last thirty days still give, whoever looked last and when."""
    shop = await open_scene(db, clock, tmp_path)
    assert points(await shop.send(shop.event("tier-of-the-last-days"))) == {"marks": 1}
    clock.move_to(datetime(2026, 3, 26, 10, tzinfo=UTC))
    assert points(await shop.send(shop.event("tier-of-the-last-days"))) == {"marks": 1}
    clock.move_to(datetime(2026, 4, 2, 10, tzinfo=UTC))
    assert points(await shop.send(shop.event("tier-of-the-last-days"))) == {}
