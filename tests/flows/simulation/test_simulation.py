"""The same rules make no difference, for no member; other rules make the difference that they make."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.features.http import Client, calling
from tests.flows.accrual.setting import PROGRAM, Shop, open_shop, points
from tests.flows.explanation.histories import history, send_all
from tests.flows.simulation.plain_sums import PlainSums

from regulars.core.events import Event
from regulars.features import rulesets
from regulars.flows.accrual import gather, rate_within, system_item
from regulars.flows.accrual.insight import Batch, Rulebooks, current_rulebook, is_correction, micros
from regulars.flows.apply import vocabulary_of
from regulars.flows.simulation import (
    Plan,
    compared_with_force,
    count,
    simulate,
    simulated_document,
    simulation_router,
    simulation_task,
)
from regulars.flows.simulation.histories import close_batches
from regulars.flows.simulation.kept import KEPT, keep, runs_of
from regulars.flows.simulation.model import Piece, Row
from regulars.flows.simulation.pair import Pair
from regulars.flows.simulation.replay import Replay
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, Transaction, load_queries
from regulars.infra.jobs import Worker
from regulars.kit.ids import ID_MAX

queries = load_queries(__package__)

COUNTED_PLAINLY = {"counts", "posted", "rules", "points", "months", "stores", "tiers", "effects"}


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    """The corner shop, opened long before the histories begin."""
    made = await open_shop(db, FixedClock(clock.now() - timedelta(days=90)), tmp_path)
    made.clock = clock
    return made


async def plan_for(shop: Shop, change: Any = None, **options: Any) -> Plan:
    """Return the plan that simulates the draft, with its rules changed by `change`."""
    async with shop.db.transaction(read_only=True) as tx:
        vocabulary = await vocabulary_of(tx, shop.program_id)
        rules = [rule.whole for rule in (await rulesets.load_draft(tx, shop.program_id)).rules]
        sections = {"rules": change(msgspec.json.decode(msgspec.json.encode(rules)))} if change else None
        document, same_as = await simulated_document(
            tx, shop.program_id, vocabulary, shop.clock.now(), sections
        )
    return Plan(shop.program_id, document, shop.now, same_as=same_as, **options)


def mixed(shop: Shop, seed: int, events: int) -> list[Event]:
    """Return a history in which half of the members never give anything back: their events may be decided once."""
    return [
        event
        for event in history(shop, seed, events)
        if not is_correction(event) or event.user_id in ("cora", "dora")
    ]


def without(code: str) -> Any:
    """Return a change that drops a rule."""
    return lambda rules: [rule for rule in rules if rule["code"] != code]


def differences(report: dict[str, Any]) -> set[int]:
    """Return every difference that a report shows anywhere."""
    found: set[int] = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if "difference" in value:
                found.add(value["difference"])
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(report)
    return found


@pytest.mark.parametrize("seed", range(5))
async def test_the_same_rules_make_no_difference_to_what_was_posted(shop: Shop, seed: int) -> None:
    await send_all(shop, history(shop, seed, 120), seed, shuffled=seed >= 3)
    report = await simulate(shop.db, await plan_for(shop))
    assert report["counts"]["events"] >= 100
    assert differences(report) <= {0}
    assert report["as_posted"]["events_that_differ"] == 0
    assert report["as_posted"]["members_that_differ"] == 0
    for code, sums in report["points"].items():
        assert sums["base"] == report["as_posted"]["points"][code]
        assert sums["base"] > 0
    for moves in report["tier_moves"].values():
        assert all(move["base"] == move["draft"] for move in moves)
    assert sum(sides["same"] for sides in report["members"].values()) > 0


@pytest.mark.parametrize("seed", range(2))
async def test_what_members_hold_is_what_the_ledger_holds(shop: Shop, seed: int) -> None:
    await send_all(shop, history(shop, seed, 120), seed)
    report = await simulate(shop.db, await plan_for(shop))
    async with shop.db.transaction(read_only=True) as tx:
        held = dict(await tx.all(queries.select_held, program_id=shop.program_id))
    owed = {code: leaf["base"] for code, leaf in report["liability"].items() if leaf["base"]}
    assert owed == held


async def test_a_rule_less_is_its_points_less(shop: Shop) -> None:
    await send_all(shop, history(shop, 1, 100), 1)
    report = await simulate(shop.db, await plan_for(shop, without("tea")))
    rules = {rule["rule"]: rule for rule in report["rules"]}
    tea = rules["tea"]["points"]["points"]
    assert (tea["draft"], rules["tea"]["fired"]["draft"]) == (0, 0)
    assert tea["base"] > 0
    assert report["points"]["points"]["difference"] == -tea["base"]
    assert rules["base"]["points"]["points"]["difference"] == 0
    for side in ("months", "stores"):
        assert sum(codes["points"]["difference"] for codes in report[side].values()) == -tea["base"]
    deciles = sum(
        d["points"].get("points", {"difference": 0})["difference"] for d in report["deciles_by_spend"]
    )
    assert deciles == -tea["base"]
    assert report["as_posted"]["events_that_differ"] == 0
    assert sum(one["difference"] for one in report["lose_most"]) == -tea["base"]


def _changed(code: str, **parts: Any) -> Any:
    """Return a change that replaces parts of one rule."""
    return lambda rules: [{**rule, **parts} if rule["code"] == code else rule for rule in rules]


def _one_more(least: int) -> Any:
    """Return a change that adds a rule for orders of at least so much."""
    award = {"award": {"point_type": "points", "points": "7"}}
    large = {"field": "order.amount", "operator": ">=", "value": least}
    more = {"code": "more", "name": "More", "trigger": {"event": "Order Completed"}, "then": [award]}
    return lambda rules: [*rules, {**more, "when": {"combinator": "and", "rules": [large]}}]


FIXED = [{"award": {"point_type": "points", "points": "3"}}]
CHANGES = {
    "less": without("tea"),
    "other": _changed("tea", then=FIXED),
    "base": _changed("base", then=FIXED),
    "more": _one_more(20),
    "rare": _one_more(150),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("seed", range(2))
async def test_what_is_decided_once_for_both_is_what_each_would_have_decided(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, change: str, seed: int
) -> None:
    await send_all(shop, mixed(shop, seed, 100), seed, shuffled=bool(seed))
    report = await same_together_and_apart(shop, monkeypatch, CHANGES[change])
    assert differences(report) != {0}


@pytest.mark.parametrize("change", ["less", "rare"])
async def test_points_that_were_missed_while_ways_met_end_with_the_others(
    db: Database, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    opened = FixedClock(clock.now() - timedelta(days=90))
    shop = await open_shop(db, opened, tmp_path, PROGRAM.replace("rolling_months: 12", "rolling_months: 1"))
    shop.clock = clock
    await send_all(shop, mixed(shop, 8, 100), 8)
    report = await same_together_and_apart(shop, monkeypatch, CHANGES[change])
    assert report["ended_before"]["points"]["difference"] != 0


async def test_what_had_ended_when_it_was_told_of_is_counted_as_ended(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    text = PROGRAM.replace("rolling_months: 12", "rolling_months: 1")
    shop = await open_shop(db, FixedClock(clock.now() - timedelta(days=90)), tmp_path, text)
    shop.clock = clock
    await shop.send(shop.order("1", "40.00", occurred_at=(clock.now() - timedelta(days=60)).isoformat()))
    report = await simulate(shop.db, await plan_for(shop))
    assert report["ended_before"]["points"]["base"] == 40 + 50 + 100
    assert not report["liability"].get("points", {}).get("base")


async def test_nobody_is_believed_in_the_name_of_the_platform(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """Before it was refused, somebody sent birthdays: of the platform's own and hers, only its own is replayed."""
    birthday = """
  - code: born
    name: Happy birthday
    trigger: {birthday: {}}
    then: [{award: {point_type: points, points: 70}}]
"""
    at = PROGRAM.index("publish: true")
    text = PROGRAM[:at].rstrip() + birthday + PROGRAM[at:]
    shop = await open_shop(db, FixedClock(clock.now() - timedelta(days=90)), tmp_path, text)
    shop.clock = clock
    receipt = await shop.send(shop.order("1", "40.00"))
    member_id = receipt.answers[0].member_id
    assert member_id is not None
    forged = msgspec.structs.replace(
        shop.event("Coffee Tasted", properties={"days_before": 0}), type="Birthday"
    )
    assert points(await shop.send(forged)) == {"points": 70}
    own = system_item(member_id, "Birthday", "birthday:1", shop.now, {"days_before": 0})
    async with db.transaction() as tx:
        await rate_within(tx, shop.rulebooks, shop.program_id, own, shop.now)
    more = [{"award": {"point_type": "points", "points": "90"}}]
    for change, drafted in ((None, 70), (_changed("born", then=more), 90)):
        report = await simulate(shop.db, await plan_for(shop, change))
        born = next(rule for rule in report["rules"] if rule["rule"] == "born")
        assert (born["fired"]["base"], born["fired"]["draft"]) == (1, 1)
        assert (born["points"]["points"]["base"], born["points"]["points"]["draft"]) == (70, drafted)
        # What was given for it all the same, is told.
        assert report["as_posted"]["events_that_differ"] == 1


