"""Vouchers in a document: the fields of the API, money in major units ("5.00")."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from regulars.features.vouchers import Definition
from regulars.flows.apply.document import Document, ProgramDocumentInvalid
from regulars.flows.apply.wording import Plain, money_of
from regulars.kit.errors import FieldError
from regulars.kit.money import exponent, major
from regulars.kit.shapes import shape_error

_WORTH_MONEY = ("amount", "at_most")


def definition_of(raw: dict[str, Any], place: int, currency: str) -> Definition:
    """Return the voucher definition that an entry states. Raises ProgramDocumentInvalid."""
    path = f"vouchers[{place}]"
    fields = dict(raw)
    worth = fields.get("worth")
    if isinstance(worth, dict):
        fields["worth"] = {
            name: _minor(value, f"{path}.worth.{name}", currency) if name in _WORTH_MONEY else _exact(value)
            for name, value in worth.items()
        }
    if "minimum" in fields:
        fields["minimum"] = _minor(fields["minimum"], f"{path}.minimum", currency)
    try:
        return msgspec.convert(fields, Definition)
    except msgspec.ValidationError as mistake:
        raise ProgramDocumentInvalid(errors=[shape_error(mistake, Definition, path)]) from mistake


def _exact(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value


def _minor(value: Any, path: str, currency: str) -> int:
    try:
        amount = Decimal(str(value))
    except InvalidOperation as mistake:
        raise ProgramDocumentInvalid(
            errors=[FieldError(path, "not_money", 'Write an amount such as "5.00".')]
        ) from mistake
    return money_of(amount, path, currency)


def plain_definition(definition: Definition, currency: str) -> Plain:
    """Return a voucher definition as it is written: nothing that goes without saying."""
    plain: Plain = msgspec.to_builtins(definition)
    worth = plain["worth"]
    for name in _WORTH_MONEY:
        if name in worth:
            worth[name] = str(major(worth[name], exponent(currency)))
    if "minimum" in plain:
        plain["minimum"] = str(major(plain["minimum"], exponent(currency)))
    if definition.worth.percentage is not None:
        worth["percentage"] = format(definition.worth.percentage.normalize(), "f")
    return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}


def plain_definitions(document: Document, currency: str) -> list[Plain]:
    """Return the vouchers of a document in the words `export_program` uses. Raises ProgramDocumentInvalid."""
    return [
        plain_definition(definition_of(raw, place, currency), currency)
        for place, raw in enumerate(document.vouchers or ())
    ]
