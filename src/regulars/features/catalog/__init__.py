"""The catalogue: products as rules see them, and what the stores have of each.

Tables owned: schema `catalog`. The hot path holds a program's products in memory (`ProductCache`); `catalog.revision`
tells when they are old.
"""

from regulars.features.catalog.api import router
from regulars.features.catalog.importing import Imported, import_products, import_stock
from regulars.features.catalog.model import Product, Stock
from regulars.features.catalog.products import (
    ProductCache,
    archive_product,
    load_products,
    put_products,
    put_stock,
    take_stock,
)
from regulars.features.catalog.store import select_catalog_revision, select_products, select_stock
from regulars.features.catalog.store import select_page as list_products

__all__ = [
    "Imported",
    "Product",
    "ProductCache",
    "Stock",
    "archive_product",
    "import_products",
    "import_stock",
    "list_products",
    "load_products",
    "put_products",
    "put_stock",
    "router",
    "select_catalog_revision",
    "select_products",
    "select_stock",
    "take_stock",
]
