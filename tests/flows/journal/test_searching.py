"""Looking for events by a few letters, and one of them once more under the rules of now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.flows.journal.test_journal import BEYOND, Shop, order, shop

from regulars.core.events import EventStatus
from regulars.features.programs import load_config
from regulars.features.rulesets import put_rule
from regulars.flows.apply import publish
from regulars.flows.journal import EventErased, EventOfTheSystem, Journal, UnknownEvent, rehearse
from regulars.flows.journal.entries import Filters
from regulars.flows.journal.searching import search
from regulars.flows.merging import erase
from regulars.kit import ids

__all__ = ["shop"]

EXTRA = {
    "code": "extra",
    "name": "Extra",
    "trigger": {"event": "Order Completed"},
    "then": [{"award": {"point_type": "beans", "points": 7}}],
}


async def looked_for(shop: Shop, text: str, **filters: Any) -> list[str]:
    """Return the orders (or types) that a text finds."""
    async with shop.db.transaction(read_only=True) as tx:
        journal = await Journal.open(tx, shop.config.id)
        found = await search(tx, journal.config, text, Filters(**filters))
        if found.rows is not None:
            entries = await journal.entries(tx, found.rows)
        else:
            entries = (await journal.page(tx, found.filters, BEYOND, 50)).data
    return [entry.order_id or entry.type for entry in entries]


async def test_an_event_is_found_by_itself_its_order_its_message_its_member_and_its_name(shop: Shop) -> None:
    await shop.send(order("1"), order("2", "5000"))
    (last,) = await shop.send({**order("3"), "id": "message-3"})
    assert await looked_for(shop, ids.encode("evt", last.event_id)) == ["3"]
    assert await looked_for(shop, "2") == ["2"]
    assert await looked_for(shop, "message-3") == ["3"]
    assert set(await looked_for(shop, ids.encode("mem", last.member_id))) >= {"3", "1"}
    assert await looked_for(shop, ids.encode("mem", last.member_id), types=("Order Completed",)) == ["3", "1"]
    assert await looked_for(shop, "5000", types=("Order Completed",)) == ["2"]
    assert await looked_for(shop, "rder comp") == ["3", "2", "1"]
    assert await looked_for(shop, "ORDER", status=EventStatus.UNKNOWN_MEMBER) == []
    assert await looked_for(shop, "2", status=EventStatus.UNKNOWN_MEMBER) == []
    assert await looked_for(shop, "2", source="nobody") == []
    assert await looked_for(shop, "evt_0000000000000") == []
    assert await looked_for(shop, "nothing of that name") == []


async def test_an_entry_says_by_what_its_sender_called_the_member(shop: Shop) -> None:
    (sent,) = await shop.send(order("1"))
    async with shop.db.transaction(read_only=True) as tx:
        entry = await (await Journal.open(tx, shop.config.id)).by_id(tx, sent.event_id)
    assert entry.known_as == "4000"


async def test_an_event_once_more_is_decided_by_the_rules_of_now_and_changes_nothing(shop: Shop) -> None:
    (sent,) = await shop.send(order("1"))
    before = await shop.page()
    now = shop.clock.advance(timedelta(minutes=1))
    again = await rehearse(shop.db, shop.port, shop.config, sent.event_id, now)
    fired = [one["rule"] for one in again.evaluation["rules_fired"]]
    assert again.status == EventStatus.ACCEPTED
    assert fired
    assert await shop.page() == before

    async with shop.db.transaction() as tx:
        await put_rule(tx, shop.config.id, "extra", EXTRA, now=now, status="active")
        await publish(tx, shop.config.id, now=now)
    later = shop.clock.advance(timedelta(minutes=1))
    again = await rehearse(shop.db, shop.port, shop.config, sent.event_id, later)
    assert "extra" not in fired
    assert "extra" in [one["rule"] for one in again.evaluation["rules_fired"]]
    assert await shop.page() == before


async def test_what_cannot_come_again_says_why(shop: Shop) -> None:
    (sent,) = await shop.send(order("1"))
    now = shop.clock.advance(timedelta(minutes=1))
    with pytest.raises(UnknownEvent):
        await rehearse(shop.db, shop.port, shop.config, sent.event_id + 1, now)
    async with shop.db.transaction(read_only=True) as tx:
        page = await (await Journal.open(tx, shop.config.id)).page(tx, Filters(), BEYOND, 50)
    for own in (entry for entry in page.data if entry.source is None):
        with pytest.raises(EventOfTheSystem):
            await rehearse(shop.db, shop.port, shop.config, ids.decode("evt", own.id), now)
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.config.id)
        await erase(tx, config, sent.member_id, now=now)
    with pytest.raises(EventErased):
        await rehearse(shop.db, shop.port, shop.config, sent.event_id, now)
