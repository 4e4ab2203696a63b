"""A coalition on the command line: what people type, what they read, with which exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from regulars.app.cli import main
from regulars.infra.clock import SystemClock

Run = Callable[..., str]

PROGRAM = """
program: {code: berry, name: Berry Club, currency: EUR, zone: Europe/Vilnius, region: LT}
partners:
  - {code: brand, name: Brand, roles: [earn, burn]}
point_types:
  - {code: points, name: Points}
terms:
  brand: {period: day, fees: [{code: daily, amount: "25.00"}], bank: {holder: Brand, iban: DE89370400440532013000}}
funding:
  - {code: brand-points, account: "partner:brand", point_type: points, mode: prepaid, reorder_at: 5000}
"""


@pytest.fixture
def run(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    for name, value in {"DATABASE_URL": database_url, "PROGRAM": "berry"}.items():
        monkeypatch.setenv(f"REGULARS_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        said = capsys.readouterr()
        assert left.value.code == code, said.out + said.err
        return said.out

    Path("berry.yaml").write_text(PROGRAM)
    call("apply", "berry.yaml", "--yes")
    return call


def answer(run: Run, *arguments: str, code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", code=code))


def test_shops_are_connected_one_by_one_and_by_a_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("template.yaml").write_text("roles: [earn, burn]\nsource: {platform: woocommerce}\n")
    run("partner", "template", "template.yaml")
    made = answer(
        run, "partner", "add", "tea-house", "--name", "Tea House", "--host", "https://points.example"
    )
    assert made["new"]
    assert f"https://points.example/v1/hooks/{made['hook']}" in made["snippet"]
    monkeypatch.setenv("REGULARS_PUBLIC_URL", "https://berry.example")
    assert "https://berry.example/v1/hooks/" in run("partner", "add", "tea-house")
    assert "Secret" in run("partner", "add", "tea-house")
    run("partner", "add", "mug-shop", "--platform", "shopify", code=3)
    Path("shops.csv").write_text("code,platform,secret\ntea-house,,\nmug-shop,shopify,s3cret\nbad,shopify,\n")
    assert answer(run, "partner", "import", "shops.csv", code=3) == {
        "rows": 3,
        "connected": 1,
        "known": 1,
        "failed": 1,
    }
    assert "mug-shop" in Path("shops.keys.csv").read_text()
    assert "bad" in Path("shops.errors.csv").read_text()
    Path("shops.yaml").write_text("shops:\n  - {code: leaf, name: Leaf, platform: plain}\n")
    assert answer(run, "partner", "import", "shops.yaml")["connected"] == 1
    Path("terms.yaml").write_text("rates: [{point_type: points, direction: burn, per_point: 0.008}]\n")
    shown = answer(run, "partner", "terms", "leaf", "--put", "terms.yaml")
    assert shown["rates"][0]["per_point"] == "0.008"


def test_a_block_is_bought_watched_and_given_back(run: Run) -> None:
    bought = answer(run, "funding", "buy", "brand-points", "6000", "--price", "54.00", "--reference", "PO-7")
    run("funding", "buy", "brand-points", "6000", "--price", "54.00", "--reference", "PO-7", code=3)
    assert bought["block"] == {"bought": 6000, "used": 0, "remaining": 6000, "drawable": 6000}
    assert answer(run, "funding", "tasks") == []
    answer(run, "funding", "withdraw", "brand-points", "1500", "--price", "13.50")
    run("funding", "withdraw", "brand-points", "4501", code=3)
    run("funding", "buy", "brand-points", "1", "--price", "much", code=2)
    run("funding", "buy", "brand-points", "1", "--price", "49.951", code=2)
    (task,) = answer(run, "funding", "tasks")
    assert (task["what"], task["left"]) == ("reorder", 4500)
    assert answer(run, "funding", "list")[0]["block"]["remaining"] == 4500
    assert answer(run, "funding", "check") == []
    run("funding", "explain", "nothing", code=4)


CENTS = """
funding:
  - {code: brand-points, account: "partner:brand", point_type: points, mode: prepaid, reorder_at: 5000}
  - {code: cents, account: "partner:brand", point_type: cents, mode: prepaid, reserve: 10.50, reorder_at: "20.25"}
  - {code: spring, account: "campaign:spring", point_type: cents, payer: brand, caps: [{points: 1000.50, period: month}]}
