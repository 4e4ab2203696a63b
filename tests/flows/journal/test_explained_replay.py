"""An event that was set aside and replayed is explained like any other, however long it had to wait."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.flows.journal.test_journal import BEYOND, Shop, _mistake, order, shop

import regulars.flows.accrual.decide as decide
from regulars.flows.accrual.insight import Rulebooks, current_rulebook
from regulars.flows.explanation import explain_event, find_event
from regulars.flows.explanation.errors import UnknownEvent
from regulars.flows.journal import list_parked, replay

__all__ = ["shop"]


async def test_a_replayed_event_is_explained(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(decide, "_rate_one", _mistake, raising=False)
        broken.setattr(decide, "rate", _mistake)
        await shop.send(order("1"))
    book = await current_rulebook(shop.db, Rulebooks(), shop.config.id)
    async with shop.db.transaction(read_only=True) as tx:
        (parked,) = await list_parked(tx, shop.config, before=BEYOND, limit=10)
        with pytest.raises(UnknownEvent):
            await find_event(tx, book, order_id="1")
    await shop.send(order("2"))
    now = shop.clock.advance(timedelta(days=40))
    await replay(shop.db, shop.port, shop.config, parked.id, now)
    async with shop.db.transaction(read_only=True) as tx:
        for asked in ({"order_id": "1"}, {"source": "till", "key": "m1"}):
            found = await find_event(tx, book, **asked)
            told = await explain_event(tx, book, found, now)
            assert told["decided_again_the_same"] is True
            assert {rule["rule"] for rule in told["rules_fired"]} >= {"earn"}
            assert told["rules_not_fired"]
