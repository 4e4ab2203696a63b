"""What makes a campaign valid, the steps it takes, who approved how much, copies, and what has to be done for it."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from regulars.features import campaigns
from regulars.features.campaigns import STEPS, Campaign, Known, Promotion, Status, Stored, Task
from regulars.features.campaigns.errors import (
    ActivityChanged,
    ActivityDone,
    BudgetApproved,
    CampaignChanged,
    CampaignExists,
    CampaignIncomplete,
    InvalidActivity,
    InvalidNote,
    MarketingListChanged,
    StepNotAllowed,
    TemplateStays,
)
from regulars.features.campaigns.model import check_campaign, copy_of, way_to
from regulars.infra.db import Database
from regulars.infra.db.queries import parse_queries

NOW = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)
TODAY = date(2026, 3, 2)
ANN, BOB = 5, 6
DOUBLE = Promotion("rule", "double")
KNOWN = Known(
    frozenset({ANN, BOB}), frozenset({"rule:double", "reward:mug"}), frozenset({"vip", "newcomers"})
)
SPRING = Campaign(
    "spring",
    "Spring of the house",
    "EUR",
    type="Season",
    owner=ANN,
    budget=500_000,
    estimated_revenue=4_000_000,
    expected_response=Decimal("12.50"),
    proposed_from=date(2026, 3, 20),
    proposed_to=date(2026, 4, 19),
    offer="Double points on tea",
    promotions=(DOUBLE, Promotion("reward", "mug")),
    lists=("vip",),
)
QUERIES = parse_queries(Path(__file__).with_name("queries.sql").read_text(encoding="utf-8"), "queries.sql")


def changed(**fields: Any) -> Campaign:
    return msgspec.structs.replace(SPRING, **fields)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"code": "Spring!"}, "code"),
        ({"name": "  "}, "name"),
        ({"type": "x" * 61}, "type"),
        ({"offer": "a\x00b"}, "offer"),
        ({"currency": "euro"}, "currency"),
        ({"budget": -1}, "budget"),
        ({"estimated_revenue": 10**15 + 1}, "estimated_revenue"),
        ({"expected_response": Decimal("100.01")}, "expected_response"),
        ({"expected_response": Decimal("1.005")}, "expected_response"),
        ({"proposed_to": date(2026, 3, 19)}, "proposed_to"),
        ({"actual_from": date(2026, 3, 2), "actual_to": date(2026, 3, 1)}, "actual_to"),
        ({"actual_from": date(1, 1, 1)}, "actual_from"),
        ({"owner": 7}, "owner"),
        ({"promotions": (Promotion("rule", "gone"),)}, "promotions[0]"),
        ({"promotions": (DOUBLE, DOUBLE)}, "promotions"),
        ({"lists": ("vip", "nobody")}, "lists[1]"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_where_it_stands(change: dict[str, Any], path: str) -> None:
    assert [error.path for error in check_campaign(changed(**change), KNOWN)] == [path]


def test_what_it_named_before_it_may_go_on_naming() -> None:
    nothing = Known(frozenset(), frozenset(), frozenset())
    assert len(check_campaign(SPRING, nothing)) == 4
    assert check_campaign(changed(name="Summer"), nothing, SPRING) == []


@pytest.mark.parametrize(
    ("start", "end", "way"),
    [
        ("draft", "draft", ()),
        ("draft", "completed", ("proposed", "approved", "active", "completed")),
        ("active", "draft", ("cancelled", "draft")),
        ("completed", "active", None),
    ],
)
def test_the_way_between_two_statuses_is_the_shortest(
    start: Status, end: Status, way: tuple[Status, ...] | None
) -> None:
    assert way_to(start, end) == way


def test_a_copy_moves_with_its_first_day_and_forgets_what_happened() -> None:
    went = changed(actual_from=date(2026, 3, 21), actual_to=date(2026, 4, 1))
    copy, moved = copy_of(went, "next", "Next spring", template=False, begins=date(2027, 3, 20))
    assert (copy.proposed_from, copy.proposed_to, moved) == (date(2027, 3, 20), date(2027, 4, 19), 365)
    assert (copy.actual_from, copy.actual_to, copy.promotions) == (None, None, SPRING.promotions)
    assert copy_of(went, "next", "Next", template=True, begins=None)[1] == 0


def shown(campaign: Campaign, status: Status) -> tuple[date, date | None] | None:
    return Stored(1, campaign, status, 1, NOW, NOW).days(date(2026, 5, 1))


def test_the_days_to_show_are_those_of_the_world_before_those_of_the_plan() -> None:
    assert shown(SPRING, "proposed") == (date(2026, 3, 20), date(2026, 4, 19))
    # Nobody has ended it yet: it runs until today.
    assert shown(changed(actual_from=date(2026, 3, 25)), "active") == (date(2026, 3, 25), date(2026, 5, 1))
    over = changed(actual_from=date(2026, 3, 25), actual_to=date(2026, 4, 2))
    assert shown(over, "completed") == (date(2026, 3, 25), date(2026, 4, 2))
    assert shown(changed(proposed_from=None, proposed_to=None), "draft") is None
    assert shown(changed(proposed_to=None), "proposed") == (date(2026, 3, 20), None)


class Desk:
    """The use cases of one program, by somebody, at a fixed instant."""

    def __init__(self, db: Database) -> None:
        self.db = db

    async def put(self, campaign: Campaign = SPRING, expected: int | None = None) -> tuple[Stored, bool]:
        async with self.db.transaction() as tx:
            return await campaigns.put_campaign(
                tx, 1, campaign, KNOWN, now=NOW, by="staff:5", expected=expected
            )

    async def step(self, status: Status, today: date = TODAY, expected: int | None = None) -> Stored:
        async with self.db.transaction() as tx:
            return await campaigns.advance_campaign(
                tx, 1, "spring", status, today=today, now=NOW, by="staff:6", reason="so", expected=expected
            )

    async def steps(self, *statuses: Status) -> Stored:
        for status in statuses:
            found = await self.step(status)
        return found


@pytest.fixture
def desk(db: Database) -> Desk:
    return Desk(db)


async def test_a_campaign_is_kept_as_it_was_said(desk: Desk) -> None:
    made, new = await desk.put()
    assert (new, made.campaign, made.status, made.revision) == (True, SPRING, "draft", 1)
    again, new = await desk.put()
    assert (new, again.revision) == (False, 1), "what is said again changes nothing"
    after, _ = await desk.put(changed(name="Summer"), expected=1)
    assert (after.campaign.name, after.revision) == ("Summer", 2)
    with pytest.raises(CampaignChanged):
        await desk.put(changed(name="Autumn"), expected=1)
    with pytest.raises(CampaignChanged):
        await desk.put(changed(code="other"), expected=1)


async def test_its_life_is_noted_step_by_step(desk: Desk, db: Database) -> None:
    made, _ = await desk.put()
    found = await desk.steps("proposed", "approved", "active")
    assert (found.campaign.actual_from, found.campaign.actual_to) == (TODAY, None)
    over = await desk.step("completed", TODAY + timedelta(days=30))
    assert over.campaign.actual_to == TODAY + timedelta(days=30)
    async with db.transaction(read_only=True) as tx:
        steps = await campaigns.select_steps(tx, made.id)
    assert [(one.status, one.made_by) for one in steps] == [
        ("draft", "staff:5"),
        *((status, "staff:6") for status in ("proposed", "approved", "active", "completed")),
    ]


async def test_no_step_is_taken_that_does_not_lead_on(desk: Desk) -> None:
    await desk.put()
    with pytest.raises(StepNotAllowed) as refusal:
        await desk.step("active")
    assert refusal.value.facts == {"status": "draft", "allowed": "proposed, cancelled"}
    with pytest.raises(CampaignChanged):
        await desk.step("proposed", expected=9)


async def test_the_database_itself_holds_the_same_table_of_steps(db: Database) -> None:
    for start, end in product(STEPS, STEPS):
        code = f"{start}-{end}"
        async with db.transaction() as tx:
            await tx.run(QUERIES["insert_campaign"], code=code, status=start)
            if end in (*STEPS[start], start):
                await tx.run(QUERIES["update_status"], code=code, status=end)
                continue
            with pytest.raises(StepNotAllowed):
                async with tx.savepoint():
                    await tx.run(QUERIES["update_status"], code=code, status=end)


async def test_of_two_who_decide_at_once_one_is_told(desk: Desk, db: Database) -> None:
    await desk.put()
    read = (await desk.step("proposed")).revision
    async with db.transaction() as tx:
        await tx.one(QUERIES["lock_campaign"])
        both = [asyncio.ensure_future(desk.step(to, expected=read)) for to in ("approved", "draft")]
        waiting = 0
        while waiting < len(both):
            async with db.transaction(read_only=True) as watching:
                waiting = await watching.value(QUERIES["count_waiting"])
    decided = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(one).__name__ for one in decided) == ["CampaignChanged", "Stored"]


async def test_what_nobody_answers_for_is_not_proposed(desk: Desk) -> None:
    await desk.put(changed(owner=None, proposed_to=None))
    with pytest.raises(CampaignIncomplete) as refusal:
        await desk.step("proposed")
    assert [error.path for error in refusal.value.errors] == ["owner", "proposed_to"]


async def test_more_than_was_approved_needs_another_approval(desk: Desk) -> None:
    await desk.put()
    await desk.steps("proposed", "approved")
    with pytest.raises(BudgetApproved) as refusal:
        await desk.put(changed(budget=500_001))
    assert refusal.value.approved == 500_000
    with pytest.raises(BudgetApproved):
        await desk.put(changed(currency="USD"))
    await desk.put(changed(budget=400_000))
    await desk.step("draft")
    assert (await desk.put(changed(budget=900_000)))[0].campaign.budget == 900_000


async def test_a_template_is_only_copied(desk: Desk, db: Database) -> None:
    await desk.put(changed(template=True))
    with pytest.raises(TemplateStays):
        await desk.step("proposed")
    await desk.put()
    await desk.step("proposed")
    with pytest.raises(TemplateStays):
        await desk.put(changed(template=True))
    async with db.transaction() as tx:
        await campaigns.add_activity(
            tx, 1, "spring", Task("call", "Ring the printer", "", ANN, date(2026, 3, 10)), KNOWN.people,
            now=NOW, by="staff:5",
        )  # fmt: skip
        copy = await campaigns.copy_campaign(
            tx, 1, "spring", "spring-27", "Spring 2027", KNOWN, begins=date(2027, 3, 20), now=NOW, by="staff:6"
        )  # fmt: skip
        (todo,) = await campaigns.select_activities(tx, 1, campaign="spring-27")
        with pytest.raises(CampaignExists):
            await campaigns.copy_campaign(tx, 1, "spring", "spring-27", "Again", KNOWN, now=NOW, by="staff:6")
    assert (copy.status, todo.due_on, todo.created_by) == ("draft", date(2027, 3, 10), "staff:6")


async def test_an_archived_campaign_comes_back_when_it_is_written_again(desk: Desk, db: Database) -> None:
    await desk.put()
    async with db.transaction() as tx:
        await campaigns.archive_campaign(tx, 1, "spring", NOW)
        assert await campaigns.select_campaigns(tx, 1) == []
        assert len(await campaigns.select_campaigns(tx, 1, archived=True)) == 1
    back, new = await desk.put()
    assert (new, back.archived_at) == (False, None)


async def test_campaigns_are_found_by_what_people_remember(desk: Desk, db: Database) -> None:
    await desk.put()
    await desk.put(changed(code="anniversary", name="Ten years 100%", type="Event", owner=BOB))
    await desk.put(changed(code="launch", name="Launch", template=True))
    await desk.step("proposed")

    async def codes(**wanted: Any) -> list[str]:
        async with db.transaction(read_only=True) as tx:
            found = await campaigns.select_campaigns(tx, 1, **wanted)
        return [one.campaign.code for one in found]

    assert await codes() == ["anniversary", "launch", "spring"]
    assert await codes(text="SPRING OF") == ["spring"]
    assert await codes(text="0%") == ["anniversary"], "no letter means anything else"
    assert await codes(status="proposed") == ["spring"]
    assert await codes(owner=BOB) == ["anniversary"]
    assert await codes(of_type="Event") == ["anniversary"]
    assert await codes(template=True) == ["launch"]
    assert await codes(after="anniversary", limit=1) == ["launch"]


async def test_an_activity_is_done_once_and_can_be_opened_again(desk: Desk, db: Database) -> None:
    await desk.put()
    later = NOW + timedelta(hours=1)
    async with db.transaction() as tx:
        made = await campaigns.add_activity(
            tx,
            1,
            "spring",
            Task("task", "Print posters", "A2", ANN, date(2026, 3, 9)),
            KNOWN.people,
            now=NOW,
            by="staff:6",
        )
        assert (made.campaign_name, made.completed_at, made.revision) == ("Spring of the house", None, 1)
        done = await campaigns.complete_activity(tx, 1, made.id, now=NOW, by="staff:5")
        again = await campaigns.complete_activity(tx, 1, made.id, now=later, by="staff:6")
        assert (again.completed_at, again.completed_by, again.revision) == (NOW, "staff:5", done.revision)
    for refused in (
        lambda tx: campaigns.change_activity(tx, 1, made.id, Task("call", "x"), KNOWN.people, now=NOW),
        lambda tx: campaigns.remove_activity(tx, 1, made.id),
    ):
        with pytest.raises(ActivityDone):
            async with db.transaction() as tx:
                await refused(tx)
    async with db.transaction() as tx:
        opened = await campaigns.reopen_activity(tx, 1, made.id, now=later)
        assert (opened.completed_at, opened.completed_by) == (None, None)
        moved = await campaigns.change_activity(
            tx, 1, made.id, Task("call", "Ring", "", None), KNOWN.people, now=later, expected=opened.revision
        )
        assert (moved.kind, moved.assignee, moved.due_on) == ("call", None, None)
        with pytest.raises(ActivityChanged):
            await campaigns.remove_activity(tx, 1, made.id, expected=opened.revision)
        with pytest.raises(InvalidActivity):
            await campaigns.add_activity(
                tx, 1, "spring", Task("task", " ", "", 99), KNOWN.people, now=NOW, by="staff:6"
            )
        await campaigns.remove_activity(tx, 1, made.id)
        with pytest.raises(campaigns.UnknownActivity):
            await campaigns.complete_activity(tx, 1, made.id, now=NOW, by="staff:5")


async def test_open_activities_come_by_the_day_they_are_due(desk: Desk, db: Database) -> None:
    await desk.put()
    await desk.put(changed(code="launch", template=True))
    async with db.transaction() as tx:
        for subject, whose, due in (
            ("some day", ANN, None),
            ("late", ANN, date(2026, 4, 1)),
            ("early", ANN, date(2026, 3, 3)),
            ("his", BOB, date(2026, 3, 4)),
        ):
            await campaigns.add_activity(
                tx, 1, "spring", Task("task", subject, "", whose, due), KNOWN.people, now=NOW, by="staff:5"
            )
        await campaigns.add_activity(
            tx, 1, "launch", Task("task", "of a template", "", ANN), KNOWN.people, now=NOW, by="staff:5"
        )
        mine = await campaigns.select_activities(tx, 1, assignee=ANN, undone=True)
        assert [one.subject for one in mine] == ["early", "late", "some day"]
        after = (mine[1].due_on or campaigns.NO_DAY, mine[1].id)
        rest = await campaigns.select_activities(tx, 1, assignee=ANN, undone=True, after=after)
        assert [one.subject for one in rest] == ["some day"]
        assert await campaigns.select_activities(tx, 1, after=(campaigns.NO_DAY, rest[0].id)) == []
        await campaigns.complete_activity(tx, 1, mine[0].id, now=NOW, by="staff:5")
        spring = await campaigns.get_campaign(tx, 1, "spring")
        assert await campaigns.count_activities(tx, [spring.id]) == {spring.id: (4, 3)}
        assert await campaigns.select_activities(tx, 2, assignee=ANN) == [], "of another program"


async def test_notes_stay_as_they_were_written(desk: Desk, db: Database) -> None:
    made, _ = await desk.put()
    async with db.transaction() as tx:
        for text in ("First", "Second ", "Third"):
            await campaigns.write_note(tx, 1, "spring", text, now=NOW, by="staff:5")
        with pytest.raises(InvalidNote):
            await campaigns.write_note(tx, 1, "spring", "  ", now=NOW, by="staff:5")
        latest = await campaigns.select_notes(tx, made.id, limit=2)
        assert [(one.text, one.written_by) for one in latest] == [("Third", "staff:5"), ("Second", "staff:5")]
        assert [one.text for one in await campaigns.select_notes(tx, made.id, before=latest[1].id)] == [
            "First"
        ]


async def test_a_marketing_list_has_one_name_at_a_time(db: Database) -> None:
    async with db.transaction() as tx:
        made, new = await campaigns.put_list(tx, 1, "vip", "Best customers", now=NOW)
        assert (new, made.revision) == (True, 1)
        kept, new = await campaigns.put_list(tx, 1, "vip", "Best of all", "Since May", now=NOW, expected=1)
        assert (new, kept.name, kept.revision) == (False, "Best of all", 2)
        for code, expected in (("vip", 1), ("newcomers", 1)):
            with pytest.raises(MarketingListChanged):
                await campaigns.put_list(tx, 1, code, "x", now=NOW, expected=expected)
        await campaigns.archive_list(tx, 1, "vip", NOW)
        assert await campaigns.select_lists(tx, 1) == []
        back, new = await campaigns.put_list(tx, 1, "vip", "Back", now=NOW)
        assert (new, back.archived_at) == (False, None)


async def test_those_that_name_something_are_known(desk: Desk, db: Database) -> None:
    await desk.put()
    async with db.transaction(read_only=True) as tx:
        assert await campaigns.select_naming(tx, 1, promotion="rule:double") == [
            ("spring", "Spring of the house")
        ]
        assert await campaigns.select_naming(tx, 1, in_list="vip") == [("spring", "Spring of the house")]
        assert await campaigns.select_naming(tx, 1, in_list="newcomers") == []


async def test_the_calendar_asks_for_whatever_has_a_day_in_between(desk: Desk, db: Database) -> None:
    await desk.put()
    await desk.put(changed(code="template", template=True))
    await desk.put(changed(code="open-end", proposed_to=None))

    async def codes(first: date, last: date) -> list[str]:
        async with db.transaction(read_only=True) as tx:
            return [one.campaign.code for one in await campaigns.select_between(tx, 1, first, last)]

    assert await codes(date(2026, 4, 19), date(2026, 4, 30)) == ["open-end", "spring"]
    assert await codes(date(2026, 4, 20), date(2026, 4, 30)) == ["open-end"]
    assert await codes(date(2026, 3, 1), date(2026, 3, 20)) == ["open-end", "spring"]
    assert await codes(date(2026, 3, 1), date(2026, 3, 19)) == []
