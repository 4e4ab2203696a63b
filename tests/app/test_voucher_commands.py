"""Vouchers, draws, gift cards and offline tokens on the command line, with their exit codes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flows.points.world import make_members, make_program

from regulars.app.cli import main
from regulars.features.draws import Draw, Prize, enter_draw, put_draw
from regulars.features.members import resolve_ref
from regulars.features.programs import load_config
from regulars.features.vouchers import Definition, Worth, put_definition
from regulars.flows import points
from regulars.flows.offline import issue_token
from regulars.infra.clock import SystemClock
from regulars.infra.db import Database

Run = Callable[..., str]
TYPES: dict[str, dict[str, Any]] = {
    "points": {"kind": "redeemable", "scale": 1},
    "gift": {"kind": "redeemable", "scale": 2},
}


async def prepare(database_url: str) -> str:
    """Make a program with vouchers, a draw, and a member with points and an offline token, which is returned."""
    now = SystemClock().now()
    async with Database.open(database_url, min_size=1, max_size=1, name="cli") as db:
        config = await make_program(db, types=TYPES)
        members = await make_members(db, config, 2)
        async with db.transaction() as tx:
            ten = Definition("ten", "Ten off", Worth("amount", amount=1_000), pattern="TEN-####-####")
            await put_definition(tx, config.id, ten, zone=config.zone, now=now)
            await put_draw(tx, config.id, Draw("car", "Car", (Prize("car", "Car", 1),)), now)
            await points.adjust(tx, config, members[0], 100, "credit", reason="x", actor="x", now=now)
            token = await issue_token(tx, config, points, members[0], 60, timedelta(hours=1), now=now)
    return token.token


@pytest.fixture
def token(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in {"DATABASE_URL": database_url, "PROGRAM": "acme"}.items():
        monkeypatch.setenv(f"REGULARS_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")
    return asyncio.run(prepare(database_url))


@pytest.fixture
def run(token: str, capsys: pytest.CaptureFixture[str]) -> Run:
    assert token

    def call(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        said = capsys.readouterr()
        assert left.value.code == code, said.out + said.err
        return said.out

    return call


def answer(run: Run, *arguments: str, code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", code=code))


def test_a_voucher_from_issue_to_return(run: Run, tmp_path: Path) -> None:
    assert [row["code"] for row in answer(run, "vouchers", "list")] == ["ten"]
    code = answer(run, "vouchers", "issue", "ten", "external_id:c-1", "--cause", "sorry")["code"]
    assert answer(run, "vouchers", "check", code, "-m", "external_id:c-2")[0]["usable"] == "no"
    used = answer(run, "vouchers", "redeem", code, "--order", "o1", "-m", "external_id:c-1")
    assert used == {"used": [code]}
    run("vouchers", "redeem", code, "--order", "o2", "-m", "external_id:c-1", code=3)
    run("vouchers", "redeem", "TEN-2222-2222", "--order", "o2", code=4)
    assert answer(run, "vouchers", "return", "o1") == {"returned": [code]}
    assert [row["status"] for row in answer(run, "vouchers", "show", code)] == ["issued", "returned"]
    assert answer(run, "vouchers", "void", code) == {"voided": [code]}
    pool = tmp_path / "pool.csv"
    pool.write_text("code\nA-1\nA-2\nA-1\n")
    assert answer(run, "vouchers", "import", "ten", str(pool), "--bearer")["refused"] == 1
    out = tmp_path / "out.csv"
    assert answer(run, "vouchers", "export", "ten", "--to", str(out), "--status", "issued")["codes"] == 2
    made = answer(run, "vouchers", "generate", "ten", "5")
    assert answer(run, "vouchers", "batch", str(made["batch"]))["done"] == 0


def test_a_draw_is_checked_with_the_file_alone(
    run: Run, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commitment = answer(run, "draws", "open", "car")["commitment"]

    async def enter() -> None:
        async with (
            Database.open(database_url, min_size=1, max_size=1, name="cli") as db,
            db.transaction() as tx,
        ):
            ann = await resolve_ref(tx, await load_config(tx, 1), "external_id:c-1")
            for member in (ann, *range(4)):
                await enter_draw(tx, 1, "car", member, 2, f"c{member}", SystemClock().now())

    asyncio.run(enter())
    run("draws", "tickets", "external_id:nobody", code=4)
    (held,) = answer(run, "draws", "tickets", "external_id:c-1")
    assert (held["draw"], held["status"], held["tickets"], held["won"]) == ("car", "open", 2, "")
    run("draws", "reveal", "car", code=3)
    answer(run, "draws", "close", "car", "--public-value", "7 13 21")
    answer(run, "draws", "reveal", "car")
    file = tmp_path / "car.json"
    answer(run, "draws", "published", "car", "--to", str(file))
    monkeypatch.setenv("REGULARS_DATABASE_URL", "postgresql://nowhere.invalid/x")
    assert answer(run, "draws", "verify", str(file))["right"] is True
    told = json.loads(file.read_text())
    assert told["commitment"] == commitment
    told["winners"][0][1] = next(e["id"] for e in told["entries"] if e["id"] != told["winners"][0][1])
    file.write_text(json.dumps(told))
    assert answer(run, "draws", "verify", str(file), code=5)["faults"]
    file.write_text("{}")
    run("draws", "verify", str(file), code=2)


def test_a_till_without_network_checks_a_token(
    run: Run, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys.json"
    answer(run, "offline", "keys", "--to", str(keys))
    monkeypatch.setenv("REGULARS_DATABASE_URL", "postgresql://nowhere.invalid/x")
    told = answer(run, "offline", "check", token, "--key", str(keys))
    assert (told["points"], told["point_type"], told["scale"]) == (60, "points", 1)
    assert "Good for 6.0 points until" in run("offline", "check", token, "--key", str(keys))
    run("offline", "check", f"{token}x", "--key", str(keys), code=3)


def test_a_gift_card_over_the_counter(run: Run) -> None:
    (card,) = answer(run, "gift-cards", "make", "gift")
    run("gift-cards", "activate", card["number"], "25.001", code=2)
    assert answer(run, "gift-cards", "activate", card["number"], "25.00")["available"] == "25.00 EUR"
    assert answer(run, "gift-cards", "topup", card["number"], "5")["available"] == "30.00 EUR"
    assert answer(run, "gift-cards", "block", card["number"])["status"] == "blocked"
    run("gift-cards", "topup", card["number"], "5", code=3)
    answer(run, "gift-cards", "block", card["number"], "--free")
    assert answer(run, "gift-cards", "balance", card["number"])["available"] == "30.00 EUR"
    run("gift-cards", "make", "points", code=3)
