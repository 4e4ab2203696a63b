"""Files of columns: Parquet or CSV by DuckDB, each complete or not there at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np

# Rows of a row group: large enough to compress, small enough to skip.
GROUP_ROWS: Final = 122_880
# Types that the text of a whole dataset may have; the first that fits all values.
TYPES: Final = "['BIGINT', 'DATE', 'TIMESTAMPTZ', 'VARCHAR']"
# As `safe_cell` does it: texts that a spreadsheet would take for a formula begin with an apostrophe.
SAFE: Final = "regexp_replace({name}, '^(''*[=+\\-@\\t\\r])', '''\\1') AS {name}"


class Writer:
    """Writes tables of columns to files. One thread, so that processes share the machine."""

    def __init__(self, threads: int = 1) -> None:
        """Open DuckDB in memory."""
        self._db = duckdb.connect(":memory:", config={"threads": threads})
        self._db.execute("SET TimeZone = 'UTC'")

    def close(self) -> None:
        """Let go of it."""
        self._db.close()

    def write(self, path: Path, table: dict[str, Any], optional: tuple[str, ...] = ()) -> int:
        """Write columns to `path` (.parquet or .csv); return how many rows.

        Zeros in `optional` columns become nothing.
        """
        self._db.register("piece", table)
        columns = ", ".join(_column(name, values, name in optional) for name, values in table.items())
        self._copy(f"SELECT {columns} FROM piece", path)  # noqa: S608 - names are our own
        self._db.unregister("piece")
        return len(next(iter(table.values())))

    def convert(self, source: Path, path: Path) -> int:
        """Write a CSV file with a heading to `path`; return how many rows."""
        reading = (
            f"read_csv({_quoted(source)}, header = true, sample_size = -1, auto_type_candidates = {TYPES})"
        )
        count = self._db.execute(f"SELECT count(*) FROM {reading}").fetchone()  # noqa: S608
        columns = "*" if path.suffix == ".parquet" else self._safe_columns(reading)
        self._copy(f"SELECT {columns} FROM {reading}", path)  # noqa: S608
        return int(count[0]) if count else 0

    def _safe_columns(self, reading: str) -> str:
        self._db.execute(f"SELECT * FROM {reading} LIMIT 0")  # noqa: S608
        columns = self._db.description or ()
        return ", ".join(
            SAFE.format(name=name) if str(kind) == "VARCHAR" else name for name, kind, *_ in columns
        )

    def _copy(self, select: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        parquet = f"FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {GROUP_ROWS}"
        how = parquet if path.suffix == ".parquet" else "FORMAT csv, HEADER true"
        self._db.execute(f"COPY ({select}) TO {_quoted(partial)} ({how})")
        os.replace(partial, path)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _column(name: str, values: Any, optional: bool) -> str:
    if values.dtype == np.dtype("datetime64[us]"):
        return f"{name}::TIMESTAMPTZ AS {name}"
    return f"nullif({name}, 0) AS {name}" if optional else name
