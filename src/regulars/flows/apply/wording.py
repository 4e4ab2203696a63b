"""One wording for a program, so that equal programs read equally: defaults left out, decimals in full, names
trimmed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from regulars.features.catalog import Product
from regulars.features.programs import (
    PointTypePolicy,
    ProgramConfig,
    ProgramSettings,
    Source,
    Store,
    parse_policy,
)
from regulars.features.tiers import plain_tier_set
from regulars.flows.apply.document import (
    Document,
    PartnerPart,
    PointTypePart,
    ProductPart,
    ProgramDocumentInvalid,
    ProgramPart,
    SourcePart,
    StorePart,
)
from regulars.kit.errors import FieldError
from regulars.kit.money import Minor, exact_minor, exponent, major
from regulars.kit.points import Points, format_points, parse_points
from regulars.kit.shapes import shape_error

Plain = dict[str, Any]


def plain_document(document: Document, currency: str, points_scale: int) -> Plain:
    """Return a decoded document in the words `export_program` uses; sections that were left out stay out.

    `currency` is the program's, `points_scale` the decimals of its first redeemable points (for products). Raises
    ProgramDocumentInvalid for settings, policies and products that cannot be read.
    """
    plain: Plain = {}
    if document.program is not None:
        plain["program"] = plain_program(document.program)
    for name, word in (("partners", plain_partner), ("stores", plain_store), ("sources", plain_source)):
        if (parts := getattr(document, name)) is not None:
            plain[name] = [word(part) for part in parts]
    if document.point_types is not None:
        plain["point_types"] = [
            plain_point_type(part, f"point_types[{place}].policy")
            for place, part in enumerate(document.point_types)
        ]
    if document.tier_sets is not None:
        plain["tier_sets"] = [plain_tier_set(tier_set) for tier_set in document.tier_sets]
    if document.scheduled_tier_sets is not None:
        plain["scheduled_tier_sets"] = [plain_tier_set(one) for one in document.scheduled_tier_sets]
    for name in ("collections", "tables", "groups", "campaigns"):
        if (parts := getattr(document, name)) is not None:
            plain[name] = parts
    if document.rules is not None:
        plain["rules"] = [plain_rule(rule) for rule in document.rules]
    if document.products is not None:
        plain["products"] = [
            plain_product(product_of(part, place, currency, points_scale), currency, points_scale)
            for place, part in enumerate(document.products)
        ]
    return plain


def plain_program(part: ProgramPart) -> Plain:
    """Return the program's own fields."""
    settings = msgspec.to_builtins(settings_of(part))
    return _listed(msgspec.structs.replace(part, name=part.name.strip(), settings=settings))


def settings_of(part: ProgramPart) -> ProgramSettings:
    """Return the settings of a program. Raises ProgramDocumentInvalid."""
    try:
        return msgspec.convert(part.settings, ProgramSettings)
    except msgspec.ValidationError as mistake:
        errors = [shape_error(mistake, ProgramSettings, "program.settings")]
        raise ProgramDocumentInvalid(errors=errors) from mistake


def plain_partner(part: PartnerPart) -> Plain:
    """Return a partner; roles in one order: earn before burn."""
    roles = tuple(sorted(set(part.roles), reverse=True))
    return _listed(msgspec.structs.replace(part, name=part.name.strip(), roles=roles))


def plain_store(part: StorePart) -> Plain:
    """Return a store."""
    return _listed(msgspec.structs.replace(part, name=part.name.strip()))


def plain_source(part: SourcePart) -> Plain:
    """Return a source."""
    return _listed(part)


def plain_point_type(part: PointTypePart, path: str = "policy") -> Plain:
    """Return a point type with its policy in full and nothing that goes without saying. Raises
    ProgramDocumentInvalid."""
    policy, errors = parse_policy(part.policy, part.kind, path)
    if errors:
        raise ProgramDocumentInvalid(errors=errors)
    return _listed(
        msgspec.structs.replace(part, name=part.name.strip(), policy=plain_policy(policy, part.kind))
    )


