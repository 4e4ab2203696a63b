"""Every order of two operations comes to what it must; and each pair would notice the guard that is taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.flows.accrual.setting import PROGRAM, open_shop
from tests.hammer import mutants
from tests.interleave import pairs
from tests.interleave.pairs import Ground, World
from tests.interleave.steps import Matters, Wrong, orders, touching

from regulars.core.ledger import opening as ledger_opening
from regulars.core.ledger import select_purses
from regulars.flows import books
from regulars.flows.accrual import gather
from regulars.infra.clock import FixedClock
from regulars.infra.db import Asked, Database, Together

Mutant = Callable[[World, pytest.MonkeyPatch], Any]


async def purses_not_held(world: World, patch: pytest.MonkeyPatch) -> None:
    """A purse is read and written without being held in between, at the desk and by events."""
    patch.setattr(ledger_opening, "ask_locks", ledger_opening.ask_purses)
    patch.setattr(gather, "lock_purses", select_purses)


async def purses_held_as_named(world: World, patch: pytest.MonkeyPatch) -> None:
    """Two purses are locked one after the other, the sender's first."""

    def sender_first(soon: Together, member_ids: Sequence[int]) -> Any:
        named = sorted(member_ids, reverse=next(turns))
        return OneByOne([ask_locks(soon, [member_id]) for member_id in named])

    ask_locks = ledger_opening.ask_locks
    turns = iter([False, True] * 10_000)
    patch.setattr(ledger_opening, "ask_locks", sender_first)


class OneByOne:
    """What was asked in several statements, as if it had been one."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        self.asked = asked

    async def rows(self) -> list[Any]:
        """Return the rows of all."""
        return [row for one in self.asked for row in await one.rows()]


async def rules_not_looked_at_again(world: World, patch: pytest.MonkeyPatch) -> None:
    await mutants.rules_not_looked_at_again(world.shop, patch)


async def who_went_away_is_not_noticed(world: World, patch: pytest.MonkeyPatch) -> None:
    """A purse whose member was merged meanwhile takes points all the same."""
    patch.setattr(gather, "MOVED_AWAY", "nobody ever goes away")


# For each of the two operations: the statements before which the other one may come with another end.
WALLETS = (touching("ledger"), touching("ledger"))
PEOPLE = (touching("ledger"), touching("ledger", "members"))
RULES = (touching("programs"), touching("programs", "rulesets"))

PAIRS: list[tuple[Ground, Mutant, Sequence[Matters]]] = [
    (pairs.two_spends, purses_not_held, WALLETS),
    (pairs.capture_and_void, purses_not_held, WALLETS),
    (pairs.order_and_spend, purses_not_held, WALLETS),
    (pairs.refund_and_spend, purses_not_held, WALLETS),
    (pairs.publication_and_order, rules_not_looked_at_again, RULES),
    (pairs.opposite_transfers, purses_held_as_named, WALLETS),
    (pairs.merge_and_order, who_went_away_is_not_noticed, PEOPLE),
]
NAMES = [ground.__name__ for ground, *_ in PAIRS]


@pytest.fixture
async def world(db: Database, clock: FixedClock, tmp_path: Path) -> World:
    return await World.open(await open_shop(db, clock, tmp_path, PROGRAM))


@pytest.mark.parametrize(("ground", "mutant", "matters"), PAIRS, ids=NAMES)
async def test_every_order(
    world: World,
    observer: psycopg.AsyncConnection[Any],
    ground: Ground,
    mutant: Mutant,
    matters: Sequence[Matters],
) -> None:
    tried = await orders(world.shop.db, observer, partial(ground, world), matters)
    assert tried > 10
    async with world.shop.db.transaction() as tx:
        found = await books.verify(tx, world.shop.program_id)
    assert [check for check in found.checks if check.bad] == []


@pytest.mark.parametrize(("ground", "mutant", "matters"), PAIRS, ids=NAMES)
async def test_it_would_notice(
    world: World,
    observer: psycopg.AsyncConnection[Any],
    monkeypatch: pytest.MonkeyPatch,
    ground: Ground,
    mutant: Mutant,
    matters: Sequence[Matters],
) -> None:
    await mutant(world, monkeypatch)
    with pytest.raises(Wrong):
        await orders(world.shop.db, observer, partial(ground, world), matters)
