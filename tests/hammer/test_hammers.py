"""Sixteen clients at once over a slow wire: nothing counts twice, nothing is lost; and each hammer hits its mutant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from tests.flows.accrual.setting import Shop, open_shop
from tests.hammer import mutants, scenarios
from tests.hammer.delay import far_away
from tests.hammer.gate import CLIENTS

from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

Scenario = Callable[[Shop], Awaitable[None]]
Mutant = Callable[[Shop, pytest.MonkeyPatch], Awaitable[None]]

HAMMERS: list[tuple[Scenario, Mutant]] = [
    (scenarios.one_message, mutants.messages_not_unique),
    (scenarios.whole_refunds, mutants.orders_read_once),
    (scenarios.refunds_of_parts, mutants.orders_read_once),
    (scenarios.order_meets_refund, mutants.nobody_waits_for_orders),
    (scenarios.greetings, mutants.members_read_once),
    (scenarios.budgets, mutants.budgets_not_bounded),
    (scenarios.crossing_batches, mutants.purses_locked_in_any_order),
    (scenarios.spends, mutants.purses_not_locked),
    (scenarios.publishing, mutants.rules_not_looked_at_again),
]
NAMES = [scenario.__name__ for scenario, _ in HAMMERS]


# These over a wire as slow as to the next town; the others as in one building.
FAR = (scenarios.whole_refunds, scenarios.budgets)
FAR_S, NEAR_S = (0.005, 0.020), (0.001, 0.004)


@pytest.fixture
async def shop(
    db: Database,
    database_url: str,
    clock: FixedClock,
    tmp_path: Path,
    scenario: Scenario,
) -> AsyncIterator[Shop]:
    """The corner shop, opened at home and served over a slow wire with a connection for each client."""
    shop = await open_shop(db, clock, tmp_path, scenarios.HAMMERED)
    async with db.transaction() as tx:
        await tx.run(scenarios.queries.notice_rings_soon)
    delay_s = FAR_S if scenario in FAR else NEAR_S
    async with far_away(database_url, tmp_path, delay_s, CLIENTS) as far:
        shop.db = far
        yield shop


@pytest.mark.parametrize(("scenario", "mutant"), HAMMERS, ids=NAMES)
async def test_it_holds(shop: Shop, scenario: Scenario, mutant: Mutant) -> None:
    await scenario(shop)


@pytest.mark.parametrize(("scenario", "mutant"), HAMMERS, ids=NAMES)
async def test_it_would_notice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, scenario: Scenario, mutant: Mutant
) -> None:
    await mutant(shop, monkeypatch)
    with pytest.raises(AssertionError):
        await scenario(shop)
