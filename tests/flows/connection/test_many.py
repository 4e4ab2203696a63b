"""Three hundred shops by one file: errors beside, keys on disk before they work, and going on after a stop."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from tests.flows.accrual.setting import open_shop

from regulars.features.partners import Rate, Template, Terms, upsert_template
from regulars.features.programs import load_config, source_by_write_key
from regulars.flows.connection import Report, connect_many, shops_in_csv
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, failpoints

SHOPS = 300


@pytest.fixture
async def program_id(db: Database, clock: FixedClock, tmp_path: Path) -> int:
    shop = await open_shop(db, clock, tmp_path)
    template = Template(terms=Terms(rates=(Rate("points", "issue", percent=Decimal(100)),)))
    async with db.transaction() as tx:
        await upsert_template(tx, shop.program_id, "default", template, clock.now())
    return shop.program_id


def written(folder: Path, rows: list[str]) -> Path:
    file = folder / "shops.csv"
    file.write_text("\n".join(["code,name,platform,secret,iban,holder", *rows]) + "\n")
    return file


async def connect(db: Database, program_id: int, clock: FixedClock, file: Path) -> Report:
    folder = file.parent
    return await connect_many(
        db, program_id, shops_in_csv(file), folder / "keys.csv", folder / "errors.csv", now=clock.now
    )


def keys(folder: Path) -> list[dict[str, str]]:
    with (folder / "keys.csv").open() as file:
        return list(csv.DictReader(file))


async def test_three_hundred_shops(db: Database, program_id: int, clock: FixedClock, tmp_path: Path) -> None:
    rows = [f"shop-{n:03},Shop {n},{('plain', 'woocommerce')[n % 2]},,," for n in range(SHOPS)]
    rows[7] = "Shop Seven,No code,plain,,,"
    rows[8] = "shop-008,Eight,plain,,LT00,Eight"
    rows[9] = "shop-009,Nine,shopify,,,"
    report = await connect(db, program_id, clock, written(tmp_path, rows))
    assert (report.rows, report.connected, report.failed) == (SHOPS, SHOPS - 3, 3)
    with (tmp_path / "errors.csv").open() as file:
        wrong = list(csv.DictReader(file))
    assert [(one["row"], one["path"]) for one in wrong] == [
        ("9", "code"),
        ("10", "bank.iban"),
        ("11", "secret"),
    ]
    found = keys(tmp_path)
    assert len({one["code"] for one in found}) == SHOPS - 3
    async with db.transaction() as tx:
        config = await load_config(tx, program_id)
        assert len(config.partners) == SHOPS - 3
        bearer = await source_by_write_key(tx, found[-1]["write_key"], clock.now())
        assert bearer.source_id == config.sources_by_code[found[-1]["code"]].id
    rows[8] = "shop-008,Eight,plain,,LT601010012345678901,Eight"
    again = await connect(db, program_id, clock, written(tmp_path, rows))
    assert (again.connected, again.known, again.failed) == (1, SHOPS - 3, 2)
    assert len(keys(tmp_path)) == SHOPS - 2


async def test_a_shop_whose_commit_failed_gets_keys_that_work(
    db: Database, program_id: int, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, ["one,One,plain,,,", "two,Two,plain,,,"])
    with monkeypatch.context() as dying:
        dying.setitem(failpoints._active, "after_keys_written_before_commit", "raise")
        with pytest.raises(failpoints.FailpointReached):
            await connect(db, program_id, clock, file)
    report = await connect(db, program_id, clock, file)
    assert (report.connected, report.known) == (2, 0)
    found = keys(tmp_path)
    assert [one["code"] for one in found] == ["one", "one", "two"]
    async with db.transaction() as tx:
        for one in found[1:]:
            await source_by_write_key(tx, one["write_key"], clock.now())
