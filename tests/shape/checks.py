"""The checks of taste: each takes one file and returns complaints, which say what is wrong and what to do instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
# These words say nothing: everything is data, and every class manages something.
BANNED_WORDS = frozenset(
    {"utils", "util", "helpers", "helper", "manager", "data", "info", "process", "handle", "service"}
)
# Names that an interface of somebody else demands.
FOREIGN_NAMES = frozenset({"get_extra_info", "handle"})
# Here SQL is written in Python because it is the subject: the database's own tools, and the compiler of rules to SQL.
SQL_PLACES = ("src/regulars/infra/db/", "src/regulars/core/rules/")
_SQL = re.compile(
    r"^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s|CREATE\s+(TABLE|INDEX|VIEW|SCHEMA)\s"
    r"|ALTER\s+TABLE\s|DROP\s+TABLE\s|TRUNCATE\s|COPY\s+\S+\s)",
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Written so that they do not match themselves.
_UNFINISHED = re.compile(r"\b(TO(?:DO)|FIX(?:ME)|XX(?:X)|HA(?:CK))\b")
_PACKAGE_HOSTS = re.compile(
    r"\b(?:py(?:pi|thonhosted)|npm(?:js|mirror)|registry|proxy\.golang)\.\w", re.IGNORECASE
)
_MACHINE_FOLDERS = re.compile(r"(?<![\w.:])/(?:root|work|home|opt)/")

Functions = ast.FunctionDef | ast.AsyncFunctionDef


def long_functions(path: str, tree: ast.Module, allowed: frozenset[str] = frozenset()) -> Iterator[str]:
    """Complain about functions longer than a screen, and about allowances that are not needed any more."""
    for node in ast.walk(tree):
        if isinstance(node, Functions):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            name = f"{path}::{node.name}"
            if lines > FUNCTION_LINES_MAX and name not in allowed:
                yield (
                    f"{path}:{node.lineno} {node.name} has {lines} lines, {FUNCTION_LINES_MAX} are allowed. "
                    "Name its parts as functions."
                )
            if lines <= FUNCTION_LINES_MAX and name in allowed:
                yield f"{name} is short enough now. Remove it from LONG_FUNCTIONS: the list only shrinks."


def long_file(path: str, text: str, allowed: frozenset[str] = frozenset()) -> Iterator[str]:
    """Complain about a file that is too long, and about an allowance that is not needed any more."""
    lines = text.count("\n")
    if lines > FILE_LINES_MAX and path not in allowed:
        yield f"{path} has {lines} lines, {FILE_LINES_MAX} are allowed. Split it by what its parts are about."
    if lines <= FILE_LINES_MAX and path in allowed:
        yield f"{path} is short enough now. Remove it from LONG_FILES: the list only shrinks."


def sql_in_python(path: str, tree: ast.Module) -> Iterator[str]:
    """Complain about statements in Python texts."""
    if path.startswith(SQL_PLACES):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.match(node.value):
            yield (
                f"{path}:{node.lineno} holds SQL in a Python text. "
                "Name the statement in the queries.sql beside the code and load it with load_queries."
            )


def local_imports(path: str, tree: ast.Module) -> Iterator[str]:
    """Complain about imports inside functions."""
    for function in ast.walk(tree):
        if isinstance(function, Functions):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield (
                        f"{path}:{node.lineno} imports inside {function.name}. Import at the top; "
                        "where that makes a circle, declare a protocol below and plug it in from app/."
                    )


def banned_words(path: str, tree: ast.Module) -> Iterator[str]:
    """Complain about empty words in the names of files, classes and functions."""
    names = [(part, 1) for part in PurePosixPath(path).with_suffix("").parts]
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.append((node.name, node.lineno))
    for name, line in names:
        if name in FOREIGN_NAMES:
            continue
        for word in sorted(BANNED_WORDS.intersection(words(name))):
            yield f"{path}:{line} the name {name!r} holds the empty word {word!r}. Say what it does or is."


def words(name: str) -> list[str]:
    """Split an identifier into its words, in lower case."""
    return [word.lower() for word in _WORD.findall(name)]


def floats(path: str, tree: ast.Module) -> Iterator[str]:
    """Complain about floating point in the engines, where it would lose points."""
    if not path.startswith("src/regulars/core/"):
        return
    # How alike two words must be for "did you mean" is no amount.
    alike = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "cutoff"
    }
    for node in ast.walk(tree):
        if id(node) in alike:
            continue
        written = isinstance(node, ast.Constant) and isinstance(node.value, float)
        made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
        if written or made:
            assert isinstance(node, ast.expr)
            yield f"{path}:{node.lineno} uses floating point. Use int in smallest units, or Decimal."


def sleeps(path: str, tree: ast.Module) -> Iterator[str]:
    """Complain about tests that wait for time to pass; giving way with sleep(0) is fine."""
    if not path.startswith("tests/"):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sleep":
            given_way = node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
            if (
                isinstance(node.func.value, ast.Name)
                and node.func.value.id in ("time", "asyncio")
                and not given_way
            ):
                yield f"{path}:{node.lineno} sleeps. Wait for a condition with a deadline, or move the clock."


def missing_docstrings(path: str, tree: ast.Module) -> Iterator[str]:
    """Complain about modules and public functions and classes of the source that say nothing about themselves."""
    if not path.startswith("src/"):
        return
    if tree.body and not ast.get_docstring(tree):
        yield f"{path}:1 has no docstring. Say in a sentence what the module is."
    for node in tree.body:
        named = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if named and not node.name.startswith("_") and not ast.get_docstring(node):
            yield f"{path}:{node.lineno} {node.name} has no docstring. Say what comes in and out, with units."


def unfinished(path: str, text: str) -> Iterator[str]:
    """Complain about notes to ourselves."""
    for number, line in enumerate(text.splitlines(), 1):
        if _UNFINISHED.search(line):
            yield f"{path}:{number} notes unfinished work. Finish it, or file an issue."


def foreign_places(path: str, text: str) -> Iterator[str]:
    """Complain about package hosts and folders of one machine."""
    for number, line in enumerate(text.splitlines(), 1):
        found = _PACKAGE_HOSTS.search(line) or _MACHINE_FOLDERS.search(line)
        if found:
            yield (
                f"{path}:{number} names {found.group()!r}. The project works on any machine with any package index: "
                "leave hosts to the machine's configuration and use relative paths."
            )


def foreign_schemas(path: str, text: str, schemas: dict[str, str]) -> Iterator[str]:
    """Complain about SQL of an engine or a slice that names another package's schema.

    `schemas` maps each PostgreSQL schema to the package folder that owns it (features/members).
    """
    folder = PurePosixPath(path).relative_to("src/regulars").parent.as_posix()
    if not folder.startswith(("core/", "features/")):
        return
    code = re.sub(r"--[^\n]*|'[^']*'", "", text)
    for schema, owner in schemas.items():
        if (
            folder != owner
            and not folder.startswith(f"{owner}/")
            and re.search(rf"\b{schema}\.(?!\w+_v[0-9])[a-z]", code)
        ):
            yield (
                f"{path} names the schema {schema!r} of {owner}. A slice reads its own tables and the _v1 views of the "
                "engines; what crosses slices belongs into flows/."
            )


def unknown_commands(
    path: str, text: str, targets: frozenset[str], commands: frozenset[str]
) -> Iterator[str]:
    """Complain about `make …` and `regulars …` in a document that do not exist."""
    for number, line in enumerate(text.splitlines(), 1):
        for tool, known in (("make", targets), ("regulars", commands)):
            for word in re.findall(rf"(?:^|`|\$ ){tool} ([a-z][a-z-]*)", line):
                if word not in known:
                    yield f"{path}:{number} names '{tool} {word}', which is not among: {', '.join(sorted(known))}."


BANDS = ("kit", "infra", "core", "features", "flows", "app")
_CIMPORT = re.compile(r"^from regulars\.(\w+)\.\S+ cimport ", re.MULTILINE)
_CLASS = re.compile(r"^cdef class (\w+)", re.MULTILINE)


def strange_declarations(path: str, text: str, source: str, tree: ast.Module) -> Iterator[str]:
    """Complain about a `.pxd` without its source or above its band, and about what its module cannot do compiled.

    `source` is the path of the module it declares, `tree` that module's.
    """
    if any(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(tree)):
        yield f"{source} has coroutines. Compiled ones hold what they held until the collector looks; part them."
    own = BANDS.index(path.split("/")[2])
    for band in _CIMPORT.findall(text):
        if BANDS.index(band) > own:
            yield f"{path} knows {band}/, which lies above it. Declare `object` instead."
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for name in _CLASS.findall(text):
        if name not in classes:
            yield f"{path} declares {name}, which {source} does not have. Remove it there."
            continue
        called = set(re.findall(r"^    cpdef .*?(\w+)\(", _body(text, name), re.MULTILINE))
        for method in classes[name].body:
            if isinstance(method, Functions) and method.name in called and _calls_super(method):
                yield f"{source}::{name}.{method.name} uses super(), which C cannot. Name the class instead."


def _body(text: str, name: str) -> str:
    start = text.index(f"cdef class {name}")
    following = text.find("\ncdef class ", start + 1)
    return text[start:] if following < 0 else text[start:following]


def _calls_super(method: ast.AST) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "super" for node in ast.walk(method))
