"""One call connects a shop: partner, stores, source, keys, terms and agreements from a template. Twice is once."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final

import msgspec

from regulars.core.ledger import open_accounts
from regulars.features.partners import (
    Agreement,
    Known,
    SourceTemplate,
    Template,
    UnknownTemplate,
    put_agreement,
    put_terms,
    select_templates,
    select_terms,
)
from regulars.features.programs import (
    ProgramConfig,
    Source,
    Store,
    issue_api_key,
    issue_write_key,
    load_config,
    put_partner,
    put_source,
    put_stores,
)
from regulars.flows.connection.errors import ShopInvalid
from regulars.flows.connection.model import Connected, Shop, StoreOfShop
from regulars.flows.connection.queries import HOOK_SECRET, queries
from regulars.infra.db import Transaction
from regulars.infra.sealing import SecretUnreadable
from regulars.kit.errors import FieldError
from regulars.kit.money import exponent
from regulars.kit.secret_text import secret_text

HOOKED: Final = ("woocommerce", "shopify")
HOOK_LETTERS: Final = 24
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"
# The template of a program that has written none: earns, pays nothing yet.
PLAIN: Final = Template()


async def connect_shop(tx: Transaction, program_id: int, shop: Shop, now: datetime) -> Connected:
    """Make or change everything that a shop needs; return its keys where they are new.

    A partner that is known keeps its roles, and the terms it has unless the shop names a template.
    Refuses with UnknownTemplate, ShopInvalid, and what partners, stores, sources and terms refuse with.
    """
    template = await _template(tx, program_id, shop)
    platform = shop.platform or template.source.platform
    if platform == "shopify" and not shop.secret:
        message = "Write the signing secret that Shopify shows beside its webhooks."
        raise ShopInvalid(errors=[FieldError("secret", "missing", message)])
    known = await load_config(tx, program_id)
    before = known.partners.get(shop.code)
    roles = template.roles if before is None else tuple(dict.fromkeys((*before.roles, *template.roles)))
    _, new = await put_partner(tx, program_id, shop.code, shop.name, roles, now=now)
    places = shop.stores or (_one_store(known, shop),)
    stores = [
        Store(0, one.code, one.name, one.region or template.region, template.channel, shop.code)
        for one in places
    ]
    await put_stores(tx, program_id, stores, now=now)
    source, source_new = await put_source(
        tx, program_id, source_of(shop, template.source, platform, places[0].code), now=now
    )
    config = await load_config(tx, program_id)
    await _agree(tx, config, shop, template, now)
    write_key = api_key = hook = secret = ""
    if source_new:
        write_key = (await issue_write_key(tx, program_id, source.id, source.code, now)).key
    if new:
        name = f"partner {shop.code}"
        api_key = (await issue_api_key(tx, program_id, name, partner_scopes(shop.code), now)).key
    if platform in HOOKED:
        hook, secret = await _hook(tx, config, shop, source.id, platform, now)
    return Connected(shop.code, source.code, platform, new, write_key, api_key, hook, secret)


def _one_store(config: ProgramConfig, shop: Shop) -> StoreOfShop:
    """Return the store of a shop that names none. It is called as the partner is, until somebody renames it."""
    partner, store = config.partners.get(shop.code), config.stores.get(shop.code)
    renamed = partner is not None and store is not None and store.name != partner.name
    name = store.name if store is not None and renamed else shop.name
    return StoreOfShop(shop.code, name, shop.region or (store.region if store is not None else ""))


def partner_scopes(code: str) -> list[str]:
    """Return the scopes of a key that is kept to one partner."""
    return ["partner", f"partner:{code}"]


def source_of(shop: Shop, template: SourceTemplate, platform: str, store: str) -> Source:
    """Return the source through which a shop sends."""
    return Source(
        id=0,
        code=shop.code,
        name=shop.name,
        profile="segment",
        client_side=template.client_side and platform == "segment",
        enrol=template.enrol,
        store=store,
        partner=shop.code,
        origins=(),
        rate_per_second=template.rate_per_second,
    )


async def _template(tx: Transaction, program_id: int, shop: Shop) -> Template:
    templates = await select_templates(tx, program_id)
    if shop.template:
        if shop.template not in templates:
            raise UnknownTemplate
        return templates[shop.template]
    return templates.get("default", PLAIN)


async def _agree(
    tx: Transaction, config: ProgramConfig, shop: Shop, template: Template, now: datetime
) -> None:
    known = Known(
        config.id,
        {one.code: (one.id, one.partner) for one in config.point_types.values() if one.archived_at is None},
        {one.code: one.id for one in config.partners.values() if one.archived_at is None},
        exponent(config.currency),
    )
    has = (await select_terms(tx, config.id)).get(config.partners[shop.code].id)
    keeps = has is not None and not shop.template
    terms = has if has is not None and keeps else template.terms
    terms = terms if shop.bank is None else msgspec.structs.replace(terms, bank=shop.bank)
    await put_terms(tx, known, shop.code, terms, now)
    if keeps:
        return
    for one in template.agreements:
        account = f"partner:{shop.code}"
        agreement = Agreement(
            f"{shop.code}-{one.point_type}"[:63], account, one.point_type, shop.code, one.mode, one.basis, one.caps,
            one.fallback, one.reserve, one.reorder_at,
        )  # fmt: skip
        live = await put_agreement(tx, known, agreement, now)
        named = {account, one.fallback} - {"house"}
        await open_accounts(tx, config.id, live.point_type_id, sorted(named))


async def _hook(
    tx: Transaction, config: ProgramConfig, shop: Shop, source_id: int, platform: str, now: datetime
) -> tuple[str, str]:
    """Return the hook's id, and its secret where it was made now."""
    found = await tx.maybe(queries.select_hook_of_source, source_id=source_id)
    if found is not None:
        if shop.secret and not _is_secret(shop.secret, found[1], found[0]):
            sealed = HOOK_SECRET.seal(shop.secret, found[0])
            await tx.run(queries.update_secret, source_id=source_id, secret=sealed)
        return found[0], ""
    secret = shop.secret or secret_text(32)
    hook = "".join(secrets.choice(_LETTERS) for _ in range(HOOK_LETTERS))
    await tx.run(
        queries.insert_hook,
        id=hook,
        program_id=config.id,
        partner_id=config.partners[shop.code].id,
        source_id=source_id,
        platform=platform,
        secret=HOOK_SECRET.seal(secret, hook),
        now=now,
    )
    return hook, "" if shop.secret else secret


def _is_secret(secret: str, sealed: str, hook: str) -> bool:
    try:
        return HOOK_SECRET.open(sealed, hook) == secret
    except SecretUnreadable:
        return False  # it is set anew
