"""What a reward would cost now, and whether it could be had: the same decision, undone."""

from __future__ import annotations

from datetime import datetime

import msgspec

from regulars.features.rewards import Priced
from regulars.flows.redemption.counter import Grounds, open_counter
from regulars.flows.redemption.model import Ask
from regulars.flows.redemption.port import Gain
from regulars.flows.redemption.take import price, redeemed, take_at, tiers_of
from regulars.infra.db import Database, Transaction
from regulars.kit.errors import Rejected


class Quote(msgspec.Struct, frozen=True):
    """The price where there is one, and why the reward could not be had, if so.

    `given_back`: what rules give, or take, when it is confirmed.
    """

    ask: Ask
    point_type: str | None
    price: Priced | None
    refusal: Rejected | None
    given_back: tuple[Gain, ...] = ()


class _Undo(Exception):
    """Ends a transaction that must leave no trace."""


async def quote(db: Database, grounds: Grounds, program_id: int, ask: Ask, now: datetime) -> Quote:
    """Return what taking a reward would do; nothing is kept. Never refuses for what the reward or the wallet lacks."""
    found: Quote | None = None
    try:
        async with db.transaction() as tx:
            found = await preview(tx, grounds, program_id, ask, now)
            raise _Undo
    except _Undo:
        assert found is not None
    return found


async def preview(tx: Transaction, grounds: Grounds, program_id: int, ask: Ask, now: datetime) -> Quote:
    """Do it in a transaction that the caller undoes."""
    counter = await open_counter(tx, grounds, program_id, [ask.member_id], now)
    try:
        priced, kind = await price(counter, ask, await tiers_of(counter, [ask]))
    except Rejected as refusal:
        return Quote(ask, None, None, refusal)
    (result,) = await take_at(counter, [ask], alone=True)
    if isinstance(result, Rejected):
        return Quote(ask, kind.code, priced, result)
    if not ask.at_once:
        redeemed(counter, counter.book.by_id[result.order.reward_id].reward, result.order)
    await counter.close()
    return Quote(ask, kind.code, priced, None, counter.gains)
