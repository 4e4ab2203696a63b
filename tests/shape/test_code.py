"""Our code against the checks of taste. To change a limit, change checks.py and say why."""

from __future__ import annotations

from collections.abc import Iterable

from tests.shape import checks
from tests.shape.repository import files, python_files, read, schema_owners, source_files, tree

# Longer than allowed today, by name; these lists only shrink.
LONG_FUNCTIONS: frozenset[str] = frozenset()
LONG_FILES: frozenset[str] = frozenset()


def report(complaints: Iterable[str]) -> None:
    found = list(complaints)
    assert not found, "\n" + "\n".join(found)


def test_functions_fit_on_a_screen() -> None:
    report(
        line for path in python_files() for line in checks.long_functions(path, tree(path), LONG_FUNCTIONS)
    )


def test_files_are_short() -> None:
    report(line for path in python_files() for line in checks.long_file(path, read(path), LONG_FILES))


def test_allowances_name_what_exists() -> None:
    gone = [name for name in LONG_FUNCTIONS | LONG_FILES if name.split("::")[0] not in files()]
    report(f"{name} is gone. Remove it from the list." for name in gone)


def test_sql_lives_in_sql_files() -> None:
    report(line for path in source_files() for line in checks.sql_in_python(path, tree(path)))


def test_imports_are_at_the_top() -> None:
    report(line for path in python_files() for line in checks.local_imports(path, tree(path)))


def test_names_say_something() -> None:
    report(line for path in source_files() for line in checks.banned_words(path, tree(path)))


def test_the_engines_have_no_floating_point() -> None:
    report(line for path in source_files() for line in checks.floats(path, tree(path)))


def test_tests_do_not_sleep() -> None:
    report(line for path in python_files() for line in checks.sleeps(path, tree(path)))


def test_what_is_public_says_what_it_is() -> None:
    report(line for path in source_files() for line in checks.missing_docstrings(path, tree(path)))


def test_sql_of_a_slice_stays_in_its_slice() -> None:
    owners = schema_owners()
    paths = [path for path in files() if path.startswith("src/regulars/") and path.endswith(".sql")]
    report(line for path in paths for line in checks.foreign_schemas(path, read(path), owners))


def test_what_is_compiled_stands_in_its_band_and_can_be() -> None:
    declared = [path for path in files() if path.endswith(".pxd")]
    sources = {path: path.removesuffix("pxd") + "py" for path in declared}
    report(f"{path} has no module beside it. Remove it." for path, to in sources.items() if to not in files())
    report(
        line
        for path, to in sources.items()
        for line in checks.strange_declarations(path, read(path), to, tree(to))
    )
