"""Many shops by one file: a transaction a shop, keys written down before they work, errors beside, and resumable.

A row that fails spoils no other. Running the file again goes on where it stopped: a shop that is connected stays as it
is, and gets no second pair of keys.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from regulars.features.partners import convert
from regulars.flows.connection.connect import connect_shop
from regulars.flows.connection.model import Connected, Shop
from regulars.infra.csv_files import CsvFile
from regulars.infra.db import Database, failpoint
from regulars.kit.errors import FieldError, Invalid, Rejected

COLUMNS: Final = ("code", "name", "template", "platform", "region", "secret", "holder", "iban", "bic")
RESULT_COLUMNS: Final = ("code", "source", "platform", "new", "write_key", "api_key", "hook", "secret")
ERROR_COLUMNS: Final = ("row", "code", "path", "problem")


class FileUnreadable(Invalid):
    """The file of shops cannot be read; errors[] says where and what to write instead."""


class Report(msgspec.Struct):
    """What became of a file."""

    rows: int = 0
    connected: int = 0
    known: int = 0
    failed: int = 0


class Outcome(msgspec.Struct, frozen=True):
    """What became of one row: connected (`made.new`), known before, or refused with `problems`."""

    row: int
    code: str
    made: Connected | None
    problems: tuple[FieldError, ...] = ()


def shops_in_csv(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield (line, shop as plain data) of a CSV file with some of the COLUMNS. Raises FileUnreadable."""
    with CsvFile(path) as file:
        unknown = [name for name in file.header if name not in COLUMNS]
        if unknown or "code" not in file.header:
            message = f"The first line names columns out of {', '.join(COLUMNS)}; code is needed."
            raise FileUnreadable(errors=[FieldError("line 1", "unknown_column", message)])
        for record in file.records():
            cells = dict(zip(file.header, record.fields, strict=False))
            yield record.line, {"problem": record.problem} if record.problem else shop_of_cells(cells)


def shop_of_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    """Return a row as plain data: empty cells left out, the bank account as one object."""
    said = {name: value.strip() for name, value in cells.items() if value.strip()}
    bank = {name: said.pop(name) for name in ("holder", "iban", "bic") if name in said}
    said.setdefault("name", said.get("code", ""))
    return {**said, "bank": bank} if bank else said


def numbered(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield (place from 1, shop) of shops that are plain data already (YAML)."""
    yield from enumerate(rows, 1)


def shops_in_text(text: str) -> list[tuple[int, Mapping[str, Any]]]:
    """Return (line, shop as plain data) of CSV text, read as a file is. Raises FileUnreadable."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shops.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return list(shops_in_csv(path))


async def connect_each(
    db: Database,
    program_id: int,
    rows: Iterable[tuple[int, Mapping[str, Any]]],
    now: Callable[[], datetime],
) -> list[Outcome]:
    """Connect every shop, each in its own transaction; return what became of each, new keys included."""
    found = []
    for row, plain in rows:
        code = str(plain.get("code", ""))
        try:
            shop = _shop(plain)
            async with db.transaction() as tx:
                made = await connect_shop(tx, program_id, shop, now())
        except Rejected as refusal:
            found.append(Outcome(row, code, None, tuple(_problems(refusal))))
        else:
            found.append(Outcome(row, code, made))
    return found


async def connect_many(
    db: Database,
    program_id: int,
    rows: Iterable[tuple[int, Mapping[str, Any]]],
    results: Path,
    errors: Path,
    *,
    now: Callable[[], datetime],
    progress: Callable[[Report], None] | None = None,
) -> Report:
    """Connect every shop of a file; new keys are added to `results`, rows that failed are listed in `errors`.

    A line with keys is on disk before they are committed, so that no key that works is missing from the file. A shop
    whose commit failed has another line later: the last line of a code is the one that counts.
    """
    report = Report()
    with _opened(results, RESULT_COLUMNS, "a") as kept, _opened(errors, ERROR_COLUMNS, "w") as wrong:
        for row, plain in rows:
            report.rows += 1
            try:
                made = await _connect(db, program_id, plain, kept, now())
            except Rejected as refusal:
                report.failed += 1
                _note(wrong, row, plain, refusal)
            else:
                report.connected += made.new
                report.known += not made.new
            if progress is not None:
                progress(report)
    return report


async def _connect(
    db: Database, program_id: int, plain: Mapping[str, Any], kept: IO[Any], now: datetime
) -> Connected:
    shop = _shop(plain)
    async with db.transaction() as tx:
        made = await connect_shop(tx, program_id, shop, now)
        if made.write_key or made.api_key or made.secret:
            _write(kept, [made.partner, *(getattr(made, name) for name in RESULT_COLUMNS[1:])])
        failpoint("after_keys_written_before_commit")
    return made


def _shop(plain: Mapping[str, Any]) -> Shop:
    if "problem" in plain:
        raise FileUnreadable(str(plain["problem"]))
    return convert(dict(plain), Shop)


def _problems(refusal: Rejected) -> Sequence[FieldError]:
    return refusal.errors or (FieldError("", refusal.code, refusal.message),)


def _opened(path: Path, columns: tuple[str, ...], mode: str) -> IO[Any]:
    new = mode == "w" or not path.exists() or not path.stat().st_size
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if mode == "w" else os.O_APPEND), 0o600)
    file = os.fdopen(descriptor, mode, encoding="utf-8", newline="")
    if new:
        _write(file, columns)
    return file


def _write(file: IO[Any], cells: Iterable[Any]) -> None:
    csv.writer(file, lineterminator="\n").writerow(cells)
    file.flush()
    os.fsync(file.fileno())


def _note(wrong: IO[Any], row: int, plain: Mapping[str, Any], refusal: Rejected) -> None:
    for error in _problems(refusal):
        _write(wrong, (row, plain.get("code", ""), error.path, error.message))
