"""The tables as PostgreSQL knows them: ready for a cluster, exact, and the same by schema.sql and by migrations."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
from tests.conftest import PACKAGE
from tests.shape.tables import distribution_problems
from tests.shape.test_code import report

from regulars.infra.db import Database
from regulars.infra.db.binaries import find_binaries
from regulars.infra.db.queries import parse_queries
from regulars.infra.db.schema import main, schema_files

QUERIES = parse_queries(
    Path(__file__).with_name("queries.sql").read_text(encoding="utf-8"), "tests/shape/queries.sql"
)


async def test_every_table_says_how_it_is_distributed_and_its_keys_allow_it(db: Database) -> None:
    async with db.transaction(read_only=True) as tx:
        tables = await tx.all(QUERIES["select_tables"], row=lambda *columns: columns)
        keys = await tx.all(QUERIES["select_unique_keys"], row=lambda *columns: columns)
    assert tables
    report(distribution_problems(tables, keys))


def test_a_table_of_no_kind_and_a_key_that_does_not_fit_are_found() -> None:
    tables = [("a", "good", "X. distributed by member_id"), ("a", "bad", "X"), ("a", "ref", "X. reference.")]
    keys = [
        ("a", "good", "once", ["member_id", "id"]),
        ("a", "good", "twice", ["id"]),
        ("a", "ref", "key", ["id"]),
    ]
    problems = list(distribution_problems(tables, keys))
    assert len(problems) == 2
    assert "a.bad" in problems[0]
    assert "twice (id) lacks member_id" in problems[1]


async def test_columns_are_exact(db: Database) -> None:
    async with db.transaction(read_only=True) as tx:
        floating = await tx.all(QUERIES["select_floating_columns"])
        zoneless = await tx.all(QUERIES["select_zoneless_columns"])
    report(
        [
            f"{'.'.join(column)} is floating point. Use bigint in smallest units, or numeric."
            for column in floating
        ]
    )
    report([f"{'.'.join(column)} is an instant without a zone. Use timestamptz." for column in zoneless])


def test_the_initial_migration_is_what_the_schemas_say() -> None:
    assert main(["check"]) == 0, "Run 'make schema'."


def test_migrations_lead_to_the_same_database_as_the_schemas(
    empty_database_url: str, database_url: str
) -> None:
    with psycopg.connect(empty_database_url) as connection:
        for file in schema_files(PACKAGE):
            connection.execute(file.read_text(encoding="utf-8").encode())
    # The fixture's database comes from all migrations.
    wanted, reached = dump(empty_database_url), dump(database_url)
    report(f"only in schema.sql: {line}" for line in wanted if line not in reached)
    report(f"only in migrations: {line}" for line in reached if line not in wanted)


def dump(url: str) -> list[str]:
    """Return the definition of a database as lines."""
    program = find_binaries() / "pg_dump"
    done = subprocess.run(
        [program, "--schema-only", "--no-owner", "--no-privileges", "--restrict-key=x", url],
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in done.stdout.splitlines() if line and not line.startswith("--")]
