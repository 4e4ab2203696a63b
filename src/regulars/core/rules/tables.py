"""Decision tables with an index: finding a row does not get slower with the number of rows.

Rows are grouped by which of their columns ask for equality; each group is a dictionary from those values to its
rows. Many rows under one key that differ in a range (a ladder of amounts) are cut into segments of that range.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from regulars.core.rules.forms import Cell, TableRow

# Below this a linear look at the rows is faster than a bisection.
LINEAR_ROWS_MAX = 6
# One row of `in` lists may stand under this many keys; beyond it the column is looked at row by row.
KEYS_PER_ROW_MAX = 200
# Segments times rows may not exceed this multiple of the rows, or wide overlapping ranges would use up memory.
SEGMENT_SPREAD_MAX = 40


def holds(cell: Cell, value: Any) -> bool:
    """Whether one value meets one cell; a missing value never does."""
    if value is None:
        return False
    if cell.values is not None:
        return value in cell.values
    if cell.low is not None and not (value >= cell.low if cell.inclusive[0] else value > cell.low):
        return False
    return cell.high is None or (value <= cell.high if cell.inclusive[1] else value < cell.high)


Rest = tuple[tuple[int, Cell], ...]
Entry = tuple[int, Rest]


class TableIndex:
    """Finds the first row of a table that holds for a tuple of inputs."""

    def __init__(self, rows: Sequence[TableRow], default: Any) -> None:
        self._thens = [row.then for row in rows]
        self._default = default
        self._groups = _group(rows)

    def find(self, inputs: tuple[Any, ...]) -> Any:
        """The value of the first row all of whose cells hold, else the default."""
        best = len(self._thens)
        for columns, buckets in self._groups:
            bucket = buckets.get(tuple([inputs[column] for column in columns]))
            if bucket is not None:
                best = bucket.first(inputs, best)
        return self._default if best == len(self._thens) else self._thens[best]


class Bucket:
    """Rows that ask for the same equal values, in order, with what is left to look at."""

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = entries
        self._column = -1
        self._cuts: list[Any] = []
        self._segments: list[list[Entry]] = []
        if len(entries) > LINEAR_ROWS_MAX:
            self._cut_into_segments()

    def first(self, inputs: tuple[Any, ...], best: int) -> int:
        """The smallest row number below `best` that holds, else `best`."""
        entries = self._entries
        if self._column >= 0:
            value = inputs[self._column]
            if value is None:
                return best
            entries = self._segments[bisect_left(self._cuts, value) + bisect_right(self._cuts, value)]
        for number, rest in entries:
            if number >= best:
                break
            for column, cell in rest:
                if not holds(cell, inputs[column]):
                    break
            else:
                return number
        return best

    def _cut_into_segments(self) -> None:
        """Segment 2i is the open stretch before cut i, segment 2i + 1 the cut itself."""
        columns = {column for column, cell in self._entries[0][1] if cell.values is None}
        for _, rest in self._entries[1:]:
            columns &= {column for column, cell in rest if cell.values is None}
        for column in sorted(columns):
            cuts, segments = _segments(self._entries, column)
            spread = sum(len(segment) for segment in segments)
            if spread <= SEGMENT_SPREAD_MAX * len(self._entries) and (
                self._column < 0 or spread < sum(len(segment) for segment in self._segments)
            ):
                self._column, self._cuts, self._segments = column, cuts, segments


def _segments(entries: list[Entry], column: int) -> tuple[list[Any], list[list[Entry]]]:
    cells = [dict(rest)[column] for _, rest in entries]
    cuts = sorted({bound for cell in cells for bound in (cell.low, cell.high) if bound is not None})
    segments: list[list[Entry]] = [[] for _ in range(2 * len(cuts) + 1)]
    limit = SEGMENT_SPREAD_MAX * len(entries)
    for entry, cell in zip(entries, cells, strict=True):
        start = 0 if cell.low is None else 2 * bisect_left(cuts, cell.low) + (1 if cell.inclusive[0] else 2)
        end = (
            len(segments)
            if cell.high is None
            else 2 * bisect_left(cuts, cell.high) + (2 if cell.inclusive[1] else 1)
        )
        limit -= end - start
        if limit < 0:
            return cuts, [entries] * (2 * SEGMENT_SPREAD_MAX + 2)
        for place in range(start, end):
            segments[place].append(entry)
    return cuts, segments


def _group(rows: Sequence[TableRow]) -> list[tuple[tuple[int, ...], dict[tuple[Any, ...], Bucket]]]:
    groups: dict[tuple[int, ...], dict[tuple[Any, ...], list[Entry]]] = {}
    for number, row in enumerate(rows):
        columns = _key_columns(row)
        rest = tuple(
            (column, cell)
            for column, cell in enumerate(row.cells)
            if cell is not None and column not in columns
        )
        buckets = groups.setdefault(columns, {})
        for key in _keys(row, columns):
            buckets.setdefault(key, []).append((number, rest))
    return [
        (columns, {key: Bucket(entries) for key, entries in buckets.items()})
        for columns, buckets in groups.items()
    ]


def _key_columns(row: TableRow) -> tuple[int, ...]:
    """The equality columns of a row, leaving out the longest lists when their product would be too large."""
    wanted = [
        (len(cell.values), column)
        for column, cell in enumerate(row.cells)
        if cell is not None and cell.values is not None
    ]
    kept: list[int] = []
    keys = 1
    for size, column in sorted(wanted):
        if keys * size > KEYS_PER_ROW_MAX:
            break
        keys *= size
        kept.append(column)
    return tuple(sorted(kept))


def _keys(row: TableRow, columns: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
    return product(*[_values(row.cells[column]) for column in columns])


def _values(cell: Cell | None) -> frozenset[Any]:
    assert cell is not None
    assert cell.values is not None
    return cell.values
