"""The words a program's rules may use, as one value that is published with them.

`Vocabulary` is gathered from the program's configuration (by a flow, which knows programs, members and tiers),
stored in every published version, and turned into the field catalogue of the rule language. A version therefore
means the same for ever, whatever is renamed, added or archived later.

| path | is |
|---|---|
| `member.attributes.<name>`, `member.identifiers.<kind>` | what is known of the member |
| `member.tier.<tier set>` | code of the tier |
| `member.wallet.<point type>.available` … `pending`, `held`, `debt` | balances |
| `member.tags`, `member.lists`, `member.status` | lists and status |
| `member.joined_at`, `member.joined_days`, `member.birthday`, `member.age` | dates |
| `line.product.<name>` | what the catalogue says of an order line's product |
| `event.properties.<name>` | custom properties; undeclared ones may be used too |
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from regulars.core.rules import (
    FactSpec,
    Field,
    FieldCatalog,
    Kind,
    fact_field,
    field_map,
    product_field,
    property_field,
    standard_fields,
)

WALLET_PARTS = {
    "available": "points available",
    "pending": "points pending",
    "held": "points on hold",
    "debt": "points owed",
}
# How kinds of attributes are called in the rule language.
_ATTRIBUTE_KINDS = {"list": Kind.TEXTS}
_MEMBER_FIELDS = (
    ("tags", Kind.TEXTS, "tags", "", "tags"),
    ("lists", Kind.TEXTS, "lists", "", "marketing lists and segments"),
    ("status", Kind.TEXT, "status", "", "member status"),
    ("joined_at", Kind.INSTANT, "joined_at", "", "time of joining"),
    ("joined_days", Kind.NUMBER, "joined_days", "", "days since joining"),
    ("birthday", Kind.DATE, "birthday", "date", "birthday"),
    ("birthday.month", Kind.NUMBER, "birthday", "month", "month of the birthday"),
    ("birthday.day", Kind.NUMBER, "birthday", "day", "day of the birthday"),
    ("age", Kind.NUMBER, "age", "", "age in years"),
)
_MEMBER_STATUSES = ("active", "inactive", "blocked")


class Vocabulary(msgspec.Struct, frozen=True, omit_defaults=True):
    """What rules of one program may name. Kinds are words of the rule language (text, number, money, list …).

    `point_types` maps code → decimals, `tier_sets` code → tiers from the lowest to the highest, `attributes`,
    `product_attributes` and `properties` (paths below `event.properties.`) name → kind. `options` lists known
    values of a field for the console; nothing is refused because of them. `vouchers` and `draws` are what rules may
    give, None where that is not looked at.
    """

    currency: str
    exponent: int
    point_types: dict[str, int]
    tier_sets: dict[str, tuple[str, ...]] = {}
    attributes: dict[str, str] = {}
    identifiers: tuple[str, ...] = ()
    product_attributes: dict[str, str] = {}
    properties: dict[str, str] = {}
    partners: tuple[str, ...] = ()
    vouchers: tuple[str, ...] | None = None
    draws: tuple[str, ...] | None = None
    options: dict[str, tuple[str, ...]] = {}
    zone: str = "UTC"
    amount_base: str = "revenue"
    stores: dict[str, tuple[str, str, str | None]] = {}

    def published(self, text: str) -> Vocabulary:
        """Return what is stored with a version whose rules are `text`: the words that occur in it, and no options.

        An attribute seen for the first time, or another partner or voucher, therefore makes no new version. The kinds
        of custom properties are not stored: rules say themselves what they compare a property with.
        """
        return msgspec.structs.replace(
            self,
            attributes={name: kind for name, kind in self.attributes.items() if name in text},
            product_attributes={name: kind for name, kind in self.product_attributes.items() if name in text},
            partners=tuple(code for code in self.partners if f"partner:{code}" in text),
            vouchers=_named(self.vouchers, text),
            draws=_named(self.draws, text),
            properties={},
            options={},
            zone="UTC",
            amount_base="revenue",
            stores={},
        )


def catalog_for(vocabulary: Vocabulary, campaigns: frozenset[str] | None = None) -> FieldCatalog:
    """Return the field catalogue of the rule language for a program; `campaigns` are the codes rules may name."""
    fields = [*standard_fields(vocabulary.exponent), *_fields(vocabulary)]
    options = vocabulary.options
    return FieldCatalog(
        fields=field_map(
            msgspec.structs.replace(field, options=options[field.path]) if field.path in options else field
            for field in fields
        ),
        point_types=vocabulary.point_types,
        currency_exponent=vocabulary.exponent,
        currency=vocabulary.currency,
        tier_sets=vocabulary.tier_sets,
        attributes={name: _kind(kind) for name, kind in vocabulary.attributes.items()},
        campaigns=campaigns,
        partners=frozenset(vocabulary.partners),
        vouchers=None if vocabulary.vouchers is None else frozenset(vocabulary.vouchers),
        draws=None if vocabulary.draws is None else frozenset(vocabulary.draws),
    )


def _named(codes: tuple[str, ...] | None, text: str) -> tuple[str, ...] | None:
    """Return those of some codes that occur in a document."""
    return None if codes is None else tuple(code for code in codes if f'"{code}"' in text)


def _fields(vocabulary: Vocabulary) -> Iterator[Field]:
    for name, kind, fact, part, label in _MEMBER_FIELDS:
        options = _MEMBER_STATUSES if name == "status" else ()
        yield fact_field(f"member.{name}", kind, FactSpec(fact, part=part), label, options=options)
    for name, word in vocabulary.attributes.items():
        yield fact_field(f"member.attributes.{name}", _kind(word), FactSpec("attribute", name), _label(name))
    for name in vocabulary.identifiers:
        yield fact_field(f"member.identifiers.{name}", Kind.TEXT, FactSpec("identifier", name), _label(name))
    for code, tiers in vocabulary.tier_sets.items():
        yield fact_field(
            f"member.tier.{code}", Kind.TEXT, FactSpec("tier", code), f"tier ({_label(code)})", options=tiers
        )
    for code, scale in vocabulary.point_types.items():
        for part, label in WALLET_PARTS.items():
            path, wallet = f"member.wallet.{code}.{part}", FactSpec("wallet", code, part)
            yield fact_field(path, Kind.NUMBER, wallet, f"{label} ({_label(code)})", exponent=scale)
    for name, word in vocabulary.product_attributes.items():
        yield product_field(
            f"product.{name}", _kind(word), FactSpec("product", name), f"product {_label(name)}"
        )
    for name, word in vocabulary.properties.items():
        yield property_field(f"event.properties.{name}", _kind(word))


def _kind(word: str) -> Kind:
    return _ATTRIBUTE_KINDS.get(word) or Kind(word)


def _label(name: str) -> str:
    return name.replace("_", " ")
