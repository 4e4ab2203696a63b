"""The page of invariants names tests that exist, and says so where none does."""

from __future__ import annotations

import ast
import re

from tests.shape.repository import read, tree
from tests.shape.test_code import report

PAGE = "docs/correctness.md"
_NAMED = re.compile(r"`([a-z0-9_/]+\.py)::(\w+)`")
_CLASSES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _is_there(path: str, name: str) -> bool:
    if not read_or_nothing(path):
        return False
    nodes = tree(path).body
    assigned = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return name in assigned or any(isinstance(node, _CLASSES) and node.name == name for node in nodes)


def read_or_nothing(path: str) -> str:
    try:
        return read(path)
    except FileNotFoundError:
        return ""


def test_the_tests_that_are_named_exist() -> None:
    named = _NAMED.findall(read(PAGE))
    assert len(named) > 100
    report(
        f"{PAGE} names tests/{path}::{name}, which does not exist. Name one that does, or write 'Not yet shown'."
        for path, name in named
        if not _is_there(f"tests/{path}", name)
    )


def test_every_row_is_shown_or_says_that_it_is_not() -> None:
    rows = [line for line in read(PAGE).splitlines() if line.startswith("| ") and " | " in line]
    report(
        f"{PAGE}: '{line[:60]} …' names no test. Name one, or begin the cell with 'Not'."
        for line in rows
        if not line.startswith("| what holds") and not _NAMED.search(line) and "| Not " not in line
    )
