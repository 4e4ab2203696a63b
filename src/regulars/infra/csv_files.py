"""CSV files of any size: read record by record from any offset, errors written beside them, cells safe to open.

A file is read in constant memory. `offset` after a record is where the next one begins, so that a reading that was
interrupted goes on exactly there.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

from regulars.kit.errors import FieldError, Invalid

# A quote that is never closed swallows lines until a field is as large as this; then the record is refused.
FIELD_BYTES_MAX: Final = 131_072
LINE_BYTES_MAX: Final = 1_048_576
_DELIMITERS: Final = ",;\t"
_EDGE_BYTES: Final = 65_536
_BOM: Final = b"\xef\xbb\xbf"
# What a spreadsheet would take for a formula.
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")


class UnreadableFile(Invalid):
    """The file cannot be read as CSV."""


def text_of(path: Path) -> str:
    """Return a file of UTF-8 as text, without the mark that some programs put in front. Refuses with UnreadableFile."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as mistake:
        message = f"Byte {mistake.start + 1} is not UTF-8: save the file as CSV UTF-8."
        raise UnreadableFile(errors=[FieldError(path.name, "not_utf8", message)]) from None


class Record:
    """One record: the line it begins on, its fields, or what is wrong with it as a whole."""

    __slots__ = ("fields", "line", "problem")

    def __init__(self, line: int, fields: list[str], problem: str = "") -> None:
        """Hold a record that begins on `line`."""
        self.line = line
        self.fields = fields
        self.problem = problem


class CsvFile:
    """A CSV file open for reading: UTF-8, a header line, separated by comma, semicolon or tab (the header tells)."""

    def __init__(self, path: Path) -> None:
        """Open the file and read its header. Raises UnreadableFile."""
        self._file = path.open("rb")
        self.size = path.stat().st_size
        self._bad_line = 0
        try:
            first = self._file.readline(LINE_BYTES_MAX)
            self.offset, self.line = len(first), 1
            self.header, self.delimiter = _header(first)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        """Return the open file."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def go_to(self, offset: int, line: int) -> None:
        """Go on reading at `offset`, behind `line` lines."""
        self._file.seek(offset)
        self.offset, self.line = offset, line

    def records(self) -> Iterator[Record]:
        """Yield the records from here on; blank lines are left out. `offset` is behind the record just yielded."""
        reader = csv.reader(self._lines(), delimiter=self.delimiter, strict=True)
        while True:
            begins = self.line + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Record(begins, [], f"This is not CSV: {error}.")
                reader = csv.reader(self._lines(), delimiter=self.delimiter, strict=True)
                continue
            if self._bad_line >= begins:
                yield Record(begins, fields, "The line is not UTF-8.")
            elif fields:
                yield Record(begins, fields)

    def _lines(self) -> Iterator[str]:
        while raw := self._file.readline(LINE_BYTES_MAX):
            self.offset += len(raw)
            self.line += 1
            try:
                yield raw.decode("utf-8")
            except UnicodeDecodeError:
                self._bad_line = self.line
                yield raw.decode("utf-8", "replace")


class ErrorFile:
    """Refused rows as CSV beside the file they came from: line, column, reason, value."""

    HEADER: Final = ("line", "column", "reason", "value")

    def __init__(self, path: Path) -> None:
        """Name the file; it is made when the first error comes."""
        self.path = path

    def append(self, rows: Iterable[tuple[int, str, str, str]], at: int) -> int:
        """Add rows behind the first `at` bytes, put them on the disk, and return how many bytes there are then.

        What was written behind `at` by somebody who was stopped before his work counted is overwritten; 0 begins anew.
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if at == 0:
            writer.writerow(self.HEADER)
        count = 0
        for line, column, reason, value in rows:
            writer.writerow((line, safe_cell(column), safe_cell(reason), safe_cell(value)))
            count += 1
        if count == 0:
            if at == 0:
                self.path.unlink(missing_ok=True)
            return at
        data = text.getvalue().encode()
        with self.path.open("r+b" if at else "wb") as file:
            file.truncate(at)
            file.seek(at)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return at + len(data)


def safe_cell(text: str) -> str:
    """Return text that a spreadsheet does not take for a formula: such cells begin with an apostrophe."""
    return f"'{text}" if _FORMULA.match(text) else text


def plain_cell(cell: str) -> str:
    """Return a cell as it was before `safe_cell`: a file that was exported can be imported again."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def csv_lines(rows: Iterable[Sequence[str | int | Decimal]]) -> str:
    """Return rows as CSV, every text safe to open in a spreadsheet; numbers stay numbers, also negative ones."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else _number(cell) for cell in row])
    return text.getvalue()


def _number(number: int | Decimal) -> str:
    return f"{number:f}" if isinstance(number, Decimal) else f"{number}"


def fingerprint(path: Path, *also: str) -> str:
    """Return what tells this file (and how it is read: `also`) from another: its size, its beginning and its end."""
    size = path.stat().st_size
    digest = sha256("\x00".join([str(size), *also]).encode())
    with path.open("rb") as file:
        digest.update(file.read(_EDGE_BYTES))
        if size > _EDGE_BYTES:
            file.seek(max(_EDGE_BYTES, size - _EDGE_BYTES))
            digest.update(file.read())
    return digest.hexdigest()


def _header(line: bytes) -> tuple[list[str], str]:
    """Return the names of the columns and what stands between them. Raises UnreadableFile."""
    try:
        text = line.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError:
        raise _unreadable("The header is not UTF-8. Save the file as CSV UTF-8.") from None
    delimiter = max(_DELIMITERS, key=text.count)
    try:
        rows = list(csv.reader([text], delimiter=delimiter))
    except csv.Error:
        raise _unreadable("The first line is not CSV. Save the file as CSV UTF-8, a row a line.") from None
    names = [name.strip() for name in rows[0]] if rows else []
    if not any(names):
        raise _unreadable("The first line must name the columns.")
    return names, delimiter


def _unreadable(message: str) -> UnreadableFile:
    return UnreadableFile(message, errors=[FieldError("file", "unreadable", message)])
