"""What the command line says to people has the decimals of its type or currency; machines read smallest units."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.flows.accrual.setting import Shop, open_shop

from regulars.app.cli import main
from regulars.app.known_sources import source_for
from regulars.features.programs import load_config, program_by_code
from regulars.flows.funding import buy_block
from regulars.infra.clock import FixedClock, SystemClock
from regulars.infra.db import Database
from regulars.kit.ids import encode
from regulars.kit.money import exponent, format_money
from regulars.kit.zones import local_date, zone

Walk = Callable[..., str]
ANN, PROGRAM = "external_id:ann", "corner"
POINTS = 123_456  # of a type with two decimals: 1,234.56
MONEY = 789_321  # minor units, of whatever they are
TEXT = """
program: {code: corner, name: Corner, currency: CURRENCY, zone: Europe/Vilnius, region: LT}
sources: [{code: till, name: Till, enrol: true}]
partners: [{code: brand, name: Brand, roles: [earn, burn]}, {code: milk, name: Milk, roles: [earn, burn]}]
terms: {milk: {period: day, rates: [{point_type: stars, direction: issue, per_point: "1"}]}}
point_types: [{code: stars, name: Stars, scale: 2, policy: {value_minor: "1"}}]
funding: [{code: block, account: "partner:brand", point_type: stars, mode: prepaid, caps: [{points: 7654.32, period: year}]}, {code: milk, account: "partner:milk", point_type: stars}]
rules:
  - {code: welcome, trigger: {event: Welcome}, then: [{award: {point_type: stars, points: 1234.56}}], limits: [{per: rule, measure: points, max: 10000}]}
  - {code: paid, trigger: {event: Paid}, then: [{award: {point_type: stars, points: 1234.56}}], funding: [{account: "partner:brand", share: 100}]}
  - {code: milk, trigger: {event: Milk}, then: [{award: {point_type: stars, points: 1234.56}}], funding: [{account: "partner:milk", share: 100}]}
  - {code: buys, trigger: {event: Order Completed}, then: [{award: {point_type: stars, points: 1234.56}}]}
publish: true
products: [{sku: TEA, name: Tea, points: 1234.56, price: "MAJOR"}]
rewards:
  - {code: mug, name: Mug, kind: goods, price: {points: "1234.56", money: "MAJOR"}}
