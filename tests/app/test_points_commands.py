"""Points, books and upkeep on the command line: what people type, what they read, with which exit code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.flows.points.world import NOW, days, earn, make_members, make_program

from regulars.app.cli import main
from regulars.infra.db import Database

Run = Callable[..., str]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    async def prepare() -> None:
        async with Database.open(database_url, min_size=1, max_size=1, name="cli") as db:
            config = await make_program(db)
            await make_members(db, config, 2)

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


def answer(run: Run, *arguments: str, code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", code=code))


def test_a_service_agents_day(run: Run) -> None:
    given = answer(run, "points", "adjust", "external_id:c-1", "120", "--reason", "goodwill")
    assert given["wallet"]["available"] == 120
    run("points", "adjust", "external_id:c-1", "121", "--reason", "mistake", "--direction", "debit", code=3)
    run("points", "adjust", "external_id:c-1", "1", code=2)
    run("points", "adjust", "external_id:nobody", "1", "--reason", "x", code=4)
    cash = answer(run, "points", "adjust", "external_id:c-1", "12.50", "--reason", "x", "--type", "cash")
    assert cash["wallet"]["available"] == 1250
    answer(run, "points", "transfer", "external_id:c-1", "external_id:c-2", "20")
    held = answer(run, "points", "hold", "external_id:c-2", "15")
    assert held["wallet"] == {"point_type": "points", "available": 5, "pending": 0, "held": 15, "debt": 0}
    captured = answer(run, "points", "capture", "external_id:c-2", held["id"], "--points", "10")
    assert captured["wallet"]["available"] == 10
    run("points", "void", "external_id:c-2", held["id"], code=3)
    held = answer(run, "points", "hold", "external_id:c-1", "5", "--type", "cash")
    run("points", "capture", "external_id:c-1", held["id"], "--points", "0", code=2)
    captured = answer(run, "points", "capture", "external_id:c-1", held["id"], "--points", "2.50")
    assert captured["wallet"] == {"point_type": "cash", "available": 1000, "pending": 0, "held": 0, "debt": 0}
    shown = {row["point type"]: row for row in answer(run, "points", "show", "external_id:c-2")}
    assert shown["points"]["available"] == 10
    assert "10 on" in run("points", "show", "external_id:c-2")
    verified = answer(run, "verify")
    assert verified["healthy"] is True
    assert "The books are right." in run("verify")
    balance = answer(run, "books", "balance")
    assert sum(row["balance"] for row in balance if row["point_type"] == "points") == 0
    assert answer(run, "books", "liability")[0]["available"] == 110


def test_points_that_wait_are_let_go_by_hand(run: Run, database_url: str) -> None:
    async def wait() -> None:
        async with Database.open(database_url, min_size=1, max_size=1, name="cli") as db:
            config = await make_program(db, "other")
            (ann,) = await make_members(db, config, 1)
            await earn(db, config, ann, 7_00, "cash", until_released=True, expires=NOW + days(9_000))
            await earn(db, config, ann, 5_00, "cash", until_released=True, expires=NOW + days(9_001))

    asyncio.run(wait())
    first, second = answer(run, "points", "lots", "-p", "other", "external_id:c-1")
    assert (first["left"], first["pending"], first["usable"]) == (7_00, True, "when released")
    asked = ("points", "release", "-p", "other", "external_id:c-1")
    run(*asked, "--lot", first["id"], code=2)
    freed = answer(run, *asked, "--lot", first["id"], "--reason", "goods arrived")
    assert (freed["lots"], freed["points"]) == ([first["id"]], 7_00)
    assert (freed["wallet"]["available"], freed["wallet"]["pending"]) == (7_00, 5_00)
    run(*asked, "--lot", first["id"], "--reason", "again", code=4)
    run(*asked, "--lot", "seven", "--reason", "again", code=4)
    assert "5.00 released; 12.00 cash available" in run(*asked, "--type", "cash", "--reason", "all")
    assert [lot["pending"] for lot in answer(run, *asked[:1], "lots", *asked[2:])] == [False, False]
    assert second["id"] != first["id"]


def test_upkeep_is_run_by_hand_and_goes_on_where_it_stopped(run: Run) -> None:
    answer(run, "points", "adjust", "external_id:c-1", "10", "--reason", "x")
    done = answer(run, "upkeep", "run", "--until", "2027-02-01")
    assert done["settled"] == 1
    assert answer(run, "upkeep", "run", "--until", "2027-02-01")["steps"] == 0
    assert answer(run, "verify")["healthy"] is True


def test_a_log_of_upkeep_holds_what_was_done_not_every_moment(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half a year is 180 moments: a pipe gets the result alone."""
    with pytest.raises(SystemExit):
        main(["upkeep", "run", "--until", "2027-07-01"])
    said = capsys.readouterr()
    assert "moments: " in said.out
    assert said.err == ""
