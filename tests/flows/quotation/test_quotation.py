"""A quote is what would happen, to the point, and leaves no trace."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.features.http import calling
from tests.flows.accrual.setting import Shop, open_shop, points
from tests.flows.explanation.histories import history, send_all

from regulars.core.ledger import Side
from regulars.flows.accrual import try_out
from regulars.flows.accrual.insight import current_rulebook
from regulars.flows.quotation import Hypothesis, NothingToQuote, Question, QuoteRefused, quote, router
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)

BASKET = {"order": {"revenue": "12.40", "lines": [{"sku": "TEA", "quantity": 2, "price": "3.20"}]}}


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    """The corner shop, opened long before the histories begin."""
    made = await open_shop(db, FixedClock(clock.now() - timedelta(days=90)), tmp_path)
    made.clock = clock
    return made


async def ask(shop: Shop, **question: Any) -> dict[str, Any]:
    """Return a quote for BASKET unless another event is given."""
    book = await current_rulebook(shop.db, shop.rulebooks, shop.program_id)
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        asked = Question(**{"event": dict(BASKET), **question})
        return await quote(tx, book, asked, shop.clock.now())


async def test_a_stranger_is_quoted_what_she_would_get(shop: Shop) -> None:
    told = await ask(shop)
    assert (told["known"], told["member"]["id"]) == (False, None)
    assert told["points"] == {"points": 72 + 100, "net": 12}  # and 100 on entry of Bronze
    near = {rule["rule"]: rule for rule in told["rules_not_fired"]}
    assert set(near) == {"capped", "silver-double"}
    assert told["member"]["balances"]["points"]["available"] == 172
    assert told["member"]["tiers"]["club"]["missing"] == 88


@pytest.mark.parametrize("seed", range(3))
async def test_a_quote_is_kept(shop: Shop, seed: int) -> None:
    events = history(shop, seed, 60)
    await send_all(shop, events[:-12], seed)
    for event in events[-12:]:
        if event.type != "Order Completed" or event.order is None:
            continue
        order = event.order
        lines = [
            {"sku": one.sku, "quantity": one.quantity, "price": f"{(one.price or 0) / 100:.2f}"}
            for one in order.lines
        ]
        said: dict[str, Any] = {"order": {"revenue": f"{order.amount / 100:.2f}", "lines": lines}}
        if event.store:
            said["store"] = event.store
        told = await ask(shop, event=said, member={"user_id": event.user_id}, at=event.occurred_at)
        receipt = await shop.send(event)
        kept = receipt.answers[0].outcome
        assert kept is not None
        entries = sum(one[3] for one in kept.entries)
        assert told["points"].get("points", 0) == points(receipt).get("points", 0) + entries
        assert [rule["rule"] for rule in told["rules_fired"]] == [
            receipt.rulebook.version_numbered(kept.version).ruleset.rules[index].code for index in kept.fired
        ]
        purse = receipt.works[receipt.answers[0].member_id or 0].purse
        slot = receipt.rulebook.points["points"].terms.slot
        assert told["member"]["balances"]["points"]["available"] == purse.balance(slot, Side.AVAILABLE)


async def test_nothing_is_written(shop: Shop) -> None:
    # Their transactions are read only as well; the server's log is shared with other tests and tells nothing.
    await shop.send(shop.order("1", "30.00", store="north"))
    await ask(shop)
    async with shop.db.transaction(read_only=True) as tx:
        before = await tx.one(queries.count_everything)
    for member in (None, "external_id:anna", {"user_id": "nobody"}, {"user_id": "anna"}):
        await ask(shop, member=member)
    await try_out(
        shop.db, shop.rulebooks, shop.program_id, shop.items([shop.order("2", "9.00", "eve")]), shop.now
    )
    async with shop.db.transaction(read_only=True) as tx:
        assert await tx.one(queries.count_everything) == before


async def test_a_dry_run_is_what_would_happen(shop: Shop) -> None:
    order = shop.order("1", "99.00", store="north")
    tried = await try_out(shop.db, shop.rulebooks, shop.program_id, shop.items([order, order]), shop.now)
    real = await shop.send(order, order)
    assert [answer.status for answer in tried.answers] == [answer.status for answer in real.answers]
    assert points(tried, 0) == points(real, 0)


async def test_somebody_imagined(shop: Shop) -> None:
    silver = await ask(shop, hypothesis=Hypothesis(tiers={"club": "silver"}))
    assert silver["points"]["points"] == 72 + 12  # the base again; entries of tiers assumed are not paid
    assert silver["member"]["tiers"]["club"]["tier"] == "silver"
    await shop.send(shop.order("1", "10.00"))
    anna = await ask(shop, member="external_id:anna", hypothesis=Hypothesis(tiers={"club": "silver"}))
    assert anna["points"]["points"] == 12 + 10 + 12
    assert anna["member"]["balances"]["points"]["available"] == 160 + 34


async def test_another_time(shop: Shop) -> None:
    with_rules = await ask(shop)
    before_rules = await ask(shop, at=shop.clock.now() - timedelta(days=200))
    assert with_rules["ruleset_version"] == 1
    assert before_rules["ruleset_version"] is None
    assert "points" not in before_rules["points"] or before_rules["points"]["points"] == 100


async def test_a_return_is_quoted(shop: Shop) -> None:
    await shop.send(shop.order("1", "40.00"))
    told = await ask(
        shop, event={"type": "Order Refunded", "order": {"order_id": "1"}}, member="external_id:anna"
    )
    assert told["points"] == {"points": -90, "net": -40}
    with pytest.raises(NothingToQuote):
        await ask(shop, event={"type": "Order Refunded", "order": {"order_id": "2"}})


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ({"event": {"order": 3}}, "event.order"),
        ({"event": {"order": {"revenue": "abc"}}}, "event.order.revenue"),
        ({"event": {"type": "", "order": {}}}, "event.type"),
        ({"event": {"type": 7}}, "event.type"),
        ({"event": {"order": {"lines": [{"sku": "A"}] * 2001}}}, "event.order.lines"),
        ({"member": {"user_id": {"a": 1}}}, "member.user_id"),
        ({"member": {"email": "no address"}}, "member.email"),
        ({"source": "nowhere"}, "source"),
        ({"hypothesis": Hypothesis(tiers={"club": "diamond"})}, "hypothesis.tiers.club"),
        ({"hypothesis": Hypothesis(tiers={"moon": "silver"})}, "hypothesis.tiers.moon"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_its_place(
    shop: Shop, question: dict[str, Any], path: str
) -> None:
    with pytest.raises(QuoteRefused) as refused:
        await ask(shop, **question)
    assert refused.value.errors[0].path == path


async def test_over_http(shop: Shop, clock: FixedClock) -> None:
    program = shop.program_id
    async with calling(shop.db, clock, router) as client:
        whole = await client.json("POST", "/programs/corner/quotes", {"event": BASKET})
        assert whole["points"] == {"points": 172, "net": 12}
        till = client.acting(f"quotes:read@{program}")
        assert await till.json("POST", "/quotes", {"event": BASKET}) == whole
        brief = await till.json("POST", "/quotes", {"event": BASKET, "explain": False})
        assert brief["rules_not_fired"] == []
        await client.call("POST", "/quotes", {"event": BASKET}, status=403)  # of no program
        await client.acting("finance").call("POST", "/programs/corner/quotes", {"event": BASKET}, status=403)
        await client.acting("owner@999").call(
            "POST", "/programs/corner/quotes", {"event": BASKET}, status=404
        )
        missing = {"event": BASKET, "member": "external_id:ghost"}
        await client.call("POST", "/programs/corner/quotes", missing, status=404)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"event": 3}',
        b'{"event": {}, "event": {}}',
        b'{"event": {"order": {"revenue": NaN}}}',
        b'{"event": {"order": {"revenue": 1e999}}}',
        b'{"event": {}, "balance": 5}',
        b'{"event": {}, "hypothesis": {"balances": {}}}',
        b'{"event": {}, "at": "yesterday"}',
        b'{"event": {}, "at": "2026-03-02T10:00:00"}',
        b'{"event": {"type": "A\\u0000"}}',
        b'{"event": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}",
        b"\xff\xfe",
    ],
)
async def test_hostile_bodies_are_refused(shop: Shop, clock: FixedClock, body: bytes) -> None:
    async with calling(shop.db, clock, router) as client:
        headers = {"authorization": "Bearer owner", "content-type": "application/json"}
        answer = await client.http.post("/api/v1/programs/corner/quotes", content=body, headers=headers)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["code"]


async def test_the_member_of_the_event_counts_where_no_other_is_named(shop: Shop, clock: FixedClock) -> None:
    """A till may ask with the very event that it is going to send."""
    await shop.send(shop.order("1", "10.00", "anna"))
    told = {}
    async with calling(shop.db, clock, router) as client:
        for who, body in {
            "inside": {"event": {**BASKET, "member": {"user_id": "anna"}}},
            "beside": {"event": {**BASKET, "user_id": "anna"}},
            "reference": {"event": {**BASKET, "member": "external_id:anna"}},
            "before": {"event": {**BASKET, "member": {"user_id": "anna"}}, "member": {"user_id": "bela"}},
            "nobody": {"event": BASKET},
        }.items():
            told[who] = (await client.json("POST", "/programs/corner/quotes", body))["known"]
    assert told == {"inside": True, "beside": True, "reference": True, "before": False, "nobody": False}