async def same_together_and_apart(shop: Shop, monkeypatch: pytest.MonkeyPatch, change: Any) -> dict[str, Any]:
    """Return the report on a change; it is the same when each world decides everything for itself."""
    plan = await plan_for(shop, change)
    together = await simulate(shop.db, plan)
    with monkeypatch.context() as patch:
        patch.setattr(Pair, "_live_together", lambda *_: False)
        apart = await simulate(shop.db, plan)
    del together["memory_kb"], apart["memory_kb"]
    assert together == apart
    return together


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("cells", [1, 10_000])
async def test_the_sums_are_those_of_plain_counting(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, change: str, cells: int
) -> None:
    monkeypatch.setattr(count, "CELLS_MAX", cells)
    await send_all(shop, mixed(shop, 7, 120), 7)
    plan = await plan_for(shop, CHANGES[change])
    replay = Replay(plan, await current_rulebook(shop.db, Rulebooks(), shop.program_id))
    plain = replay._counter = PlainSums(replay._counter, (replay.book, replay.drafted), plan.from_at)
    async with shop.db.transaction(read_only=True) as tx:
        await replay.run(tx, Piece(0, ID_MAX))
    found = {}
    for path, leaf in replay.tally.flat.items():
        if path[0] in COUNTED_PLAINLY and not path[1].startswith("members"):
            names = [()] if len(leaf) == 1 else [("base",), ("draft",)]
            found |= {(*path, *name): number for name, number in zip(names, leaf, strict=True) if number}
    assert found == {path: number for path, number in plain.sums.items() if number}
    assert {path[0] for path in found} >= COUNTED_PLAINLY - {"effects"}


