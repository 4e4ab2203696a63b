"""A partner's own figures against a statement, pure: what matches within the tolerance, and what does not.

Rows with an order id are compared with that order; rows without are paired with what is left, nearest in date, of equal
size within the tolerance.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from regulars.flows.settlement.errors import UploadInvalid
from regulars.flows.settlement.nearest import Item, Near, Within, same
from regulars.infra.csv_files import plain_cell
from regulars.kit.errors import FieldError

COLUMNS: Final = ("date", "order_id", "side", "points", "amount")
# What else stands in a file of a statement's lines: sent back as it is, it is passed over.
ALSO: Final = ("kind", "point_type", "store", "member", "transfer")
# Points that others took for a partner: it cannot know of them, so they are not compared.
ELSEWHERE: Final = ("honoured", "unhonoured")
LETTERS_MAX: Final = 200
SIZE_MAX: Final = 10**15
ROWS_MAX: Final = 200_000
ERRORS_SHOWN: Final = 50


class Unmatched(msgspec.Struct, frozen=True):
    """What does not match: differs, missing_here (only they have it) or missing_there (only we have it)."""

    kind: str
    side: str
    reference: str
    ours: Item | None
    theirs: Item | None


class Comparison(msgspec.Struct, frozen=True):
    """How a file compares: how many rows matched, and the exceptions."""

    matched: int
    exceptions: list[Unmatched]


def compare(ours: Sequence[Item], theirs: Sequence[Item], within: Within) -> Comparison:
    """Return what matches and what does not. Every item of both sides is in exactly one pair or exception."""
    open_items = {(item.side, item.reference): item for item in ours}
    matched = 0
    exceptions: list[Unmatched] = []
    unnamed: list[Item] = []
    for row in theirs:
        if not row.reference:
            unnamed.append(row)
            continue
        mine = open_items.pop((row.side, row.reference), None)
        if mine is None:
            exceptions.append(Unmatched("missing_here", row.side, row.reference, None, row))
        elif same(mine, row, within):
            matched += 1
        else:
            exceptions.append(Unmatched("differs", row.side, row.reference, mine, row))
    near = Near(open_items.values() if unnamed else (), within)
    for number, row in enumerate(unnamed, 1):
        mine = near.take(row)
        if mine is None:
            name = f"row {number} of {row.day or 'no day'}"
            exceptions.append(Unmatched("missing_here", row.side, name, None, row))
        else:
            del open_items[mine.side, mine.reference]
            matched += 1
    left = open_items.values()
    exceptions += [Unmatched("missing_there", item.side, item.reference, item, None) for item in left]
    return Comparison(matched, exceptions)


def read_claims(text: str, decimals: int, partner: str = "", scale: int = 0) -> list[Item]:
    """Return the rows of a partner's CSV file: columns date, order_id, side (issue or burn), points, amount.

    At least one of points and amount; points with at most `scale` decimals, amounts in major units, both with a decimal
    comma where semicolons or tabs are between the columns. The lines of a statement can be sent back as they are: their
    other columns are passed over, and so are the partner's code in front of an order's number and rows of empty cells.
    Several rows of one order and side are added up. Raises UploadInvalid with the lines that cannot be read.
    """
    errors: list[FieldError] = []
    try:
        return _read(text, decimals, scale, f"{partner}:", errors)
    except csv.Error as mistake:
        raise UploadInvalid(errors=[FieldError("", "not_csv", f"This is no CSV file: {mistake}.")]) from None


def _read(text: str, decimals: int, scale: int, prefix: str, errors: list[FieldError]) -> list[Item]:
    lines = io.StringIO(text.removeprefix("\ufeff"), newline=None)  # every system's ends of lines
    delimiter = _delimiter(lines.readline())
    lines.seek(0)
    reader = csv.DictReader(lines, delimiter=delimiter)
    _check_header(reader)
    comma = delimiter != ","
    sums: dict[tuple[str, str], Item] = {}
    unnamed: list[Item] = []
    for row in reader:
        # Cells beyond the last column are a decimal comma, mostly, whose cents would be lost.
        if any(row.pop(None, None) or ()):
            message = "More cells than columns: quote what has the separator in it, or write 12.50 for 12,50."
            errors.append(FieldError(f"line {reader.line_num}", "too_many_cells", message))
            continue
        if row.get("kind") in ELSEWHERE or not any(row.values()):
            continue  # spreadsheets end in rows of empty cells
        item = _row(row, reader.line_num, errors, decimals=decimals, scale=scale, prefix=prefix, comma=comma)
        if item is None or len(errors) > ERRORS_SHOWN:
            continue
        if not item.reference:
            unnamed.append(item)
        else:
            known = sums.get((item.side, item.reference))
            sums[item.side, item.reference] = item if known is None else _added(known, item)
        if len(sums) + len(unnamed) > ROWS_MAX:
            raise UploadInvalid(errors=[FieldError("", "too_long", f"At most {ROWS_MAX:,} rows.")])
    if errors:
        raise UploadInvalid(errors=errors[:ERRORS_SHOWN])
    return [*sums.values(), *unnamed]


def _check_header(reader: csv.DictReader[str]) -> None:
    """Refuse a file whose first line does not say what its columns are; capitals and blanks do not matter."""
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    if len(names) != len(set(names)) or not set(names) <= {*COLUMNS, *ALSO} or not names:
        message = f"The first line names the columns, each once: {', '.join(COLUMNS)}."
        raise UploadInvalid(errors=[FieldError("line 1", "unknown_column", message)])
    reader.fieldnames = names


def _delimiter(first: str) -> str:
    return max(",;\t", key=first.count)


def _added(one: Item, more: Item) -> Item:
    return Item(
        one.side,
        one.reference,
        None if one.points is None and more.points is None else (one.points or 0) + (more.points or 0),
        None
        if one.amount is None and more.amount is None
        else (one.amount or 0) + (more.amount or Decimal(0)),
        min((day for day in (one.day, more.day) if day), default=None),
    )


def _row(
    row: dict[str, str | None],
    line: int,
    errors: list[FieldError],
    *,
    decimals: int,
    scale: int,
    prefix: str,
    comma: bool,
) -> Item | None:
    cells = {name: plain_cell((row.get(name) or "").strip()) for name in COLUMNS}
    if comma:
        cells |= {name: cells[name].replace(",", ".") for name in ("points", "amount")}
    side = cells["side"] or "issue"
    before = len(errors)
    if side not in ("issue", "burn"):
        errors.append(FieldError(f"line {line}", "unknown_side", "Write issue or burn as side."))
    points, amount, day = None, None, None
    try:
        points = _whole(Decimal(cells["points"]).scaleb(scale)) if cells["points"] else None
        amount = Decimal(cells["amount"]).scaleb(decimals) if cells["amount"] else None
        sizes = [Decimal(size) for size in (points, amount) if size is not None]
        if not all(size.is_finite() and abs(size) <= SIZE_MAX for size in sizes):
            raise InvalidOperation
    except (ValueError, InvalidOperation):
        errors.append(FieldError(f"line {line}", "not_a_number", "Write points as 60 and amounts as 12.50."))
    try:
        day = date.fromisoformat(cells["date"]) if cells["date"] else None
    except ValueError:
        errors.append(FieldError(f"line {line}", "not_a_date", "Write the date as 2026-03-02."))
    if not cells["points"] and not cells["amount"]:
        errors.append(FieldError(f"line {line}", "nothing_said", "Write points, amount, or both."))
    order_id = cells["order_id"].removeprefix(prefix)
    if len(order_id) > LETTERS_MAX or not order_id.isprintable():
        errors.append(FieldError(f"line {line}", "not_an_order", f"Write at most {LETTERS_MAX} letters."))
    return None if len(errors) > before else Item(side, order_id, points, amount, day)


def _whole(units: Decimal) -> int:
    """Return smallest units as a number; raises InvalidOperation where there are more decimals than there can be."""
    if not units.is_finite() or abs(units) > SIZE_MAX or units != units.to_integral_value():
        raise InvalidOperation
    return int(units)
