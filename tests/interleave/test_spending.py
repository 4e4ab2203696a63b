"""Every order of two ways to spend comes to what it must; and each pair would notice the guard that is taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psycopg
import pytest
from tests.flows.checkout.counter import open_counter
from tests.flows.checkout.test_hammers import without
from tests.flows.redemption.test_hammers import pools_not_held as pools_free
from tests.interleave import spending
from tests.interleave.spending import Ground, Street
from tests.interleave.steps import COMMIT, Matters, Wrong, orders, touching

from regulars.core.ledger import opening as ledger_opening
from regulars.core.ledger import select_purses
from regulars.features.draws import store as draws
from regulars.features.giftcards import cards
from regulars.features.vouchers import store as vouchers
from regulars.flows.checkout import store as checkouts
from regulars.flows.offline import spending as offline
from regulars.infra.db import Database, load_queries

kiosk_queries = load_queries("tests.flows.redemption")
coupon_queries = load_queries("tests.features.vouchers")

Mutant = Callable[[Street, pytest.MonkeyPatch], Any]


async def pools_not_held(street: Street, patch: pytest.MonkeyPatch) -> None:
    """Pieces are looked at and taken without holding the pool in between."""
    await pools_free(street.kiosk, patch)


async def purses_not_held(street: Street, patch: pytest.MonkeyPatch) -> None:
    """A purse is read and written without being held in between, and nothing says that it is never below zero."""
    async with street.kiosk.db.transaction() as tx:
        await tx.run(kiosk_queries.drop_purse_check)
        await tx.run(kiosk_queries.drop_pool_check)
    patch.setattr(ledger_opening, "ask_locks", ledger_opening.ask_purses)
    patch.setattr("regulars.flows.checkout.steps.lock_purses", select_purses)


async def checkouts_not_held(street: Street, patch: pytest.MonkeyPatch) -> None:
    """A checkout is read and changed without being held in between; nor is the purse, which would hide it."""
    without(checkouts, patch, "lock_session", "FOR NO KEY UPDATE")
    await purses_not_held(street, patch)


async def shelves_not_held(street: Street, patch: pytest.MonkeyPatch) -> None:
    """What comes back in several steps is not held before the first of them."""
    del street

    async def nothing(*_: Any) -> None:
        return

    patch.setattr("regulars.app.checkout_parts.hold_all", nothing)


async def codes_not_held(street: Street, patch: pytest.MonkeyPatch) -> None:
    """A code is looked at, and then counted, without being held and without looking again."""
    async with street.kiosk.db.transaction() as tx:
        await tx.run(coupon_queries.drop_bound)
    without(vouchers, patch, "take_vouchers", r"AND \(uses_max IS NULL.*\)")
    without(vouchers, patch, "lock_vouchers", "FOR UPDATE")


async def cards_not_held(street: Street, patch: pytest.MonkeyPatch) -> None:
    """A card is read without being held, and so is its purse."""
    without(cards, patch, "lock_card", "FOR UPDATE")
    await purses_not_held(street, patch)


async def tokens_not_held(street: Street, patch: pytest.MonkeyPatch) -> None:
    """What is left of a token is read without holding it, and counted without looking."""
    async with street.kiosk.db.transaction() as tx:
        await tx.run(coupon_queries.drop_token_bound)
    without(offline, patch, "count_use", r"AND used \+[^\n]*")
    without(offline, patch, "lock_token", "FOR UPDATE")


async def places_not_counted(street: Street, patch: pytest.MonkeyPatch) -> None:
    """Places are given out without an end."""
    async with street.kiosk.db.transaction() as tx:
        await tx.run(coupon_queries.drop_places)
    without(draws, patch, "claim_place", r"AND plays < places")


# The statements before which the other one may come with another end.
POOLS = (touching("rewards"),) * 2
PURSES = (touching("ledger"),) * 2
BASKETS = (touching("checkout", "ledger"),) * 2


def reservations(sql: str) -> bool:
    """Whether a statement looks at reservations, holds a purse, or ends all."""
    return sql == COMMIT or "redemption.redemption" in sql or "ledger.purse" in sql


PAIRS: list[tuple[Ground, Mutant, Sequence[Matters]]] = [
    (spending.last_piece, pools_not_held, POOLS),
    (spending.confirmed_and_over, purses_not_held, (reservations,) * 2),
    (spending.confirmed_and_void, purses_not_held, (touching("redemption", "ledger"),) * 2),
    (spending.closed_and_cancelled, checkouts_not_held, BASKETS),
    (spending.both_ends, shelves_not_held, POOLS),
    (spending.one_code, codes_not_held, (touching("vouchers"),) * 2),
    (spending.one_card, cards_not_held, (touching("giftcards", "ledger"),) * 2),
    (spending.one_token, tokens_not_held, (touching("offline"),) * 2),
    (spending.one_household, purses_not_held, PURSES),
    (spending.last_place, places_not_counted, (touching("draws"),) * 2),
]
NAMES = [ground.__name__ for ground, *_ in PAIRS]


@pytest.fixture
async def street(db: Database) -> Street:
    street = Street(await open_counter(db))
    await street.prepare()
    return street


@pytest.mark.parametrize(("ground", "mutant", "matters"), PAIRS, ids=NAMES)
async def test_every_order(
    street: Street,
    observer: psycopg.AsyncConnection[Any],
    ground: Ground,
    mutant: Mutant,
    matters: Sequence[Matters],
) -> None:
    assert await orders(street.kiosk.db, observer, partial(ground, street), matters) > 1
    assert await street.kiosk.gaps() == []
    assert await street.counter.faults() == []


@pytest.mark.parametrize(("ground", "mutant", "matters"), PAIRS, ids=NAMES)
async def test_it_would_notice(
    street: Street,
    observer: psycopg.AsyncConnection[Any],
    monkeypatch: pytest.MonkeyPatch,
    ground: Ground,
    mutant: Mutant,
    matters: Sequence[Matters],
) -> None:
    await mutant(street, monkeypatch)
    with pytest.raises(Wrong):
        await orders(street.kiosk.db, observer, partial(ground, street), matters)
