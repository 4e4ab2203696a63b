"""Timers, facts, measures, schedules, tables and single conditions: the parts that other engines use."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.rules import strategies
from tests.core.rules.kit import CATALOG, compiled, event, facts_of, local_time, rule
from tests.core.rules.notation import condition, group, rulesets

from regulars.core.events import encode_doc
from regulars.core.rules import (
    Measure,
    RulesRefused,
    TimerSpec,
    Window,
    analyse,
    check_ruleset,
    compile_condition,
    compile_measure,
    compile_observer,
    compile_ruleset,
    sentence,
)
from regulars.core.rules.forms import Cell, TableRow
from regulars.core.rules.tables import TableIndex, holds


@pytest.fixture(scope="module")
def connection(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection


# --- what a ruleset asks for ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "timer"),
    [
        ({"birthday": {"days_before": 7}}, TimerSpec("birthday", days=7)),
        ({"anniversary": {}}, TimerSpec("anniversary")),
        ({"inactive": {"days": 30}}, TimerSpec("inactive", days=30, event="Order Completed")),
        ({"schedule": {"cron": "0  9 * * 1-5"}}, TimerSpec("schedule", cron="0 9 * * 1-5", rule="rule")),
        (
            {"schedule": {"daily": "07:30", "zone": "member"}},
            TimerSpec("schedule", cron="30 7 * * *", zone="member", rule="rule"),
        ),
        (
            {"schedule": {"weekly": {"weekday": 7, "at": "09:00"}}},
            TimerSpec("schedule", cron="0 9 * * 0", rule="rule"),
        ),
    ],
)
def test_timers(trigger: Any, timer: TimerSpec) -> None:
    assert compiled(rule(trigger=trigger)).timers == (timer,)
    assert compiled(rule(trigger=trigger, status="paused")).timers == ()


def test_triggers_and_facts_by_event() -> None:
    ruleset = compiled(
        rule(code="a", when=group(condition('member.tier = "gold"'))),
        rule(code="b", trigger={"event": "Product Viewed"}, when=group(condition('member.city = "Riga"'))),
        rule(code="c", trigger={"event": "Cart Viewed"}, status="paused"),
    )
    assert ruleset.triggers == {"Order Completed", "Product Viewed"}
    assert [ruleset.facts[i].kind for i in ruleset.facts_for("Order Completed")] == ["tier"]
    assert [ruleset.facts[i].name for i in ruleset.facts_for("Product Viewed")] == ["city"]
    assert ruleset.facts_for("Cart Viewed") == ()


def test_equal_facts_are_asked_for_once() -> None:
    behaviour = {"field": "behaviour", "measure": {"event": "Order Completed"}, "operator": ">", "value": 1}
    ruleset = compiled(
        rule(code="a", when=group(behaviour)),
        rule(code="b", when=group({**behaviour, "value": 5})),
        rule(code="c", trigger={"milestone": "first_purchase"}),
    )
    assert ruleset.measures == (Measure("Order Completed", "count", Window("lifetime")),)
    assert len(ruleset.facts) == 1


# --- measures -------------------------------------------------------------------------------------------------------

TEA = {"rules": [{"field": "category", "operator": "=", "value": "Tea"}]}
BASKET = {
    "store": "riga",
    "lines": [["A", "Tea", 2, 500], ["B", "Soap", 1, 300]],
    "properties": {"rating": Decimal("4.5")},
}


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ({"event": "Order Completed"}, 1),
        ({"event": "Product Viewed"}, None),
        ({"event": "Order Completed", "aggregate": "sum", "field": "order.amount"}, 800),
        ({"event": "Order Completed", "aggregate": "sum", "field": "order.total"}, None),
        ({"event": "Order Completed", "aggregate": "distinct", "field": "store"}, "riga"),
        ({"event": "Order Completed", "aggregate": "max", "field": "event.properties.rating"}, "4.5"),
        ({"event": "Order Completed", "aggregate": "sum", "lines": {"fn": "sum", "of": "quantity", "where": TEA}}, 2),
        ({"event": "Order Completed", "aggregate": "sum", "lines": {"fn": "count", "where": TEA}}, 1),
        ({"event": "Order Completed", "where": group(condition("store = \"riga\""))}, 1),
        ({"event": "Order Completed", "where": group(condition("store = \"oslo\""))}, None),
        ({"event": "Order Completed", "aggregate": "days_since"}, 1),
        ({"event": "Order Completed", "where": {"rules": [
            {"field": "order.lines", "match": {"mode": "some"}, "value": {"rules": [
                {"field": "sku", "operator": "in", "value": {"collection": "teas"}}]}}]}}, 1),
    ],
)  # fmt: skip
def test_contributions(connection: psycopg.Connection[Any], measure: Any, expected: Any) -> None:
    """What one event adds, the same in Python and in PostgreSQL."""
    behaviour = {"field": "behaviour", "measure": measure, "operator": "notNull"}
    ruleset = compiled(rule(when=group(behaviour)), collections={"teas": ["A", "Z"]})
    compiled_measure = compile_measure(ruleset.measures[0], CATALOG)
    e = event(BASKET)
    found = compiled_measure.contribution(e, local_time(e))
    assert found == (None if expected is None else type(found)(expected))
    where, value, parameters = compiled_measure.sql()
    parameters |= {"doc": encode_doc(e).decode(), "local": msgspec.json.encode(local_time(e)).decode()}
    statement = (
        f"SELECT {value} FROM (SELECT %(doc)s::jsonb AS doc, %(local)s::jsonb AS local) AS t WHERE {where}"
    )
    row = connection.execute(statement.encode(), parameters).fetchone()
    assert (None if row is None else row[0]) == found


def test_a_measure_means_the_same_when_a_collection_changes() -> None:
    where = {"rules": [{"field": "store", "operator": "in", "value": {"collection": "north"}}]}
    behaviour = {"field": "behaviour", "measure": {"event": "X", "where": where}, "operator": ">", "value": 1}
    one, other = (
        compiled(rule(when=group(behaviour)), collections={"north": stores}).measures
        for stores in (["a"], ["a", "b"])
    )
    assert one != other
    assert "collection" not in one[0].where


# --- conditions on their own ----------------------------------------------------------------------------------------


def test_a_condition_reads_columns_where_a_segment_names_them(connection: psycopg.Connection[Any]) -> None:
    """A segment's SQL: member fields are columns of its own statement, constants are parameters."""
    segment = {"rules": [condition('member.city = "O\'Brien"'), condition("member.points >= 100")]}
    compiled_segment = compile_condition(segment, CATALOG)

    def column(fact: Any) -> str:
        return {"attribute": "m.attributes->'city'", "wallet": "to_jsonb(m.points)"}[fact.kind]

    sql, parameters = compiled_segment.sql(column, prefix="segment")
    assert "O'Brien" not in sql
    statement = (
        "SELECT m.id FROM (VALUES (1, '{\"city\": \"O''Brien\"}'::jsonb, 100), (2, '{\"city\": \"O''Brien\"}', 99),"
        f" (3, '{{}}', 500)) AS m(id, attributes, points) WHERE {sql}"
    )
    assert connection.execute(statement.encode(), parameters).fetchall() == [(1,)]
    assert compiled_segment.holds(
        None, facts_of(compiled_segment.facts, {"member.city": "O'Brien", "member.points": 100}), None
    )


