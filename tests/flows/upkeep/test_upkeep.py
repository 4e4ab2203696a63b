"""Time is followed up: once, in order, and the same whether somebody looked every day or came back after
forty.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.flows.upkeep.town import START, Town, a_lively_start, open_town

from regulars.flows import books
from regulars.flows.upkeep import settle, tiers, timers
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, failpoints
from regulars.infra.db.failpoints import FailpointReached

BERLIN = ZoneInfo("Europe/Berlin")


def local(*when: int) -> datetime:
    return datetime(*when, tzinfo=BERLIN).astimezone(UTC)  # type: ignore[misc, arg-type]


@pytest.fixture
async def town(db: Database, clock: FixedClock, tmp_path: Path) -> Town:
    opened = await open_town(db, clock, tmp_path)
    await a_lively_start(opened)
    return opened


async def raised(town: Town, type_name: str) -> list[tuple[str, datetime]]:
    return [(row[0], row[2]) for row in await town.ask("select_events") if row[1] == type_name]


async def test_birthdays_come_once_at_the_beginning_of_the_local_day(town: Town) -> None:
    await town.run(START + timedelta(days=40))
    assert await raised(town, "Birthday") == [
        ("anna", local(2026, 3, 9)),
        ("anna", local(2026, 3, 12)),
        ("bert", local(2026, 3, 28)),
        ("bert", local(2026, 3, 31)),
    ]
    # A birthday that is changed in between is not celebrated twice in a year.
    await town.born("anna", date(1990, 4, 20))
    await town.run(START + timedelta(days=60))
    assert [day for user, day in await raised(town, "Birthday") if user == "anna"][2:] == []
    await town.run(START + timedelta(days=420))
    celebrated = [day for user, day in await raised(town, "Birthday") if user == "cora"]
    assert celebrated == [local(2027, 2, 25), local(2027, 2, 28)]


async def test_anniversaries_and_silence(town: Town) -> None:
    await town.run(START + timedelta(days=40))
    assert await raised(town, "Anniversary") == [("dora", local(2026, 3, 21)), ("emil", local(2026, 4, 1))]
    silent = await raised(town, "Inactive")
    assert silent == [(user, local(2026, 3, 13)) for user in ("anna", "bert", "cora", "dora", "emil")]
    town.clock.move_to(START + timedelta(days=60))
    await town.order("anna-2", "1.00", "anna", occurred_at=local(2026, 4, 10, 12).isoformat())
    await town.run()
    assert (await raised(town, "Inactive"))[5:] == [("anna", local(2026, 4, 21))]


async def test_schedules_tick_in_the_programs_zone_or_the_members(town: Town) -> None:
    await town.run(START + timedelta(days=40))
    ticks = await raised(town, "Schedule")
    mondays = [at for user, at in ticks if user == "anna" and at.astimezone(BERLIN).hour == 9]
    assert mondays == [local(2026, 3, day, 9) for day in (9, 16, 23, 30)] + [local(2026, 4, 6, 9)]
    first = {user: at for user, at in ticks if at.date() in (date(2026, 3, 31), date(2026, 4, 1))}
    assert first["anna"] == local(2026, 4, 1, 6)
    assert first["dora"] == datetime(2026, 4, 1, 6, tzinfo=ZoneInfo("America/New_York"))
    assert first["emil"] == datetime(2026, 4, 1, 6, tzinfo=ZoneInfo("Asia/Tokyo"))


async def test_tiers_lapse_at_the_beginning_of_the_day_and_rules_hear_of_it(town: Town) -> None:
    assert await town.tier("anna") == "gold"
    assert await town.tier("dora", "season") == "friend"
    await town.run(START + timedelta(days=80))
    rows = await town.ask("select_tiers")
    club = [row for row in rows if row[1] == "club" and row[4] == "down"]
    assert [(row[0], row[3], row[5], row[6]) for row in club] == [
        (user, "bronze", "lapsed", local(2026, 3, 17)) for user in ("anna", "bert", "dora")
    ]
    season = [row for row in rows if row[1] == "season" and row[4] == "down"]
    assert [(row[0], row[3], row[6]) for row in season] == [
        (user, "guest", local(2026, 5, 4)) for user in ("anna", "dora")
    ]
    story = [row for row in await town.ask("select_story") if row[1] == 1 and row[3] == 4]
    assert len(story) == 5


async def test_wallets_end_release_and_let_go_at_their_own_times(town: Town) -> None:
    await town.run(START + timedelta(days=80))
    story = [
        (row[0], row[1], row[2], row[3], row[4]) for row in await town.ask("select_story") if row[0] == "bert"
    ]
    assert ("bert", 2, "later", 55, local(2026, 3, 16)) in story
    assert ("bert", 4, "fading", 55, local(2026, 3, 28)) in story
    assert ("bert", 4, "later", 55, local(2026, 5, 2)) in story
    # 10 of the 60 were held over the end of their lot; let go, they were good for another week.
    ended = [row for row in story if row[1:3] == (4, "points") and row[4] == local(2026, 3, 23)]
    assert sum(row[3] for row in ended) == 50
    back = START + timedelta(hours=6, days=25)
    assert ("bert", 10, "points", 10, back) in story
    assert ("bert", 4, "points", 10, local(2026, 4, 4)) in story
    wallets = await town.wallets()
    assert wallets["bert", "fading"] == (0, 0, 0, 0)
    assert wallets["bert", "net"] == (55, 0, 0, 0)
    await books_are_right(town)


async def test_forty_days_away_are_the_same_as_forty_days_at_work(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    daily = await open_town(db, clock, tmp_path, "daily")
    away = await open_town(db, clock, tmp_path, "away")
    for town in (daily, away):
        await town.tell("listen")
        clock.move_to(START)
        await a_lively_start(town)
    for day in range(1, 41):
        await daily.run(START + timedelta(days=day, hours=7))
    await away.run(START + timedelta(days=40, hours=7))
    for question in ("select_story", "select_events", "select_tiers", "select_wallets"):
        expected = await daily.ask(question)
        assert await away.ask(question) == expected, question
        assert expected
    assert sorted(map(plain, await away.notices())) == sorted(map(plain, await daily.notices()))
    await books_are_right(away)


def plain(notice: dict[str, object]) -> str:
    facts = notice["data"]
    assert isinstance(facts, dict)
    told = {
        name: facts[name]
        for name in ("points", "point_type", "days", "expires_at", "set", "to")
        if name in facts
    }
    return f"{notice['type']} {notice['at']} {told}"


async def test_doing_it_again_changes_nothing(town: Town) -> None:
    until = START + timedelta(days=40)
    first = await town.run(until)
    assert first.settled
    assert first.events
    before = await town.ask("select_story"), await town.ask("select_events")
    again = await town.run(until)
    assert (again.steps, again.settled, again.events) == (0, 0, {})
    assert (await town.ask("select_story"), await town.ask("select_events")) == before


@pytest.mark.parametrize(
    "place",
    [
        "after_events_raised_before_progress",
        "after_upkeep_posted_before_outbox",
        "after_outbox_before_commit",
    ],
)
async def test_killed_anywhere_it_goes_on_where_it_stopped(
    db: Database, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(timers, "EVENTS_PER_PIECE", 2)
    monkeypatch.setattr(tiers, "MEMBERS_PER_PIECE", 2)
    monkeypatch.setattr(settle, "MEMBERS_PER_PIECE", 2)
    whole = await open_town(db, clock, tmp_path, "whole")
    broken = await open_town(db, clock, tmp_path, "broken")
    for town in (whole, broken):
        clock.move_to(START)
        await a_lively_start(town)
    until = START + timedelta(days=31)
    await whole.run(until)
    failures = 0
    for number in range(400):
        # Live through one more piece each time.
        lives = iter(range(number % 5))
        monkeypatch.setattr(failpoints, "_active", Dying(place, lives))
        try:
            await broken.run(until)
        except FailpointReached:
            failures += 1
        else:
            break
    monkeypatch.setattr(failpoints, "_active", {})
    assert failures > 5
    for question in ("select_story", "select_events", "select_tiers", "select_wallets"):
        assert await broken.ask(question) == await whole.ask(question), question
    await books_are_right(broken)


class Dying(dict[str, str]):
    """A fail-point that lets a few pieces pass before it strikes."""

    def __init__(self, place: str, lives: object) -> None:
        super().__init__({place: "raise"})
        self.lives = lives

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) and next(self.lives, None) is None  # type: ignore[call-overload]


async def test_two_runners_do_everything_once(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    one = await open_town(db, clock, tmp_path)
    await a_lively_start(one)
    await one.tell("listen")
    until = START + timedelta(days=30)
    await asyncio.gather(*(one.run(until) for _ in range(4)))
    await one.run(until)
    warned = [n for n in await one.notices() if n["type"] == "points.expiring"]
    assert len(warned) == len({(n["member"], n["at"], str(n["data"])) for n in warned})
    assert [day for user, day in await raised(one, "Birthday") if user == "anna"] == [
        local(2026, 3, 9),
        local(2026, 3, 12),
    ]
    await books_are_right(one)


async def test_members_are_warned_thirty_and_seven_days_before(town: Town) -> None:
    await town.tell("listen")
    await town.run(START + timedelta(days=60))
    warned = [
        (n["at"], n["data"]["point_type"], n["data"]["points"], n["data"]["days"], n["data"]["expires_at"])
        for n in await town.notices()
        if n["type"] == "points.expiring" and n["member"] == str(await town.member("emil"))
    ]
    assert ("2026-03-15T23:00:00Z", "points", 5, 7, "2026-03-22T23:00:00Z") in warned
    assert ("2026-04-01T22:00:00Z", "later", 5, 30, "2026-05-01T22:00:00Z") in warned
    assert ("2026-03-20T23:00:00Z", "fading", 5, 7, "2026-03-27T23:00:00Z") in warned


async def test_points_given_by_hand_count_for_tiers_at_once(town: Town) -> None:
    assert await town.tier("emil") == "bronze"
    await town.adjust("emil", 50, "net")
    assert await town.tier("emil") == "silver"
    assert (await town.wallets())["emil", "points"][0] == 10
    await town.adjust("emil", 20, "net", "debit")
    assert await town.tier("emil") == "bronze"
    await books_are_right(town)


@pytest.mark.parametrize(
    "zone", ["Africa/Cairo", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
)
async def test_days_begin_where_the_program_is(
    db: Database, clock: FixedClock, tmp_path: Path, zone: str
) -> None:
    town = await open_town(db, clock, tmp_path, zone=zone)
    clock.move_to(datetime(2026, 4, 1, 12, tzinfo=UTC))
    await town.order("o-1", "70.00", "anna", occurred_at="2026-04-01T12:00:00Z")
    await town.born("anna", date(1990, 4, 24))
    await town.run(datetime(2026, 10, 1, tzinfo=UTC))
    place = ZoneInfo(zone)
    [soon, day] = await raised(town, "Birthday")
    assert day[1].astimezone(place).date() == date(2026, 4, 24)
    assert (day[1] - timedelta(microseconds=1)).astimezone(place).date() == date(2026, 4, 23)
    assert soon[1].astimezone(place).date() == date(2026, 4, 21)
    await books_are_right(town)


async def books_are_right(town: Town) -> None:
    async with town.db.transaction(read_only=True, snapshot=True) as tx:
        found = await books.verify(tx, town.config.id)
    assert [check for check in found.checks if check.bad] == []
