"""The guards of the hot path, each taken away: what a hammer must notice, or it proves nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from tests.flows.accrual.setting import Shop
from tests.hammer.scenarios import queries

from regulars.core.ledger import Purse
from regulars.core.ledger import opening as ledger_opening
from regulars.flows.accrual import gather, post
from regulars.infra.db import Transaction


async def messages_not_unique(shop: Shop, patch: pytest.MonkeyPatch) -> None:
    """Nothing says that a message was admitted before."""
    async with shop.db.transaction() as tx:
        await tx.run(queries.drop_identity_once)


async def budgets_not_bounded(shop: Shop, patch: pytest.MonkeyPatch) -> None:
    """A budget is counted without looking whether it is used up."""
    known = post.queries.update_budgets
    sql = known.sql.replace("AND (c.delta <= 0 OR b.used + c.delta <= c.maximum)", "")
    assert sql != known.sql
    patch.setattr(
        post, "queries", _Changed(post.queries, update_budgets=msgspec.structs.replace(known, sql=sql))
    )


async def orders_read_once(shop: Shop, patch: pytest.MonkeyPatch) -> None:
    """An order is corrected as it was before its member's purse was held."""
    first: dict[int, Any] = {}
    known = gather.rated_orders

    async def read_once(tx: Transaction, *arguments: Any) -> Any:
        if id(tx) not in first:
            first[id(tx)] = (tx, await known(tx, *arguments))
        return first[id(tx)][1]

    patch.setattr(gather, "rated_orders", read_once)


async def nobody_waits_for_orders(shop: Shop, patch: pytest.MonkeyPatch) -> None:
    """A refund whose order is not there does not wait for those that are on their way."""
    patch.setattr(gather, "_not_seen", lambda *_: False)


async def members_read_once(shop: Shop, patch: pytest.MonkeyPatch) -> None:
    """Tags are what they were before the member's purse was held."""
    known = gather._read_owners

    async def read_once(*arguments: Any, again: bool = False) -> None:
        if not again:
            await known(*arguments)

    patch.setattr(gather, "_read_owners", read_once)


async def purses_locked_in_any_order(shop: Shop, patch: pytest.MonkeyPatch) -> None:
    """Purses are locked one by one as they come."""
    pick = random.Random(7)

    async def in_any_order(tx: Transaction, member_ids: Sequence[int]) -> dict[int, Purse]:
        shuffled = pick.sample(list(member_ids), len(member_ids))
        found: dict[int, Purse] = {}
        for member_id in shuffled:
            found |= await lock_purses(tx, [member_id])
        return found

    lock_purses = gather.lock_purses
    patch.setattr(gather, "lock_purses", in_any_order)


async def purses_not_locked(shop: Shop, patch: pytest.MonkeyPatch) -> None:
    """A purse is read and written without being held in between."""
    patch.setattr(ledger_opening, "ask_locks", ledger_opening.ask_purses)


async def rules_not_looked_at_again(shop: Shop, patch: pytest.MonkeyPatch) -> None:
    """A process goes on with the rules that it read first."""
    patch.setattr(gather, "_stale", lambda *_: False)


class _Changed:
    """Named statements, some of them changed."""

    def __init__(self, known: Any, **changed: Any) -> None:
        self.__dict__.update(changed)
        self._known = known

    def __getattr__(self, name: str) -> Any:
        return getattr(self._known, name)