"""  # noqa: E501 - an agreement is read on one line


def test_points_of_agreements_have_the_decimals_of_their_type(run: Run, database_url: str) -> None:
    Path("types.yaml").write_text(
        "point_types: [{code: points, name: Points}, {code: cents, name: Cents, scale: 2}]"
    )
    run("apply", "types.yaml", "--yes")
    Path("funding.yaml").write_text(CENTS)
    run("funding", "put", "funding.yaml")
    kept = {one["agreement"]["code"]: one["agreement"] for one in answer(run, "funding", "list")}
    assert (kept["cents"]["reserve"], kept["cents"]["reorder_at"]) == (1_050, 2_025)
    assert kept["spring"]["caps"] == [{"points": 100_050, "period": "month"}]
    exported = answer(run, "export", "program")
    assert {one["code"]: one.get("caps", one.get("reorder_at")) for one in exported["funding"]} == {
        "brand-points": 5_000, "cents": "20.25", "spring": [{"points": "1000.50", "period": "month"}],
    }  # fmt: skip
    Path("again.yaml").write_text(json.dumps(exported))
    assert answer(run, "apply", "again.yaml", "--dry-run")["changes"] == []
    Path("funding.yaml").write_text(CENTS.replace("1000.50", "1000.505"))
    run("funding", "put", "funding.yaml", code=3)
    run("apply", "funding.yaml", "--yes", code=3)
    agreements = "agreements: [{point_type: cents, caps: [{points: 7.25, period: day}]}]\n"
    Path("template.yaml").write_text(agreements)
    run("partner", "template", "template.yaml")
    run("partner", "add", "leaf")
    (leaf,) = (one for one in answer(run, "funding", "list") if one["agreement"]["payer"] == "leaf")
    assert leaf["agreement"]["caps"] == [{"points": 725, "period": "day"}]
    run("funding", "buy", "cents", "30.505", code=2)
    run("funding", "buy", "nothing", "1", code=4)
    assert answer(run, "funding", "buy", "cents", "30.50")["block"]["bought"] == 3_050
    assert "20.25 to be drawn" in run("funding", "buy", "cents", "0.25")
    assert answer(run, "funding", "check") == []
    with psycopg.connect(database_url) as connection:
        connection.execute(
            b"INSERT INTO accrual.budget (program_id, owner, measure, period, used)"
            b" SELECT id, 'funding:cents', 'block/cents', 'ever', 125 FROM programs.program"
        )
    said = run("funding", "check", code=5)
    assert "cents: 1.25 cents counted as used, 0.00 drawn in the ledger, 0.00 withdrawn, 30.75 bought" in said
    assert answer(run, "funding", "check", code=5)[0]["counted"] == 125


def test_a_statement_from_draft_to_paid(run: Run) -> None:
    answer(run, "funding", "buy", "brand-points", "6000", "--price", "54.00")
    yesterday = (SystemClock().now() - timedelta(days=2)).date().isoformat()
    (old,) = answer(run, "settlement", "draw-up", "--day", yesterday)
    assert old["total"] == "25.00"
    (_, today) = answer(run, "settlement", "draw-up")
    assert today["total"] == "79.00"
    run("settlement", "issue", str(today["statement"]), code=3)
    number = str(old["statement"])
    month = answer(run, "finance", "periods")[-1]["period"]
    fees, block = answer(run, "finance", "period", month)["dues"]
    assert (fees["partner"], fees["kind"], fees["after"]) == ("brand", "fee", 2 * 2500)
    assert (block["partner"], block["kind"], block["after"]) == ("brand", "block", 5400)
    assert "Due with partners" in run("finance", "period", month)
    assert answer(run, "settlement", "issue", number)["status"] == "issued"
    assert "daily" in run("settlement", "show", number)
    Path("brand.csv").write_text("order_id,points\nX1,10\n")
    assert answer(run, "settlement", "upload", number, "brand.csv", code=7)["exceptions"] == 1
    Path("latin.csv").write_bytes("order_id,points\ncafé,1\n".encode("latin-1"))
    run("settlement", "upload", number, "latin.csv", code=3)
    run("settlement", "treasury", "latin.csv", code=3)
    (dispute,) = answer(run, "settlement", "disputes")
    run("settlement", "agree", number, code=3)
    shown = run("settlement", "disputes")
    assert "points, " in shown
    assert "{" not in shown, "people read words"
    answer(
        run,
        "settlement",
        "close",
        str(dispute["dispute"]),
        "accepted",
        "--note",
        "ours",
        "--adjustment",
        "-5.00",
    )
    assert answer(run, "settlement", "agree", number)["total"] == 2000
    netted = answer(run, "settlement", "net")
    assert [(one["payer"], one["amount"]) for one in netted["payments"]] == [("brand", 2000)]
    netting = str(netted["netting"]["id"])
    run("settlement", "payment-file", netting, code=3)
    Path("treasury.yaml").write_text("bank: {holder: Berry, iban: LT601010012345678901}\n")
    run("settlement", "treasury", "treasury.yaml")
    assert "20.00" in run("settlement", "payment-file", netting)
    assert "20.00" in run("settlement", "payment-file", netting, "--format", "csv")
    run("settlement", "payment-file", netting, "--to", "payments.csv")
    assert Path("payments.csv").read_text().startswith("number,")
    entries = answer(run, "settlement", "entries", "--statement", number, "--netting", netting)
    other = str(today["statement"])
    run("settlement", "entries", "--statement", number, "--statement", other, code=3)
    assert {one["entry"] for one in entries} == {f"ST-{number}-1", f"ST-{number}-2", f"NET-{netting}"}
    second = answer(run, "settlement", "entries", "--statement", number, "--version", "2")
    assert answer(run, "settlement", "entries", "--since", yesterday) == [], "today is not over"
    run("settlement", "entries", "--since", yesterday, "--until", "2999-01-01", code=3)
    assert [(one["debit"], one["credit"]) for one in second] == [(500, 0), (0, 500)]
    assert sum(one["debit"] for one in entries) == sum(one["credit"] for one in entries)
    run("settlement", "paid", netting)
    run("settlement", "paid", netting, code=3)
    assert answer(run, "settlement", "list", "--status", "settled")[0]["partner"] == "brand"
    assert answer(run, "settlement", "check") == []


def test_partners_are_listed_and_an_agreement_is_ended(run: Run) -> None:
    (listed,) = answer(run, "partner", "list")
    assert (listed["code"], listed["roles"], listed["archived_at"]) == ("brand", ["earn", "burn"], None)
    assert "Brand" in run("partner", "list")
    run("funding", "end", "brand-points")
    run("funding", "end", "brand-points", code=4)
