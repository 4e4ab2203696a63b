"""The commands that look: explain, why, quote and simulate, on a shop with a little history."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flows.accrual.setting import open_shop
from tests.flows.accrual.test_effects_of_orders import PROGRAM as GIVING

from regulars.app.cli import main
from regulars.infra.clock import FixedClock, SystemClock
from regulars.infra.db import Database
from regulars.kit.ids import encode


@pytest.fixture
def shop(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Return (event, transfer) of the first order of a corner shop that the commands find."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    monkeypatch.setenv("REGULARS_PROGRAM", "corner")

    async def trade() -> tuple[str, str]:
        now = SystemClock().now()
        async with Database.open(database_url, name="api") as db:
            made = await open_shop(db, FixedClock(now - timedelta(days=90)), tmp_path)
            made.clock = FixedClock(now - timedelta(days=1))
            receipt = await made.send(made.order("1001", "12.40", lines=[("TEA", 2, "3.20")]))
            await made.send(made.order("1002", "99.00", "bela"))
        answer = receipt.answers[0]
        assert answer.outcome is not None
        return encode("evt", answer.event_id or 0), encode("trf", answer.outcome.granted[0].transfer_id)

    return asyncio.run(trade())


def told(capfd: pytest.CaptureFixture[str], *arguments: str) -> Any:
    with pytest.raises(SystemExit) as left:
        main(["--json", *arguments])
    assert left.value.code == 0
    return json.loads(capfd.readouterr().out)


def test_they_tell_what_the_api_tells(
    shop: tuple[str, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    event, transfer = shop
    by_id = told(capfd, "explain", event)
    assert by_id["decided_again_the_same"] is True
    assert told(capfd, "explain", "1001")["event"] == by_id["event"]
    assert told(capfd, "explain", transfer)["event"]["id"] == event
    assert {line["id"] for line in told(capfd, "why", "external_id:anna")} >= {event, transfer}
    basket = tmp_path / "basket.json"
    basket.write_text('{"order": {"revenue": "10.00"}}')
    assert told(capfd, "quote", str(basket), "--tier", "club=silver")["points"]["points"] == 10 + 50 + 10
    report = told(capfd, "simulate", "--processes", "1")
    assert report["as_posted"]["events_that_differ"] == 0
    assert report["points"]["points"]["difference"] == 0


def test_people_read_sentences(shop: tuple[str, str], capfd: pytest.CaptureFixture[str]) -> None:
    for arguments in (["explain", shop[0]], ["explain", shop[1]], ["why", "external_id:anna"], ["simulate"]):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == 0
        assert capfd.readouterr().out.strip()


@pytest.mark.usefixtures("shop")
def test_what_happened_before_any_rules_is_told_so(
    database_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def long_ago() -> None:
        now = SystemClock().now()
        async with Database.open(database_url, name="api") as db:
            shop = await open_shop(db, FixedClock(now), tmp_path)
            at = (now - timedelta(days=100)).isoformat()
            await shop.send(shop.order("1000", "12.40", "cleo", id="old", occurred_at=at))

    asyncio.run(long_ago())
    assert told(capfd, "explain", "1000")["cause"] == "no_rules"
    with pytest.raises(SystemExit):
        main(["explain", "1000"])
    assert "No rules were published when this happened: the first version is in" in capfd.readouterr().out


def test_what_an_update_made_of_its_order_s_effects_is_told(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    monkeypatch.setenv("REGULARS_PROGRAM", "corner")

    async def trade() -> list[int]:
        async with Database.open(database_url, name="api") as db:
            shop = await open_shop(db, FixedClock(SystemClock().now()), tmp_path, GIVING)
            await shop.send(shop.order("1", "30.00"))
            amounts = ({"order_id": "1", "revenue": amount} for amount in ("60.00", "30.00"))
            sent = [await shop.send(shop.event("Order Updated", order=order)) for order in amounts]
        return [receipt.answers[0].event_id or 0 for receipt in sent]

    for number, became in zip(asyncio.run(trade()), ("", "effect taken back: "), strict=True):
        with pytest.raises(SystemExit):
            main(["explain", encode("evt", number)])
        said = capfd.readouterr().out
        assert f"  {became}issue voucher" in said
        assert "voucher thanks (thanks)" in said


def test_one_rule_is_tried_among_the_others(
    shop: tuple[str, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """`--with` leaves every other rule alone, `--rules` none; people are told what is compared with what."""
    file = tmp_path / "more.yaml"
    file.write_text(
        "rules:\n  - code: more\n    name: More\n    trigger: {event: Order Completed}\n"
        '    then: [{award: {point_type: points, points: "7"}}]\n'
    )
    added = told(capfd, "simulate", "--with", str(file), "--processes", "1")
    assert added["points"]["points"]["difference"] == 7 * 2
    alone = told(capfd, "simulate", "--rules", str(file), "--processes", "1")
    fired = {rule["rule"] for rule in alone["rules"] if rule["fired"]["draft"]}
    assert fired == {"more"}
    with pytest.raises(SystemExit):
        main(["simulate", "--with", str(file)])
    shown = capfd.readouterr().out
    assert "version 1, which is in force, but for rule more (new)" in shown
    for arguments in (["--with", str(file), "--rules", str(file)], ["--with", str(tmp_path / "empty.yaml")]):
        (tmp_path / "empty.yaml").write_text("point_types: []\n")
        with pytest.raises(SystemExit) as left:
            main(["simulate", *arguments])
        assert left.value.code == 2
        assert capfd.readouterr().err
