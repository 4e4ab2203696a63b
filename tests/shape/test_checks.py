"""Each check of taste, shown to catch what it is for and to leave alone what is fine."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterator

import pytest
from tests.shape import checks

SOURCE = "src/regulars/features/shop/sell.py"


def complaints(check: Callable[[str, ast.Module], Iterator[str]], code: str, path: str = SOURCE) -> list[str]:
    return list(check(path, ast.parse(textwrap.dedent(code))))


def function_of(lines: int) -> str:
    return "def long():\n" + "    x = 1\n" * (lines - 1)


def test_a_long_function_is_found() -> None:
    tree = ast.parse(function_of(71))
    assert "has 71 lines, 70 are allowed" in next(checks.long_functions("a.py", tree))
    assert not list(checks.long_functions("a.py", tree, frozenset({"a.py::long"})))
    assert not list(checks.long_functions("a.py", ast.parse(function_of(70))))
    assert "only shrinks" in next(
        checks.long_functions("a.py", ast.parse("def long(): ..."), frozenset({"a.py::long"}))
    )


def test_a_long_file_is_found() -> None:
    assert "has 501 lines" in next(checks.long_file("a.py", "\n" * 501))
    assert not list(checks.long_file("a.py", "\n" * 501, frozenset({"a.py"})))
    assert not list(checks.long_file("a.py", "\n" * 500))
    assert "only shrinks" in next(checks.long_file("a.py", "\n", frozenset({"a.py"})))


@pytest.mark.parametrize(
    "code",
    [
        'x = "SELECT 1"',
        'x = f"SELECT * FROM {t}"',
        'x = """\n  INSERT INTO a VALUES (1)"""',
        "x = 'UPDATE a.b SET c = 1'",
        'x = "WITH a AS (SELECT 1)"',
        'x = "DELETE FROM a"',
    ],
)
def test_sql_in_python_is_found(code: str) -> None:
    assert "queries.sql" in complaints(checks.sql_in_python, code)[0]
    assert not complaints(checks.sql_in_python, code, "src/regulars/infra/db/embedded.py")


@pytest.mark.parametrize(
    "code", ['x = "Select a reward"', '"""Update the SET of tiers."""', 'x = "With love"', "x = 'COPY'"]
)
def test_sentences_are_not_sql(code: str) -> None:
    assert not complaints(checks.sql_in_python, code)


def test_a_local_import_is_found() -> None:
    assert "imports inside f" in complaints(checks.local_imports, "def f():\n    import os")[0]
    assert (
        "imports inside f"
        in complaints(checks.local_imports, "async def f():\n    if x:\n        from a import b")[0]
    )
    assert not complaints(checks.local_imports, "import os\nif x:\n    import sys")


@pytest.mark.parametrize(
    "code", ["class MemberManager: ...", "def handle_event(): ...", "def load_data(): ..."]
)
def test_an_empty_word_is_found(code: str) -> None:
    assert "empty word" in complaints(checks.banned_words, code)[0]


def test_an_empty_word_is_found_in_the_name_of_a_file() -> None:
    assert "'utils'" in complaints(checks.banned_words, "", "src/regulars/kit/utils.py")[0]


@pytest.mark.parametrize(
    "code", ["def processed(): ...", "class Database: ...", "def informed(data): ...", "x = 1"]
)
def test_words_that_say_something_are_fine(code: str) -> None:
    assert not complaints(checks.banned_words, code)


def test_floating_point_is_found_in_the_engines_only() -> None:
    core = "src/regulars/core/ledger/post.py"
    assert complaints(checks.floats, "x = 0.5", core)
    assert complaints(checks.floats, "x = float(y)", core)
    assert not complaints(checks.floats, "x = 5; isinstance(x, float)", core)
    assert not complaints(checks.floats, "difflib.get_close_matches(a, b, cutoff=0.6)", core)
    assert not complaints(checks.floats, "x = 0.5")


def test_a_sleeping_test_is_found() -> None:
    path = "tests/core/test_post.py"
    assert complaints(checks.sleeps, "time.sleep(1)", path)
    assert complaints(checks.sleeps, "await asyncio.sleep(0.1)", path)
    assert not complaints(checks.sleeps, "await asyncio.sleep(0)", path)
    assert not complaints(checks.sleeps, "time.sleep(1)")


def test_a_missing_docstring_is_found() -> None:
    assert len(complaints(checks.missing_docstrings, "def f(): ...\nclass A: ...")) == 3
    assert not complaints(checks.missing_docstrings, '"""M."""\ndef _f(): ...\ndef f():\n    """F."""')
    assert not complaints(checks.missing_docstrings, "def f(): ...", "tests/a.py")


def test_unfinished_work_is_found() -> None:
    note = "to do".replace(" ", "").upper()
    assert list(checks.unfinished("a.py", f"x = 1  # {note} later"))
    assert not list(checks.unfinished("a.py", "todos = method()"))


@pytest.mark.parametrize(
    ("start", "rest"),
    [
        ("see https://pypi", ".example/simple"),
        ("https://registry", ".example"),
        ("cd /", "root/x"),
        ("in /", "work/y"),
    ],
)
def test_a_foreign_place_is_found(start: str, rest: str) -> None:
    assert list(checks.foreign_places("README.md", start + rest))


def test_usual_places_are_fine() -> None:
    assert not list(
        checks.foreign_places("README.md", "see https://example.org/network/ and /var/lib/regulars")
    )


def test_sql_about_another_slice_is_found() -> None:
    owners = {"members": "features/members", "ledger": "core/ledger"}
    path = "src/regulars/features/members/queries.sql"
    assert list(checks.foreign_schemas(path, "SELECT 1 FROM ledger.purse", owners))
    assert not list(checks.foreign_schemas(path, "SELECT 1 FROM members.member -- not ledger.purse", owners))
    assert not list(checks.foreign_schemas(path, "SELECT 1 FROM ledger.balance_v1", owners))
    assert not list(
        checks.foreign_schemas("src/regulars/flows/spend/queries.sql", "FROM ledger.purse", owners)
    )


def test_an_unknown_command_is_found() -> None:
    known = (frozenset({"test"}), frozenset({"doctor"}))
    assert list(checks.unknown_commands("README.md", "run `make toast`", *known))
    assert list(checks.unknown_commands("README.md", "    $ regulars fly", *known))
    assert not list(
        checks.unknown_commands("README.md", "`make test`, then make coffee; `regulars doctor`", *known)
    )


@pytest.mark.parametrize(
    ("declared", "code", "said"),
    [
        ("cdef class Till:\n    cpdef object take(self)\n", "class Till:\n    def take(self): ...\n", ""),
        ("cdef class Shop:\n    cpdef object take(self)\n", "class Till: ...\n", "does not have"),
        ("from regulars.flows.accrual.work cimport Work as CWork\n", "", "lies above it"),
        ("from regulars.core.ledger.model cimport Purse as CPurse\n", "", ""),
        ("# Compiled as it stands.\n", "async def take(): ...\n", "has coroutines"),
        (
            "cdef class Till(Desk):\n    cpdef object take(self)\n",
            "class Till(Desk):\n    def take(self): return super().take()\n",
            "Name the class",
        ),
        (
            "cdef class Till(Desk):\n    cdef public object key\n",
            "class Till(Desk):\n    def take(self): return super().take()\n",
            "",
        ),
    ],
)
def test_a_declaration_that_cannot_be_is_found(declared: str, code: str, said: str) -> None:
    found = list(
        checks.strange_declarations("src/regulars/features/shop/sell.pxd", declared, SOURCE, ast.parse(code))
    )
    assert [said in line for line in found] == ([True] if said else [])
