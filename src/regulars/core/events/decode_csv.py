"""Events in a CSV file: one row an event, or one row a line of an order.

Columns (only `type`, or an order id, and one of the member columns are needed; order does not matter):

    id, type, occurred_at, user_id, email, phone, card, anonymous_id, store, region, channel, partner,
    order_id, currency, total, subtotal, revenue, shipping, tax, discount, coupon,
    sku, product_id, name, brand, category, variant, quantity, price, line_discount, line_amount, line_coupon,
    property.<name>, trait.<name>

Consecutive rows with the same id (or, without ids, the same order_id) are the lines of one order; the first
of them gives everything that is not of the line. Without `type`, a row with an order id is an Order
Completed. Commas, semicolons or tabs stand between the columns; the header tells which.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

import msgspec

from regulars.core.events.admission import Decoded, Malformed, Origin, Rejection
from regulars.core.events.decode_plain import NOBODY, decode_plain
from regulars.core.events.names import ORDER_COMPLETED
from regulars.core.events.written import csv_column

MEMBER_COLUMNS = ("user_id", "email", "phone", "card", "anonymous_id")
ORDER_COLUMNS = ("order_id", "total", "subtotal", "revenue", "shipping", "tax", "discount", "coupon")
LINE_COLUMNS = {
    "sku": "sku",
    "product_id": "product_id",
    "name": "name",
    "brand": "brand",
    "category": "category",
    "variant": "variant",
    "quantity": "quantity",
    "price": "price",
    "line_discount": "discount",
    "line_amount": "amount",
    "line_coupon": "coupon",
}
EVENT_COLUMNS = ("id", "type", "occurred_at", "store", "region", "channel", "partner", "currency")
COLUMNS = frozenset({*EVENT_COLUMNS, *MEMBER_COLUMNS, *ORDER_COLUMNS, *LINE_COLUMNS})
# What may stand between columns: a spreadsheet writes what its country does.
DELIMITERS = ",;\t"
# A row longer than this is a missing quote that swallowed the file.
FIELD_LENGTH_MAX = 32 * 1024
# Lines of one event held at once; as many as an order may have, and one to say that there are too many.
GROUP_ROWS_MAX = 1_001


def decode_csv(lines: Iterable[str], origin: Origin, received_at: datetime) -> Iterator[Decoded]:
    """Yield one event or rejection for each event of a file, in constant memory.

    `lines`: the text of the file, line by line, header first. `Rejection.index` is the row number, the
    header being row 1. Raises Malformed (`unknown_column`, `missing_field`) for a header that cannot be read.
    """
    for row, message in csv_messages(lines):
        decoded = (
            message if isinstance(message, Rejection) else decode_plain(message, origin, received_at, row)
        )
        if isinstance(decoded, Rejection):
            decoded = msgspec.structs.replace(decoded, path=csv_column(decoded.path))
        yield decoded


def csv_messages(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any] | Rejection]]:
    """Yield the row number and the plain form (or the rejection) of each event of a file; see decode_csv."""
    first, lines = _first_of(_without_mark(lines))
    rows = csv.reader(lines, delimiter=max(DELIMITERS, key=first.count), strict=True)
    header = _header(rows)
    group: list[dict[str, str]] = []
    group_row = 0
    broken = torn = False
    number = 1
    while True:
        number += 1
        try:
            cells = next(rows, None)
        except csv.Error as mistake:
            yield number, Rejection(number, "", "malformed_row", f"The row cannot be read: {mistake}.")
            broken = True
            continue
        if cells is None:
            break
        if not any(cells):
            continue
        problem = _row_problem(cells, header)
        if problem:
            yield number, Rejection(number, "", "malformed_row", problem)
            broken = True
            continue
        row = {name: cell for name, cell in zip(header, cells, strict=True) if cell != ""}
        if group and not (_belongs(row, group[0]) and len(group) < GROUP_ROWS_MAX):
            yield group_row, _whole(group, group_row, torn)
            group = []
        if not group:
            group_row, torn = number, False
        else:
            torn = torn or broken
        broken = False
        group.append(row)
    if group:
        yield group_row, _whole(group, group_row, torn)


def _whole(group: list[dict[str, str]], row: int, torn: bool) -> dict[str, Any] | Rejection:
    """Return the message of its rows. `torn`: a row between them could not be read, so that a line may be missing."""
    if torn:
        message = "A row between the lines of this event cannot be read; repair it and send the event again."
        return Rejection(row, group[0].get("id", ""), "malformed_row", message)
    whole = _message(group)
    if not whole["member"]:  # in a file that names customers an empty cell is a mistake rather than a guest
        return Rejection(row, group[0].get("id", ""), "missing_field", NOBODY, "member")
    return whole


def _without_mark(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines without the byte order mark that spreadsheets write before the first."""
    first = True
    for line in lines:
        yield line.removeprefix("\ufeff") if first else line
        first = False


