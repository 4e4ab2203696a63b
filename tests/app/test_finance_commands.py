"""The commands of finance on a shop with a little history: reports, liability, journals, a close by two, an export."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flows.accrual.setting import open_shop

from regulars.app.cli import main
from regulars.infra.clock import FixedClock, SystemClock
from regulars.infra.db import Database


@pytest.fixture
def month(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the month, some time ago, in which a corner shop that the commands find sold two things."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    monkeypatch.setenv("REGULARS_PROGRAM", "corner")
    day = (SystemClock().now() - timedelta(days=80)).replace(day=15)

    async def trade() -> None:
        async with Database.open(database_url, name="api") as db:
            made = await open_shop(db, FixedClock(day), tmp_path)
            await made.send(made.order("1001", "12.40", lines=[("TEA", 2, "3.20")]))
            await made.send(made.order("1002", "99.00", "bela"))

    asyncio.run(trade())
    return f"{day:%Y-%m}"


def run(capfd: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    assert left.value.code == code, capfd.readouterr().err
    return capfd.readouterr().out


def told(capfd: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(run(capfd, "--json", *arguments))


def test_a_month_of_finance(month: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    span = ("--from", f"{month}-01", "--to", f"{month}-28")
    assert told(capfd, "report", "show", "sales", *span)["totals"]["net"] == 11140
    assert "TEA,Tea,1,2,0,6.40,0.00,6.40,6.40" in run(
        capfd, "report", "show", "products", *span, "--csv", "-"
    )
    run(capfd, "report", "show", "products", *span, "--xlsx", str(tmp_path / "products.xlsx"))
    assert (tmp_path / "products.xlsx").read_bytes().startswith(b"PK")
    assert {one["report"] for one in told(capfd, "report", "list")} >= {"points", "sales", "retention"}
    assert told(capfd, "report", "rebuild")["until_batch"] == 2
    owed = told(capfd, "finance", "liability")
    assert sum(part["points"] for part in owed[0]["slices"]) == owed[0]["outstanding"]
    assert told(capfd, "finance", "breakage")[0]["point_type"] == "points"
    assert told(capfd, "finance", "backtest") == []
    assert told(capfd, "finance", "period", month)["ties_out"]
    assert "period,account,name,debit,credit" in run(capfd, "finance", "journals", month, "--csv")
    first, second, *_ = told(capfd, "finance", "periods")
    assert (first["period"], first["status"], first["waits_for"]) == (month, "open", [])
    assert (second["status"], second["waits_for"]) == ("open", [month])
    shown = run(capfd, "finance", "periods")
    assert re.search(rf"{second['period']} +│ open +│ yes ", shown)
    assert not {"None", "True", "…"} & set(re.findall(r"None|True|…", shown)), (
        "people read words, and all of them"
    )
    assert "may change until" in run(capfd, "finance", "period", second["period"]).replace("\n", " ")
    accounting = tmp_path / "accounting.json"
    accounting.write_text('{"accounts": {"deferred_revenue": "22-1"}}')
    assert told(capfd, "finance", "settings", str(accounting))["accounts"]["deferred_revenue"] == "22-1"
    assert told(capfd, "finance", "settings")["accounts"]["sales_revenue"] == "4000"
    accounting.write_text('{"accounts": {"cash": "1"}}')
    run(capfd, "finance", "settings", str(accounting), code=3)
    assert told(capfd, "finance", "close", month)["closed"]
    run(capfd, "finance", "close", month, code=3)
    assert told(capfd, "finance", "period", month)["status"] == "closed"
    assert told(capfd, "finance", "journals", month, "--less", "1") == []
    run(capfd, "finance", "journals", month, "--less", "2", code=4)
    run(capfd, "finance", "period", "2099-01", code=4)
    number = told(capfd, "finance", "reopen", month, "--reason", "a slip")["id"]
    run(capfd, "approvals", "approve", str(number), code=3)
    done = told(capfd, "export", "ledger", str(tmp_path / "lake"))
    assert done["rows"] > 10
    assert list((tmp_path / "lake" / "transfers" / "program=corner").iterdir())
    with pytest.raises(SystemExit):
        main(["export", "ledger", str(tmp_path / "lake")])
    assert "were exported there before" in capfd.readouterr().out.replace("\n", " ")