async def test_tiers_move_with_their_points(shop: Shop) -> None:
    await send_all(shop, history(shop, 2, 100), 2)

    def half(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for rule in rules:
            if rule["code"] == "base":
                rule["then"] = rule["then"][:1]
        return rules

    report = await simulate(shop.db, await plan_for(shop, half))
    moves = {(move["base"], move["draft"]): move["members"] for move in report["tier_moves"]["club"]}
    assert moves.keys() <= {("silver", "bronze"), ("bronze", "bronze")}
    assert ("silver", "bronze") in moves
    rules = {rule["rule"]: rule for rule in report["rules"]}
    assert rules["silver-double"]["points"]["points"]["draft"] == 0
    assert rules["entry:club/silver"]["points"]["points"]["draft"] == 0


async def test_a_budget_holds_under_the_draft(shop: Shop) -> None:
    await send_all(shop, history(shop, 3, 120), 3)

    def smaller(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for rule in rules:
            if rule["code"] == "capped":
                rule["limits"][0]["max"] = "50"
        return rules

    report = await simulate(shop.db, await plan_for(shop, smaller))
    assert report["passes"] == 2
    (budget,) = report["budgets"]
    assert budget["max"] == 50
    assert budget["draft"] <= 50 < budget["base"]
    assert budget["used_up_at"] is not None


async def test_a_window_begins_with_members_as_they_were(shop: Shop) -> None:
    await send_all(shop, history(shop, 4, 120), 4)
    middle = micros(shop.clock.now() - timedelta(days=30))
    whole = await simulate(shop.db, await plan_for(shop))
    window = await simulate(shop.db, await plan_for(shop, from_at=middle))
    assert differences(window) <= {0}
    assert window["as_posted"]["events_that_differ"] == 0
    assert 0 < window["points"]["points"]["base"] < whole["points"]["points"]["base"]
    # First purchases of before the window stay first purchases.
    first = {rule["rule"]: rule for rule in window["rules"]}.get("first")
    empty = await simulate(shop.db, await plan_for(shop, from_at=middle, start="empty"))
    firsts = {rule["rule"]: rule for rule in empty["rules"]}["first"]["fired"]["base"]
    assert firsts > (first["fired"]["base"] if first else 0)


async def test_processes_find_what_one_finds(shop: Shop, database_url: str) -> None:
    await send_all(shop, history(shop, 5, 100), 5)
    plan = await plan_for(shop, without("tea"))
    one, two = await simulate(shop.db, plan), await simulate(shop.db, plan, url=database_url)
    for report in (one, two):
        del report["memory_kb"]
    assert one == two


async def test_nothing_is_written(shop: Shop) -> None:
    await send_all(shop, history(shop, 6, 40), 6)
    plan = await plan_for(shop, without("tea"))
    await simulate(shop.db, plan)
    async with shop.db.transaction(read_only=True) as tx:
        before = await tx.one(queries.count_everything)
    await simulate(shop.db, plan)
    async with shop.db.transaction(read_only=True) as tx:
        assert await tx.one(queries.count_everything) == before


async def test_as_a_job_over_http(shop: Shop, clock: FixedClock) -> None:
    await send_all(shop, history(shop, 7, 60), 7)
    worker = Worker(shop.db, clock, [simulation_task(lambda: "")])
    async with calling(shop.db, clock, simulation_router(vocabulary_of)) as client:
        path = "/programs/corner/simulations"
        started = await client.json("POST", path, {}, status=202)
        await client.call("POST", path, {}, status=409)
        waiting = await client.json("GET", f"{path}/{started['id']}")
        assert (waiting["status"], waiting["result"]) == ("waiting", None)
        await worker.drain()
        done = await client.json("GET", f"{path}/{started['id']}")
        assert done["status"] == "done", done
        assert done["result"]["as_posted"]["events_that_differ"] == 0
        await client.call("DELETE", f"{path}/{started['id']}", status=409)
        second = await client.json("POST", path, {"rules": []}, status=202)
        await client.call("DELETE", f"{path}/{second['id']}", status=204)
        await worker.drain()
        cancelled = await client.json("GET", f"{path}/{second['id']}")
        assert (cancelled["status"], cancelled["result"]) == ("cancelled", None)
        await client.call("POST", path, {"rules": [{"code": "x"}]}, status=422)
        await client.call("POST", path, {"keep_others": True}, status=422)
        await client.call(
            "POST", path, {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, status=422
        )
        await client.call("GET", f"{path}/999999", status=404)
        await client.acting("agent").call("POST", path, {}, status=403)
        await client.acting("finance").call("POST", path, {}, status=403)
        await client.acting("finance").call("GET", f"{path}/{started['id']}")
        await _past_ones(client, path, (second["id"], started["id"]))
        # A job is forgotten after a while; what it found is not.
        async with shop.db.transaction() as tx:
            await tx.run(queries.delete_jobs)
        kept = await client.json("GET", f"{path}/{started['id']}")
        assert (kept["status"], kept["result"]) == ("done", done["result"])
        gone = await client.json("GET", f"{path}/{second['id']}")
        assert (gone["status"], gone["result"]) == ("cancelled", None)
        await client.acting("owner@999").call("GET", f"{path}/{started['id']}", status=404)


async def _past_ones(client: Client, path: str, ids: tuple[int, int]) -> None:
    """Both stand in the list, the latest first: who asked, of which draft, what came of it; also page by page."""
    latest, first = (await client.json("GET", path))["data"]
    assert (latest["id"], first["id"]) == ids
    assert (latest["status"], first["status"]) == ("cancelled", "done")
    assert latest["by"] == first["by"] != ""
    assert first["version"] == 1
    assert first["changes"] == []
    assert {(one["kind"], one["action"]) for one in latest["changes"]} == {("rule", "remove")}
    assert (latest["summary"], first["summary"]["points"]["points"]["difference"]) == (None, 0)
    page = await client.json("GET", f"{path}?limit=1")
    assert [one["id"] for one in page["data"]] == [latest["id"]]
    rest = await client.json("GET", f"{path}?limit=1&cursor={page['next_cursor']}")
    assert [one["id"] for one in rest["data"]] == [first["id"]]
    assert (await client.acting("owner@999").call("GET", path, status=404)) is not None


async def test_only_the_latest_simulations_are_kept(shop: Shop, clock: FixedClock) -> None:
    plan = await plan_for(shop, without("tea"))
    async with shop.db.transaction() as tx:
        for number in range(1, KEPT + 3):
            await keep(tx, plan, number, "staff:1", clock.now())
        kept = await runs_of(tx, plan.program_id, limit=2 * KEPT)
    assert [run.id for run in kept] == list(range(KEPT + 2, 2, -1))


async def test_a_rule_is_tried_among_the_others(shop: Shop) -> None:
    """What `keep_others` names is added or replaced; every other rule gives what it gave."""
    await send_all(shop, history(shop, 1, 100), 1)
    (more,) = _one_more(20)([])
    async with shop.db.transaction(read_only=True) as tx:
        draft = await rulesets.load_draft(tx, shop.program_id)
        tea, first = (next(r.whole for r in draft.rules if r.code == code) for code in ("tea", "first"))
        now, vocabulary = shop.clock.now(), await vocabulary_of(tx, shop.program_id)
        sections = {"rules": [{**tea, "then": FIXED}, more, {**first, "status": "paused"}]}
        document, same_as = await simulated_document(
            tx, shop.program_id, vocabulary, now, sections, keep_others=True
        )
        compared = await compared_with_force(tx, shop.program_id, document, now)
    assert [rule["code"] for rule in document["rules"]] == [*(rule.code for rule in draft.rules), "more"]
    assert {(one["code"], one["action"]) for one in compared["draft_differs_in"]} == {
        ("tea", "change"),
        ("more", "create"),
        ("first", "change"),
    }
    plan = Plan(shop.program_id, document, shop.now, same_as=same_as, compared=compared)
    report = await simulate(shop.db, plan)
    rules = {rule["rule"]: rule["points"] for rule in report["rules"]}
    assert report["compared"]["version_in_force"] == 1
    assert rules["more"]["points"]["draft"] > rules["more"]["points"]["base"] == 0
    assert rules["first"]["points"]["draft"] == 0 < rules["first"]["points"]["base"]
    assert rules["base"]["points"]["draft"] == rules["base"]["points"]["base"] > 0


async def test_a_running_simulation_stops_when_told(shop: Shop, database_url: str) -> None:
    await send_all(shop, history(shop, 8, 60), 8)

    class Enough(Exception):
        """Whoever asked lost patience."""

    async def stop(done: int, expected: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        await simulate(shop.db, await plan_for(shop), stop)
    with pytest.raises(ExceptionGroup) as stopped:
        await simulate(shop.db, await plan_for(shop), stop, url=database_url)
    assert stopped.value.subgroup(Enough) is not None


async def test_batches_are_decided_again_in_the_order_in_which_they_held_the_member(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch that took its number first waits; the one behind it decides first, and has the first purchase."""
    numbered, go_on = asyncio.Event(), asyncio.Event()
    begin = gather._begin

    async def wait_once_numbered(tx: Transaction, batch: Batch) -> object:
        begun = await begin(tx, batch)
        if not numbered.is_set():
            numbered.set()
            await go_on.wait()
        return begun

    await shop.send(shop.event("Identify", "anna"))
    monkeypatch.setattr(gather, "_begin", wait_once_numbered)
    async with asyncio.TaskGroup() as both:
        earlier = both.create_task(shop.send(shop.order("early", "10.00")))
        await numbered.wait()
        later = await shop.send(shop.order("late", "20.00"))
        go_on.set()
    first, second = earlier.result().answers[0].event_id, later.answers[0].event_id
    assert first is not None
    assert second is not None
    assert first >> 20 < second >> 20
    assert (points(earlier.result()), points(later)) == ({"points": 10, "net": 10}, {"points": 70, "net": 20})
    report = await simulate(shop.db, await plan_for(shop))
    assert report["as_posted"]["events_that_differ"] == 0
    assert differences(report) <= {0}


def test_only_batches_that_may_have_run_side_by_side_are_looked_up() -> None:
    second = 1_000_000

    def row(member: int, batch: int, received: int) -> Row:
        return Row(member, (batch << 20) | 1, 1, received, received, "{}", None)

    rows = [row(7, 10, 0), row(7, 12, second), row(7, 13, 7_200 * second), row(8, 14, 7_201 * second)]
    assert [(run.member_id, run.batches) for run in close_batches(rows)] == [(7, [10, 12])]
