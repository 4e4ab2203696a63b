"""Gathers the words of a program's rules from all who know some: programs, members, products, tiers, past
events."""

from __future__ import annotations

from typing import Final

from regulars.features.draws import select_draws
from regulars.features.programs import ProgramConfig
from regulars.features.rulesets import Vocabulary, own_attributes, select_set_attributes
from regulars.features.tiers import load_tier_sets
from regulars.features.vouchers import select_definitions
from regulars.infra.db import Transaction, load_queries
from regulars.kit.money import exponent

queries = load_queries(__package__)

# What JSON calls a value → what rules call it.
_KINDS: Final = {"string": "text", "number": "number", "boolean": "boolean", "array": "list"}
# What the catalogue says of every product.
_PRODUCT_FIELDS: Final = {"name": "text", "category": "text", "brand": "text", "earns": "boolean"}
# Events every program may hear of, offered before the first one has come.
_EVENTS: Final = (
    "Order Completed",
    "Order Refunded",
    "Order Cancelled",
    "Product Viewed",
    "Product Added",
    "Product Reviewed",
    "Product Shared",
    "Coupon Applied",
    "Signed Up",
    "Logged In",
)


async def load_vocabulary(tx: Transaction, config: ProgramConfig) -> Vocabulary:
    """Return the words rules of a program may use, with known values and the kinds of properties seen lately."""
    point_types = scales(config)
    tier_sets = await load_tier_sets(tx, config.id, point_types, exponent(config.currency), config.zone)
    attributes = await tx.all(queries.select_attributes, program_id=config.id)
    products = await tx.all(queries.select_product_attributes, program_id=config.id)
    properties = await _properties(tx, config.id)
    own = own_attributes(await select_set_attributes(tx, config.id))
    return Vocabulary(
        currency=config.currency,
        exponent=exponent(config.currency),
        point_types=point_types,
        tier_sets={
            code: tuple(t.code for t in tiers.tiers if t.active)
            for code, tiers in tier_sets.items()
            if tiers.active
        },
        attributes={**own, **{str(name): str(kind) for name, kind in attributes}},
        identifiers=config.settings.identifier_order,
        product_attributes={**{key: _KINDS.get(kind, "text") for key, kind in products}, **_PRODUCT_FIELDS},
        properties={path: kind for _, path, kind in properties if path},
        partners=tuple(sorted(p.code for p in config.partners.values() if p.archived_at is None)),
        vouchers=tuple(one.definition.code for one in await select_definitions(tx, config.id)),
        draws=tuple(
            one.draw.code
            for one in await select_draws(tx, config.id)
            if one.status != "archived" and one.draw.kind == "draw"
        ),
        zone=config.zone,
        amount_base=config.settings.amount_base,
        stores={
            s.code: (s.region, s.channel, s.partner) for s in config.stores.values() if not s.archived_at
        },
        options=await _options(tx, config, tuple(dict.fromkeys(event for event, _, _ in properties))),
    )


def scales(config: ProgramConfig) -> dict[str, int]:
    """Return the decimals of every point type that can still be earned, by code."""
    return {t.code: t.scale for t in config.point_types.values() if t.archived_at is None}


async def _properties(tx: Transaction, program_id: int) -> list[tuple[str, str, str]]:
    """Return (event type, property, kind) of what came lately; property "" where an event had none."""
    rows = await tx.all(queries.select_properties, program_id=program_id)
    return [(event, key or "", _KINDS.get(kind, "any")) for event, key, kind in rows]


async def _options(
    tx: Transaction, config: ProgramConfig, seen: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    stores = [store for store in config.stores.values() if store.archived_at is None]
    options = {
        "store": sorted(store.code for store in stores),
        "region": sorted({store.region for store in stores if store.region}),
        "channel": sorted({store.channel for store in stores}),
        "partner": sorted(p.code for p in config.partners.values() if p.archived_at is None),
        "event.type": list(dict.fromkeys((*seen, *_EVENTS))),
    }
    for path, value in await tx.all(queries.select_categories, program_id=config.id):
        options.setdefault(path, []).append(value)
    return {path: tuple(values) for path, values in options.items() if values}
