"""The files of this repository, for the checks of taste."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_IGNORED = {
    ".git",
    ".venv",
    "node_modules",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    "dist",
    "build",
}


@functools.cache
def files() -> tuple[str, ...]:
    """Return the paths of all files under version control (all that would be, in an unpacked archive)."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
        if listed.returncode == 0 and listed.stdout:
            return tuple(path for path in listed.stdout.splitlines() if (ROOT / path).is_file())
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return tuple(path.as_posix() for path in found if not _IGNORED.intersection(path.parts))


def python_files() -> list[str]:
    """Return the paths of our Python files."""
    return [
        path for path in files() if path.endswith(".py") and path.startswith(("src/", "tests/", "examples/"))
    ]


def source_files() -> list[str]:
    """Return the paths of the package's Python files."""
    return [path for path in python_files() if path.startswith("src/")]


@functools.cache
def read(path: str) -> str:
    """Return the text of a file; "" when it is not a text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@functools.cache
def tree(path: str) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(read(path), path)


def make_targets() -> frozenset[str]:
    """Return the targets of the Makefile."""
    return frozenset(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))


def schema_owners() -> dict[str, str]:
    """Return, for each PostgreSQL schema, the package folder whose schema.sql creates it."""
    owners = {}
    for path in files():
        if path.startswith("src/regulars/") and path.endswith("/schema.sql"):
            for name in re.findall(r"^CREATE SCHEMA (?:IF NOT EXISTS )?(\w+);", read(path), re.MULTILINE):
                owners[name] = path.removeprefix("src/regulars/").removesuffix("/schema.sql")
    return owners
