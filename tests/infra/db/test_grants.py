"""What the roles may do, on tables of a scratch schema and on ours."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from tests.infra.db.statements import sql

from regulars.infra.db import Database
from regulars.infra.db.migrate import migrate

TABLES = """
CREATE SCHEMA shop;
CREATE TABLE shop.stock (id int);
COMMENT ON TABLE shop.stock IS 'What is there. local';
CREATE TABLE shop.movement (id int GENERATED ALWAYS AS IDENTITY, n int);
COMMENT ON TABLE shop.movement IS 'One immutable movement. local';
"""
DENIED = psycopg.errors.InsufficientPrivilege


@pytest.fixture
def shop_url(empty_database_url: str, tmp_path: Path) -> str:
    (tmp_path / "0001_pre_shop.sql").write_text(TABLES)
    migrate(empty_database_url, folder=tmp_path)
    return empty_database_url


async def attempt(url: str, role: str, statement: str) -> None:
    async with Database.open(url, acting_as=role) as db, db.transaction() as tx:
        await tx.run(sql(statement))


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("regulars_app", "INSERT INTO shop.stock VALUES (1)"),
        ("regulars_app", "UPDATE shop.stock SET id = 2"),
        ("regulars_app", "DELETE FROM shop.stock"),
        ("regulars_app", "INSERT INTO shop.movement (n) VALUES (1)"),
        ("regulars_app", "SELECT * FROM infra.migration"),
        ("regulars_read", "SELECT * FROM shop.movement"),
    ],
)
async def test_what_a_role_is_for_it_may_do(shop_url: str, role: str, statement: str) -> None:
    await attempt(shop_url, role, statement)


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("regulars_app", "UPDATE shop.movement SET n = 2"),
        ("regulars_app", "DELETE FROM shop.movement"),
        ("regulars_app", "TRUNCATE shop.movement"),
        ("regulars_app", "TRUNCATE shop.stock"),
        ("regulars_app", "DROP TABLE shop.stock"),
        ("regulars_app", "CREATE TABLE shop.other (id int)"),
        ("regulars_app", "DELETE FROM infra.migration"),
        ("regulars_read", "INSERT INTO shop.stock VALUES (1)"),
        ("regulars_read", "DELETE FROM shop.stock"),
    ],
)
async def test_the_rest_it_may_not(shop_url: str, role: str, statement: str) -> None:
    with pytest.raises(DENIED):
        await attempt(shop_url, role, statement)


async def test_a_table_that_becomes_immutable_loses_its_grants(shop_url: str, tmp_path: Path) -> None:
    (tmp_path / "0002_pre_fix.sql").write_text("COMMENT ON TABLE shop.stock IS 'An immutable stock. local';")
    migrate(shop_url, folder=tmp_path)
    with pytest.raises(DENIED):
        await attempt(shop_url, "regulars_app", "DELETE FROM shop.stock")


async def test_nobody_who_works_changes_a_transfer(database_url: str) -> None:
    for statement in ("UPDATE ledger.transfer SET amount = 1", "DELETE FROM ledger.transfer"):
        with pytest.raises(DENIED):
            await attempt(database_url, "regulars_app", statement)
