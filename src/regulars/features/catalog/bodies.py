"""What the routes of the catalogue take and give back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, Field

from regulars.features.catalog.model import ATTRIBUTES_MAX, QUANTITY_MAX, SKU_MAX, TEXT_MAX, Product
from regulars.infra.web import StrictModel
from regulars.kit.money import MINOR_MAX
from regulars.kit.points import POINTS_MAX

Text = Annotated[str, Field(max_length=TEXT_MAX)]
Sku = Annotated[str, Field(min_length=1, max_length=SKU_MAX, examples=["tea-100g"])]


class ProductBody(StrictModel):
    """What rules may ask of an order line beside what the till says."""

    name: Text = ""
    category: Annotated[str, Field(max_length=TEXT_MAX, examples=["drinks/tea"])] = ""
    brand: Text = ""
    points: Annotated[
        int | None,
        Field(
            ge=0, le=POINTS_MAX, description="A unit's own points, smallest unit of the first redeemable type"
        ),
    ] = None
    price: Annotated[int | None, Field(ge=0, le=MINOR_MAX, description="Of one unit, minor units")] = None
    earns: Annotated[bool, Field(description="False: no rule pays for it")] = True
    attributes: Annotated[
        dict[str, Any],
        Field(
            default_factory=dict,
            max_length=ATTRIBUTES_MAX,
            description="Texts, numbers, true or false, lists of texts; rules read them as product.<name>",
        ),
    ]


class CodedProductBody(ProductBody):
    """A product with its SKU, in a list of products."""

    sku: Sku


class ProductsBody(StrictModel):
    """Many products at once."""

    products: Annotated[tuple[CodedProductBody, ...], Field(min_length=1, max_length=1_000)]


class ProductsAnswer(BaseModel):
    """How many products are new or different now."""

    changed: int


class ProductAnswer(BaseModel):
    """A product."""

    sku: str
    name: str
    category: str
    brand: str
    points: int | None
    price: int | None
    earns: bool
    attributes: dict[str, Any]
    archived_at: datetime | None


class CountBody(StrictModel):
    """How much of a product a store has."""

    sku: Sku
    store: Annotated[str, Field(min_length=1, max_length=63)]
    quantity: Annotated[int, Field(ge=0, le=QUANTITY_MAX)]


class StockBody(StrictModel):
    """Counts of products in stores; of several of one product in one store the last stands."""

    stock: Annotated[tuple[CountBody, ...], Field(min_length=1, max_length=5_000)]


class StockAnswer(BaseModel):
    """How much of a product a store has."""

    sku: str
    store: str
    quantity: int
    updated_at: datetime


def product_of(sku: str, body: ProductBody) -> Product:
    """Return the product that a body states."""
    fields = body.model_dump()
    return Product(**{**fields, "sku": sku})


def product_answer(product: Product) -> ProductAnswer:
    """Return a product in the shape of an answer."""
    return ProductAnswer.model_validate(msgspec.structs.asdict(product))