def _first_of(lines: Iterator[str]) -> tuple[str, Iterator[str]]:
    """Return the first line, and all of them."""
    first = next(lines, "")
    return first, chain((first,), lines)


def _header(rows: Iterator[list[str]]) -> list[str]:
    try:
        header = [name.strip().lower() if "." not in name else name.strip() for name in next(rows, [])]
    except csv.Error as mistake:
        raise Malformed("malformed_row", f"The header cannot be read: {mistake}.") from None
    unknown = [name for name in header if name not in COLUMNS and not _is_free(name)]
    if unknown:
        column = unknown[0][:60]
        message = f"Unknown column {column!r}; write property.{column} to keep it as a property."
        raise Malformed("unknown_column", message, column)
    if len(set(header)) != len(header):
        raise Malformed("unknown_column", "A column appears twice in the header.")
    if not ("type" in header or "order_id" in header) or not set(MEMBER_COLUMNS) & set(header):
        needed = f"A header has type or order_id, and one of {', '.join(MEMBER_COLUMNS)}."
        raise Malformed("missing_field", needed)
    return header


def _is_free(name: str) -> bool:
    prefix, dot, rest = name.partition(".")
    return bool(dot and rest) and prefix in ("property", "trait")


def _row_problem(cells: list[str], header: list[str]) -> str | None:
    if len(cells) != len(header):
        return f"The row has {len(cells)} cells, the header {len(header)}."
    if any(len(cell) > FIELD_LENGTH_MAX for cell in cells):
        return f"A cell has more than {FIELD_LENGTH_MAX:,} characters."
    if any(not cell.isascii() and _is_torn(cell) for cell in cells):
        return "The row is not UTF-8: save the file as CSV UTF-8."
    return None


def _is_torn(cell: str) -> bool:
    """Whether a cell holds bytes that are no UTF-8, as a file read with `surrogateescape` shows them."""
    return any("\ud800" <= letter <= "\udfff" for letter in cell)


def _belongs(row: dict[str, str], first: dict[str, str]) -> bool:
    """Whether `row` is another line of the event that `first` began."""
    if "sku" not in row and "product_id" not in row:
        return False
    for column in ("id", "order_id"):
        if column in first:
            return row.get(column) == first[column] and row.get("type") == first.get("type")
    return False


def _message(group: list[dict[str, str]]) -> dict[str, Any]:
    """Return the plain form of the rows of one event."""
    first = group[0]
    message: dict[str, Any] = {name: first[name] for name in EVENT_COLUMNS if name in first}
    message["member"] = {name: first[name] for name in MEMBER_COLUMNS if name in first}
    if "order_id" in first:
        message.setdefault("type", ORDER_COMPLETED)
        message["order"] = {name: first[name] for name in ORDER_COLUMNS if name in first}
        message["order"]["lines"] = [
            {field: row[column] for column, field in LINE_COLUMNS.items() if column in row}
            for row in group
            if "sku" in row or "product_id" in row or "price" in row
        ]
    else:
        message["properties"] = {
            name: first[name] for name in (*ORDER_COLUMNS, *LINE_COLUMNS) if name in first
        }
    for prefix, place in (("property.", "properties"), ("trait.", "traits")):
        free = {name[len(prefix) :]: value for name, value in first.items() if name.startswith(prefix)}
        if free:
            message.setdefault(place, {}).update(free)
    return message
