"""A piece of an import file, read column by column. Pure.

`values["email"]` has one value for each row that is left, None where the cell is empty. Rows with something wrong are
taken out of all columns at once and listed with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress, zip_longest
from typing import Any, Final

import msgspec

from regulars.features.members.attributes import AttributeKind, Misfit, fit, infer_kind
from regulars.features.members.import_columns import ATTRIBUTE, Column, Columns, Refused, listed
from regulars.infra.csv_files import Record, plain_cell

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?", re.ASCII)
_UNREAD: Final = object()


class Wrong(msgspec.Struct, frozen=True):
    """What is wrong with one cell: the line its record begins on, the column, what would be right, what is there."""

    line: int
    column: str
    reason: str
    value: str


class Piece(msgspec.Struct):
    """Some records of a file: the rows that can be taken, and what is wrong with the others.

    `offset` and `end_line` are where the next piece begins; `last`: there is none.
    """

    lines: list[int]
    values: dict[str, list[Any]]
    wrong: list[Wrong]
    offset: int = 0
    end_line: int = 0
    last: bool = False

    def refuse(self, wrong: Iterable[tuple[int, str, str, str]]) -> None:
        """Take rows out: (place of the row, column, reason, value) each."""
        found = list(wrong)
        if not found:
            return
        self.wrong += [
            Wrong(self.lines[place], column, reason, value) for place, column, reason, value in found
        ]
        bad = {place for place, *_ in found}
        kept = [place not in bad for place in range(len(self.lines))]
        self.lines = list(compress(self.lines, kept))
        self.values = {name: list(compress(values, kept)) for name, values in self.values.items()}


def read_piece(columns: Columns, records: Sequence[Record]) -> Piece:
    """Return records read by their columns."""
    piece = Piece(
        [], {}, [Wrong(record.line, "", record.problem, "") for record in records if record.problem]
    )
    good = [record for record in records if not record.problem]
    wide = [record for record in good if len(record.fields) > columns.width]
    if wide:
        piece.wrong += [
            Wrong(
                record.line,
                "",
                f"There are {len(record.fields)} fields; the header names {columns.width}.",
                "",
            )
            for record in wide
        ]
        good = [record for record in good if len(record.fields) <= columns.width]
    piece.lines = [record.line for record in good]
    cells = list(zip_longest(*(record.fields for record in good), fillvalue=""))
    cells += [("",) * len(good)] * (columns.width - len(cells))
    refused: list[tuple[int, str, str, str]] = []
    for column in columns.columns:
        texts = cells[column.place]
        if any("'" in text for text in texts):
            texts = tuple(map(plain_cell, texts))
        piece.values[column.name] = _read_column(column, texts, refused)
    named = zip(*(piece.values[kind] for kind in columns.identifiers), strict=True)
    bad = {place for place, *_ in refused}
    for place, identifiers in enumerate(named):
        if not any(identifiers) and place not in bad:
            refused.append((place, "", "No identifier: nobody could find this member.", ""))
    piece.refuse(refused)
    return piece


def fit_attributes(piece: Piece, kinds: Mapping[str, AttributeKind]) -> None:
    """Fit the texts of the attribute columns to their kinds; rows with a text that does not fit are taken out."""
    refused: list[tuple[int, str, str, str]] = []
    for name in [name for name in piece.values if name.startswith(ATTRIBUTE)]:
        kind = kinds.get(name.removeprefix(ATTRIBUTE))
        if kind is not None:
            column = Column(0, name, _fitter(kind), repeats=True)
            piece.values[name] = _read_column(column, piece.values[name], refused)
    piece.refuse(refused)


def guess_kind(text: str) -> AttributeKind:
    """Return the kind of an attribute from the first text seen of it. 007 is a text, 7 a number."""
    if _NUMBER.fullmatch(text):
        return AttributeKind.NUMBER
    if text in ("true", "false"):
        return AttributeKind.BOOLEAN
    return infer_kind(text)


def _fitter(kind: AttributeKind) -> Any:
    def read(text: str) -> Any:
        try:
            return fit(listed(text) if kind is AttributeKind.LIST else text, kind)
        except Misfit as misfit:
            raise Refused(str(misfit)) from None

    return read


def _read_column(
    column: Column, cells: Sequence[str | None], refused: list[tuple[int, str, str, str]]
) -> list[Any]:
    """Return what the cells of one column say; equal cells are read once where cells repeat."""
    read = column.read
    if not column.repeats:
        try:
            return [read(cell) if cell else None for cell in cells]
        except Refused:
            pass  # one of them; found below
    known: dict[str, Any] = {}
    values: list[Any] = []
    for place, cell in enumerate(cells):
        if not cell:
            values.append(None)
            continue
        value = known.get(cell, _UNREAD)
        if value is _UNREAD:
            try:
                value = known[cell] = read(cell)
            except Refused as reason:
                refused.append((place, column.name, str(reason), cell))
                value = None
        values.append(value)
    return values
