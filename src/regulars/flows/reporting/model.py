"""Reports as values: what each of them is, what is asked, and what is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any, Final, Literal, TypeAlias

import msgspec

from regulars.features.programs import ProgramConfig
from regulars.infra.db import Transaction
from regulars.kit.money import exponent

FieldKind: TypeAlias = Literal["points", "money", "count", "share", "text", "rate"]
"""points: int in the point type's smallest unit · money: int in minor units · count: int · share: decimal text, 1 = all
of it · rate: decimal text · text."""

TIMES: Final = ("month", "day", "week", "quarter", "year")

Row: TypeAlias = dict[str, Any]


class Field(msgspec.Struct, frozen=True):
    """One figure of a report. `additive` = the rows of a report add up to its total."""

    name: str
    kind: FieldKind
    says: str
    additive: bool = True


class Asked(msgspec.Struct, frozen=True):
    """What is asked: local days `from_day` ≤ day < `to_day`, by what, at most `limit` rows where there are many.

    `point_type`: the points it is about; None where it is about none, or about each type in a row of its own.
    """

    config: ProgramConfig
    from_day: date
    to_day: date
    by: str
    point_type: str | None = None
    limit: int | None = None


class Report(msgspec.Struct, frozen=True):
    """One report: its figures, what it can be asked by (the first is what it is asked by when nothing is said).

    `read` returns its rows, each with a key, a label and its figures; rows by time have one for every period asked for.
    `drill` names what lies behind a cell: transfers, orders, members, or nothing that can be listed. `dated` = it is
    about the days asked for; the others say how things stand. `typed` = it is about points of one type, which can be
    named: points of several are never added up.
    """

    code: str
    title: str
    says: str
    fields: tuple[Field, ...]
    by: tuple[str, ...]
    read: Callable[[Transaction, Asked], Awaitable[list[Row]]]
    drill: Literal["transfers", "orders", "members", ""] = ""
    dated: bool = True
    typed: bool = False


class Answer(msgspec.Struct, frozen=True):
    """A report as it was asked for, about points of `point_type`. `revision` and `until_at` say how far the roll-ups
    had come; `scales` = the decimals of point types by their codes.
    """

    report: str
    title: str
    by: str
    from_day: date
    to_day: date
    currency: str
    point_type: str | None
    scales: Mapping[str, int]
    fields: tuple[Field, ...]
    rows: list[Row]
    totals: Row
    comparison: Row | None
    revision: int
    until_at: Any

    def decimals(self, field: Field, row: Row) -> int | None:
        """Return how many decimals people read a figure of a row with; None where it has no unit."""
        kind, code = field.kind, self.point_type
        if self.by == "point_type":
            code = row.get("key") or self.rows[0]["key"]
        elif field.kind == "count" and "measure" in row:
            kind, code = ("points" if row["point_type"] else row["measure"]), row["point_type"]
        if kind == "money":
            return exponent(self.currency)
        return self.scales.get(code or "", 0) if kind == "points" else None
