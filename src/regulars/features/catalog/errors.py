"""What the catalogue refuses."""

from __future__ import annotations

from regulars.infra.db import map_constraint
from regulars.kit.errors import Conflict, Invalid, NotFound


class UnknownProduct(NotFound):
    """The program has no product with this SKU."""


class OutOfStock(Conflict):
    """The store has fewer of this product than asked for."""


class InvalidProduct(Invalid):
    """The product is not valid; errors[] says where and what to write instead."""


map_constraint("catalog_stock_of_product", UnknownProduct)
