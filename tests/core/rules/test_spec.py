"""Every row of tests/spec on every backend: emitted Python, PostgreSQL, and the indexed ruleset."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest
from tests.core.rules.kit import CATALOG, event, facts_of, local_time, points, python_outcome, sql_outcome
from tests.core.rules.notation import Row, document, rows

from regulars.core.rules import LocalTime, Ruleset, check_ruleset, compile_ruleset

ROWS = list(rows())


@pytest.fixture(scope="module")
def connection(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("row", ROWS, ids=[row.place for row in ROWS])
def test_row(row: Row, connection: psycopg.Connection[Any]) -> None:
    """The row holds on all backends; a row noted `bug:` must not hold yet."""
    problem = None
    try:
        run(row, connection)
    except AssertionError as error:
        problem = error
    if row.note.startswith("bug:"):
        assert problem is not None, f"{row.place} holds now: remove its `bug:` note"
    elif problem is not None:
        raise problem


def run(row: Row, connection: psycopg.Connection[Any]) -> None:
    if row.rule.startswith("refused "):
        diagnostics = check_ruleset(document(row.rule.removeprefix("refused ")), CATALOG)
        assert [d.code for d in diagnostics] == row.expected.split(), diagnostics
        return
    ruleset = compile_ruleset(document(row.rule), CATALOG, 1)
    e = event(row.event)
    local = local_time(e)
    given = dict(row.facts)
    room = {int(index): left for index, left in given.pop("room", {}).items()}
    facts = facts_of(ruleset.facts, {name: moment(value) for name, value in given.items()})
    outcome = python_outcome(ruleset, e, facts, local)
    assert sql_outcome(connection, ruleset, e, facts, local) == outcome, "PostgreSQL disagrees with Python"
    decision = ruleset.decide(e, facts, room, local)
    check_expected(row, ruleset, decision, outcome)


def check_expected(row: Row, ruleset: Ruleset, decision: Any, outcome: Any) -> None:
    if row.expected in {"true", "false"}:
        assert outcome[0][0] is (row.expected == "true")
        assert bool(decision.fired) is (row.expected == "true"), "the index disagrees with the rule itself"
        return
    if row.expected.lstrip("-").isdigit() and not row.rule.startswith("@"):
        assert outcome[0][1] == [int(row.expected)]
        return
    given = " ".join(f"{name}={amount}" for name, amount in sorted(points(decision).items()))
    assert (given or "-") == row.expected, f"fired {[ruleset.rules[i].code for i in decision.fired]}"


def moment(value: Any) -> Any:
    """Facts that are instants or local times come as such from a caller."""
    if isinstance(value, dict) and "weekday" in value:
        return LocalTime(**value)
    return datetime.fromisoformat(value) if isinstance(value, str) and value.endswith("+00:00") else value
