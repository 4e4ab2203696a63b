"""Connection: shops join a coalition in minutes, one by one or by a file, and their platforms send their orders.

Tables owned: schema `connection`. Partners, stores, sources and keys are made through programs, terms through partners.
"""

from regulars.flows.connection.api import router
from regulars.flows.connection.bulk import (
    FileUnreadable,
    Outcome,
    Report,
    connect_each,
    connect_many,
    numbered,
    shops_in_csv,
)
from regulars.flows.connection.connect import connect_shop, partner_scopes
from regulars.flows.connection.errors import ShopInvalid
from regulars.flows.connection.hooks import hook_openapi, hook_routes
from regulars.flows.connection.model import Connected, Shop, StoreOfShop
from regulars.flows.connection.port import EDITED, ONLY_KNOWN, HookIntake, Taken
from regulars.flows.connection.queries import HOOK_SECRET
from regulars.flows.connection.shopify import shopify_events
from regulars.flows.connection.snippets import snippet
from regulars.flows.connection.woocommerce import woocommerce_events

__all__ = [
    "EDITED",
    "ONLY_KNOWN",
    "SEALED",
    "Connected",
    "FileUnreadable",
    "HookIntake",
    "Outcome",
    "Report",
    "Shop",
    "ShopInvalid",
    "StoreOfShop",
    "Taken",
    "connect_each",
    "connect_many",
    "connect_shop",
    "hook_openapi",
    "hook_routes",
    "numbered",
    "partner_scopes",
    "router",
    "shopify_events",
    "shops_in_csv",
    "snippet",
    "woocommerce_events",
]

# Columns whose values are sealed.
SEALED = (HOOK_SECRET,)
