"""Rewards and redemptions on the command line: what people type, what they read, with which exit code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.flows.points.world import earn, make_members, make_program

from regulars.app.cli import main
from regulars.infra.db import Database

Run = Callable[..., str]
ANN, BOB = "external_id:c-1", "external_id:c-2"


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    async def prepare() -> None:
        async with Database.open(database_url, min_size=1, max_size=1, name="cli") as db:
            config = await make_program(db)
            ann, bob = await make_members(db, config, 2)
            await earn(db, config, ann, 500, "cash")
            await earn(db, config, bob, 300, "cash")

    asyncio.run(prepare())
    for name, value in {"DATABASE_URL": database_url, "PROGRAM": "acme"}.items():
        monkeypatch.setenv(f"REGULARS_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        said = capsys.readouterr()
        assert left.value.code == code, said.out + said.err
        return said.out

    return call


def answer(run: Run, *arguments: str) -> Any:
    return json.loads(run(*arguments, "--json"))


def test_a_day_at_the_counter(run: Run) -> None:
    mug = json.dumps({"name": "Mug", "kind": "goods", "price": {"points": 100, "money": 50}, "stock": True,
                      "point_type": "cash"})  # fmt: skip
    assert answer(run, "rewards", "put", "mug", mug)["new"] is True
    run("rewards", "put", "cup", '{"name": "Cup"}', code=3)
    assert answer(run, "rewards", "stock", "mug", "--free", "3")["free"] == 3
    assert answer(run, "rewards", "stock", "mug", "--add", "-1")["total"] == 2
    (row,) = answer(run, "rewards", "list")
    assert (row["code"], row["points"], row["free"]) == ("mug", 100, 2)
    assert answer(run, "rewards", "show", "mug")["price"] == {"points": 100, "money": 50}
    quoted = answer(run, "rewards", "quote", ANN, "mug", "-n", "3")
    assert (quoted["points"], quoted["refusal"]["code"]) == (300, "reward_sold_out")
    held = answer(run, "redemptions", "take", ANN, "mug", "-n", "2", "--hold")
    assert (held["status"], held["wallet"]["held"]) == ("reserved", 200)
    done = answer(run, "redemptions", "capture", held["id"], "-n", "1")
    assert (done["status"], done["points"]) == ("confirmed", 100)
    assert (
        answer(run, "redemptions", "fulfil", held["id"], "shipped", "--tracking", "X")["status"] == "shipped"
    )
    back = answer(run, "redemptions", "cancel", held["id"], "--reason", "broken", "--share", "50")
    assert (back["points"], back["money"]) == (50, 25)
    again = answer(run, "redemptions", "take", ANN, "mug", "--hold")
    run("redemptions", "void", again["id"])
    run("redemptions", "void", again["id"], code=3)
    run("redemptions", "take", ANN, "mug", "-n", "9", code=3)
    rows = answer(run, "redemptions", "list", "--member", ANN)
    assert [row["status"] for row in rows] == ["cancelled", "shipped"]
    run("rewards", "archive", "mug")
    assert answer(run, "rewards", "list") == []


def test_a_basket_at_the_checkout(run: Run, tmp_path: Path) -> None:
    off = {
        "name": "Money off",
        "kind": "discount",
        "point_type": "cash",
        "price": {"rate": {"points": 10, "worth": 7}},
    }
    run("rewards", "put", "off", json.dumps(off))
    assert answer(run, "rewards", "quote", ANN, "off", "--points", "1.50")["points"] == 150
    taken = answer(run, "redemptions", "take", ANN, "off", "--points", "0.50", "--hold")
    assert "0.50" in run("redemptions", "list")
    run("redemptions", "void", taken["id"])
    basket = tmp_path / "basket.json"
    lines = [{"sku": "TEA", "amount": 1_000, "quantity": 2}]
    basket.write_text(
        json.dumps({"member": ANN, "lines": lines, "rewards": [{"reward": "off", "points": 100}]})
    )
    tried = answer(run, "checkouts", "open", str(basket), "--dry-run")
    run("checkouts", "show", tried["id"], code=4)
    opened = answer(run, "checkouts", "open", str(basket))
    assert (opened["to_pay"], opened["points"], opened["earns"]["points"]) == (930, {"cash": 100}, {})
    assert "9.30 EUR to pay" in run("checkouts", "show", opened["id"])
    assert "The reward off takes off 0.70: 0.70 of TEA." in run("explain", opened["id"])
    assert "come to 1.00 cash" in run("explain", opened["rewards"][0]["redemption"])
    run("explain", "chk_0000000000009", code=4)
    basket.write_text(json.dumps({"lines": lines, "rewards": [{"reward": "off", "points": 200}]}))
    assert answer(run, "checkouts", "change", opened["id"], str(basket))["to_pay"] == 860
    assert answer(run, "checkouts", "close", opened["id"], "A-1")["status"] == "closed"
    back = answer(run, "checkouts", "return", opened["id"], "0=1")
    assert (back["status"], back["returned"]) == ("part_returned", {"money": 430, "points": 100})
    run("checkouts", "cancel", opened["id"], code=3)
    told = run("checkouts", "show", opened["id"])
    assert " closed as A-1 by cli:" in told
    assert " returned 0=1: 4.30 EUR and 1.00 cash back by cli:" in told
    pin = {"name": "Pin", "kind": "goods", "point_type": "cash", "price": {"points": 10, "money": 50}}
    run("rewards", "put", "pin", json.dumps(pin | {"stock": True}))
    run("rewards", "stock", "pin", "--free", "3")
    pins = [{"reward": "pin", "quantity": 3}]
    basket.write_text(json.dumps({"member": ANN, "lines": lines, "rewards": pins}))
    opened = answer(run, "checkouts", "open", str(basket))
    number, named = opened["id"], opened["rewards"][0]["redemption"]
    run("checkouts", "close", number, "A-2")
    run("checkouts", "return", number, code=3)
    run("checkouts", "return", number, "--reward", named, code=2)
    run("checkouts", "return", number, "--reward", f"{named}=1", "--keep-rewards", code=2)
    run("checkouts", "return", number, "--reward", f"{named}=4", code=3)
    back = answer(run, "checkouts", "return", number, "--reward", f"{named}=1", "--no-restock")
    assert (back["status"], back["returned"]) == ("part_returned", {"money": 50, "points": 10})
    assert f"pin ({named}): 0.30 cash and 1.50 EUR; 1 of 3 back" in run("checkouts", "show", number)
    back = answer(run, "checkouts", "return", number, "0=2", "--keep-rewards")
    assert (back["status"], back["returned"]) == ("part_returned", {"money": 1_000, "points": 0})
    back = answer(run, "checkouts", "return", number, "--reward", f"{named}=2")
    assert (back["status"], back["returned"]) == ("returned", {"money": 100, "points": 20})
    assert answer(run, "rewards", "list")[-1]["free"] == 2
    rows = answer(run, "checkouts", "list", "--member", ANN)
    assert [(row["order"], row["status"]) for row in rows] == [("A-2", "returned"), ("A-1", "part_returned")]
    for chosen, orders in {
        ("--status", "returned"): ["A-2"],
        ("--order", "A-1"): ["A-1"],
        ("--store", "nowhere"): [],
        ("--until", "2020-01-01"): [],
    }.items():
        assert [row["order"] for row in answer(run, "checkouts", "list", *chosen)] == orders
    basket.write_text('{"lines": []}')
    run("checkouts", "open", str(basket), code=2)


def test_a_household(run: Run) -> None:
    made = answer(run, "households", "found", ANN, "Home")
    home = made["household"]
    secret = answer(run, "households", "invite", home, "--by", ANN, "--role", "child")["secret"]
    joined = answer(run, "households", "accept", BOB, secret)
    assert [one["role"] for one in joined["people"]] == ["head", "child"]
    changed = answer(
        run, "households", "person", home, BOB, "--by", ANN, "--role", "child", "--spend-max", "1"
    )
    assert (changed["people"][1]["spend_max"], changed["people"][1]["shares"]) == (1, False)
    spent = answer(run, "households", "spend", BOB, "3.40", "--point-type", "cash")
    assert [part["points"] for part in spent["parts"]] == [300, 40]
    run("households", "spend", BOB, "0.61", "--point-type", "cash", code=3)  # 1.01 of Ann's
    run("households", "spend", BOB, "0.605", "--point-type", "cash", code=2)
    back = answer(run, "households", "return", home, spent["spend"], "--reason", "broken", "--points", "0.60")
    assert [part["returned"] for part in back["parts"]] == [20, 40]
    said = run("households", "return", home, spent["spend"], "--reason", "broken", "--points", "0.10")
    assert "points 3.00, returned 0.30" in said
    assert "Home" in run("households", "show", BOB)
    run("households", "person", home, BOB, "--by", BOB, code=3)
    run("households", "leave", home, BOB)
    assert answer(run, "households", "dissolve", home, "--by", ANN)["dissolved_at"] is not None
