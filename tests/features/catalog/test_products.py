"""Products and stock on a real database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from regulars.features.catalog import (
    Product,
    ProductCache,
    load_products,
    put_products,
    put_stock,
    take_stock,
)
from regulars.features.catalog.errors import InvalidProduct, OutOfStock, UnknownProduct
from regulars.features.catalog.model import version_of
from regulars.features.catalog.products import archive_product, get_product, put_product
from regulars.features.catalog.store import select_page, select_stock
from regulars.infra.db import Database
from regulars.kit.errors import PreconditionFailed

NOW = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)
TEA = Product(
    "tea",
    "Green tea",
    "drinks/tea",
    "Leaf",
    points=5,
    price=399,
    attributes={"organic": True, "kg": Decimal("0.1")},
)
MUG = Product("mug", "Mug", earns=False)


async def test_products_are_written_read_and_kept_apart_by_program(db: Database) -> None:
    async with db.transaction() as tx:
        assert await put_products(tx, 1, [TEA, MUG], NOW) == 2
        assert await put_products(tx, 1, [TEA, MUG], NOW) == 0
        assert await load_products(tx, 1) == {"tea": TEA, "mug": MUG}
        assert await load_products(tx, 2) == {}
        with pytest.raises(UnknownProduct):
            await get_product(tx, 2, "tea")
        assert [p.sku for p in await select_page(tx, 1, after="", limit=9, category="drinks/tea")] == ["tea"]
        assert [p.sku for p in await select_page(tx, 1, after="mug", limit=9, begins="t")] == ["tea"]


async def test_the_cache_learns_of_every_change_with_one_cheap_statement(db: Database) -> None:
    cache = ProductCache()
    async with db.transaction() as tx:
        await put_products(tx, 1, [TEA], NOW)
    async with db.transaction() as tx:
        first = await cache.get(tx, 1)
        before = tx.statements
        assert await cache.get(tx, 1) is first
        assert tx.statements == before + 1
    async with db.transaction() as tx:
        await archive_product(tx, 1, "tea", NOW)
        await put_products(tx, 1, [MUG], NOW)
    async with db.transaction() as tx:
        assert set(await cache.get(tx, 1)) == {"mug"}


async def test_an_outdated_version_is_refused(db: Database) -> None:
    async with db.transaction() as tx:
        made, new = await put_product(tx, 1, TEA, NOW)
        assert new
        await put_product(tx, 1, Product("tea", "Black tea"), NOW, version_of(made))
    for product, version in [(TEA, version_of(made)), (Product("new"), "*")]:
        with pytest.raises(PreconditionFailed):
            async with db.transaction() as tx:
                await put_product(tx, 1, product, NOW, version)


@pytest.mark.parametrize(
    ("product", "path"),
    [
        (Product(""), "sku"),
        (Product(" a"), "sku"),
        (Product("a\x00"), "sku"),
        (Product("a" * 121), "sku"),
        (Product("a", name="x\ny"), "name"),
        (Product("a", points=-1), "points"),
        (Product("a", price=10**16), "price"),
        (Product("a", attributes={"x": {"y": 1}}), "attributes.x"),
        (Product("a", attributes={"x": "\x00"}), "attributes.x"),
    ],
)
async def test_a_refusal_names_the_field(db: Database, product: Product, path: str) -> None:
    with pytest.raises(InvalidProduct) as caught:
        async with db.transaction() as tx:
            await put_products(tx, 1, [product], NOW)
    assert [error.path for error in caught.value.errors] == [path]


async def test_stock_is_never_oversold(db: Database) -> None:
    async with db.transaction() as tx:
        await put_products(tx, 1, [TEA], NOW)
        await put_stock(tx, 1, [("tea", "s1", 3), ("tea", "s1", 5)], {"s1"}, NOW)

    async def take() -> bool:
        try:
            async with db.transaction() as tx:
                await take_stock(tx, 1, "tea", "s1", 1, NOW)
        except OutOfStock:
            return False
        return True

    assert sum(await asyncio.gather(*(take() for _ in range(16)))) == 5
    async with db.transaction() as tx:
        assert [s.quantity for s in await select_stock(tx, 1, ["tea"])] == [0]
        with pytest.raises(InvalidProduct):
            await put_stock(tx, 1, [("tea", "elsewhere", 1)], {"s1"}, NOW)
    with pytest.raises(UnknownProduct):
        async with db.transaction() as tx:
            await put_stock(tx, 1, [("cake", "s1", 1)], {"s1"}, NOW)
