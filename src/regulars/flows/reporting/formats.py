"""A report as a table for people with spreadsheets: CSV and XLSX, money in major units and points with the decimals of
their type, with no cell that computes.
"""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any, Final

import xlsxwriter

from regulars.flows.reporting.model import Answer, Field, Row
from regulars.infra.csv_files import csv_lines, safe_cell
from regulars.kit.money import major

CSV_TYPE: Final = "text/csv; charset=utf-8"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What Excel holds on one sheet.
ROWS_MAX: Final = 1_048_000


def table(answer: Answer) -> list[list[Any]]:
    """Return a report as rows of cells: a heading, the rows, the totals. Money in major units, points with their
    decimals, shares as decimals.

    Lists (retention) become as many columns as the longest has; a comparison has columns named before_….
    """
    fields = _columns(answer)
    heading = ["key", "label", *(name for name, _, _ in fields)]
    lines = [heading]
    for row in answer.rows:
        lines.append([row["key"], row["label"], *(_cell(answer, row, *field) for field in fields)])
    total: Row = {**answer.totals, "before": (answer.comparison or {}).get("totals", {})}
    lines.append(["total", "", *(_cell(answer, total, *field) for field in fields)])
    return lines


def _columns(answer: Answer) -> list[tuple[str, Field, int | str | None]]:
    columns: list[tuple[str, Field, int | str | None]] = []
    for field in answer.fields:
        longest = max(
            (len(row[field.name]) for row in answer.rows if isinstance(row.get(field.name), list)), default=0
        )
        if longest:
            columns += [(f"{field.name}_{place}", field, place) for place in range(longest)]
        else:
            columns.append((field.name, field, None))
    if answer.comparison is not None:
        columns += [(f"before_{name}", field, "before") for name, field, place in columns if place is None]
    return columns


def _cell(answer: Answer, row: Row, _: str, field: Field, place: int | str | None) -> Any:
    if place == "before":
        value = row.get("before", {}).get(field.name)
    else:
        value = row.get(field.name)
        if isinstance(place, int):
            value = value[place] if isinstance(value, list) and place < len(value) else None
    if value is None:
        return ""
    decimals = answer.decimals(field, row)
    if decimals:
        return major(value, decimals)
    return Decimal(value) if field.kind in ("share", "rate") else value


def as_csv(answer: Answer) -> str:
    """Return a report as CSV; texts that a spreadsheet would take for formulas begin with an apostrophe."""
    head, *lines = table(answer)
    return csv_lines([head, *lines])


def as_xlsx(answer: Answer) -> bytes:
    """Return a report as a workbook of one sheet. Nothing in it is a formula or a link, whatever the texts say."""
    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet(answer.report[:31])
        bold = book.add_format({"bold": True})
        for at, line in enumerate(table(answer)[:ROWS_MAX]):
            for place, value in enumerate(line):
                if isinstance(value, str):
                    sheet.write_string(at, place, safe_cell(value), bold if at == 0 else None)
                else:
                    sheet.write_number(at, place, value)
        sheet.freeze_panes(1, 2)
        sheet.autofit()
    return stream.getvalue()
