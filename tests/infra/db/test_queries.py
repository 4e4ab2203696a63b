from __future__ import annotations

import pytest

from regulars.infra.db import load_queries
from regulars.infra.db.queries import parse_queries
from regulars.kit.errors import Bug


def test_statements_are_read_with_their_sentences() -> None:
    text = """
-- Statements of the test.

-- select_one --
-- Read one.
-- It takes an id.
SELECT 1
 WHERE id = %(id)s; -- not the end
-- inside
SELECT 2;

-- delete_all --
-- Forget.
DELETE FROM x;
"""
    found = parse_queries(text, "here")
    assert list(found) == ["select_one", "delete_all"]
    assert found["select_one"].doc == "Read one. It takes an id."
    assert found["select_one"].sql.startswith("SELECT 1\n")
    assert found["delete_all"].sql == "DELETE FROM x"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("SELECT 1;", "above its first"),
        ("-- a --\n-- Doc.\nSELECT 1", "does not end with a semicolon"),
        ("-- a --\nSELECT 1;", "what the statement is for"),
        ("-- a --\n-- Doc.\nSELECT 1;\n-- a --\n-- Doc.\nSELECT 1;", "names 'a' twice"),
        ("-- a --\n-- Doc.\n", "does not end with a semicolon"),
    ],
)
def test_a_malformed_file_is_our_mistake(text: str, complaint: str) -> None:
    with pytest.raises(Bug, match=complaint):
        parse_queries(text, "here")


def test_a_package_loads_its_own_statements() -> None:
    queries = load_queries("regulars.infra.db")
    assert queries.select_migrations.name == "select_migrations"
    assert "insert_migration" in [query.name for query in queries]
    with pytest.raises(AttributeError, match="has no statement 'nothing'"):
        _ = queries.nothing


def test_without_a_package_nothing_is_loaded() -> None:
    with pytest.raises(Bug, match="__package__"):
        load_queries(None)
