"""Reading and writing the catalogue: one typed function per named query, no decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from regulars.features.catalog.model import Product, Stock
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)

_LAST_LETTER = "\U0010ffff"
_encoder = msgspec.json.Encoder(decimal_format="number")


async def select_catalog_revision(tx: Transaction, program_id: int) -> int:
    """Return the revision of a program's products; 0 when it never had any."""
    return await tx.value(queries.select_revision, program_id=program_id) or 0


async def bump_revision(tx: Transaction, program_id: int) -> None:
    """Give a program's products their next revision; others who change them wait until this transaction ends."""
    await tx.run(queries.bump_revision, program_id=program_id)


async def select_all(tx: Transaction, program_id: int) -> list[Product]:
    """Return every product that is not archived."""
    return await tx.all(queries.select_all, row=Product, program_id=program_id)


async def select_products(tx: Transaction, program_id: int, skus: Iterable[str]) -> dict[str, Product]:
    """Return products by SKU, archived ones included; unknown ones are missing."""
    rows = await tx.all(queries.select_products, row=Product, program_id=program_id, skus=list(skus))
    return {product.sku: product for product in rows}


async def select_page(
    tx: Transaction,
    program_id: int,
    *,
    after: str,
    limit: int,
    begins: str = "",
    wanted: str | None = None,
    category: str | None = None,
    brand: str | None = None,
    archived: bool = False,
) -> list[Product]:
    """Return at most `limit` products whose SKU is beyond `after`, in SKU order.

    `wanted` = part of the name or beginning of the SKU, in any case.
    """
    return await tx.all(
        queries.select_page,
        row=Product,
        program_id=program_id,
        after=after,
        low=begins,
        high=begins + _LAST_LETTER,
        wanted=None if wanted is None else wanted.lower(),
        limit=limit,
        category=category,
        brand=brand,
        archived=archived,
    )


async def upsert_products(
    tx: Transaction, program_id: int, products: Sequence[Product], now: datetime
) -> int:
    """Make products or change them, no SKU twice; return how many are new or different."""
    return await tx.run(
        queries.upsert_products,
        program_id=program_id,
        skus=[p.sku for p in products],
        names=[p.name for p in products],
        categories=[p.category for p in products],
        brands=[p.brand for p in products],
        points=[p.points for p in products],
        prices=[p.price for p in products],
        earns=[p.earns for p in products],
        attributes=[_encoder.encode(p.attributes).decode() for p in products],
        now=now,
    )


async def update_archived(tx: Transaction, program_id: int, sku: str, now: datetime) -> None:
    """Archive a product."""
    await tx.run(queries.update_archived, program_id=program_id, sku=sku, now=now)


async def select_stock(
    tx: Transaction, program_id: int, skus: Iterable[str], store: str | None = None
) -> list[Stock]:
    """Return what the stores, or one store, have of these products."""
    return await tx.all(queries.select_stock, row=Stock, program_id=program_id, skus=list(skus), store=store)


async def upsert_stock(
    tx: Transaction, program_id: int, counts: Sequence[tuple[str, str, int]], now: datetime
) -> None:
    """Say how much stores have: (sku, store, quantity), no pair twice. Refuses with UnknownProduct."""
    await tx.run(
        queries.upsert_stock,
        program_id=program_id,
        skus=[sku for sku, _, _ in counts],
        stores=[store for _, store, _ in counts],
        quantities=[quantity for _, _, quantity in counts],
        now=now,
    )


async def take_stock(
    tx: Transaction, program_id: int, sku: str, store: str, quantity: int, now: datetime
) -> int | None:
    """Take a quantity out of a store; return what is left, None when there was not enough."""
    left: int | None = await tx.value(
        queries.take_stock, program_id=program_id, sku=sku, store=store, quantity=quantity, now=now
    )
    return left
