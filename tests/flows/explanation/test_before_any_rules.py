"""What happened before the first version of the rules was in force gave nothing, and says so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.features.http import calling
from tests.flows.accrual.setting import PROGRAM, Shop, open_shop
from tests.flows.accrual.test_catch_up import publish

from regulars.flows.accrual import Receipt
from regulars.flows.accrual.insight import current_rulebook
from regulars.flows.explanation import event_at, explain_event, router
from regulars.flows.journal import Journal
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.kit.ids import encode

DRAFT = PROGRAM.replace("publish: true", "publish: false")
FIRST = "No rules were published when this happened: the first version is in force from "


async def explained(shop: Shop, receipt: Receipt, language: Any = "en") -> tuple[str | None, str | None]:
    """Return the cause and the reason that an explanation says of an event now."""
    book = await current_rulebook(shop.db, shop.rulebooks, shop.program_id)
    async with shop.db.transaction(read_only=True) as tx:
        event = await event_at(tx, book, receipt.answers[0].event_id or 0)
        answer = await explain_event(tx, book, event, shop.clock.now(), language)
    return answer["cause"], answer["reason"]


async def journal_says(shop: Shop, receipt: Receipt) -> tuple[str, str]:
    async with shop.db.transaction(read_only=True) as tx:
        journal = await Journal.open(tx, shop.program_id)
        entry = await journal.by_id(tx, receipt.answers[0].event_id or 0)
    return entry.reason_code, entry.reason


async def test_the_explanation_says_since_when_there_are_rules(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, DRAFT)
    early = await shop.send(shop.order("1", "40.00"))
    none = "No rules were published when this happened, and none are in force yet."
    assert await explained(shop, early) == ("no_rules_yet", none)
    clock.advance(timedelta(hours=1))
    begins = clock.now()
    await publish(shop, tmp_path, PROGRAM)
    clock.advance(timedelta(hours=1))
    late = await shop.send(
        shop.order("2", "40.00", "bert", occurred_at=(begins - timedelta(minutes=1)).isoformat())
    )
    for receipt in (early, late):
        cause, reason = await explained(shop, receipt)
        zone = receipt.rulebook.zone
        moment = f"{begins.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone.key}"
        assert cause == "no_rules"
        assert (
            reason
            == f"No rules were published when this happened: the first version is in force from {moment}."
        )
        _, chinese = await explained(shop, receipt, "zh-CN")
        assert chinese == f"此事件发生时尚未发布规则：首个版本自 {moment} 起生效。"
        assert await journal_says(shop, receipt) == (
            "no_rules",
            "No rules were published when this happened.",
        )


async def test_the_page_reads_it_and_other_events_have_no_such_reason(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path)
    before = (clock.now() - timedelta(minutes=1)).isoformat()
    early = await shop.send(shop.order("1", "40.00", occurred_at=before))
    seen = await shop.send(shop.event("Page Seen"))
    refund = await shop.send(shop.refund("1"))
    again = await shop.send(shop.refund("1"))
    path = "/programs/corner/events/{}/explanation"
    async with calling(db, clock, router) as client:
        answer = await client.json("GET", path.format(encode("evt", early.answers[0].event_id or 0)))
    assert answer["cause"] == "no_rules"
    assert answer["reason"].startswith(FIRST)
    assert (await explained(shop, seen), await journal_says(shop, seen)) == ((None, None), ("", ""))
    assert (await explained(shop, refund))[0] is None
    assert await explained(shop, again) == ("nothing_left_of_the_order", "Nothing was left of the order.")
