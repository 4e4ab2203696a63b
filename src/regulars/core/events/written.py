"""Where a sender wrote what is refused: paths of the normal form in the words of the form that was sent.

Only refusals come here, so that reading what is right costs nothing more.
"""

from __future__ import annotations

import re
from typing import Any, Final

# A line of an order, under either name of the list.
_LINE: Final = re.compile(r"order\.(?:lines|products)(?:\[(\d+)\])?\.?")
# Columns of lines whose names say that they are not the order's.
_LINE_COLUMNS: Final = {"discount": "line_discount", "amount": "line_amount", "coupon": "line_coupon"}
_CSV_PREFIXES: Final = {"properties.": "property.", "traits.": "trait."}


def plain_path(path: str, left: dict[str, Any]) -> str:
    """Return a path of the normal form as the plain form has it; `left` = the fields of the message beside its parts.

    What is written beside `order` and `properties` becomes a property, and is where it was written all the same.
    """
    if path == "timestamp":
        return "occurred_at"
    place, _, name = path.partition(".")
    if place != "properties":
        return path
    first = re.split(r"[.\[]", name, maxsplit=1)[0]
    if first in left:
        return name
    return "order.order_id" if first == "order_id" else path


def cloudevent_path(path: str, left: dict[str, Any], part: str, subject: Any) -> str:
    """Return a path of the plain form as a CloudEvent has it.

    `part` is what its data is: "order", "properties", or "" for the plain form itself. `subject` names the member.
    """
    path = plain_path(path, left)
    if path in ("type", "timestamp", "occurred_at"):
        return "type" if path == "type" else "time"
    place, _, name = path.partition(".")
    if place == "member" and subject is not None:
        kind = subject.partition(":")[0] if type(subject) is str else ""
        if name in (kind, "id", "user_id"):
            return "subject"
    if part and place == part:
        path = name
    return f"data.{path}".rstrip(".")


def csv_column(path: str) -> str:
    """Return the name of the column whose cell a path of the plain form is, and which line of the order (from 2)."""
    line = _LINE.match(path)
    if line:
        field, number = path[line.end() :], int(line.group(1) or 0)
        return _LINE_COLUMNS.get(field, field) + (f" (line {number + 1} of the order)" if number else "")
    for place, column in _CSV_PREFIXES.items():
        if path.startswith(place):
            return column + path[len(place) :]
    return path.removeprefix("order.").removeprefix("member.")
