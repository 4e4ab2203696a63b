"""The program of the demo: applied from its document, with the catalogue of the data set, in force from the
first invoice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from regulars.app.demo.products import Product
from regulars.app.demo.rows import SHOP_ZONE
from regulars.features.programs import (
    UnknownProgram,
    issue_write_key,
    load_config,
    program_by_code,
    source_by_write_key,
)
from regulars.flows.apply import Document, apply_document, decode_document, publish, read_source
from regulars.infra.db import Transaction
from regulars.kit.errors import Unauthenticated

DOCUMENT: Final = Path(__file__).parent / "dataset" / "online-retail.yaml"
PROGRAM: Final = "online-retail"
SOURCE: Final = "web-shop"
# The day of the first invoice: the rules of that day rate it.
IN_FORCE_FROM: Final = datetime(2010, 12, 1, tzinfo=SHOP_ZONE)


class Prepared(msgspec.Struct, frozen=True):
    """The program's and the source's number, and the write key where one was just made."""

    program_id: int
    source_id: int
    write_key: str | None


async def find_program(tx: Transaction) -> Prepared | None:
    """Return the program when it was made before, None otherwise."""
    try:
        found = await program_by_code(tx, PROGRAM)
    except UnknownProgram:
        return None
    config = await load_config(tx, found.id)
    return Prepared(found.id, config.sources_by_code[SOURCE].id, None)


async def make_program(tx: Transaction, products: Sequence[Product], now: datetime) -> Prepared:
    """Apply the document with the products and publish its rules, in force from the first invoice.

    Return the program with its write key. Rules may take force in the past as long as nothing has happened
    since.
    """
    applied = await apply_document(tx, document_of(products), PROGRAM, now=now, may_create=True, by="demo")
    found = await find_program(tx)
    assert found is not None
    await publish(
        tx,
        found.program_id,
        now=now,
        in_force_from=IN_FORCE_FROM,
        backdate=True,
        by="demo",
        note="In force from the first invoice",
    )
    return msgspec.structs.replace(found, write_key=applied.keys[SOURCE])


async def opens(tx: Transaction, prepared: Prepared, key: str, now: datetime) -> bool:
    """Return whether a key that was kept is still a write key of the source."""
    try:
        bearer = await source_by_write_key(tx, key, now)
    except Unauthenticated:
        return False
    return bearer.source_id == prepared.source_id


async def another_key(tx: Transaction, prepared: Prepared, now: datetime) -> str:
    """Return a new write key of the source: keys are shown once, and the first was lost."""
    issued = await issue_write_key(tx, prepared.program_id, prepared.source_id, SOURCE, now)
    return issued.key


def document_of(products: Sequence[Product]) -> Document:
    """Return the program's document with these products, not yet to be published: that is done with a
    date."""
    document = read_source(DOCUMENT).document
    plain = [msgspec.to_builtins(product, builtin_types=(Decimal,)) for product in products]
    listed = decode_document({"products": plain})
    return msgspec.structs.replace(document, products=listed.products, publish=False)
