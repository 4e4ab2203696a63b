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
from typing import Any, Final

import msgspec

from regulars.flows.settlement.errors import UploadInvalid
from regulars.kit.errors import FieldError

COLUMNS: Final = ("date", "order_id", "side", "points", "amount")
ROWS_MAX: Final = 200_000
ERRORS_SHOWN: Final = 50


class Item(msgspec.Struct, frozen=True):
    """One order on one side (issue or burn), ours or theirs: points and exact minor units, None where nothing is said.

    Points and amounts are compared without their sign: a partner writes what was given and what was taken as numbers.
    """

    side: str
    reference: str
    points: int | None
    amount: Decimal | None
    day: date | None


class Unmatched(msgspec.Struct, frozen=True):
    """What does not match: differs, missing_here (only they have it) or missing_there (only we have it)."""

    kind: str
    side: str
    reference: str
    ours: Item | None
    theirs: Item | None


class Within(msgspec.Struct, frozen=True):
    """The tolerance: smallest units of points, minor units of money, days."""

    points: int = 0
    amount: Decimal = Decimal(0)
    days: int = 1


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
    for number, row in enumerate(unnamed, 1):
        mine = _nearest(open_items.values(), row, within)
        if mine is None:
            name = f"row {number} of {row.day or 'no day'}"
            exceptions.append(Unmatched("missing_here", row.side, name, None, row))
        else:
            del open_items[mine.side, mine.reference]
            matched += 1
    left = open_items.values()
    exceptions += [Unmatched("missing_there", item.side, item.reference, item, None) for item in left]
    return Comparison(matched, exceptions)


def same(mine: Item, row: Item, within: Within) -> bool:
    """Return whether two items say the same within the tolerance; what a side does not say is not compared."""
    return (
        _close(mine.points, row.points, within.points)
        and _close(mine.amount, row.amount, within.amount)
        and (mine.day is None or row.day is None or abs((mine.day - row.day).days) <= within.days)
    )


def _close(mine: Any, theirs: Any, most: Any) -> bool:
    return mine is None or theirs is None or abs(abs(mine) - abs(theirs)) <= most


def _nearest(items: Any, row: Item, within: Within) -> Item | None:
    found = [item for item in items if item.side == row.side and same(item, row, within)]
    return min(found, key=lambda item: _distance(item, row), default=None)


def _distance(item: Item, row: Item) -> tuple[int, Decimal, str]:
    days = abs((item.day - row.day).days) if item.day and row.day else 0
    money = abs(abs(item.amount or Decimal(0)) - abs(row.amount or Decimal(0)))
    points = abs(abs(item.points or 0) - abs(row.points or 0))
    return (days, money + points, item.reference)


def read_claims(text: str, decimals: int) -> list[Item]:
    """Return the rows of a partner's CSV file: columns date, order_id, side (issue or burn), points, amount.

    At least one of points and amount; amounts in major units. Several rows of one order and side are added up. Raises
    UploadInvalid with the lines that cannot be read.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=_delimiter(text))
    unknown = [name for name in reader.fieldnames or () if name not in COLUMNS]
    if unknown or not reader.fieldnames:
        message = f"The first line names the columns: {', '.join(COLUMNS)}."
        raise UploadInvalid(errors=[FieldError("line 1", "unknown_column", message)])
    errors: list[FieldError] = []
    sums: dict[tuple[str, str], Item] = {}
    unnamed: list[Item] = []
    for row in reader:
        item = _row(row, reader.line_num, decimals, errors)
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


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
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


def _row(row: dict[str, str | None], line: int, decimals: int, errors: list[FieldError]) -> Item | None:
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    side = cells["side"] or "issue"
    before = len(errors)
    if side not in ("issue", "burn"):
        errors.append(FieldError(f"line {line}", "unknown_side", "Write issue or burn as side."))
    points, amount, day = None, None, None
    try:
        points = int(cells["points"]) if cells["points"] else None
        amount = Decimal(cells["amount"]).scaleb(decimals) if cells["amount"] else None
        if amount is not None and not amount.is_finite():
            raise InvalidOperation
    except (ValueError, InvalidOperation):
        errors.append(FieldError(f"line {line}", "not_a_number", "Write points as 60 and amounts as 12.50."))
    try:
        day = date.fromisoformat(cells["date"]) if cells["date"] else None
    except ValueError:
        errors.append(FieldError(f"line {line}", "not_a_date", "Write the date as 2026-03-02."))
    if not cells["points"] and not cells["amount"]:
        errors.append(FieldError(f"line {line}", "nothing_said", "Write points, amount, or both."))
    return None if len(errors) > before else Item(side, cells["order_id"], points, amount, day)