def test_a_wrong_condition_is_refused_with_its_place() -> None:
    with pytest.raises(RulesRefused) as refused:
        compile_condition({"rules": [condition('member.citty = "x"')]}, CATALOG)
    assert refused.value.diagnostics[0].path == "when.rules[0].field"


# --- tables ---------------------------------------------------------------------------------------------------------


def random_cell(random: Random, numbers: bool) -> Cell | None:
    kind = random.randrange(6)
    if kind == 0:
        return None
    pool: list[Any] = list(range(8)) if numbers else list("abcd")
    if kind <= 2 or not numbers:
        return Cell(values=frozenset(random.sample(pool, random.choice([1, 1, 2]))))
    low, high = random.choice([None, random.randrange(8)]), random.choice([None, random.randrange(8)])
    return Cell(low=low, high=high, inclusive=(random.random() < 0.5, random.random() < 0.5))


@pytest.mark.parametrize("seed", range(40))
def test_the_table_index_finds_the_first_row(seed: int) -> None:
    """Against looking at every row in order."""
    random = Random(seed)
    kinds = [random.random() < 0.5 for _ in range(random.randrange(1, 4))]
    rows = [
        TableRow(tuple(random_cell(random, k) for k in kinds), i) for i in range(random.choice([1, 5, 80]))
    ]
    index = TableIndex(rows, None)
    for _ in range(100):
        inputs = tuple(random.choice([None, *(range(9) if k else "abcde")]) for k in kinds)
        first = next(
            (
                r.then
                for r in rows
                if all(c is None or holds(c, v) for c, v in zip(r.cells, inputs, strict=True))
            ),
            None,
        )
        assert index.find(inputs) == first


