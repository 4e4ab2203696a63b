"""What a rule builder offers: fields in groups, with their operators and known values."""

from __future__ import annotations

from typing import Final

import msgspec

from regulars.core.rules import Field, Kind
from regulars.core.rules.check_conditions import OPERATORS
from regulars.features.rulesets.vocabulary import Vocabulary, catalog_for

# Groups in the order in which people look for a field; a field belongs to the first prefix that fits.
_GROUPS: Final = (
    ("order.", "order", "Order"),
    ("line.", "line", "Order line"),
    ("event.properties.", "properties", "Properties of the event"),
    ("event.", "event", "Event"),
    ("member.attributes.", "attributes", "Attributes of the member"),
    ("member.tier.", "tiers", "Tiers"),
    ("member.wallet.", "wallets", "Balances"),
    ("member.", "member", "Member"),
    ("", "context", "Place and time"),
)


class FieldRow(msgspec.Struct, frozen=True):
    """One field to choose: how it is written, called and compared. `decimals` of numbers, `options` known values."""

    path: str
    label: str
    kind: str
    operators: tuple[str, ...]
    decimals: int = 0
    options: tuple[str, ...] = ()


class FieldGroup(msgspec.Struct, frozen=True):
    """Fields that belong together."""

    code: str
    label: str
    fields: tuple[FieldRow, ...]


def fields_of(vocabulary: Vocabulary) -> list[FieldGroup]:
    """Return every field rules of the program may use, in groups; groups without fields are left out."""
    found: dict[str, list[FieldRow]] = {code: [] for _, code, _ in _GROUPS}
    for field in catalog_for(vocabulary).fields.values():
        code = next(code for prefix, code, _ in _GROUPS if field.path.startswith(prefix))
        found[code].append(_row(field))
    return [FieldGroup(code, label, tuple(found[code])) for _, code, label in _GROUPS if found[code]]


def _row(field: Field) -> FieldRow:
    kind = Kind(field.kind)
    return FieldRow(
        field.path, field.label, kind.value, OPERATORS.get(kind, ()), field.exponent, field.options
    )
