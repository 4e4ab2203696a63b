"""Named SQL: every statement of a package lives in the `queries.sql` beside its code.

-- select_member --
-- Read one member by its id.
SELECT id, status FROM members.member WHERE id = %(id)s;
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources

import msgspec

from regulars.kit.errors import Bug

_HEADING = re.compile(r"^-- ([a-z][a-z0-9_]*) --$", re.MULTILINE)


class Query(msgspec.Struct, frozen=True):
    """One statement: its name, the sentence that says what it is for, and its SQL."""

    name: str
    doc: str
    sql: str


class Queries:
    """The statements of one package, as attributes: `queries.select_member`."""

    def __init__(self, package: str, queries: dict[str, Query]) -> None:
        """Hold the statements of `package` under their names."""
        self._package = package
        self._queries = queries

    def __getattr__(self, name: str) -> Query:
        """Return the statement `name`."""
        try:
            return self._queries[name]
        except KeyError:
            raise AttributeError(f"{self._package}/queries.sql has no statement {name!r}.") from None

    def __iter__(self) -> Iterator[Query]:
        """Yield the statements in the order of the file."""
        return iter(self._queries.values())


def load_queries(package: str | None, file: str = "queries.sql") -> Queries:
    """Read the named statements of a package (`load_queries(__package__)`). Raises Bug when the file is malformed."""
    if not package:
        raise Bug("load_queries needs the package whose queries are read: load_queries(__package__).")
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    return Queries(package, parse_queries(text, f"{package}/{file}"))


def parse_queries(text: str, origin: str) -> dict[str, Query]:
    """Return the statements of a file by name. Raises Bug for a statement without a name, a sentence or an end."""
    before, *parts = _HEADING.split(text)
    if any(line and not line.startswith("--") for line in before.splitlines()):
        raise Bug(f"{origin} has SQL above its first '-- name --' line.")
    queries: dict[str, Query] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        if name in queries:
            raise Bug(f"{origin} names {name!r} twice.")
        queries[name] = _parse_statement(name, body, origin)
    return queries


def _parse_statement(name: str, body: str, origin: str) -> Query:
    lines = body.strip().splitlines()
    sentences = []
    while lines and lines[0].startswith("--"):
        sentences.append(lines.pop(0).removeprefix("--").strip())
    sql = "\n".join(lines).strip()
    if not sentences:
        raise Bug(f"{origin}: say in a '-- sentence.' below '-- {name} --' what the statement is for.")
    if not sql.endswith(";"):
        raise Bug(f"{origin}: the statement {name!r} does not end with a semicolon.")
    return Query(name=name, doc=" ".join(sentences), sql=sql.removesuffix(";").rstrip())
