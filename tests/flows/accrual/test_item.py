"""An event that was let go is read again from its document, and a batch decides the same with it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.flows.accrual.setting import Shop, open_shop

from regulars.app.intake_port import item_of, taken
from regulars.core.events import Event, decode_doc, encode_doc
from regulars.features.catalog import Product
from regulars.flows.accrual import Item, Receipt, accrue, pipeline
from regulars.flows.accrual.complete import complete
from regulars.flows.accrual.post import BudgetMoved
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    """The corner shop."""
    return await open_shop(db, clock, tmp_path)


def told(receipt: Receipt) -> list[Any]:
    """Return what was decided, without the numbers of events and transfers."""
    return [
        (answer.status, outcome.fired, [(one.point_type_id, one.amount) for one in outcome.granted])
        for answer in receipt.answers
        if (outcome := answer.outcome) is not None
    ]


def test_an_event_is_read_again_as_it_was() -> None:
    event = Event(NOON, key="k", type="Seat Taken", properties={"seats": 3, "row": "b"}, user_id="anna")
    item = Item(1, event, encode_doc(event), 0, b"")
    item.note()
    item.let_go()
    assert not item.at_hand
    assert item.event == event
    assert (item.type, item.user_id, item.identified) == ("Seat Taken", "anna", False)


def test_an_event_that_says_more_than_its_document_is_kept() -> None:
    event = Event(NOON, key="k", type="Seat Taken", user_id="anna")
    restated = msgspec.structs.replace(event, key="")
    item = Item(1, restated, encode_doc(event), 0, b"", restated=True)
    item.let_go()
    assert item.event is restated


async def test_who_sent_an_order_does_not_hold_what_was_read_of_it_for_the_catalogue(shop: Shop) -> None:
    book = await shop.rulebooks.get(shop.db, shop.program_id)
    known = Product("tea", name="Green tea", category="drinks/tea")
    book = msgspec.structs.replace(book, products={"tea": known})
    event = shop.event("Order Completed", order={"order_id": "o-1", "lines": [{"sku": "tea", "amount": 5}]})
    item = taken(shop.till, event)
    completed = complete(item, book)
    assert not completed.at_hand
    unknown = shop.event("Order Completed", order={"order_id": "o-2", "lines": [{"sku": "mug", "amount": 5}]})
    as_sent = taken(shop.till, unknown)
    assert complete(as_sent, book) is as_sent
    assert not as_sent.at_hand
    assert completed.event.order.lines[0].name == "Green tea"
    assert completed.event == decode_doc(completed.doc)
    assert not item.at_hand
    assert item.event == event


async def test_a_large_batch_is_decided_as_small_ones_are_also_when_it_has_to_be_decided_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [
        shop.order(f"a-{place}", f"{10 + place}.00", "anna") for place in range(pipeline.KEPT_AT_HAND + 6)
    ]
    second = [msgspec.structs.replace(event, key=f"b{event.key}", user_id="ben") for event in first]
    second = [
        msgspec.structs.replace(event, order=msgspec.structs.replace(event.order, order_id=f"b-{place}"))
        for place, event in enumerate(second)
    ]
    singly = [
        told(await accrue(shop.db, shop.rulebooks, shop.program_id, [item_of(shop.till, event)], shop.now))
        for event in first
    ]
    write, failed = pipeline.write, []

    async def write_at_second_try(*arguments: Any) -> None:
        if not failed:
            failed.append(True)
            raise BudgetMoved
        await write(*arguments)

    monkeypatch.setattr(pipeline, "write", write_at_second_try)
    items: list[Any] = [taken(shop.till, event) for event in second]
    together = await accrue(shop.db, shop.rulebooks, shop.program_id, items, shop.now)
    assert failed
    assert all(answer.rated is None for answer in together.answers)
    assert told(together) == [one for answers in singly for one in answers]
    assert not any(item.at_hand for item in together.items)
