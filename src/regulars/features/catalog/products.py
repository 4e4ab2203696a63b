"""Changing products and stock, and the products a process holds in memory.

How caches learn: every change of products raises `catalog.revision` in its own transaction. A reader asks for the
revision (one index look-up, or joined into a statement it makes anyway) and loads again when it differs.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from regulars.features.catalog import store
from regulars.features.catalog.errors import InvalidProduct, OutOfStock, UnknownProduct
from regulars.features.catalog.model import Product, check_product, check_quantity, version_of
from regulars.infra.db import Transaction, TransactionConflict
from regulars.kit.errors import FieldError, PreconditionFailed

LOAD_ATTEMPTS = 5


async def load_products(tx: Transaction, program_id: int) -> dict[str, Product]:
    """Return every product of a program that is not archived, by SKU. The hot path reads them through ProductCache."""
    return {product.sku: product for product in await store.select_all(tx, program_id)}


class ProductCache:
    """The products a process has in use, each program's until its catalogue has another revision."""

    def __init__(self) -> None:
        """Start empty."""
        self._products: dict[int, tuple[int, dict[str, Product]]] = {}

    async def get(self, tx: Transaction, program_id: int, revision: int | None = None) -> dict[str, Product]:
        """Return a program's products as they are now; not to be changed.

        `revision` is the catalogue's where the caller has just read it; otherwise one cheap statement asks.
        """
        for _ in range(LOAD_ATTEMPTS):
            if revision is None:
                revision = await store.select_catalog_revision(tx, program_id)
            known = self._products.get(program_id)
            if known is not None and known[0] == revision:
                return known[1]
            products = await load_products(tx, program_id)
            after = await store.select_catalog_revision(tx, program_id)
            if after == revision:
                self._products[program_id] = (revision, products)
                return products
            revision = after
        raise TransactionConflict


async def put_products(tx: Transaction, program_id: int, products: Sequence[Product], now: datetime) -> int:
    """Make products or change them; return how many are new or different. Refuses with InvalidProduct."""
    errors = []
    for place, product in enumerate(products):
        errors += check_product(product, f"products[{place}]." if len(products) > 1 else "")
    if len({product.sku for product in products}) < len(products):
        errors.append(FieldError("products", "named_twice", "A SKU occurs twice."))
    if errors:
        raise InvalidProduct(errors=errors)
    await store.bump_revision(tx, program_id)
    return await store.upsert_products(tx, program_id, products, now)


async def put_product(
    tx: Transaction, program_id: int, product: Product, now: datetime, expected: str | None = None
) -> tuple[Product, bool]:
    """Make a product or change it; return it and whether it is new. `expected` is the version that was read."""
    await store.bump_revision(tx, program_id)
    before = (await store.select_products(tx, program_id, [product.sku])).get(product.sku)
    _expect(before, expected)
    await put_products(tx, program_id, [product], now)
    return await get_product(tx, program_id, product.sku), before is None


async def get_product(tx: Transaction, program_id: int, sku: str) -> Product:
    """Return a product, archived or not. Refuses with UnknownProduct."""
    found = (await store.select_products(tx, program_id, [sku])).get(sku)
    if found is None:
        raise UnknownProduct
    return found


async def archive_product(
    tx: Transaction, program_id: int, sku: str, now: datetime, expected: str | None = None
) -> None:
    """Archive a product: rules no longer know it. Refuses with UnknownProduct."""
    await store.bump_revision(tx, program_id)
    _expect(await get_product(tx, program_id, sku), expected)
    await store.update_archived(tx, program_id, sku, now)


async def put_stock(
    tx: Transaction,
    program_id: int,
    counts: Sequence[tuple[str, str, int]],
    stores: Collection[str],
    now: datetime,
) -> None:
    """Say how much stores have: (sku, store, quantity). `stores` are the codes of the program's stores.

    Of several counts of one product in one store the last stands. Refuses with InvalidProduct and UnknownProduct.
    """
    errors = []
    for place, (_, shop, quantity) in enumerate(counts):
        path = f"stock[{place}]." if len(counts) > 1 else ""
        if shop not in stores:
            errors.append(
                FieldError(f"{path}store", "unknown_store", "The program has no store with this code.")
            )
        errors += check_quantity(quantity, f"{path}quantity")
    if errors:
        raise InvalidProduct(errors=errors)
    last = {(sku, shop): quantity for sku, shop, quantity in counts}
    await store.upsert_stock(tx, program_id, [(sku, shop, q) for (sku, shop), q in last.items()], now)


async def take_stock(
    tx: Transaction, program_id: int, sku: str, shop: str, quantity: int, now: datetime
) -> int:
    """Take `quantity` (at least 1) of a product out of a store; return what is left. Refuses with OutOfStock."""
    if quantity < 1:
        raise ValueError("At least one is taken.")
    left = await store.take_stock(tx, program_id, sku, shop, quantity, now)
    if left is None:
        raise OutOfStock(sku=sku, store=shop)
    return left


def _expect(before: Product | None, expected: str | None) -> None:
    if expected is not None and (before is None or (expected != "*" and version_of(before) != expected)):
        raise PreconditionFailed
