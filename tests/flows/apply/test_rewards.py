"""Rewards as a section of a program's document: written, applied, exported, applied again."""

from __future__ import annotations

from typing import Any

import pytest
from tests.flows.points.world import NOW, make_program

from regulars.features.programs import load_config
from regulars.features.rewards import select_reward
from regulars.flows.apply import Document, apply_document, decode_document, export_program
from regulars.flows.apply.document import ProgramDocumentInvalid
from regulars.infra.db import Database

REWARDS: list[dict[str, Any]] = [
    {
        "code": "set",
        "name": "Set",
        "kind": "bundle",
        "price": {"points": "120"},
        "items": [{"reward": "mug"}],
    },
    {
        "code": "mug",
        "name": "Mug",
        "kind": "goods",
        "price": {"points": "100", "money": "9.90"},
        "stock": True,
        "valid_from": "2026-04-01T00:00:00Z",
        "limits": [{"max": 2, "period": "month"}],
    },
    {
        "code": "off",
        "name": "Money off",
        "kind": "discount",
        "point_type": "cash",
        "price": {"rate": {"points": "1.00", "worth": "0.50", "most": "20.00"}},
    },
    {
        "code": "tenth",
        "name": "Ten percent",
        "kind": "discount",
        "price": {"points": "50"},
        "discount": {"percent": "12.5", "on": "category", "match": "Tea", "minimum": "5.00"},
        "tiers": {"club": ["gold"]},
    },
    {"code": "tea", "name": "A tea", "kind": "free_item", "price": {"points": "30"}, "sku": "TEA"},
]


CLUB: dict[str, Any] = {
    "code": "club",
    "name": "Club",
    "metric": {"of": "points", "point_type": "status"},
    "window": {"calendar": "year"},
    "tiers": [
        {"code": "bronze", "name": "Bronze", "threshold": 0},
        {"code": "gold", "name": "Gold", "threshold": 100},
    ],
}


def document(rewards: list[dict[str, Any]]) -> Document:
    return decode_document({"rewards": rewards})


async def test_what_is_applied_is_what_is_exported(db: Database) -> None:
    program = await make_program(db)
    async with db.transaction() as tx:
        await apply_document(tx, decode_document({"tier_sets": [CLUB]}), "acme", now=NOW)
        applied = await apply_document(tx, document(REWARDS), "acme", now=NOW)
        assert [change.kind for change in applied.plan.changes] == ["reward"] * 5
        exported = await export_program(tx, await load_config(tx, program.id))
        assert exported["rewards"] == sorted(REWARDS, key=lambda one: str(one["code"]))
        again = await apply_document(tx, document(exported["rewards"]), "acme", now=NOW)
        assert again.plan.empty
        mug = (await select_reward(tx, program.id, "mug")).reward
        assert (mug.price.points, mug.price.money) == (100, 990)
        off = (await select_reward(tx, program.id, "off")).reward
        assert off.price.rate is not None
        assert (off.price.rate.points, off.price.rate.worth, off.price.rate.most) == (100, 50, 2_000)
        fewer = await apply_document(tx, document(REWARDS[1:2]), "acme", now=NOW)
        assert [change.action for change in fewer.plan.changes] == ["archive"] * 4


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"price": {"points": "1.5"}}, "rewards[0].price.points"),
        ({"price": {"money": "x"}}, "rewards[0].price.money"),
        ({"stores": ["nowhere"]}, "rewards[0].stores[0]"),
        ({"partner": "nobody"}, "rewards[0].partner"),
        ({"point_type": "pearls"}, "rewards[0].point_type"),
        ({"tiers": {"club": ["gold"]}}, "rewards[0].tiers.club"),
        ({"kind": "voucher", "voucher": "five"}, "rewards[0].voucher"),
        ({"kind": "draw_tickets", "draw": "bike"}, "rewards[0].draw"),
        ({"sort": 1}, "rewards[0].sort"),
        ({"code": ""}, "rewards[0].code"),
    ],
)
async def test_what_is_wrong_is_found_where_it_stands(
    db: Database, change: dict[str, Any], path: str
) -> None:
    await make_program(db)
    async with db.transaction() as tx:
        with pytest.raises(ProgramDocumentInvalid) as refusal:
            await apply_document(tx, document([{**REWARDS[1], **change}]), "acme", now=NOW)
    assert [error.path for error in refusal.value.errors] == [path]
