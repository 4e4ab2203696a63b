"""apply(export(x)) is an empty plan, whatever x is; and the YAML that is written is the data that was meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.features.programs import load_config, program_by_code
from regulars.flows.apply import apply_document, decode_document, dump_yaml, export_program, read_source
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

codes = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}", fullmatch=True)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
amounts = st.decimals(0, 1000, places=2).map(str)


def named(fields: dict[str, Any], most: int = 3) -> Any:
    entry = st.fixed_dictionaries({"code": codes, "name": texts}, optional=fields)
    return st.lists(entry, max_size=most, unique_by=lambda item: item["code"])


rules = st.lists(
    st.fixed_dictionaries(
        {
            "code": codes,
            "trigger": st.just({"event": "Order Completed"}),
            "then": st.just([{"award": {"point_type": "points", "points": 1}}]),
        },
        optional={
            "name": texts,
            "status": st.sampled_from(["active", "paused", "draft"]),
            "priority": st.integers(-5, 5),
            "when": st.fixed_dictionaries(
                {
                    "combinator": st.sampled_from(["and", "or"]),
                    "rules": st.lists(
                        st.fixed_dictionaries(
                            {
                                "field": st.just("order.amount"),
                                "operator": st.sampled_from([">=", "<", "="]),
                                "value": st.decimals(0, 99, places=2) | st.integers(0, 99),
                            }
                        ),
                        min_size=1,
                        max_size=2,
                    ),
                }
            ),
        },
    ),
    max_size=3,
    unique_by=lambda rule: rule["code"],
)
policies = st.sampled_from(
    [
        {"debt": {"allowed": False}},
        {},
        {"pending": {"days": 14}},
        {"expiry": {"end_of": "year"}, "balance_max": "500"},
        {"value_minor": "0.50"},
    ]
)
products = st.lists(
    st.fixed_dictionaries(
        {"sku": texts},
        optional={
            "name": texts,
            "price": amounts,
            "points": st.integers(0, 99).map(str),
            "earns": st.booleans(),
            "attributes": st.dictionaries(texts, texts | st.booleans() | st.integers(-9, 9), max_size=2),
        },
    ),
    max_size=3,
    unique_by=lambda product: product["sku"],
)
tier_sets = st.lists(
    st.fixed_dictionaries(
        {
            "code": codes,
            "metric": st.sampled_from(
                [{"of": "spend"}, {"of": "purchases"}, {"of": "event", "event": "Visit"}]
            ),
            "tiers": st.just([{"code": "a", "threshold": "0"}, {"code": "b", "threshold": 100}]),
        },
        optional={
            "window": st.sampled_from([{"calendar": "year"}, {"rolling_days": 30}]),
            "grace_days": st.integers(0, 90),
            "downgrade": st.sampled_from(["never", "one_step", "recompute"]),
            "status": st.sampled_from(["active", "inactive"]),
        },
    ),
    max_size=2,
    unique_by=lambda tier_set: tier_set["code"],
)
documents = st.fixed_dictionaries(
    {},
    optional={
        "partners": named({"roles": st.sampled_from([["earn"], ["burn", "earn"], ["burn"]])}),
        "stores": named({"region": codes, "channel": st.sampled_from(["store", "web", "app"])}),
        "tier_sets": tier_sets,
        "member_attributes": st.dictionaries(
            codes,
            st.fixed_dictionaries(
                {"kind": st.sampled_from(["text", "number", "boolean", "date", "instant", "list"])},
                optional={"label": st.text("ab c", max_size=5)},
            ),
            max_size=3,
        ),
        "collections": st.dictionaries(codes, st.lists(texts | st.integers(), max_size=3), max_size=2),
        "campaigns": st.dictionaries(codes, st.fixed_dictionaries({}, optional={"name": texts}), max_size=2),
        "rules": rules,
        "products": products,
    },
)


@pytest.fixture
async def program(db: Database, clock: FixedClock) -> Database:
    document = {
        "program": {
            "code": "shop",
            "name": "Shop",
            "currency": "EUR",
            "zone": "Europe/Vilnius",
            "region": "LT",
        },
        "point_types": [{"code": "points", "name": "Points"}],
    }
    async with db.transaction() as tx:
        await apply_document(tx, decode_document(document), "shop", now=clock.now(), may_create=True)
    return db


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents, policies)
async def test_what_is_exported_changes_nothing(
    program: Database, clock: FixedClock, tmp_path: Path, document: dict[str, Any], policy: dict[str, Any]
) -> None:
    wanted = {**document, "point_types": [{"code": "points", "name": "Points", "policy": policy}]}
    async with program.transaction() as tx:
        await apply_document(tx, decode_document(wanted), "shop", now=clock.now())
        config = await load_config(tx, (await program_by_code(tx, "shop")).id)
        plain = await export_program(tx, config)
    file = tmp_path / "program.yaml"
    file.write_text(dump_yaml(plain), encoding="utf-8")
    source = read_source(file)
    async with program.transaction() as tx:
        same = await apply_document(tx, decode_document(wanted), "shop", now=clock.now())
        again = await apply_document(tx, source.document, "shop", now=clock.now())
    assert same.plan.changes == ()
    assert again.plan.changes == ()


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.decimals(-(10**6), 10**6, places=3)
    | st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
    | st.sampled_from(
        ["yes", "no", "17:00", "007", "=", "<", "1e3", "2026-01-01", "~", "null", "0x1f", "1_000", " a"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(codes, values, max_size=4))
def test_yaml_is_read_as_it_was_written(tmp_path: Path, tables: dict[str, Any]) -> None:
    file = tmp_path / "program.yaml"
    file.write_text(dump_yaml({"tables": {"t": tables}}), encoding="utf-8")
    assert read_source(file).document.tables == {"t": tables}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("17:00", "17:00"),
        ("007", "007"),
        ("no", "no"),
        ("=", "="),
        ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"),
    ],
)
def test_unquoted_texts_stay_texts(tmp_path: Path, written: str, meant: str) -> None:
    file = tmp_path / "program.yaml"
    file.write_text(f"collections:\n  c: [{written}]\n")
    assert read_source(file).document.collections == {"c": [meant]}