def plain_policy(policy: PointTypePolicy, kind: str) -> Plain:
    """Return a policy as it is written: `lots` only where it is not what this kind of points does anyway."""
    plain: Plain = msgspec.to_builtins(policy)
    plain.pop("lots", None)
    if policy.lots != (kind != "qualifying" or policy.expiry is not None):
        plain["lots"] = policy.lots
    if policy.value_minor is not None:
        plain["value_minor"] = format(policy.value_minor.normalize(), "f")
    return plain


def plain_rule(rule: Plain) -> Plain:
    """Return a rule with its status only where it is not active, behind its code."""
    rest = {key: value for key, value in rule.items() if key not in ("code", "status") and value is not None}
    status = rule.get("status", "active")
    return {"code": rule["code"], **({} if status == "active" else {"status": status}), **rest}


def product_of(part: ProductPart, place: int, currency: str, points_scale: int) -> Product:
    """Return a product in smallest units. Raises ProgramDocumentInvalid."""
    path = f"products[{place}]"
    try:
        points = None if part.points is None else parse_points(format(part.points, "f"), points_scale)
    except ValueError as mistake:
        raise _wrong(f"{path}.points", str(mistake)) from mistake
    price = None if part.price is None else money_of(part.price, f"{path}.price", currency)
    return Product(part.sku, part.name, part.category, part.brand, points, price, part.earns, part.attributes)


def money_of(amount: Decimal, path: str, currency: str) -> Minor:
    """Return an amount of money as it is written, in minor units. Raises ProgramDocumentInvalid, also for more decimals
    than the currency has: nothing that somebody wrote is rounded.
    """
    try:
        return exact_minor(amount, exponent(currency))
    except ValueError as mistake:
        raise _wrong(path, str(mistake)) from mistake


def points_of(value: Any, path: str, scale: int) -> Points:
    """Return points as they are written, in smallest units of a type of `scale` decimals. Raises
    ProgramDocumentInvalid."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
            raise ValueError("Write a number.")
        return parse_points(format(value, "f") if isinstance(value, Decimal) else str(value), scale)
    except ValueError as mistake:
        raise _wrong(path, str(mistake)) from mistake


def plain_points(units: Points, scale: int) -> int | str:
    """Return points as they are written: exact text where their type has decimals."""
    return format_points(units, scale) if scale else units


def plain_product(product: Product, currency: str, points_scale: int) -> Plain:
    """Return a product as it is written."""
    plain: Plain = _listed(
        ProductPart(
            sku=product.sku,
            name=product.name,
            category=product.category,
            brand=product.brand,
            earns=product.earns,
            attributes=product.attributes,
        )
    )
    if product.points is not None:
        plain["points"] = format_points(product.points, points_scale)
    if product.price is not None:
        plain["price"] = str(major(product.price, exponent(currency)))
    return plain


def program_part(config: ProgramConfig) -> ProgramPart:
    """Return the fields of a program as it is."""
    settings = msgspec.to_builtins(config.settings)
    return ProgramPart(
        config.code, config.program.name, config.currency, config.zone, config.region, settings
    )


def store_of(part: StorePart) -> Store:
    """Return a store as `put_stores` takes it."""
    return Store(0, part.code, part.name.strip(), part.region, part.channel, part.partner)


def source_of(part: SourcePart) -> Source:
    """Return a source as `put_source` takes it."""
    return Source(
        0,
        part.code,
        part.name,
        part.profile,
        part.client_side,
        part.enrol,
        part.store,
        part.partner,
        part.origins,
        part.rate_per_second,
    )


def _listed(part: msgspec.Struct) -> Plain:
    """Return a part as plain data without its defaults; tuples are lists, as JSON and YAML read them back."""
    plain: Plain = {}
    for field in msgspec.structs.fields(part):
        value = getattr(part, field.name)
        default = field.default_factory() if callable(field.default_factory) else field.default
        if value != default:
            plain[field.name] = list(value) if isinstance(value, tuple) else value
    return plain


def _wrong(path: str, message: str) -> ProgramDocumentInvalid:
    return ProgramDocumentInvalid(errors=[FieldError(path, "malformed", message)])