def test_a_ladder_of_amounts_is_cut_into_segments() -> None:
    rows = [TableRow((Cell(low=100 * i, high=100 * i + 99),), i) for i in range(1000)]
    index = TableIndex(rows, None)
    bucket = index._groups[0][1][()]
    assert max(len(segment) for segment in bucket._segments) == 1
    assert index.find((51_234,)) == 512


# --- schedules ------------------------------------------------------------------------------------------------------


def open_days(schedule: dict[str, Any], first: str, days: int) -> list[str]:
    """Days in a stretch on which a rule with this schedule fires at noon."""
    ruleset = compiled(rule(schedule=schedule))
    found = []
    for i in range(days):
        day = date.fromisoformat(first) + timedelta(days=i)
        e = event({"at": f"{day}T12:00:00+00:00"})
        if ruleset.decide(e, [], {}, local_time(e)).fired:
            found.append(day.isoformat())
    return found


@pytest.mark.parametrize(
    ("rrule", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=1SA", ["2026-01-03", "2026-02-07", "2026-03-07"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("RRULE:FREQ=WEEKLY;INTERVAL=6;BYDAY=TH", ["2026-01-01", "2026-02-12", "2026-03-26"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=14", ["2026-02-14"]),
        ("FREQ=DAILY;COUNT=2", ["2026-01-01", "2026-01-02"]),
        ("FREQ=MONTHLY;UNTIL=20260201", ["2026-01-01", "2026-02-01"]),
    ],
)
def test_recurrences(rrule: str, expected: list[str]) -> None:
    assert open_days({"from": "2026-01-01", "rrule": rrule}, "2025-12-20", 105) == expected


def test_a_recurrence_ends_with_the_schedule() -> None:
    assert open_days({"from": "2026-01-01", "to": "2026-01-03", "rrule": "FREQ=DAILY"}, "2025-12-30", 9) == [
        "2026-01-01",
        "2026-01-02",
    ]


# --- hostile documents ----------------------------------------------------------------------------------------------


def nested(depth: int) -> dict[str, Any]:
    return {"rules": [nested(depth - 1)]} if depth else {"rules": []}


def table(cells: list[Any], field: str = "store") -> dict[str, Any]:
    return {"tables": {"t": {"inputs": [field], "rows": [{"when": cells, "then": 1}]}}}


def formula(text: str) -> dict[str, Any]:
    return {"rules": [rule(then=[{"award": {"point_type": "points", "formula": text}}])]}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (None, "not_an_object"),
        ([], "not_an_object"),
        ({"rules": 5}, "not_a_list"),
        ({"rules": [5]}, "not_an_object"),
        ({"rules": {}}, "not_a_list"),
        ({"collections": [1]}, "not_an_object"),
        ({"collections": {"c": "x"}}, "not_a_list"),
        ({"tables": {"t": {"inputs": ["store"], "rows": []}}}, "table_rows"),
        (table([]), "table_columns"),
        (table([None], "stoer"), "unknown_field"),
        (table([{"operator": ">", "value": 1}]), "wrong_operator"),
        ({"rules": [rule(when=nested(50))]}, "too_deep"),
        (formula("(" * 500), "formula_too_deep"),
        (formula("1+" * 600 + "1"), "formula_too_long"),
        ({"rules": [rule(when={"rules": [condition("store = \"a\"")] * 300})]}, "too_many"),
        ({"rules": [rule(when={"rules": [{"rules": [condition("lines some : sku null")] * 30}] * 10})]}, "too_costly"),
        ({"rules": [rule(), rule()]}, "code_taken"),
        ({"groups": [{"code": "g"}, {"code": "g"}]}, "code_taken"),
    ],
)  # fmt: skip
def test_hostile_documents_are_refused(document: Any, code: str) -> None:
    started = time.perf_counter()
    assert code in [d.code for d in check_ruleset(document, CATALOG)]
    assert time.perf_counter() - started < 30, (
        "a refusal that takes half a minute is a way to stop the server"
    )


def test_who_has_written_nothing_yet_is_told_what_to_write() -> None:
    """So begins every condition that is built by mouse; what stands there is not to be read out as a program's text."""
    empty = {"combinator": "and", "rules": [{"field": "order.amount", "operator": ">=", "value": ""}]}
    (found,) = check_ruleset({"rules": [rule(when=empty)]}, CATALOG)
    assert found.message == ("Nothing is written here yet: write an amount in major units, such as 12.50.")


