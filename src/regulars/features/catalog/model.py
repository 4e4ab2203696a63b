"""Products as frozen values, and what makes one valid. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

import msgspec

from regulars.kit.errors import FieldError
from regulars.kit.money import MINOR_MAX
from regulars.kit.points import POINTS_MAX

SKU_MAX: Final = 120
TEXT_MAX: Final = 200
ATTRIBUTES_MAX: Final = 100
ATTRIBUTE_TEXT_MAX: Final = 1_000
QUANTITY_MAX: Final = 10**12


class Product(msgspec.Struct, frozen=True, omit_defaults=True):
    """What rules may ask of an order line beside what the till says.

    `points`: a unit's own points, in the smallest unit of the program's first redeemable type. `price`: minor units.
    `earns` False: no rule pays for it. `attributes`: texts, numbers, booleans and lists of texts by name.
    """

    sku: str
    name: str = ""
    category: str = ""
    brand: str = ""
    points: int | None = None
    price: int | None = None
    earns: bool = True
    attributes: dict[str, Any] = {}
    archived_at: datetime | None = None


class Stock(msgspec.Struct, frozen=True):
    """How much of a product a store has."""

    sku: str
    store: str
    quantity: int
    updated_at: datetime


def version_of(product: Product) -> str:
    """Return the version (ETag) of a product: equal content has an equal version."""
    return sha256(msgspec.json.encode(product, order="deterministic")).hexdigest()[:24]


def check_product(product: Product, path: str = "") -> list[FieldError]:
    """Return what is wrong with a product; `path` is put before each field."""
    errors = []
    if not is_sku(product.sku):
        errors.append(
            FieldError(
                f"{path}sku", "not_a_sku", f"Write 1 to {SKU_MAX} printable characters without outer blanks."
            )
        )
    for field in ("name", "category", "brand"):
        text = getattr(product, field)
        if len(text) > TEXT_MAX or not text.isprintable():
            errors.append(
                FieldError(f"{path}{field}", "not_a_text", f"Write at most {TEXT_MAX} printable characters.")
            )
    errors += _bounded(f"{path}points", product.points, POINTS_MAX)
    errors += _bounded(f"{path}price", product.price, MINOR_MAX)
    return errors + _check_attributes(product.attributes, f"{path}attributes")


def is_sku(text: str) -> bool:
    """Return whether a product can have this SKU."""
    return 0 < len(text) <= SKU_MAX and text == text.strip() and text.isprintable()


def check_quantity(quantity: int, path: str = "quantity") -> list[FieldError]:
    """Return what is wrong with a quantity in stock."""
    return _bounded(path, quantity, QUANTITY_MAX)


def _bounded(path: str, number: int | None, high: int) -> list[FieldError]:
    if number is None or 0 <= number <= high:
        return []
    return [FieldError(path, "out_of_range", f"Write a whole number from 0 to {high}.")]


def _check_attributes(attributes: Mapping[str, Any], path: str) -> list[FieldError]:
    if len(attributes) > ATTRIBUTES_MAX:
        return [FieldError(path, "too_many", f"A product has at most {ATTRIBUTES_MAX} attributes.")]
    return [
        FieldError(
            f"{path}.{name[:TEXT_MAX]}",
            "not_an_attribute",
            "Write a text, a number, true, false or a list of texts.",
        )
        for name, value in attributes.items()
        if not (0 < len(name) <= TEXT_MAX and name.isprintable() and _is_attribute(value))
    ]


def _is_attribute(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) <= ATTRIBUTES_MAX and all(
            isinstance(item, str) and _is_text(item) for item in value
        )
    return _is_text(value) if isinstance(value, str) else isinstance(value, int | Decimal)


def _is_text(text: str) -> bool:
    return len(text) <= ATTRIBUTE_TEXT_MAX and "\x00" not in text
