"""REST: /api/v1/programs/{program}/products and …/stock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Protocol

from fastapi import Depends, Header, Path, Query, Request, Response

from regulars.features.catalog import store
from regulars.features.catalog.bodies import (
    ProductAnswer,
    ProductBody,
    ProductsAnswer,
    ProductsBody,
    StockAnswer,
    StockBody,
    product_answer,
    product_of,
)
from regulars.features.catalog.model import SKU_MAX, Product, version_of
from regulars.features.catalog.products import (
    archive_product,
    get_product,
    put_product,
    put_products,
    put_stock,
)
from regulars.infra.db import Transaction
from regulars.infra.web import (
    Page,
    PageQuery,
    api_router,
    etag_of,
    program_in_path,
    route_roles,
    version_in,
)

router = api_router("/api/v1/programs/{program}", tag="catalogue")

READ = route_roles(
    "owner", "operator", "manager", "marketer", "agent", "analyst", "finance", scope="products:read"
)
WRITE = route_roles("owner", "operator", "manager", scope="products:write")

ProgramId = Annotated[int, Depends(program_in_path)]
Sku = Annotated[str, Path(max_length=SKU_MAX)]
IfMatch = Annotated[str | None, Header(description="The ETag you read; refused with 412 when it has changed")]


class HasStores(Protocol):
    """What the catalogue asks of a program's configuration."""

    @property
    def stores(self) -> Mapping[str, Any]:
        """The program's stores by code."""


class Programs(Protocol):
    """What the application's `state.programs` can do for the catalogue."""

    async def config_of(self, tx: Transaction, program_id: int) -> HasStores:
        """Return a program as it is now."""


@router.get("/products", operation_id="list_products", dependencies=[Depends(READ)])
async def list_products(
    request: Request,
    program_id: ProgramId,
    page: Annotated[PageQuery, Depends()],
    begins: Annotated[str, Query(max_length=SKU_MAX, description="Beginning of the SKU")] = "",
    q: Annotated[
        str, Query(max_length=200, description="Part of the name, or beginning of the SKU, in any case")
    ] = "",
    category: Annotated[str | None, Query(max_length=200)] = None,
    brand: Annotated[str | None, Query(max_length=200)] = None,
    archived: Annotated[bool, Query(description="Archived products too")] = False,
) -> Page[ProductAnswer]:
    """List products in the order of their SKUs."""
    (after,) = page.after(str) or ("",)
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await store.select_page(
            tx,
            program_id,
            after=after,
            limit=page.rows,
            begins=begins,
            wanted=q.strip() or None,
            category=category,
            brand=brand,
            archived=archived,
        )
    return page.page([product_answer(product) for product in found], lambda row: (row.sku,))


@router.put("/products", operation_id="put_products", dependencies=[Depends(WRITE)])
async def put_many(request: Request, program_id: ProgramId, body: ProductsBody) -> ProductsAnswer:
    """Make or change up to 1,000 products at once; products that are not named stay as they are."""
    now = request.app.state.clock.now()
    products = [product_of(product.sku, product) for product in body.products]

    async def work(tx: Transaction) -> int:
        return await put_products(tx, program_id, products, now)

    return ProductsAnswer(changed=await request.app.state.db.attempt(work))


@router.get("/products/{sku:path}", operation_id="get_product", dependencies=[Depends(READ)])
async def read_product(
    request: Request, response: Response, program_id: ProgramId, sku: Sku
) -> ProductAnswer:
    """Read a product, archived or not."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        return _shown(response, await get_product(tx, program_id, sku))


@router.put("/products/{sku:path}", operation_id="put_product", dependencies=[Depends(WRITE)])
async def put_one(
    request: Request,
    response: Response,
    program_id: ProgramId,
    sku: Sku,
    body: ProductBody,
    if_match: IfMatch = None,
) -> ProductAnswer:
    """Make a product (201) or change it (200); an archived one comes back."""
    now, expected = request.app.state.clock.now(), version_in(if_match)

    async def work(tx: Transaction) -> tuple[Product, bool]:
        return await put_product(tx, program_id, product_of(sku, body), now, expected)

    product, new = await request.app.state.db.attempt(work)
    response.status_code = 201 if new else 200
    return _shown(response, product)


@router.delete(
    "/products/{sku:path}", operation_id="archive_product", status_code=204, dependencies=[Depends(WRITE)]
)
async def archive(request: Request, program_id: ProgramId, sku: Sku, if_match: IfMatch = None) -> None:
    """Archive a product: rules no longer know it; old orders still name it."""
    now, expected = request.app.state.clock.now(), version_in(if_match)

    async def work(tx: Transaction) -> None:
        await archive_product(tx, program_id, sku, now, expected)

    await request.app.state.db.attempt(work)


@router.get("/stock", operation_id="get_stock", dependencies=[Depends(READ)])
async def read_stock(
    request: Request,
    program_id: ProgramId,
    sku: Annotated[list[str], Query(min_length=1, max_length=200, description="Products, repeated")],
    store_code: Annotated[str | None, Query(alias="store", max_length=63)] = None,
) -> list[StockAnswer]:
    """Read what the stores, or one store, have of some products."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await store.select_stock(tx, program_id, sku, store_code)
    return [
        StockAnswer(sku=s.sku, store=s.store, quantity=s.quantity, updated_at=s.updated_at) for s in found
    ]


@router.put("/stock", operation_id="put_stock", status_code=204, dependencies=[Depends(WRITE)])
async def write_stock(request: Request, program_id: ProgramId, body: StockBody) -> None:
    """Say how much stores have of products, up to 5,000 counts at once; what is not named stays as it is."""
    now = request.app.state.clock.now()
    counts = [(count.sku, count.store, count.quantity) for count in body.stock]

    async def work(tx: Transaction) -> None:
        programs: Programs = request.app.state.programs
        config = await programs.config_of(tx, program_id)
        await put_stock(tx, program_id, counts, config.stores.keys(), now)

    await request.app.state.db.attempt(work)


def _shown(response: Response, product: Product) -> ProductAnswer:
    response.headers["etag"] = etag_of(version_of(product))
    return product_answer(product)
