"""Sixteen clients at once over a slow wire: the last piece is sold once, a wallet spends what it has, one ending wins.

Each hammer is shown to notice when its guard is taken away.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.flows.redemption.kiosk import Kiosk, open_kiosk
from tests.hammer.delay import far_away
from tests.hammer.gate import CLIENTS, together

from regulars.core.ledger import opening
from regulars.features.rewards import pools
from regulars.flows.redemption import Receipt
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)

Scenario = Callable[[Kiosk], Awaitable[None]]
Mutant = Callable[[Kiosk, pytest.MonkeyPatch], Awaitable[None]]


async def last_pieces(kiosk: Kiosk) -> None:
    """Five mugs, thirty-two who want one, each with a wallet of her own: five have one."""
    await kiosk.stock("mug", 5)
    wishes = [partial(kiosk.redeem, member, "mug") for member in kiosk.members]
    came = await together(wishes * 2)
    assert sum(isinstance(one, Receipt) for one in came) == 5
    await holds_together(kiosk, pieces=5)
    assert await kiosk.free("mug") == 0


async def one_wallet(kiosk: Kiosk) -> None:
    """Thirty-two wishes of 100 points against one wallet of 1,000: ten are granted."""
    await kiosk.stock("mug", 1_000)
    came = await together([partial(kiosk.take, kiosk.ann, "mug")] * (2 * CLIENTS))
    assert sum(isinstance(one, Receipt) for one in came) == 10
    await holds_together(kiosk, pieces=10)
    assert (await kiosk.wallet(kiosk.ann)).held == 1_000


async def limits(kiosk: Kiosk) -> None:
    """Two a day for a member, five for all: thirty-two wishes of one member are two."""
    came = await together([partial(kiosk.redeem, kiosk.ann, "once")] * (2 * CLIENTS))
    assert sum(isinstance(one, Receipt) for one in came) == 2


async def endings(kiosk: Kiosk) -> None:
    """Confirmed, given up and confirmed again at the same moment: one of them wins, and no hold is left."""
    held = [await kiosk.take(member, "mug") for member in kiosk.members[:4]]
    actions: list[Callable[[], Awaitable[Any]]] = []
    for one in held:
        actions += [partial(kiosk.capture, one.order.id), partial(kiosk.void, one.order.id)] * 2
    came = await together(actions)
    wins = [sum(isinstance(one, Receipt) for one in came[4 * n : 4 * n + 4]) for n in range(len(held))]
    assert wins == [1] * len(held)
    await holds_together(kiosk)


async def crossing(kiosk: Kiosk) -> None:
    """Wishes for mugs and pans from both ends, and reservations that end meanwhile: nobody waits in a ring."""
    await kiosk.stock("mug", 100)
    await kiosk.stock("pan", 100)
    actions: list[Callable[[], Awaitable[Any]]] = []
    for place, member in enumerate(kiosk.members):
        actions.append(partial(kiosk.redeem, member, "set" if place % 2 else "mug"))
        actions.append(partial(kiosk.take, member, "pan"))
    came = await together(actions)
    assert all(isinstance(one, Receipt) for one in came)
    await holds_together(kiosk)


async def holds_together(kiosk: Kiosk, pieces: int | None = None) -> None:
    """Pools add up, every open hold has its reservation, and every reservation its hold."""
    assert await kiosk.gaps() == []
    async with kiosk.db.transaction(read_only=True) as tx:
        assert await tx.one(queries.count_open) == (0, 0)
        sold, _ = await tx.one(queries.count_pieces)
    assert pieces is None or sold == pieces


async def pools_not_held(kiosk: Kiosk, patch: pytest.MonkeyPatch) -> None:
    """Pieces are looked at and taken without holding the pool in between."""
    async with kiosk.db.transaction() as tx:
        await tx.run(queries.drop_pool_check)
    changed = {}
    for name in ("lock_roomy_slot", "lock_slots"):
        known = getattr(pools.queries, name)
        sql = known.sql.replace("FOR NO KEY UPDATE", "").replace("SKIP LOCKED", "")
        changed[name] = msgspec.structs.replace(known, sql=sql)
    patch.setattr(pools, "queries", _Changed(pools.queries, **changed))


async def purses_not_held(kiosk: Kiosk, patch: pytest.MonkeyPatch) -> None:
    """A purse is read and written without being held in between."""
    async with kiosk.db.transaction() as tx:
        await tx.run(queries.drop_purse_check)
        await tx.run(queries.drop_pool_check)
    patch.setattr(opening, "ask_locks", opening.ask_purses)


async def rings(kiosk: Kiosk, patch: pytest.MonkeyPatch) -> None:
    """Pieces are not counted at all."""
    del kiosk

    async def nothing(*_: Any) -> None:
        return

    patch.setattr("regulars.flows.redemption.counter.take_pieces", nothing)


class _Changed:
    """Named statements, some of them changed."""

    def __init__(self, known: Any, **changed: Any) -> None:
        self.__dict__.update(changed)
        self._known = known

    def __getattr__(self, name: str) -> Any:
        return getattr(self._known, name)


HAMMERS: Sequence[tuple[Scenario, Mutant]] = [
    (last_pieces, pools_not_held),
    (one_wallet, purses_not_held),
    (limits, purses_not_held),
    (endings, purses_not_held),
    (crossing, rings),
]
NAMES = [scenario.__name__ for scenario, _ in HAMMERS]


@pytest.fixture
async def kiosk(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Kiosk]:
    """A kiosk opened at home and served over a slow wire with a connection for each client."""
    kiosk = await open_kiosk(db, members=CLIENTS)
    async with far_away(database_url, tmp_path, (0.002, 0.008), CLIENTS) as far:
        kiosk.db = far
        yield kiosk


@pytest.mark.parametrize(("scenario", "mutant"), HAMMERS, ids=NAMES)
async def test_it_holds(kiosk: Kiosk, scenario: Scenario, mutant: Mutant) -> None:
    await scenario(kiosk)


@pytest.mark.parametrize(("scenario", "mutant"), HAMMERS, ids=NAMES)
async def test_it_would_notice(
    kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch, scenario: Scenario, mutant: Mutant
) -> None:
    await mutant(kiosk, monkeypatch)
    with pytest.raises((AssertionError, ExceptionGroup)):
        await scenario(kiosk)
