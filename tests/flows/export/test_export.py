"""Exports: every row once, whoever commits late, whoever is killed, on both sides of midnight."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from tests.features.http import calling
from tests.flows.points.shop import Shop
from tests.flows.points.world import earn, make_members, make_program

from regulars.core.ledger import PG_EPOCH_US, micros
from regulars.flows import export as exporting
from regulars.flows import points, reporting
from regulars.flows.export.columns import FOREVER, instants, spread
from regulars.flows.export.pieces import by_month
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, failpoints
from regulars.infra.db.failpoints import FailpointReached
from regulars.infra.db.queries import parse_queries
from regulars.infra.jobs import Worker

QUERIES = parse_queries(
    Path(__file__).with_name("queries.sql").read_text(encoding="utf-8"), "tests/flows/export/queries.sql"
)
# Half an hour before midnight in Berlin, on the day before clocks go forward.
EVENING = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)


@pytest.fixture
async def shop(db: Database) -> Shop:
    config = await make_program(db)
    return Shop(db, config, await make_members(db, config, 3))


async def a_night(shop: Shop, first: datetime = EVENING) -> None:
    for hour in range(0, 50, 5):
        now = first + timedelta(hours=hour)
        await earn(shop.db, shop.config, shop.ann, 100 + hour, now=now)
        spent = await shop.spend(shop.ann, 30, now)
        if hour % 2:
            await shop.cancel(shop.ann, spent.transfer, now)


async def exported(shop: Shop, clock: FixedClock, folder: Path, **options: Any) -> exporting.Run:
    return await exporting.export(shop.db, clock, shop.config.id, folder, **options)


def rows(folder: Path, dataset: str, last: str = "posted_at") -> list[tuple[Any, ...]]:
    with duckdb.connect() as db:
        files = f"read_parquet('{folder}/{dataset}/**/*.parquet', hive_partitioning = false)"
        db.execute(f"SELECT * FROM {files} LIMIT 0")
        columns = [
            f"epoch_us({name})" if str(kind).startswith("TIMESTAMP") else name
            for name, kind, *_ in db.description or ()
            if name != "day" or name == last
        ]
        order = "day" if last == "day" else "2, 3, 1"
        return db.execute(f"SELECT {', '.join(columns)} FROM {files} ORDER BY {order}").fetchall()


async def ask(shop: Shop, name: str) -> list[tuple[Any, ...]]:
    async with shop.db.transaction() as tx:
        return [tuple(map(_plain, row)) for row in await tx.all(QUERIES[name])]


def _plain(value: Any) -> Any:
    return micros(value) if isinstance(value, datetime) else value


async def test_what_is_exported_is_what_is_there(shop: Shop, clock: FixedClock, tmp_path: Path) -> None:
    await a_night(shop)
    run = await exported(shop, clock, tmp_path)
    assert run.finished_at is not None
    for dataset in ("transfers", "lots", "draws"):
        found = rows(tmp_path, dataset)
        assert found == await ask(shop, dataset)
        assert found
    days = dict.fromkeys(row[-1] for row in rows(tmp_path, "transfers", "day"))
    assert list(days) == [date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30)]
    assert len(rows(tmp_path, "members")) == 3


async def test_the_next_one_goes_on_there(shop: Shop, clock: FixedClock, tmp_path: Path) -> None:
    await a_night(shop)
    first = await exported(shop, clock, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "transfers").rglob("*.parquet")}
    await a_night(shop, EVENING + timedelta(days=3))
    second = await exported(shop, clock, tmp_path)
    assert second.after_batch == first.until_batch
    assert rows(tmp_path, "transfers") == await ask(shop, "transfers")
    assert all(path.stat().st_mtime_ns == at for path, at in before.items())
    again = await exported(shop, clock, tmp_path)
    assert again.after_batch == again.until_batch
    assert rows(tmp_path, "transfers") == await ask(shop, "transfers")


async def test_what_commits_late_is_not_passed_over(shop: Shop, clock: FixedClock, tmp_path: Path) -> None:
    await a_night(shop)
    async with shop.db.transaction() as tx:
        await points.adjust(tx, shop.config, shop.bob, 5, "credit", reason="x", actor="x", now=EVENING)
        await earn(shop.db, shop.config, shop.ann, 1, now=EVENING + timedelta(days=2))
        await exported(shop, clock, tmp_path)
    await exported(shop, clock, tmp_path)
    await exported(shop, clock, tmp_path)
    assert rows(tmp_path, "transfers") == await ask(shop, "transfers")


async def test_who_is_killed_is_followed_by_another(
    shop: Shop, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.flows.export.run.EVENTS_PER_SLICE", 2)
    monkeypatch.setattr("regulars.flows.export.run.SLICES_PER_PIECE", 2)
    await a_night(shop)
    for _ in range(5):
        monkeypatch.setattr(failpoints, "_active", {"after_export_files_before_progress": "raise"})
        with pytest.raises(FailpointReached):
            await exported(shop, clock, tmp_path)
        monkeypatch.setattr(failpoints, "_active", {})
        await earn(shop.db, shop.config, shop.ann, 1, now=EVENING + timedelta(days=2))
    run = await exported(shop, clock, tmp_path)
    assert run.files > 10
    await exported(shop, clock, tmp_path)
    assert rows(tmp_path, "transfers") == await ask(shop, "transfers")


async def test_side_by_side_is_the_same(
    shop: Shop, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.flows.export.run.EVENTS_PER_SLICE", 2)
    monkeypatch.setattr("regulars.flows.export.run.SLICES_PER_PIECE", 2)
    await a_night(shop)
    await exported(shop, clock, tmp_path, lanes=3)
    assert rows(tmp_path, "transfers") == await ask(shop, "transfers")


async def test_csv_computes_nothing(shop: Shop, clock: FixedClock, tmp_path: Path) -> None:
    await a_night(shop)
    await reporting.Rollup(shop.db, clock).drain()
    await shop.db.attempt(lambda tx: tx.run(QUERIES["rename_store"], program_id=shop.config.id))
    run = await exported(shop, clock, tmp_path, form="csv")
    assert run.rows > 20
    with (tmp_path / "orders" / "program=acme" / "whole.csv").open() as file:
        [order] = list(csv.DictReader(file))
    assert order["store"] == "'=1+1"


async def test_an_export_is_a_job(shop: Shop, clock: FixedClock, tmp_path: Path) -> None:
    await a_night(shop)
    async with calling(shop.db, clock, exporting.router) as client:
        begun = await client.json("POST", "/programs/acme/exports", {}, status=202)
        await client.json("POST", "/programs/acme/exports", {}, status=409)
        await Worker(shop.db, clock, [exporting.export_task(lambda: tmp_path)]).drain()
        done = await client.json("GET", f"/programs/acme/exports/{begun['job']}")
        assert done["status"] == "done"
        [run] = (await client.json("GET", "/programs/acme/exports"))["data"]
        assert run["rows"] == done["progress"]["run"]["rows"] > 20
    assert rows(tmp_path / "acme", "transfers") == await ask(shop, "transfers")


def test_days_of_23_and_25_hours() -> None:
    for first, hours in (
        (datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
    ):
        start = int(first.timestamp()) * 1_000_000
        posted = np.array(
            [start - 1, start, start + hours * 3_600_000_000 - 1, start + hours * 3_600_000_000]
        )
        table = {"posted_at": posted.astype("datetime64[us]"), "n": np.arange(4)}
        [(_, found)] = by_month(table, "Europe/Berlin")
        day = np.datetime64(first.date(), "D")
        assert list(found["day"] - day) == [np.timedelta64(days, "D") for days in (0, 1, 1, 2)]


def test_months_begin_where_the_program_is() -> None:
    """June begins at 22:00 UTC on 31 May in Berlin, at 04:00 UTC on 1 June in New York."""
    for place, hour in (("Europe/Berlin", "2026-05-31T22:00"), ("America/New_York", "2026-06-01T04:00")):
        begins = np.datetime64(hour, "us")
        table = {"posted_at": begins + np.array([-1, 0, 40 * 86_400_000_000], "timedelta64[us]")}
        found = [(month, len(part["day"])) for month, part in by_month(table, place)]
        assert found == [("2026-05", 1), ("2026-06", 1), ("2026-07", 1)]


def test_what_few_rows_have_finds_its_row() -> None:
    found = spread(np.array([70, 80]), np.array([9, 2]), np.array([5, 9, 1, 2]))
    assert list(found) == [0, 70, 0, 80]


def test_no_end_is_no_time() -> None:
    found = instants(np.array([FOREVER, -PG_EPOCH_US, 0]))
    assert np.isnat(found[0])
    assert [str(at) for at in found[1:]] == ["1970-01-01T00:00:00.000000", "2000-01-01T00:00:00.000000"]
