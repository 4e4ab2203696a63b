"""A shop to connect, and what it gets."""

from __future__ import annotations

from typing import Literal

import msgspec

from regulars.features.partners import Bank

Platform = Literal["segment", "plain", "woocommerce", "shopify"]


class StoreOfShop(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One of a shop's stores."""

    code: str
    name: str
    region: str = ""


class Shop(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A shop as it is written in a call or a row of a file.

    `code` becomes the partner's, the store's and the source's code, unless `stores` names others. `platform` "" = the
    template's. `secret` is what the platform signs with: Shopify shows it, WooCommerce takes ours where it is left out.
    """

    code: str
    name: str
    template: str = ""
    platform: Platform | Literal[""] = ""
    region: str = ""
    secret: str = ""
    stores: tuple[StoreOfShop, ...] = ()
    bank: Bank | None = None


class Connected(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a shop got. Keys and the secret are there only when they were made now: they are shown once."""

    partner: str
    source: str
    platform: str
    new: bool
    write_key: str = ""
    api_key: str = ""
    hook: str = ""
    secret: str = ""