campaign_records: [{code: spring, name: Spring, budget: MAJOR}]
"""  # noqa: E501 - a rule is read on one line


def major(currency: str) -> str:
    """Return the money of these tests as people write it."""
    digits, decimals = str(MONEY), exponent(currency)
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits


@pytest.fixture(params=["EUR", "JPY", "KWD"])
def currency(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def event(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, currency: str) -> str:
    """Return the event that a partner paid for, in a shop that the commands find."""
    for name, value in {"DATABASE_URL": database_url, "PROGRAM": PROGRAM}.items():
        monkeypatch.setenv(f"REGULARS_{name}", value)
    monkeypatch.setenv("COLUMNS", "250")
    text = TEXT.replace("CURRENCY", currency).replace("MAJOR", major(currency))

    async def trade() -> str:
        async with Database.open(database_url, name="api") as db:
            now = SystemClock().now()
            shop = await open_shop(db, FixedClock(now - timedelta(days=90)), tmp_path, text)
            shop.clock = FixedClock(now - timedelta(minutes=1))
            async with db.transaction() as tx:
                config = await load_config(tx, shop.program_id)
                await buy_block(
                    tx, config, "block", 2_000_000, MONEY, reference="", by="us", now=shop.clock.now()
                )
            await shop.send(*(shop.event("Welcome", "ann") for _ in range(4)))
            receipt = await shop.send(shop.event("Paid", "ann"))
            return encode("evt", receipt.answers[0].event_id or 0)

    return asyncio.run(trade())


@pytest.fixture
def walk(event: str, capsys: pytest.CaptureFixture[str]) -> Walk:
    def call(*arguments: object, json: bool = False) -> str:
        with pytest.raises(SystemExit) as left:
            main([*(["--json"] if json else []), *map(str, arguments)])
        said = capsys.readouterr()
        assert left.value.code == 0, said.out + said.err
        return said.out

    return call


def test_every_command_says_amounts_with_their_decimals(
    walk: Walk, event: str, currency: str, tmp_path: Path
) -> None:
    money = major(currency)
    basket = tmp_path / "basket.json"
    basket.write_text('{"type": "Welcome"}')
    checkout = tmp_path / "checkout.json"
    rewards = [{"reward": "mug"}]
    lines = [{"sku": "TEA", "amount": MONEY, "quantity": 1}]
    checkout.write_text(json.dumps({"member": ANN, "lines": lines, "rewards": rewards}))
    month = f"{local_date(SystemClock().now(), zone('Europe/Vilnius')):%Y-%m}"
    transfer = re.findall(r"trf_\w+", walk("why", ANN))[0]
    walked: dict[tuple[object, ...], tuple[str, ...]] = {
        ("points", "show", ANN): ("6172.80",),
        ("points", "lots", ANN): ("1234.56",),
        ("points", "adjust", ANN, "0.40", "--reason", "sorry"): ("6173.20 stars available",),
        ("points", "hold", ANN, "1234.56"): ("4938.64 stars available", "1234.56 held"),
        ("why", ANN): ("1234.56 stars",),
        ("explain", event): ("paid: 1234.56 stars",),
        ("explain", transfer): ("(1234.56)",),
        ("quote", basket): ("1234.56 stars", "welcome: 1234.56 stars"),
        ("rewards", "list"): ("1234.56", money),
        ("rewards", "show", "mug"): ("1234.56", money),
        ("rewards", "quote", ANN, "mug"): (f"1234.56 stars and {money} {currency}",),
        ("redemptions", "take", ANN, "mug"): ("1234.56 stars, 3704.08 available, 1234.56 held",),
        ("redemptions", "list"): ("1234.56", money),
        ("checkouts", "open", checkout): (": 1234.56 stars and", f"{money} {currency}", "would earn 1234.56 stars"),
        ("products", "list"): ("1234.56", money),
        ("campaigns", "list"): (money,),
        ("campaigns", "show", "spring"): (f"budget: {money}",),
        ("funding", "list"): ("6419.76 of 7654.32", "18765.44 of 20000.00 bought"),
        ("funding", "buy", "block", "1", "--price", "0"): ("20001.00 bought, 1234.56 used",),
        ("funding", "explain", event): ("1234.56",),
        ("books", "balance"): ("1234.56",),
        ("books", "liability"): ("2469.12",),
        ("finance", "liability"): ("1234.56",),
        ("finance", "breakage"): (".",),
        ("finance", "period", month): ("+1234.56",),
        ("finance", "journals", month): (format_money(1_235, currency),),
        ("simulate", "--processes", "1"): ("6172.80",),
        ("report", "show", "points"): ("Points of stars", "6172.80"),
        ("report", "show", "points", "--by", "point_type"): ("Stars", "6172.80"),
        ("report", "show", "promotions"): ("1234.56",),
        ("report", "show", "budgets"): ("4938.24", "10000.00", "5061.76"),
    }  # fmt: skip
    for arguments, said in walked.items():
        text = walk(*arguments)
        for one in said:
            assert one in text, (arguments, text)
        # Nowhere the whole number that it is kept as; money of a currency without decimals is just that.
        for units in (POINTS, 5 * POINTS, *([MONEY] if exponent(currency) else [])):
            assert not re.search(rf"\b{units}\b", text), (arguments, text)


def test_a_dispute_says_both_sides_with_their_decimals(
    walk: Walk, currency: str, tmp_path: Path, database_url: str
) -> None:
    async def trade() -> None:
        async with Database.open(database_url, name="api") as db:
            async with db.transaction() as tx:
                config = await load_config(tx, (await program_by_code(tx, PROGRAM)).id)
            till = source_for(config, config.sources_by_code["till"])
            shop = Shop(db, FixedClock(SystemClock().now() - timedelta(days=3)), till, till)
            shop._numbers = count(100)
            await shop.send(shop.event("Milk", "bob"))

    asyncio.run(trade())
    day = local_date(SystemClock().now(), zone("Europe/Vilnius")) - timedelta(days=2)
    drawn_up = json.loads(walk("settlement", "draw-up", "--day", day, json=True))
    number = next(one["statement"] for one in drawn_up if one["partner"] == "milk")
    walk("settlement", "issue", number)
    worth = format_money(round(POINTS * 10 ** exponent(currency) / 100), currency)
    assert re.search(rf"stars .* 1234\.56 .* {re.escape(worth)} ", walk("settlement", "show", number))
    file = tmp_path / "milk.csv"
    file.write_text("order_id,points,amount\nX1,0.40,7\n")
    with pytest.raises(AssertionError):  # exit 7: something differs
        walk("settlement", "upload", number, file)
    said = walk("settlement", "disputes")
    exact = "1234.56" if exponent(currency) == 0 else worth  # a line is not rounded, a statement is
    assert f"1234.56 points, {exact} {currency}, " in said
    assert f"0.40 points, {format_money(7 * 10 ** exponent(currency), currency)} {currency}, " in said
    sides = [one["ours"] or one["theirs"] for one in json.loads(walk("settlement", "disputes", json=True))]
    assert sorted(one["points"] for one in sides) == [40, POINTS]
    assert "1234.56" in walk("settlement", "check")


def test_machines_read_smallest_units(walk: Walk, currency: str) -> None:
    def read(*arguments: object) -> Any:
        return json.loads(walk(*arguments, json=True))

    (wallet,) = read("points", "show", ANN)
    assert wallet["available"] == 5 * POINTS
    (reward,) = read("rewards", "list")
    assert (reward["points"], reward["money"]) == (POINTS, MONEY)
    (product,) = read("products", "list")
    assert (product["points"], product["price"]) == (str(POINTS), str(MONEY))
    (campaign,) = read("campaigns", "list")
    assert campaign["budget"] == MONEY
    (line,) = read("books", "liability")
    assert (line["available"], line["worth_minor"]) == (5 * POINTS, str(5 * POINTS // 100) + ".80")
