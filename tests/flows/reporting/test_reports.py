"""Reports over HTTP: figures, comparison, formats, and the rows behind them."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.features.http import Client, calling
from tests.flows.accrual.setting import Shop, open_shop

from regulars.features.members import resolve_ref
from regulars.features.programs import load_config, put_point_type
from regulars.flows import points, reporting
from regulars.flows.reporting.api import figures
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

REPORTS = "/programs/corner/reports"
SPAN = "from=2026-03-01&to=2026-05-01"


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    shop = await open_shop(db, clock, tmp_path)
    clock.move_to(datetime(2026, 3, 28, 22, 30, tzinfo=UTC))  # half past midnight on the 29th in Vilnius
    await shop.send(shop.order("1", "10.00", "anna", store="north", lines=[("TEA", 2, "5.00")]))
    clock.move_to(
        datetime(2026, 3, 29, 20, 30, tzinfo=UTC)
    )  # half past eleven on the same day, an hour shorter
    await shop.send(shop.order("2", "90.00", "=cmd()", store="web", lines=[("MUG", 3, "30.00")]))
    clock.move_to(datetime(2026, 4, 20, 12, tzinfo=UTC))
    await shop.send(shop.order("3", "20.00", "anna", store="north", lines=[("TEA", 4, "5.00")]))
    await shop.send(shop.refund("3", "anna", lines=[("TEA", 1)]))
    async with db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        anna = await resolve_ref(tx, config, "external_id:anna")
        await points.spend(tx, config, anna, 100, actor="x", now=clock.now(), point_type="points")
    await rolled(shop, clock)
    return shop


async def rolled(shop: Shop, clock: FixedClock) -> None:
    await reporting.Rollup(shop.db, clock).drain()
    await reporting.MemberCount(shop.db, clock, 0).step()
    await reporting.MemberCount(shop.db, clock, 0).step()


async def rows(client: Client, path: str) -> dict[str, dict[str, Any]]:
    found = await client.json("GET", f"{REPORTS}/{path}")
    return {row["key"]: row for row in found["rows"]}


async def test_every_report_answers_by_everything(shop: Shop, clock: FixedClock) -> None:
    async with calling(shop.db, clock, reporting.router) as client:
        for report in (await client.json("GET", REPORTS))["data"]:
            for by in report["by"]:
                for more in ("", "&compare=previous", "&compare=year"):
                    path = f"{REPORTS}/{report['report']}?{SPAN}&by={by}{more}"
                    found = await client.json("GET", path)
                    names = {field["name"] for field in found["fields"]}
                    assert all({"key", "label"} <= row.keys() for row in found["rows"])
                    assert found["totals"].keys() <= {field["name"] for field in report["fields"]}
                    assert names <= {field["name"] for field in report["fields"]}
                    for shape in ("csv", "xlsx"):
                        await client.call("GET", f"{path}&format={shape}")


async def test_the_figures_are_those_of_the_shop(shop: Shop, clock: FixedClock) -> None:
    async with calling(shop.db, clock, reporting.router) as client:
        days = await rows(client, "sales?from=2026-03-28&to=2026-03-31&by=day")
        assert {day: row["net"] for day, row in days.items()} == {
            "2026-03-28": 0, "2026-03-29": 10000, "2026-03-30": 0,
        }  # fmt: skip
        stores = await rows(client, f"locations?{SPAN}")
        assert [(key, row["net"], row["refunded"]) for key, row in stores.items()] == [
            ("web", 9000, 0), ("north", 2500, 500),
        ]  # fmt: skip
        products = await rows(client, f"products?{SPAN}")
        assert {key: (row["units"], row["units_returned"]) for key, row in products.items()} == {
            "TEA": (6, 1), "MUG": (3, 0),
        }  # fmt: skip
        held = await rows(client, f"points?{SPAN}&point_type=points")
        april = held["2026-04"]
        assert april["redeemed"] == 100
        assert april["net"] == april["issued"] - april["redeemed"] - april["reversed"]
        assert april["outstanding"] == held["2026-03"]["outstanding"] + april["net"]
        tiers = await rows(client, "tiers")
        assert sum(row["members"] for row in tiers.values()) == 2
        cohorts = await rows(client, f"retention?{SPAN}")
        assert cohorts["2026-03"]["bought"] == [2, 1]
        assert cohorts["2026-03"]["retention"] == ["1.0000", "0.5000"]
        promotions = await rows(client, f"promotions?{SPAN}")
        assert promotions["base"]["orders"] == 3
        assert promotions["base"]["net"] == 11500


async def test_points_of_several_types_are_never_added_up(shop: Shop, clock: FixedClock) -> None:
    async with shop.db.transaction() as tx:
        await put_point_type(tx, shop.program_id, "stars", "Stars", scale=2, now=clock.now())
        config = await load_config(tx, shop.program_id)
        anna = await resolve_ref(tx, config, "external_id:anna")
        await points.adjust(
            tx, config, anna, 1_234_567, "credit", reason="x", actor="x", now=clock.now(), point_type="stars"
        )
    await rolled(shop, clock)
    async with calling(shop.db, clock, reporting.router) as client:
        types = await client.json("GET", f"{REPORTS}/points?{SPAN}&by=point_type")
        held = {row["key"]: row["outstanding"] for row in types["rows"]}
        assert held["stars"] == 1_234_567
        assert held["points"] > 0
        assert (types["totals"], types["point_type"]) == ({}, None)
        for report, by in (("points", "month"), ("points", "funding"), ("redemption", "month")):
            path = f"{REPORTS}/{report}?{SPAN}&by={by}"
            alone = await client.json("GET", f"{path}&point_type=points")
            assert await client.json("GET", path) == alone, "the first redeemable ones when left out"
            assert alone["point_type"] == "points"
        stars = await client.json("GET", f"{REPORTS}/points?{SPAN}&by=month&point_type=stars")
        assert (stars["totals"]["adjusted"], stars["totals"]["outstanding"]) == (1_234_567, 1_234_567)
        rules = await client.json("GET", f"{REPORTS}/promotions?{SPAN}&point_type=net")
        both = await client.json("GET", f"{REPORTS}/points?{SPAN}&by=point_type")
        issued = {row["key"]: row["issued"] for row in both["rows"]}
        assert rules["totals"]["issued"] == issued["net"] > 0
        lines = await client.call("GET", f"{REPORTS}/points?{SPAN}&by=point_type", accept="text/csv")
        table = {line["key"]: line["outstanding"] for line in csv.DictReader(io.StringIO(lines.text))}
        assert table == {
            "points": str(held["points"]),
            "net": str(held["net"]),
            "stars": "12345.67",
            "total": "",
        }


async def test_beside_it_the_span_before(shop: Shop, clock: FixedClock) -> None:
    async with calling(shop.db, clock, reporting.router) as client:
        found = await client.json("GET", f"{REPORTS}/sales?from=2026-04-01&to=2026-05-01&compare=previous")
        assert found["comparison"]["from"] == "2026-03-01"
        assert found["comparison"]["totals"]["net"] == 10000
        assert found["rows"][0]["before"]["net"] == 10000
        assert found["totals"]["net"] == 1500


async def behind(client: Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await client.json("GET", f"{REPORTS}/{path}&limit=2{cursor}")
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def test_behind_every_figure_are_the_rows_it_is_made_of(shop: Shop, clock: FixedClock) -> None:
    async with calling(shop.db, clock, reporting.router) as client:
        for by in ("month", "store", "channel", "source", "tier", "product", "category"):
            for key, row in (await rows(client, f"sales?{SPAN}&by={by}")).items():
                orders = await behind(client, f"sales/rows?{SPAN}&by={by}&key={key}")
                assert len(orders) == row["orders"]
                if by not in ("product", "category"):
                    assert sum(order["net"] for order in orders) == row["net"]
        for by in ("month", "day", "point_type", "funding", "rule", "store", "source"):
            for key, row in (await rows(client, f"points?{SPAN}&by={by}")).items():
                transfers = await behind(client, f"points/rows?{SPAN}&by={by}&key={key}&field=issued")
                if by == "rule":
                    assert bool(transfers) == bool(row["issued"])
                else:
                    assert sum(transfer["points"] for transfer in transfers) == row["issued"], (by, key)
        for key, row in (await rows(client, f"promotions?{SPAN}")).items():
            orders = await behind(client, f"promotions/rows?{SPAN}&by=rule&key={key}")
            assert sum(order["net"] for order in orders) == row["net"]
        await client.json("GET", f"{REPORTS}/events/rows?{SPAN}&key=x", status=422)


async def test_behind_figures_of_people_are_the_members(shop: Shop, clock: FixedClock) -> None:
    async with calling(shop.db, clock, reporting.router) as client:
        compared = 0
        for path, by, field in [
            ("members", "month", "enrolments"),
            ("members", "month", "members"),
            ("members", "status", "members"),
            ("tiers", "tier", "members"),
            ("tier-moves", "month", "entered"),
            ("tier-moves", "month", "up"),
            ("tier-moves", "move", "up"),
            ("buyers", "month", "buyers"),
            ("retention", "cohort", "members"),
        ]:
            for key, row in (await rows(client, f"{path}?{SPAN}&by={by}")).items():
                asked = f"{path}/rows?{SPAN}&by={by}&key={quote(key)}&field={field}"
                found = await behind(client, asked)
                assert len(found) == row[field], (path, by, key, field)
                compared += bool(found)
        assert compared > 8
        for key, row in (await rows(client, f"retention?{SPAN}")).items():
            for later, members in enumerate(row["bought"]):
                found = await behind(client, f"retention/rows?{SPAN}&key={key}&field=bought:{later}")
                assert len(found) == members
        for wrong in (
            "tiers/rows?by=tier&key=x",
            "retention/rows?key=May",
            "retention/rows?key=2026-03&field=bought:x",
        ):
            await client.json("GET", f"{REPORTS}/{wrong}", status=422)


async def test_a_spreadsheet_computes_nothing(shop: Shop, clock: FixedClock) -> None:
    event = shop.order("4", "5.00", "anna", store="north", lines=[("=HYPERLINK(1)", 1, "5.00")])
    await shop.send(event)
    await shop.send(shop.order("5", "5.00", "anna", lines=[("-1+1", 1, "5.00")]))
    await rolled(shop, clock)
    async with calling(shop.db, clock, reporting.router) as client:
        answer = await client.call("GET", f"{REPORTS}/products?{SPAN}", accept="text/csv")
        assert answer.headers["content-type"].startswith("text/csv")
        lines = list(csv.DictReader(io.StringIO(answer.text)))
        assert {"'=HYPERLINK(1)", "'-1+1"} < {line["key"] for line in lines}
        assert next(line for line in lines if line["key"] == "TEA")["net"] == "25.00"
        book = await client.call("GET", f"{REPORTS}/products?{SPAN}&format=xlsx")
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        texts = parts.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "'=HYPERLINK(1)" in texts


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nothing", 404),
        ("points?by=colour", 422),
        ("points?from=2026-05-01&to=2026-04-01", 422),
        ("points?by=day&from=2016-05-01&to=2026-04-01", 422),
        ("sales?point_type=points", 422),
        ("points?point_type=pebbles", 422),
        ("points?compare=yesterday", 422),
    ],
)
async def test_what_cannot_be_asked(shop: Shop, clock: FixedClock, path: str, status: int) -> None:
    async with calling(shop.db, clock, reporting.router) as client:
        await client.json("GET", f"{REPORTS}/{path}", status=status)


async def test_members_are_counted_again_when_they_changed(shop: Shop, clock: FixedClock) -> None:
    async with calling(shop.db, clock, reporting.router) as client:
        before = await rows(client, f"members?{SPAN}")
        assert before["2026-04"]["members"] == 2
        await shop.send(shop.order("9", "1.00", "carla"))
        clock.advance(timedelta(minutes=5))
        await rolled(shop, clock)
        assert (await rows(client, f"members?{SPAN}"))["2026-04"]["members"] == 3


async def test_the_pace_is_that_of_the_last_minute(shop: Shop, clock: FixedClock) -> None:
    async with calling(shop.db, clock, reporting.router) as client:
        clock.advance(timedelta(seconds=10))
        found = await client.json("GET", f"{REPORTS}/pace")
        assert [second["events"] for second in found["seconds"]] == [2]
        assert found["events_per_second"] == "0.0"


async def test_the_stream_ticks_when_figures_changed(shop: Shop, clock: FixedClock) -> None:
    stream = figures(shop.db, clock, shop.program_id, pause_s=0)
    first, pace = await anext(stream), await anext(stream)
    assert (first.event, pace.event) == ("figures", "pace")
    await shop.send(shop.order("9", "1.00", "carla"))
    await rolled(shop, clock)
    async for message in stream:
        if message.event == "figures":
            break
    assert int(message.id or 0) > int(first.id or 0)
    await stream.aclose()  # type: ignore[attr-defined]
