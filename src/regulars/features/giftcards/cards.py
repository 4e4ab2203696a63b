"""Making cards, finding them by number and PIN, and saying what may be done with them."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from regulars.core.ledger import insert_purses
from regulars.features.giftcards.errors import CardBlocked, CardNotActive, TooManyWrongPins, UnknownCard
from regulars.features.giftcards.numbers import (
    SALT_BYTES,
    hash_pin,
    make_number,
    make_pin,
    normalise,
    same_pin,
)
from regulars.infra.db import Database, Transaction, load_queries

queries = load_queries(__package__)

WRONG_PINS_MAX: Final = 5
WINDOW: Final = timedelta(minutes=30)


class Card(msgspec.Struct, frozen=True):
    """A gift card. `purse_id` = its purse in the ledger."""

    program_id: int
    number: str
    purse_id: int
    point_type: str
    status: str
    created_at: datetime
    activated_at: datetime | None


class NewCard(msgspec.Struct, frozen=True):
    """A card that was just made: its number, and its PIN, which is shown this once."""

    number: str
    pin: str


async def make_card(
    tx: Transaction, program_id: int, point_type: str, purse_id: int, now: datetime
) -> NewCard:
    """Make a card with an empty purse; it can be used when it has been activated.

    `purse_id`: a number that no member has or will have.
    """
    pin, salt = make_pin(), os.urandom(SALT_BYTES)
    number = None
    while number is None:  # two equal numbers of 10^16 are not expected; the key sees to it all the same
        number = await tx.value(
            queries.insert_card,
            program_id=program_id,
            number=make_number(),
            purse_id=purse_id,
            point_type=point_type,
            salt=salt,
            hash=hash_pin(pin, salt),
            now=now,
        )
    await insert_purses(tx, program_id, [purse_id])
    return NewCard(number, pin)


async def renew_pin(tx: Transaction, card: Card) -> NewCard:
    """Give a card that is held another PIN, shown this once; the one before is worth nothing."""
    pin, salt = make_pin(), os.urandom(SALT_BYTES)
    await tx.run(
        queries.update_pin,
        program_id=card.program_id,
        number=card.number,
        salt=salt,
        hash=hash_pin(pin, salt),
    )
    return NewCard(card.number, pin)


async def check_pin(db: Database, program_id: int, number: str, pin: str, now: datetime) -> None:
    """Refuse a wrong number or PIN (UnknownCard, the same for both) and too many wrong PINs (TooManyWrongPins).

    The try is counted in a transaction of its own before it is known to be wrong, so that a parallel burst counts.
    """
    place = {"program_id": program_id, "number": normalise(number)}
    async with db.transaction() as tx:
        kept = await tx.maybe(
            queries.take_pin_try, now=now, window_start=now - WINDOW, tries_max=WRONG_PINS_MAX, **place
        )
        if kept is None:
            since = await tx.value(queries.select_wrong_since, **place)
            if since is None:
                raise UnknownCard
            raise TooManyWrongPins(retry_after=max(1, int((since + WINDOW - now).total_seconds())))
    if not same_pin(pin, bytes(kept[0]), bytes(kept[1])):
        raise UnknownCard
    async with db.transaction() as tx:
        await tx.run(queries.give_pin_try_back, **place)


async def lock_card(tx: Transaction, program_id: int, number: str) -> Card:
    """Return a card, held until the transaction ends. Refuses with UnknownCard."""
    found = await tx.maybe(queries.lock_card, row=Card, program_id=program_id, number=normalise(number))
    if found is None:
        raise UnknownCard
    return found


async def read_card(tx: Transaction, program_id: int, number: str) -> Card:
    """Return a card. Refuses with UnknownCard."""
    found = await tx.maybe(queries.select_card, row=Card, program_id=program_id, number=normalise(number))
    if found is None:
        raise UnknownCard
    return found


async def select_card_types(tx: Transaction, program_id: int) -> frozenset[str]:
    """Return the codes of the point types that a program's cards hold."""
    return frozenset(code for (code,) in await tx.all(queries.select_card_types, program_id=program_id))


def face_minor(scale: int) -> Decimal:
    """Return what one whole point on a card is worth in minor units: its smallest unit is the currency's.

    `scale` = decimals of the point type, which are those of the currency.
    """
    return Decimal(10) ** scale


def check_usable(card: Card) -> None:
    """Refuse to move money on a card that is not active (CardNotActive) or blocked (CardBlocked)."""
    if card.status == "new":
        raise CardNotActive
    if card.status == "blocked":
        raise CardBlocked


async def set_status(tx: Transaction, card: Card, status: str, now: datetime) -> None:
    """Activate, block or free a card that is held."""
    await tx.run(
        queries.update_status, program_id=card.program_id, number=card.number, status=status, now=now
    )
