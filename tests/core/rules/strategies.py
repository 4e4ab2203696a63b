"""Random rules and events: conditions over every kind, formulas, tables, and events full of surprises."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from tests.core.rules.kit import CATALOG

from regulars.core.rules.check_conditions import OPERATORS
from regulars.core.rules.model import Kind

WORDS = [
    "",
    "a",
    "B",
    "ä",
    "Riga",
    "riga",
    "gold",
    "vip",
    "%",
    "_",
    "O'Brien",
    "東京",
    "👍",
    "\uffee",
    "5",
    "true",
    "{0}",
]
DATES = ["2026-03-02", "2024-02-29", "2023-02-29", "1999-12-31", "2026-04-31", "2026-1-1", "0999-01-01"]
INSTANTS = [
    "2026-03-02T10:05:00Z",
    "2026-03-02T12:05:00+02:00",
    "2026-03-02T10:05:00.5Z",
    "2024-02-29T23:59:59-05:30",
    "2026-02-30T00:00:00Z",
    "2026-03-02T10:05:00",
]
TIMES = ["00:00", "10:05", "23:59"]

words = st.sampled_from(WORDS)
numbers = st.one_of(
    st.integers(-20, 120),
    st.integers(-(10**18), 10**18),
    st.decimals(-1000, 1000, places=2, allow_nan=False),
    st.sampled_from(
        [Decimal("0.1"), Decimal("1E+3"), Decimal("5.0"), Decimal("1E-9"), Decimal("0.30000000000000004")]
    ),
)
scalars = st.one_of(
    st.none(), st.booleans(), numbers, words, st.sampled_from(DATES), st.sampled_from(INSTANTS)
)
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=2)),
    max_leaves=4,
)

PROPERTIES = ["rating", "visit", "due", "gift", "labels", "mood", "free", "it's"]
FIELDS = [field for field in CATALOG.fields.values() if field.scope != "line"]
LINE_FIELDS = [field for field in CATALOG.fields.values() if field.scope == "line"]
LITERALS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: words,
    Kind.TEXTS: words,
    Kind.NUMBER: numbers.map(str),
    Kind.MONEY: numbers.map(str),
    Kind.BOOLEAN: st.booleans(),
    Kind.DATE: st.sampled_from(["2026-03-02", "2024-02-29", "1999-12-31"]),
    Kind.TIME: st.sampled_from(TIMES),
    Kind.INSTANT: st.sampled_from(INSTANTS[:4]),
}
COMPARABLE = {kind: [f for f in FIELDS if f.kind is kind] for kind in Kind}
COMPARABLE[Kind.NUMBER] = COMPARABLE[Kind.MONEY] = [f for f in FIELDS if f.kind in {Kind.NUMBER, Kind.MONEY}]


@st.composite
def field_conditions(draw: st.DrawFn, line: bool = False) -> dict[str, Any]:
    """field operator value, or field operator field, or an undeclared property."""
    field = draw(st.sampled_from(LINE_FIELDS if line else FIELDS))
    path = field.path
    kind = field.kind
    if not line and draw(st.integers(0, 9)) == 0:
        path = f"event.properties.{draw(st.sampled_from(['free', 'free.a', 'rating.x']))}"
        kind = draw(st.sampled_from([Kind.TEXT, Kind.NUMBER, Kind.BOOLEAN]))
    operator = draw(st.sampled_from(OPERATORS[kind]))
    test: dict[str, Any] = {"field": path, "operator": operator}
    if operator in {"null", "notNull"}:
        return test
    if operator in {"=", "!=", "<", "<=", ">", ">="} and not line and draw(st.integers(0, 4)) == 0:
        return {
            **test,
            "valueSource": "field",
            "value": draw(st.sampled_from(COMPARABLE[kind] or [field])).path,
        }
    literal = LITERALS[kind]
    if kind is Kind.NUMBER and path.startswith("event.properties.") and path not in CATALOG.fields:
        literal = numbers
    if operator in {"between", "notBetween"}:
        return {**test, "value": sorted(draw(st.tuples(literal, literal)), key=_order)}
    if operator in {"in", "notIn"}:
        return {**test, "value": draw(st.lists(literal, min_size=1, max_size=3))}
    return {**test, "value": draw(literal)}


def _order(value: Any) -> Any:
    try:
        return Decimal(value)
    except ArithmeticError:
        return value


@st.composite
def line_conditions(draw: st.DrawFn) -> dict[str, Any]:
    """A number of lines, or an aggregate over them."""
    where = {
        "combinator": draw(st.sampled_from(["and", "or"])),
        "not": draw(st.booleans()),
        "rules": draw(st.lists(field_conditions(line=True), max_size=2)),
    }
    if draw(st.booleans()):
        mode = draw(st.sampled_from(["some", "all", "none", "atLeast", "atMost", "exactly"]))
        match = {"mode": mode, "threshold": draw(st.integers(0, 3))}
        return {"field": "order.lines", "match": match, "value": where}
    fn = draw(st.sampled_from(["sum", "count", "min", "max"]))
    of = (
        {}
        if fn == "count"
        else {"of": draw(st.sampled_from(["amount", "price", "quantity", "product_points"]))}
    )
    operator = draw(st.sampled_from(["=", "!=", "<", ">=", "null"]))
    value = {} if operator == "null" else {"value": draw(LITERALS[Kind.MONEY])}
    return {
        "field": "order.lines",
        "aggregate": {"fn": fn, **of, "where": where},
        "operator": operator,
        **value,
    }


def groups(depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """Rule groups as the query builder writes them."""
    parts: st.SearchStrategy[Any] = st.one_of(field_conditions(), field_conditions(), line_conditions())
    if depth > 0:
        parts = st.one_of(parts, parts, groups(depth - 1))
    return st.fixed_dictionaries(
        {
            "combinator": st.sampled_from(["and", "or"]),
            "not": st.booleans(),
            "rules": st.lists(parts, max_size=3),
        }
    )


NUMBER_NAMES = [
    "order.amount",
    "order.total",
    "order.line_count",
    "event.properties.rating",
    "member.stars",
    "weekday",
]
TRUTHS = [
    'store = "riga"',
    "event.properties.gift",
    "order.amount >= 50",
    "not member.newsletter",
    'time < "12:00"',
]


@st.composite
def formulas(draw: st.DrawFn, depth: int = 3, line: bool = False) -> str:
    """A numeric formula."""
    kind = draw(st.integers(0, 9)) if depth else 0
    if kind <= 2:
        names = [*NUMBER_NAMES, "line.amount", "line.quantity", "line.price"] if line else NUMBER_NAMES
        literal = st.sampled_from(["0", "1", "2.5", "0.1", "10", "100", "3"])
        return draw(st.one_of(st.sampled_from(names), literal))
    a = draw(formulas(depth - 1, line))
    if kind <= 6:
        b = draw(formulas(depth - 1, line))
        return f"({a} {draw(st.sampled_from(['+', '-', '*', '/']))} {b})"
    if kind == 7:
        return f"{draw(st.sampled_from(['floor', 'ceil', 'round', 'half_even', 'abs', '-']))}({a})"
    b = draw(formulas(depth - 1, line))
    if kind == 8:
        return f"if({draw(st.sampled_from(TRUTHS))}, {a}, {b})" if not line else f"min({a}, {b})"
    if line:
        return f"max({a}, {b})"
    return f"sum({draw(formulas(depth - 1, line=True))})"


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    """A decision table over a text, a number and a boolean."""
    text = st.one_of(
        st.none(),
        st.sampled_from(["riga", "a", "B"]),
        st.builds(lambda v: {"operator": "in", "value": v}, st.just(["a", "ä"])),
    )
    bound = st.integers(0, 40)
    number = st.one_of(
        st.none(),
        bound,
        st.builds(lambda o, v: {"operator": o, "value": v}, st.sampled_from(["<", "<=", ">", ">="]), bound),
        st.builds(lambda a, b: {"operator": "between", "value": [a, b]}, bound, bound),
    )
    row = st.builds(lambda a, b, c, d: {"when": [a, b, c], "then": d}, text, number, st.sampled_from([None, True,
    False]), st.integers(1, 99))  # fmt: skip
    table: dict[str, Any] = {
        "inputs": ["store", "order.amount", "event.properties.gift"],
        "rows": draw(st.lists(row, min_size=1, max_size=25)),
    }
    if draw(st.booleans()):
        table["default"] = 100
    return table


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """An event in the short form of the tests."""
    spec: dict[str, Any] = {}
    for name in ("store", "region", "channel"):
        if draw(st.booleans()):
            spec[name] = draw(st.sampled_from(["riga", "Riga", "a", "B", "ä", "", "gold"]))
    if draw(st.integers(0, 4)):
        spec["amount"] = draw(st.integers(-500, 6000))
        spec["order"] = draw(st.fixed_dictionaries({}, optional={
            "total": st.integers(0, 6000), "discount": st.integers(0, 500), "coupon": words,
        }))  # fmt: skip
        spec["lines"] = draw(st.lists(lines, max_size=3))
    spec["properties"] = draw(st.dictionaries(st.sampled_from(PROPERTIES), json_values, max_size=5))
    spec["at"] = draw(
        st.sampled_from(["2026-03-02T10:05:00Z", "2024-02-29T23:59:59Z", "2026-01-01T00:00:00Z"])
    )
    return spec


lines = st.fixed_dictionaries(
    {
        "sku": st.sampled_from(["A", "riga", "5"]),
        "amount": st.integers(-100, 3000),
        "quantity": st.integers(0, 4),
    },
    optional={"category": words, "brand": words, "price": st.integers(0, 3000)},
)
member_facts = st.fixed_dictionaries(
    {},
    optional={
        "member.tier": st.sampled_from(["bronze", "gold", "riga", None]),
        "member.tags": st.lists(words, max_size=3),
        "member.points": st.integers(-5, 200),
        "member.stars": st.integers(0, 20000),
        "member.city": json_values,
        "member.children": json_values,
        "member.newsletter": json_values,
        "member.birthday": st.sampled_from(DATES),
        "member.birth_month": st.integers(1, 12),
        "member.joined_at": st.sampled_from(INSTANTS),
        "line.product_points": st.dictionaries(st.sampled_from(["A", "riga"]), json_values, max_size=2),
    },
)
