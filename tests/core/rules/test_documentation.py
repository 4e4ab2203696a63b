"""The reference page tells the truth: its examples compile, its tests hold, its lists are the lists of the code."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.core.rules.kit import CATALOG, local_time, rule
from tests.core.rules.notation import exact, group

from regulars.core.events import Event, Origin, decode_plain
from regulars.core.rules import check_ruleset, run_examples
from regulars.core.rules.check_conditions import OPERATORS
from regulars.core.rules.model import Kind
from regulars.core.rules.parse import TRIGGERS
from regulars.core.rules.parse_effects import AMOUNTS, EFFECTS, PER, PERIODS

LATER = datetime(2026, 4, 1, tzinfo=UTC)
PAGE = (Path(__file__).parents[3] / "docs" / "rule-language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json (\w+)\n(.*?)```", PAGE, re.DOTALL)


def document(kind: str, text: str) -> Any:
    parsed = exact(text)
    if kind == "ruleset":
        return parsed
    if kind == "rule":
        return {"rules": [parsed]}
    return {"rules": [rule(**({"when": group(parsed)} if kind == "condition" else {kind: parsed}))]}


@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_examples_compile_and_hold(kind: str, text: str) -> None:
    whole = document(kind, text)
    assert check_ruleset(whole, CATALOG) == []

    def read(message: dict[str, Any]) -> Any:
        e = decode_plain({"user_id": "example", **message}, Origin(currency="EUR", platform=True), LATER)
        assert isinstance(e, Event), e
        return e, local_time(e)

    assert all(result.passed for result in run_examples(whole, CATALOG, read))


def test_lists_are_complete() -> None:
    for word in [*TRIGGERS, *AMOUNTS, *EFFECTS, *PER, *PERIODS]:
        assert f"`{word}`" in PAGE or f'"{word}"' in PAGE, f"{word} is not documented"
    for kind, name in {
        Kind.TEXT: "text",
        Kind.INSTANT: "instant",
        Kind.BOOLEAN: "boolean",
        Kind.TEXTS: "list of texts",
    }.items():
        line = next(line for line in PAGE.splitlines() if line.startswith(f"| {name} | `"))
        assert set(re.findall("`([^`]+)`", line)) == set(OPERATORS[kind])


def test_standard_fields_are_documented() -> None:
    for path in CATALOG.fields:
        if path.startswith(("member.", "event.properties.")):
            continue
        name = path.split(".")[-1]
        assert f"`{path}`" in PAGE or f"`.{name}`" in PAGE, f"{path} is not documented"