def test_every_diagnostic_has_a_place_and_a_sentence() -> None:
    document = {
        "rules": [rule(code="a", when=group(condition("order.amunt = 5")), then=[{"award": {"points": 1}}])]
    }
    for diagnostic in check_ruleset(document, CATALOG):
        assert diagnostic.path.startswith("rules[0].")
        assert diagnostic.message.endswith((".", "?"))


def test_cycles_of_multipliers_are_named() -> None:
    def multiplier(code: str, target: str) -> dict[str, Any]:
        award = {"point_type": "points", "multiply": {"rule": target, "by": "2"}}
        return rule(code=code, then=[{"award": award}])

    found = check_ruleset(
        {"rules": [multiplier("a", "b"), multiplier("b", "c"), multiplier("c", "a")]}, CATALOG
    )
    assert [d.code for d in found] == ["multiply_cycle"]
    assert "rule a → rule b → rule c → rule a" in found[0].message


def test_multipliers_of_multipliers_have_a_depth() -> None:
    chain = [rule(code="r0")]
    for i in range(1, 60):
        award = {"point_type": "points", "multiply": {"rule": f"r{i - 1}", "by": "2"}}
        chain.append(rule(code=f"r{i}", then=[{"award": award}]))
    assert [d.code for d in check_ruleset({"rules": chain}, CATALOG)] == ["multiply_depth"]
    assert check_ruleset({"rules": chain[:20]}, CATALOG) == []


WHOLE = [*rulesets().values()]
JUNK = st.one_of(
    strategies.json_values, st.sampled_from(["rule", "points", "x" * 2000, -1, 10**30, "\x00", "1e999"])
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of all nodes of a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


@settings(max_examples=400, deadline=None)
@given(document=st.sampled_from(WHOLE), pick=st.integers(0, 10_000), junk=JUNK, spec=strategies.events())
def test_no_document_breaks_the_compiler(document: Any, pick: int, junk: Any, spec: Any) -> None:
    """Any node replaced by anything: the document is refused with a place, or it works."""
    damaged = copy.deepcopy(document)
    every = places(damaged)[1:]
    *path, last = every[pick % len(every)]
    node = damaged
    for key in path:
        node = node[key]
    node[last] = junk
    if not check_ruleset(damaged, CATALOG):
        ruleset = compile_ruleset(damaged, CATALOG, 1)
        e = event(spec)
        ruleset.decide(e, facts_of(ruleset.facts, {}), {}, local_time(e))
        ruleset.explain(e, facts_of(ruleset.facts, {}), {}, local_time(e))
        analyse(damaged, CATALOG)
    for rule_document in damaged["rules"] if isinstance(damaged.get("rules"), list) else []:
        assert sentence(rule_document, CATALOG, damaged)


def test_an_observer_counts_without_adding() -> None:
    """Counters keep a sum beside the count: what is only counted adds nothing to it."""
    e = event(BASKET)
    counted, summed = (
        Measure("Order Completed", a, Window("lifetime"), f)
        for a, f in [("count", ""), ("sum", "order.amount")]
    )
    assert compile_observer(counted, CATALOG)(e, local_time(e)) == 0
    assert compile_observer(summed, CATALOG)(e, local_time(e)) == 800
    nowhere = msgspec.structs.replace(
        counted, where='{"rules":[{"field":"store","operator":"=","value":"oslo"}]}'
    )
    assert compile_observer(nowhere, CATALOG)(e, local_time(e)) is None


@pytest.mark.parametrize(
    ("change", "path", "instead"),
    [
        (
            {"then": [{"award": {"point_type": "points", "multiply": {"rule": "zzz", "by": "2"}}}]},
            "then[0].award.multiply.rule",
            "`rule`",
        ),
        (
            {"then": [{"award": {"point_type": "points", "table": "zzz"}}]},
            "then[0].award.table",
            "Make a table of this code first.",
        ),
        ({"campaign": "zzz"}, "campaign", "`summer`, `winter`"),
        ({"group": "zzz"}, "group", "Make a group of this code first."),
        ({"then": [{"set_tier": {"set": "status", "tier": "zzz"}}]}, "then[0].set_tier.tier", "`bronze`"),
    ],
)
def test_what_is_not_there_is_answered_with_what_there_is(
    change: dict[str, Any], path: str, instead: str
) -> None:
    (told,) = check_ruleset({"rules": [{**rule(), **change}]}, CATALOG)
    assert told.path == f"rules[0].{path}"
    assert instead in told.message
