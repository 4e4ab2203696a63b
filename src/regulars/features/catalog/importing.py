"""Importing products and stock from CSV files: in pieces; the same file twice changes nothing.

Products: sku, name, category, brand, points, price (minor units), earns (yes, no), attribute.<name>. Stock: sku, store,
quantity. A row that cannot be taken is listed in FILE.errors.csv with line, column and reason; the others are taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from regulars.features.catalog import store
from regulars.features.catalog.errors import InvalidProduct
from regulars.features.catalog.model import Product, check_product, check_quantity
from regulars.features.catalog.products import put_products, put_stock
from regulars.infra.clock import Clock
from regulars.infra.csv_files import CsvFile, ErrorFile, Record, plain_cell
from regulars.infra.db import Database, Transaction
from regulars.kit.errors import FieldError

ROWS_OF_PIECE: Final = 5_000
_ATTRIBUTE: Final = "attribute."
_TEXTS: Final = ("sku", "name", "category", "brand")
_NUMBERS: Final = ("points", "price")
_YES: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_DIGITS_MAX: Final = 18
_VALUE_LETTERS_MAX: Final = 100

Wrong = tuple[int, str, str, str]
"""Line, column, reason, value."""


class Imported(msgspec.Struct, frozen=True):
    """How far an import has come: bytes of the file, rows taken, rows refused."""

    bytes_total: int
    bytes_done: int
    taken: int
    refused: int


OnProgress = Callable[[Imported], None]


async def import_products(
    db: Database, program_id: int, path: Path, *, clock: Clock, on_progress: OnProgress = lambda _: None
) -> Imported:
    """Import products; of a SKU that is in the file twice the later row stands. Refuses with UnreadableFile."""

    async def write(tx: Transaction, rows: list[tuple[int, dict[str, str]]]) -> list[Wrong]:
        wrong: list[Wrong] = []
        products: dict[str, Product] = {}
        for line, cells in rows:
            product, mistakes = _product(line, cells)
            wrong += mistakes
            if product is not None:
                products[product.sku] = product
        if products:
            await put_products(tx, program_id, list(products.values()), clock.now())
        return wrong

    return await _import(db, path, _check_products_header, write, on_progress)


async def import_stock(
    db: Database,
    program_id: int,
    path: Path,
    *,
    stores: Collection[str],
    clock: Clock,
    on_progress: OnProgress = lambda _: None,
) -> Imported:
    """Import counts of products in `stores` (the codes of the program's). Refuses with UnreadableFile."""

    async def write(tx: Transaction, rows: list[tuple[int, dict[str, str]]]) -> list[Wrong]:
        known = await store.select_products(tx, program_id, {cells.get("sku", "") for _, cells in rows})
        wrong: list[Wrong] = []
        counts = []
        for line, cells in rows:
            count, mistakes = _count(line, cells, known, stores)
            wrong += mistakes
            if count is not None:
                counts.append(count)
        if counts:
            await put_stock(tx, program_id, counts, stores, clock.now())
        return wrong

    return await _import(db, path, _check_stock_header, write, on_progress)


async def _import(
    db: Database,
    path: Path,
    check_header: Callable[[Sequence[str]], None],
    write: Callable[[Transaction, list[tuple[int, dict[str, str]]]], Any],
    on_progress: OnProgress,
) -> Imported:
    errors = ErrorFile(path.with_name(f"{path.name}.errors.csv"))
    taken = refused = error_bytes = 0
    with CsvFile(path) as file:
        check_header(file.header)
        records = file.records()
        while piece := await asyncio.to_thread(lambda: list(islice(records, ROWS_OF_PIECE))):
            rows, wrong = _cells(file.header, piece)
            async with db.transaction() as tx:
                wrong += await write(tx, rows)
            found = [
                (n, column, reason, value[:_VALUE_LETTERS_MAX]) for n, column, reason, value in sorted(wrong)
            ]
            error_bytes = errors.append(found, at=error_bytes)
            bad = len({line for line, *_ in wrong})
            taken, refused = taken + len(piece) - bad, refused + bad
            on_progress(Imported(file.size, file.offset, taken, refused))
        return Imported(file.size, file.offset, taken, refused)


def _cells(
    header: Sequence[str], records: Sequence[Record]
) -> tuple[list[tuple[int, dict[str, str]]], list[Wrong]]:
    rows, wrong = [], []
    for record in records:
        problem = record.problem
        if len(record.fields) > len(header):
            problem = f"There are {len(record.fields)} fields; the header names {len(header)}."
        if problem:
            wrong.append((record.line, "", problem, ""))
        else:
            named = zip(header, record.fields, strict=False)
            rows.append(
                (record.line, {name: plain_cell(cell.strip()) for name, cell in named if cell.strip()})
            )
    return rows, wrong


def _product(line: int, cells: dict[str, str]) -> tuple[Product | None, list[Wrong]]:
    fields: dict[str, Any] = {"sku": "", "attributes": {}}
    wrong: list[Wrong] = []
    for name, cell in cells.items():
        if name.startswith(_ATTRIBUTE):
            fields["attributes"][name.removeprefix(_ATTRIBUTE)] = cell
        elif name in _NUMBERS:
            number = _number(cell)
            fields[name] = number
            if number is None:
                wrong.append((line, name, "Write a whole number.", cell))
        elif name == "earns":
            fields[name] = _YES.get(cell.lower())
            if fields[name] is None:
                wrong.append((line, name, "Write yes or no.", cell))
        else:
            fields[name] = cell
    if wrong:
        return None, wrong
    product = Product(**fields)
    mistakes = check_product(product)
    return (None if mistakes else product), [
        (line, error.path, error.message, cells.get(error.path, "")) for error in mistakes
    ]


def _count(
    line: int, cells: dict[str, str], known: Collection[str], stores: Collection[str]
) -> tuple[tuple[str, str, int] | None, list[Wrong]]:
    sku, shop, stated = cells.get("sku", ""), cells.get("store", ""), cells.get("quantity", "")
    quantity = _number(stated)
    wrong: list[Wrong] = []
    if sku not in known:
        wrong.append((line, "sku", "The program has no product with this SKU.", sku))
    if shop not in stores:
        wrong.append((line, "store", "The program has no store with this code.", shop))
    if quantity is None or check_quantity(quantity):
        wrong.append((line, "quantity", "Write a whole number, 0 or more.", stated))
    return (None if wrong or quantity is None else (sku, shop, quantity)), wrong


def _number(cell: str) -> int | None:
    return int(cell) if cell.isascii() and cell.isdecimal() and len(cell) <= _DIGITS_MAX else None


def _check_products_header(header: Sequence[str]) -> None:
    _check_header(header, {*_TEXTS, *_NUMBERS, "earns"}, ("sku",), attributes=True)


def _check_stock_header(header: Sequence[str]) -> None:
    _check_header(header, {"sku", "store", "quantity"}, ("sku", "store", "quantity"), attributes=False)


def _check_header(header: Sequence[str], known: set[str], needed: Sequence[str], *, attributes: bool) -> None:
    errors = [
        FieldError(name or f"column {place + 1}", "unknown_column", f"Known are {', '.join(sorted(known))}.")
        for place, name in enumerate(header)
        if name not in known
        and not (attributes and len(name) > len(_ATTRIBUTE) and name.startswith(_ATTRIBUTE))
    ]
    errors += [
        FieldError(name, "named_twice", "The column is there twice.")
        for place, name in enumerate(header)
        if name in header[:place]
    ]
    errors += [FieldError(name, "missing", "The column is needed.") for name in needed if name not in header]
    if errors:
        raise InvalidProduct("The columns of the file are not understood; see errors.", errors=errors)
