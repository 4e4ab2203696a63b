"""What the comments of tables promise about their distribution, against their keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

# "distributed by id (= member_id)" is the member's own table, whose id others call member_id.
_KIND = re.compile(r"\b(distributed by (?P<column>\w+)( \(= \w+\))?|reference|local)\.?\s*$")
EXPECTED = "'… distributed by <column>', '… reference' or '… local'"


def distribution_problems(
    tables: Sequence[tuple[str, str, str]], keys: Sequence[tuple[str, str, str, list[str]]]
) -> Iterator[str]:
    """Complain about tables (schema, name, comment) of no kind and keys (schema, table, key, columns) amiss."""
    column_of: dict[tuple[str, str], str | None] = {}
    for schema, table, comment in tables:
        kind = _KIND.search(comment)
        if kind is None:
            yield f"{schema}.{table}: end its COMMENT with {EXPECTED}; it says {comment!r}."
        else:
            column_of[schema, table] = kind.group("column")
    for schema, table, key, columns in keys:
        column = column_of.get((schema, table))
        if column is not None and column not in columns:
            yield (
                f"{schema}.{table}: {key} ({', '.join(columns)}) lacks {column}, by which the table is distributed. "
                "A cluster can only keep a key unique that holds it."
            )
