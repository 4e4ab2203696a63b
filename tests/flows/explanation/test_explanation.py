"""Explained is decided: whatever was posted is found again, rule by rule, from what is stored with the event."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.features.http import Client, calling
from tests.flows.accrual.setting import PROGRAM, Shop, open_shop
from tests.flows.explanation.histories import history, send_all

from regulars.core.events import EventStatus
from regulars.features.programs import load_config
from regulars.flows.accrual import evaluation_of
from regulars.flows.accrual.insight import current_rulebook
from regulars.flows.explanation import event_at, explain_event, explain_transfer, router
from regulars.flows.explanation.events import agrees, recall
from regulars.flows.journal import Journal
from regulars.flows.points import adjust
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries
from regulars.kit.ids import encode

queries = load_queries(__package__)


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    """The corner shop, opened long before the histories begin."""
    made = await open_shop(db, FixedClock(clock.now() - timedelta(days=90)), tmp_path)
    made.clock = clock
    return made


@pytest.mark.parametrize("seed", range(4))
async def test_every_event_of_a_history_decided_again_is_what_was_posted(shop: Shop, seed: int) -> None:
    await send_all(shop, history(shop, seed), seed, shuffled=seed % 2 == 1)
    book = await current_rulebook(shop.db, shop.rulebooks, shop.program_id)
    compared = 0
    async with shop.db.transaction(read_only=True) as tx:
        for event_id, member_id in await tx.all(queries.select_event_ids):
            recalled = await recall(tx, book, await event_at(tx, book, event_id, member_id))
            verdict = agrees(recalled)
            if verdict is None:
                continue
            assert verdict, encode("evt", event_id)
            asked, outcome = recalled.asked, recalled.outcome
            assert asked is not None
            again = sum(award.points for award in asked.decision().awards)
            assert again == sum(granted.amount for granted in outcome.granted)
            fired = {v.rule_index for v in asked.verdicts() if v.fired}
            assert fired == set(outcome.fired)
            compared += 1
    assert compared > 30


async def test_every_transfer_of_a_history_is_explained(shop: Shop) -> None:
    await send_all(shop, history(shop, 7, 40), 7)
    book = await current_rulebook(shop.db, shop.rulebooks, shop.program_id)
    async with shop.db.transaction(read_only=True) as tx:
        for transfer_id, amount in await tx.all(queries.select_transfer_ids):
            answer = await explain_transfer(tx, book, transfer_id)
            assert answer["transfer"]["points"] == amount
            assert answer["why"].startswith(f"{amount} ")
            if answer["rules"]:
                assert sum(rule["points"] for rule in answer["rules"]) == amount
                assert all(rule["sentence"] for rule in answer["rules"])


async def test_why_not_says_what_was_missing(shop: Shop) -> None:
    receipt = await shop.send(shop.order("1", "12.40", store="web"))
    book = receipt.rulebook
    async with shop.db.transaction(read_only=True) as tx:
        event = await event_at(tx, book, receipt.answers[0].event_id or 0)
        answer = await explain_event(tx, book, event, shop.clock.now())
    missing = {rule["rule"]: rule for rule in answer["rules_not_fired"]}
    assert missing["capped"]["condition_path"] == "rules[1].when.rules[0]"
    assert "north" in missing["capped"]["reason"]
    assert {rule["rule"] for rule in answer["rules_fired"]} >= {"base", "first"}
    club = answer["member"]["tiers"]["club"]
    assert (club["tier"], club["next"], club["missing"]) == ("bronze", "silver", 88)
    points = answer["member"]["balances"]["points"]
    assert (points["available"], points["scale"]) == (162, 0)
    assert points["expiring"] == [{"on": "2027-03-02", "points": 162}]


async def test_what_ends_when_is_said_where_it_is_known_and_never_wrong(shop: Shop) -> None:
    ends = [{"on": "2027-03-02", "points": 162}]
    order = shop.order("1", "12.40", store="web")
    for answer in (await shop.send(order), await shop.send(order)):  # the second time it is a duplicate
        points = evaluation_of(answer, 0)["member"]["balances"]["points"]
        assert points["available"] == 162
        assert points.get("expiring", ends) == ends
    returned = await shop.send(shop.refund("1"))
    after = evaluation_of(returned, 0)["member"]["balances"]["points"]
    assert [one["points"] for one in after["expiring"]] == [after["available"]]


async def test_a_refund_is_part_of_its_orders_explanation(shop: Shop) -> None:
    first = await shop.send(shop.order("1", "40.00"))
    await shop.send(shop.refund("1"))
    async with shop.db.transaction(read_only=True) as tx:
        event = await event_at(tx, first.rulebook, first.answers[0].event_id or 0)
        answer = await explain_event(tx, first.rulebook, event, shop.clock.now())
    assert answer["event"]["cancelled"]
    (correction,) = answer["corrections"]
    assert correction["type"] == "Order Refunded"
    earned = next(one for one in answer["transfers"] if one["point_type"] == "points" and one["points"] == 90)
    assert sum(back["points"] for back in earned["taken_back"]) == 90


async def _in_chinese(client: Client, event_id: str, transfer: str) -> None:
    event = await client.json(
        "GET", f"/programs/corner/events/{event_id}/explanation", accept_language="zh-CN"
    )
    why = await client.json("GET", f"/programs/corner/transfers/{transfer}/explanation?language=zh-CN")
    read = [rule["sentence"] for rule in (*event["rules_fired"], *why["rules"])]
    assert len(read) > 1
    assert all(text.endswith("。") for text in read)


async def test_over_http(shop: Shop, clock: FixedClock) -> None:
    receipt = await shop.send(shop.order("1", "12.40", id="m-1"), shop.order("2", "99.00"))
    assert receipt.answers[0].status is EventStatus.ACCEPTED
    event_id = encode("evt", receipt.answers[0].event_id or 0)
    async with calling(shop.db, clock, router) as client:
        by_id = await client.json("GET", f"/programs/corner/events/{event_id}/explanation")
        by_key = await client.json("GET", "/programs/corner/events/explanation?source=till&key=m-1")
        by_order = await client.json("GET", "/programs/corner/events/explanation?order_id=1")
        assert by_id == by_key == by_order
        assert by_id["decided_again_the_same"] is True
        transfer = by_id["transfers"][0]["id"]
        why = await client.json("GET", f"/programs/corner/transfers/{transfer}/explanation")
        assert why["event"]["id"] == event_id
        await _in_chinese(client, event_id, transfer)
        await _pages(client)
        await client.call("GET", "/programs/corner/events/evt_0000000000001/explanation", status=404)
        await client.call("GET", "/programs/corner/events/nonsense/explanation", status=404)
        await client.call("GET", "/programs/corner/transfers/trf_0000000000001/explanation", status=404)
        await client.call("GET", "/programs/corner/events/explanation?source=till", status=422)
        marketer = client.acting("marketer")
        await marketer.call("GET", f"/programs/corner/events/{event_id}/explanation", status=403)
        await marketer.call("GET", "/programs/corner/members/external_id:anna/timeline", status=403)
        stranger = client.acting("owner@999")
        await stranger.call("GET", f"/programs/corner/events/{event_id}/explanation", status=404)


async def _pages(client: Client) -> None:
    """A timeline read in pages of two is the timeline read at once."""
    path = "/programs/corner/members/external_id:anna/timeline"
    whole = (await client.json("GET", f"{path}?limit=100"))["data"]
    assert {entry["entry"] for entry in whole} == {"event", "transfer", "tier_changed"}
    by_rule = [
        entry["rules"] for entry in whole if entry["entry"] == "transfer" and "rules" in entry["detail"]
    ]
    assert {"rule": "base", "name": "A point a euro"} in [rule for rules in by_rule for rule in rules]
    paged, cursor = [], ""
    while cursor is not None:
        page = await client.json("GET", f"{path}?limit=2" + (f"&cursor={cursor}" if cursor else ""))
        paged += page["data"]
        cursor = page["next_cursor"]
    assert paged == whole


async def test_a_reason_given_by_hand_is_told(shop: Shop) -> None:
    receipt = await shop.send(shop.order("1", "40.00"))
    member_id = receipt.answers[0].member_id
    assert member_id
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        done = await adjust(
            tx,
            config,
            member_id,
            7,
            "credit",
            actor="staff:1",
            reason="the coffee was cold",
            now=shop.clock.now(),
        )
    async with shop.db.transaction(read_only=True) as tx:
        answer = await explain_transfer(tx, receipt.rulebook, done.transfer)
    assert answer["why"].endswith("because: the coffee was cold.")
    assert answer["transfer"]["detail"]["reason"] == "the coffee was cold"


async def test_what_is_missing_is_told_to_the_last_decimal(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    by_distance = PROGRAM.replace(
        "metric: {of: points, point_type: net}", "metric: {of: event, event: Ran, field: event.properties.km}"
    )
    shop = await open_shop(db, clock, tmp_path, by_distance.replace("threshold: 100", "threshold: 42.195"))
    receipt = await shop.send(shop.event("Ran", properties={"km": 40.5}))
    async with shop.db.transaction(read_only=True) as tx:
        event = await event_at(tx, receipt.rulebook, receipt.answers[0].event_id or 0)
        club = (await explain_event(tx, receipt.rulebook, event, clock.now()))["member"]["tiers"]["club"]
    assert (club["tier"], club["next"], club["missing"]) == ("bronze", "silver", "1.695")


async def test_what_caps_of_a_point_type_took_is_told(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """Who earns less than the rules say because her wallet or her day is full hears it, of event and transfer."""
    capped = PROGRAM.replace(
        "{expiry: {rolling_months: 12}, debt",
        "{expiry: {rolling_months: 12}, earn_max: {day: 90}, debt",
    )
    shop = await open_shop(db, FixedClock(clock.now() - timedelta(days=9)), tmp_path, capped)
    first = await shop.send(shop.order("1", "95.50"))
    second = await shop.send(shop.order("2", "20.00"))
    async with db.transaction(read_only=True) as tx:
        book = first.rulebook
        answers = [
            await explain_event(
                tx, book, await event_at(tx, book, receipt.answers[0].event_id or 0), clock.now()
            )
            for receipt in (first, second)
        ]
        transfers = [
            await explain_transfer(tx, book, one) for (one, _) in await tx.all(queries.select_transfer_ids)
        ]
    by_event = [
        [
            (cut["rule"], cut["limit"]["measure"], cut["limit"]["period"], cut["cut"])
            for cut in answer["limited"]
        ]
        for answer in answers
    ]
    # 95 of the order and 50 for the first one, of which the day takes 90; then the day is full.
    assert by_event == [
        [("base", "earn_max", "day", 5), ("first", "earn_max", "day", 50)],
        [("base", "earn_max", "day", 20)],
    ]
    assert {cut["code"] for answer in answers for cut in answer["limited"]} == {"cap_reached"}
    said = {cut["sentence"] for answer in answers for cut in answer["limited"]}
    assert said == {"at most 90 points a day per member"}
    async with db.transaction(read_only=True) as tx:
        entry = await (await Journal.open(tx, book.program_id)).by_id(tx, second.answers[0].event_id or 0)
    assert entry.reason == "A member may not get more points: base gave less."
    assert (entry.reason_code, entry.reason_facts["rules"]) == ("cap_reached", ["base"])
    told = [cut["limit"] for transfer in transfers for cut in transfer["limited"]]
    assert told == [{"measure": "earn_max", "max": 90, "per": "member", "period": "day", "owner": "points"}]


async def test_limits_are_named_in_explanation_and_journal_in_the_language_asked(shop: Shop) -> None:
    """The rule `capped` gives at most so much; whoever is cut hears by which limit, and how much it took."""
    last = None
    for number in range(12):
        last = await shop.send(shop.order(str(number), "500.00", store="north"))
    assert last is not None
    book, number = last.rulebook, last.answers[0].event_id or 0
    async with shop.db.transaction(read_only=True) as tx:
        event = await event_at(tx, book, number)
        english = await explain_event(tx, book, event, shop.clock.now())
        chinese = await explain_event(tx, book, event, shop.clock.now(), "zh-CN")
        entry = await (await Journal.open(tx, book.program_id)).by_id(tx, number)
    (cut,) = english["limited"]
    assert (cut["rule"], cut["code"], cut["limit"]["owner"]) == ("capped", "limit_reached", "capped")
    assert cut["sentence"].startswith("at most ")
    assert chinese["limited"][0]["sentence"].startswith("每位会员")
    assert entry.reason == "A limit of capped was reached."
    assert (entry.reason_code, entry.reason_facts) == ("limit_reached", {"rules": ["capped"]})
