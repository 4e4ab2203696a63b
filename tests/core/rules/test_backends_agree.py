"""Random rules on random events: PostgreSQL and the emitted Python never disagree, nor do index and plain
evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from tests.core.rules import strategies
from tests.core.rules.kit import CATALOG, event, facts_of, local_time, python_outcome, rule, sql_outcome
from tests.core.rules.notation import as_text

from regulars.core.rules import RulesRefused, compile_ruleset
from regulars.core.rules.emit_python import PYTHON
from regulars.core.rules.emit_sql import SQL
from regulars.core.rules.forms import CORE_FORMS

EXAMPLES = 250
# What a random rule may be refused for; anything else is a mistake of the generator or of the language.
REFUSALS = {"kinds_differ", "wrong_operator", "too_costly", "wrong_kind", "range_reversed"}
relaxed = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def connection(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection


def test_both_tables_spell_every_core_form() -> None:
    """A backend that lacks a form, or knows one that is not in the language, is not a backend."""
    assert set(PYTHON) == set(SQL) == CORE_FORMS


@relaxed
@given(
    document=st.lists(strategies.groups(), min_size=1, max_size=4),
    spec=strategies.events(),
    facts=strategies.member_facts,
)
def test_conditions(
    connection: psycopg.Connection[Any], document: list[Any], spec: dict[str, Any], facts: dict[str, Any]
) -> None:
    rules = [rule(code=f"r{i}", when=group) for i, group in enumerate(document)]
    compare(connection, {"rules": rules}, spec, facts)


@relaxed
@given(
    texts=st.lists(strategies.formulas(), min_size=1, max_size=4),
    rounding=st.sampled_from(["floor", "ceil", "half_up", "half_even"]),
    point_type=st.sampled_from(["points", "stars"]),
    spec=strategies.events(),
    facts=strategies.member_facts,
)
def test_formulas(
    connection: psycopg.Connection[Any],
    texts: list[str],
    rounding: str,
    point_type: str,
    spec: dict[str, Any],
    facts: dict[str, Any],
) -> None:
    award = {"point_type": point_type, "rounding": rounding}
    rules = [rule(code=f"r{i}", then=[{"award": {**award, "formula": text}}]) for i, text in enumerate(texts)]
    compare(connection, {"rules": rules}, spec, facts)


@relaxed
@given(table=strategies.tables(), spec=strategies.events())
def test_tables(connection: psycopg.Connection[Any], table: dict[str, Any], spec: dict[str, Any]) -> None:
    rules = [rule(then=[{"award": {"point_type": "points", "table": "t"}}])]
    compare(connection, {"tables": {"t": table}, "rules": rules}, spec, {})


def compare(
    connection: psycopg.Connection[Any],
    document: dict[str, Any],
    spec: dict[str, Any],
    given_facts: dict[str, Any],
) -> None:
    """Python ≡ SQL for every rule, and the indexed ruleset fires exactly the rules that hold."""
    try:
        ruleset = compile_ruleset(document, CATALOG, 1)
    except RulesRefused as refused:
        if any(diagnostic.code not in REFUSALS for diagnostic in refused.diagnostics):
            raise
        return
    e = event(spec)
    local = local_time(e)
    facts = facts_of(ruleset.facts, given_facts)
    outcome = python_outcome(ruleset, e, facts, local)
    note(f"{as_text(document)}\n{as_text(spec)}\n{as_text(given_facts)}\n{outcome}")
    assert sql_outcome(connection, ruleset, e, facts, local) == outcome
    assert ruleset.decide(e, facts, {}, local).fired == [i for i, (holds, _) in enumerate(outcome) if holds]
