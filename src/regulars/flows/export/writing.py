"""Files of columns: Parquet or CSV by DuckDB, each complete or not there at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from regulars.infra.db import Query, load_queries

# DuckDB's own statements; what stands in braces is ours: names of columns, quoted paths.
queries = load_queries(__package__, "duckdb.sql")

# Rows of a row group: large enough to compress, small enough to skip.
GROUP_ROWS: Final = 122_880
# Different values of a column in a row group beyond which it has no dictionary: ids have one for nothing, and looking
# for it takes a quarter of the time of writing.
DICTIONARY_VALUES: Final = 1_000
HOW: Final = {
    ".parquet": (
        f"FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {GROUP_ROWS}, DICTIONARY_SIZE_LIMIT {DICTIONARY_VALUES}"
    ),
    ".csv": "FORMAT csv, HEADER true",
}
# Types that the text of a whole dataset may have; the first that fits all values.
TYPES: Final = "['BIGINT', 'DATE', 'TIMESTAMPTZ', 'VARCHAR']"
# As `safe_cell` does it: texts that a spreadsheet would take for a formula begin with an apostrophe.
SAFE: Final = "regexp_replace({name}, '^(''*[=+\\-@\\t\\r])', '''\\1') AS {name}"

# NumPy's instant that is none.
NO_TIME: Final = np.iinfo(np.int64).min


class Writer:
    """Writes tables of columns to files. One thread, so that processes share the machine."""

    def __init__(self, threads: int = 1) -> None:
        """Open DuckDB in memory."""
        self._db = duckdb.connect(":memory:", config={"threads": threads})
        self._db.execute(queries.at_utc.sql)

    def close(self) -> None:
        """Let go of it."""
        self._db.close()

    def write(self, path: Path, table: dict[str, NDArray[Any]], optional: tuple[str, ...] = ()) -> int:
        """Write columns to `path` (.parquet or .csv); return how many rows.

        Zeros in `optional` columns become nothing.
        """
        columns = ", ".join(_column(name, values, name in optional) for name, values in table.items())
        self._db.register("piece", {name: _plain(values) for name, values in table.items()})
        try:
            return self._copy(queries.write_piece, path, columns=columns)
        finally:
            self._db.unregister("piece")

    def convert(self, source: Path, path: Path) -> int:
        """Write a CSV file with a heading to `path`; return how many rows."""
        place = {"source": _quoted(source), "types": TYPES}
        columns = "*"
        if path.suffix == ".csv":
            self._db.execute(queries.look_at_rows.sql.format(**place))
            columns = ", ".join(
                SAFE.format(name=name) if str(kind) == "VARCHAR" else name
                for name, kind, *_ in self._db.description or ()
            )
        return self._copy(queries.convert_rows, path, columns=columns, **place)

    def _copy(self, query: Query, path: Path, **places: str) -> int:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        done = self._db.execute(query.sql.format(path=_quoted(partial), how=HOW[path.suffix], **places))
        (rows,) = done.fetchone() or (0,)
        os.replace(partial, path)
        return int(rows)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _column(name: str, values: NDArray[Any], optional: bool) -> str:
    match values.dtype.name:
        case "datetime64[us]":  # as a number: to look a zone up for each row costs as much as everything else
            return f"make_timestamptz(nullif({name}, {NO_TIME})) AS {name}"
        case "datetime64[D]":
            return f"DATE '1970-01-01' + {name} AS {name}"
    return f"nullif({name}, 0) AS {name}" if optional else name


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    match values.dtype.name:
        case "datetime64[us]":
            return values.view(np.int64)
        case "datetime64[D]":
            return values.astype(np.int32)
    return values
