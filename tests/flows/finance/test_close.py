"""Liability at any moment, journals that tie to it, and periods that are closed for good."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.features.http import Client, calling
from tests.flows.accrual.setting import open_shop
from tests.flows.funding.coalition import COALITION, agree
from tests.flows.points.shop import Shop
from tests.flows.points.world import NOW, earn, make_members, make_program

from regulars.app.approvals import Approvals
from regulars.features.accounting import Accounting, PointAccounting, write_accounting
from regulars.features.partners import Agreement
from regulars.features.programs import ProgramConfig, load_config
from regulars.flows import approval, books, finance
from regulars.flows.approval import Approval, ApprovalVoid, SelfApproval
from regulars.flows.approval.errors import AlreadyDecided, PersonNeeded
from regulars.flows.finance.errors import EarlierPeriodOpen
from regulars.flows.finance.history import read_history
from regulars.flows.upkeep import Upkeep
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, Transaction

APRIL = datetime(2026, 4, 2, tzinfo=UTC)

SALES = 100_000


async def sales_of(tx: Transaction, program_id: int, first: date, end: date) -> int:
    return SALES


async def nothing_due(tx: Transaction, config: ProgramConfig, before: datetime, beyond: int) -> list[Any]:
    return []


async def nothing_to_draw_up(tx: Transaction, config: ProgramConfig, now: datetime) -> None:
    return None


PORTS = finance.Ports(sales_of, nothing_due, nothing_to_draw_up)


async def nobody(program_id: int, events: Any, received_at: datetime) -> None:
    return None


@pytest.fixture
async def shop(db: Database) -> Shop:
    config = await make_program(db)
    return Shop(db, config, await make_members(db, config, 4))


class Months:
    """A shop at random work, at instants that only rise; what happened may be told late."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop, self.random, self.now = shop, Random(seed), NOW
        self.spends: list[tuple[int, int]] = []

    async def do(self) -> None:
        acts = [self.earn] * 4 + [self.adjust, self.spend, self.cancel, self.hold, self.send, self.upkeep]
        await self.random.choice(acts)()
        self.now += timedelta(hours=self.random.choice((1, 9, 50, 200)))

    @property
    def member(self) -> int:
        return self.random.choice(self.shop.members)

    @property
    def code(self) -> str:
        return self.random.choice(("points", "status", "cash", "fading", "buns"))

    async def earn(self) -> None:
        active = self.now + timedelta(days=10) if self.random.random() < 0.2 else None
        await self.shop.earn(self.member, self.random.randint(1, 400), self.code, now=self.now, active=active)

    async def _have(self, member: int, code: str) -> int:
        return (await self.shop.sides(member, code, self.now))[0]

    async def adjust(self) -> None:
        await self.shop.adjust(self.member, self.random.randint(1, 50), now=self.now, point_type=self.code)

    async def spend(self) -> None:
        member, code = self.member, "points"
        if have := await self._have(member, code):
            amount = self.random.randint(1, have)
            found = await self.shop.spend(member, amount, self.now, point_type=code)
            self.spends.append((member, found.transfer))

    async def cancel(self) -> None:
        if self.spends:
            member, spend = self.spends.pop()
            await self.shop.cancel(member, spend, self.now)

    async def hold(self) -> None:
        member = self.member
        if have := await self._have(member, "points"):
            held = await self.shop.hold(member, have, self.now, limit=timedelta(days=9))
            if self.random.random() < 0.6:
                await self.shop.capture(member, held.hold, self.now, points=self.random.randint(1, have))

    async def send(self) -> None:
        sender, receiver = self.random.sample(self.shop.members, 2)
        if have := await self._have(sender, "points"):
            await self.shop.transfer(sender, receiver, have, self.now)

    async def upkeep(self) -> None:
        await Upkeep(self.shop.db.transaction, nobody).run(self.now, self.now, self.shop.config.id)


async def owed(shop: Shop) -> dict[str, tuple[int, int, int, int]]:
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        found = await books.liability(tx, shop.config)
    return {one.point_type: (one.available, one.pending, one.held, one.debt) for one in found}


async def owed_at(
    shop: Shop, at: datetime, known_at: datetime | None = None
) -> dict[str, tuple[int, int, int, int]]:
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        moment = finance.Moment(at, known_at)
        found = await finance.liability_at(tx, shop.config, finance.Prices(Accounting(), frozenset()), moment)
    for one in found:
        assert sum(part.points for part in one.slices) == one.available + one.pending
        assert one.outstanding == one.available + one.pending + one.held - one.debt
    return {one.point_type: (one.available, one.pending, one.held, one.debt) for one in found}


@pytest.mark.parametrize("seed", range(4))
async def test_any_past_moment_is_what_a_snapshot_then_said(shop: Shop, seed: int) -> None:
    months = Months(shop, seed)
    seen = []
    for _ in range(40):
        await months.do()
        seen.append((months.now, await owed(shop)))
    far = months.now + timedelta(days=1)
    for at, said in seen:
        assert await owed_at(shop, far, at) == said


async def report(shop: Shop, period: date) -> Any:
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        return await finance.Books(tx, shop.config, PORTS).report(period)


async def close(shop: Shop, period: date, now: datetime, actor: str = "ann") -> Any:
    async with shop.db.transaction() as tx:
        return await finance.close_period(tx, shop.config, period, PORTS, actor=actor, now=now)


@pytest.mark.parametrize("seed", range(4))
async def test_journals_balance_and_tie_to_the_ledger(shop: Shop, seed: int) -> None:
    months = Months(shop, seed)
    period, closed = date(2026, 3, 1), []
    for _ in range(60):
        await months.do()
        ends = date(period.year, period.month + 1, 1)
        if months.now > datetime(ends.year, ends.month, 3, tzinfo=UTC) and period.month < 11:
            closed.append(await close(shop, period, months.now))
            period = ends
    current = await report(shop, period)
    for found in [*closed, current]:
        assert found.ties_out
        assert sum(line["balance"] for line in finance.balances(found.entries)) == 0
        deferred = sum(
            entry.credit - entry.debit
            for entry in found.entries
            if entry.account in ("deferred_revenue", "partner_liability")
        )
        assert deferred == sum(pool.closing_deferred - pool.opening_deferred for pool in found.pools)
        for pool in found.pools:
            assert pool.closing_points == pool.opening_points + sum(pool.movements.values())
            price = Decimal(pool.price_minor or 0)
            assert 0 <= pool.closing_deferred <= price * pool.closing_points + 1
            assert pool.movements.get("other", 0) == 0
    for before, after in pairwise(closed):
        openings = {(p.point_type, p.funding): (p.opening_points, p.opening_deferred) for p in after.pools}
        for pool in before.pools:
            left = (pool.closing_points, pool.closing_deferred)
            assert openings.get((pool.point_type, pool.funding), (0, 0)) == left
    for found in closed:
        assert await report(shop, found.period) == found


@pytest.mark.parametrize("seed", range(4, 7))
async def test_a_report_s_breakage_is_the_estimate_of_each_month(shop: Shop, seed: int) -> None:
    """What is read once for all months says what the estimate of each month says, which reads the ledger anew."""
    months = Months(shop, seed)
    while months.now.month < 11:
        await months.do()
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        kinds = [kind for kind in shop.config.point_types.values() if kind.policy.lots]
        compared = 0
        for kind in kinds:
            history = await read_history(tx, shop.config, kind, date(2026, 12, 1))
            for month in range(3, 13):
                said = await finance.breakage_at(tx, shop.config, kind, date(2026, month, 1))
                own = history.breakage(date(2026, month, 1))
                assert own == (None if said.breakage is None else Decimal(said.breakage)), (kind.code, month)
                compared += own is not None
    assert compared > 5


async def test_what_comes_late_counts_in_the_next_period(shop: Shop) -> None:
    await shop.earn(shop.ann, 100)
    march = await close(shop, date(2026, 3, 1), datetime(2026, 4, 1, 12, tzinfo=UTC))
    await earn(shop.db, shop.config, shop.ann, 40, now=datetime(2026, 3, 31, 12, tzinfo=UTC))
    await earn(shop.db, shop.config, shop.bob, 7, now=datetime(2026, 4, 2, 12, tzinfo=UTC))
    assert await report(shop, date(2026, 3, 1)) == march
    april = await report(shop, date(2026, 4, 1))
    [pool] = [pool for pool in april.pools if pool.point_type == "points"]
    assert (pool.opening_points, pool.movements["issued"], pool.late) == (100, 47, {"issued": 40})
    async with shop.db.transaction() as tx:
        [late] = await finance.late_items(tx, shop.config, date(2026, 4, 1))
    assert late["occurred_at"] == datetime(2026, 3, 31, 12, tzinfo=UTC)


async def test_months_are_closed_in_order_from_the_first_that_has_anything(shop: Shop) -> None:
    """Whoever begins later would leave months behind that can never be closed."""
    later = datetime(2026, 6, 1, 12, tzinfo=UTC)
    await earn(shop.db, shop.config, shop.ann, 10, now=datetime(2026, 2, 10, 12, tzinfo=UTC))
    with pytest.raises(EarlierPeriodOpen) as refusal:
        await close(shop, date(2026, 4, 1), later)
    assert refusal.value.facts == {"next": "2026-02"}
    await close(shop, date(2026, 2, 1), later)
    with pytest.raises(EarlierPeriodOpen) as refusal:
        await close(shop, date(2026, 4, 1), later)
    assert refusal.value.facts == {"next": "2026-03"}
    await close(shop, date(2026, 3, 1), later)


async def test_the_month_ends_at_the_program_s_midnight(shop: Shop) -> None:
    """Clocks in Berlin went forward on 29 March: April begins at ten at night in UTC, March had begun at eleven."""
    for at, amount in (
        (datetime(2026, 2, 28, 22, 59, tzinfo=UTC), 1),
        (datetime(2026, 2, 28, 23, 0, tzinfo=UTC), 10),
        (datetime(2026, 3, 31, 21, 59, tzinfo=UTC), 100),
        (datetime(2026, 3, 31, 22, 0, tzinfo=UTC), 1000),
    ):
        await earn(shop.db, shop.config, shop.ann, amount, now=at)
    issued = {
        month: next(p.movements["issued"] for p in (await report(shop, date(2026, month, 1))).pools)
        for month in (2, 3, 4)
    }
    assert issued == {2: 1, 3: 110, 4: 1000}


@pytest.fixture
async def client(shop: Shop, clock: FixedClock) -> AsyncIterator[Client]:
    await shop.earn(shop.ann, 100)
    await shop.spend(shop.ann, 30)
    clock.move_to(APRIL)
    async with calling(shop.db, clock, finance.finance_router(PORTS)) as client:
        yield client.acting("finance")


BASE = "/programs/acme/finance"


async def test_closing_and_reopening_takes_two(client: Client, shop: Shop) -> None:
    await client.json("POST", f"{BASE}/periods/2026-04/close", status=409)
    closed = await client.json("POST", f"{BASE}/periods/2026-03/close", status=201)
    assert closed["ties_out"]
    await client.json("POST", f"{BASE}/periods/2026-03/close", status=409)
    await client.json("POST", f"{BASE}/periods/2026-02/reopenings", {"reason": "x"}, status=409)
    asked = await client.json(
        "POST", f"{BASE}/periods/2026-03/reopenings", {"reason": "wrong price"}, status=202
    )
    assert (asked["kind"], asked["payload"]["period"], asked["maker"]) == (
        "reopen_period",
        "2026-03",
        "finance",
    )
    with pytest.raises(PersonNeeded):
        await decide(shop, asked["id"], "finance")
    done = await decide(shop, asked["id"], "staff:2")
    assert (done.status, done.outcome) == ("approved", {"period": "2026-03", "version": 1})
    with pytest.raises(AlreadyDecided):
        await decide(shop, asked["id"], "staff:2")
    again = await client.json("POST", f"{BASE}/periods/2026-03/close", status=201)
    assert again["pools"] == closed["pools"]
    [period, current] = (await client.json("GET", f"{BASE}/periods"))["data"]
    assert (period["version"], period["closed"], current["closed"]) == (2, True, False)


async def test_nobody_opens_a_month_alone_or_twice(client: Client, shop: Shop) -> None:
    """Who asks cannot approve, neither by the own key; and what was closed anew since is not opened by an old yes."""
    await client.json("POST", f"{BASE}/periods/2026-03/close", status=201)
    async with shop.db.transaction() as tx:
        asks = [
            await Approvals().ask_reopening(
                tx, shop.config.id, "2026-03", reason="price", maker="staff:1", now=APRIL
            )
            for _ in range(2)
        ]
    with pytest.raises(SelfApproval):
        await decide(shop, asks[0]["id"], "staff:1")
    await decide(shop, asks[0]["id"], "staff:2")
    await client.json("POST", f"{BASE}/periods/2026-03/close", status=201)
    with pytest.raises(ApprovalVoid):
        await decide(shop, asks[1]["id"], "staff:2")
    [period, current] = (await client.json("GET", f"{BASE}/periods"))["data"]
    assert (period["version"], period["closed"], current["closed"]) == (2, True, False)


async def test_a_list_says_what_is_open_over_and_waits_for_what(client: Client, clock: FixedClock) -> None:
    """A month whose earlier ones are open is not final, and says so wherever its figures are shown."""
    clock.move_to(datetime(2026, 5, 20, tzinfo=UTC))

    async def listed() -> list[tuple[Any, ...]]:
        rows = (await client.json("GET", f"{BASE}/periods"))["data"]
        return [(one["period"], one["status"], one["over"], one["waits_for"]) for one in rows]

    assert await listed() == [
        ("2026-03", "open", True, []),
        ("2026-04", "open", True, ["2026-03"]),
        ("2026-05", "open", False, ["2026-03", "2026-04"]),
    ]
    for path in ("", "/journal", "/trial-balance", "/late-items"):
        shown = await client.json("GET", f"{BASE}/periods/2026-04{path}")
        assert (shown["status"], shown["closed"], shown["waits_for"]) == ("open", False, ["2026-03"])
    refused = await client.json("POST", f"{BASE}/periods/2026-04/close", status=409)
    assert refused["facts"]["next"] == "2026-03"
    closed = await client.json("POST", f"{BASE}/periods/2026-03/close", status=201)
    assert (closed["status"], closed["version"], closed["waits_for"]) == ("closed", 1, [])
    journal = await client.json("GET", f"{BASE}/periods/2026-03/journal")
    assert (journal["entry"], journal["closed_by"], journal["digest"]) == (
        "JRN-2026-03-1",
        "finance",
        closed["digest"],
    )
    assert [one[3] for one in await listed()] == [[], [], ["2026-04"]]


async def test_a_file_says_in_every_row_whether_its_month_is_closed(client: Client, shop: Shop) -> None:
    settings = {"point_types": {"points": {"price_minor": "0.5"}}}
    await client.json("PUT", f"{BASE}/settings", settings)
    path = f"{BASE}/periods/2026-03/journal?format=csv"
    rows = (await client.call("GET", path)).text.splitlines()[1:]
    assert {tuple(row.rsplit(",", 2)[1:]) for row in rows} == {("JRN-2026-03-open", "open")}
    await client.json("POST", f"{BASE}/periods/2026-03/close", status=201)
    rows = (await client.call("GET", path)).text.splitlines()[1:]
    assert {tuple(row.rsplit(",", 2)[1:]) for row in rows} == {("JRN-2026-03-1", "closed")}
    async with shop.db.transaction() as tx:
        await finance.reopen_period(tx, shop.config, date(2026, 3, 1))
    rows = (await client.call("GET", path)).text.splitlines()[1:]
    assert {tuple(row.rsplit(",", 2)[1:]) for row in rows} == {("JRN-2026-03-open", "reopened")}
    less = await client.json("GET", f"{BASE}/periods/2026-03/journal?less=1")
    assert (less["data"], less["entry"], less["status"]) == ([], "JRN-2026-03-open-less-1", "reopened")
    refused = await client.json("GET", f"{BASE}/periods/2026-03/journal?less=2", status=404)
    assert (refused["code"], refused["facts"]["latest"]) == ("unknown_close", 1)


async def test_months_that_have_not_begun_or_were_before_everything_are_refused(client: Client) -> None:
    refused = await client.json("GET", f"{BASE}/periods/2026-05", status=404)
    assert (refused["code"], refused["facts"]["current"]) == ("period_not_begun", "2026-04")
    refused = await client.json("GET", f"{BASE}/periods/2026-02/journal", status=404)
    assert (refused["code"], refused["facts"]["first"]) == ("period_before_first", "2026-03")


async def test_a_list_of_late_items_that_was_cut_says_so(
    client: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.json("POST", f"{BASE}/periods/2026-03/close", status=201)
    for _ in range(3):
        await earn(shop.db, shop.config, shop.ann, 7, now=datetime(2026, 3, 20, tzinfo=UTC))
    path = f"{BASE}/periods/2026-04/late-items"
    whole = await client.json("GET", path)
    assert (len(whole["data"]), whole["more"]) == (3, False)
    monkeypatch.setattr("regulars.flows.finance.api.LATE_ITEMS_MAX", 2)
    cut = await client.json("GET", path)
    assert (cut["data"], cut["more"]) == (whole["data"][:2], True)


async def decide(shop: Shop, number: int, checker: str) -> Approval:
    return await approval.approve(
        shop.db,
        Approvals(),
        shop.config.id,
        number,
        checker=checker,
        comment="",
        seen=None,
        now=APRIL,
    )


async def test_the_journal_by_hand(client: Client) -> None:
    """100 points at half a cent take 50 ÷ 100,050 of a sale of 1,000 euros; 30 of them are redeemed."""
    settings = {
        "accounts": {"deferred_revenue": "22-100"},
        "point_types": {"points": {"price_minor": "0.5", "breakage": "0.2"}},
    }
    answer = await client.call("PUT", f"{BASE}/settings", settings)
    assert answer.json()["accounts"]["deferred_revenue"] == "22-100"
    await client.call("PUT", f"{BASE}/settings", settings, 412, if_match='"7"')
    journal = await client.json("GET", f"{BASE}/periods/2026-03/journal")
    lines = [(e["account"], e["code"], e["debit"], e["credit"]) for e in journal["data"]]
    assert lines == [
        ("sales_revenue", "4000", 40, 0),
        ("deferred_revenue", "22-100", 0, 40),
        ("deferred_revenue", "22-100", 12, 0),
        ("points_revenue", "4010", 0, 12),
        ("deferred_revenue", "22-100", 3, 0),
        ("breakage_revenue", "4020", 0, 3),
    ]
    table = await client.call("GET", f"{BASE}/periods/2026-03/journal", accept="text/csv")
    assert "2026-03,22-100,deferred_revenue,0.12,0.00,EUR,points,house,redeemed" in table.text
    sums = await client.json("GET", f"{BASE}/periods/2026-03/trial-balance")
    assert sum(line["balance"] for line in sums["data"]) == 0
    period = await client.json("GET", f"{BASE}/periods/2026-03")
    assert period["trial_balance"] == sums["data"]
    current = await client.json("GET", f"{BASE}/periods/current")
    assert (current["period"], current["closed"]) == ("2026-04", False)


async def test_liability_over_http(client: Client) -> None:
    found = await client.json("GET", f"{BASE}/liability?at=2026-03-10T00:00:00Z")
    [own] = [one for one in found["data"] if one["point_type"] == "points"]
    assert (own["outstanding"], own["worth_minor"]) == (70, "35.0")
    assert own["slices"] == [{"funding": "house", "expires": "2026-04", "points": 70, "worth_minor": "35.0"}]
    before = await client.json(
        "GET", f"{BASE}/liability?at=2026-03-10T00:00:00Z&known_at=2026-03-01T00:00:00Z"
    )
    assert [one["outstanding"] for one in before["data"]] == [0] * 5
    for bad in (
        {"accounts": {"cash": "1"}},
        {"point_types": {"points": {"breakage": "1"}}},
        {"point_types": {"x": {}}},
    ):
        await client.json("PUT", f"{BASE}/settings", bad, status=422)
    await client.json("GET", f"{BASE}/periods/2026-13", status=422)
    assert (await client.json("GET", f"{BASE}/breakage"))["data"]
    await client.acting("agent").json("GET", f"{BASE}/liability", status=403)


async def test_a_close_is_kept_by_the_database(shop: Shop, database_url: str) -> None:
    await shop.earn(shop.ann, 100)
    await close(shop, date(2026, 3, 1), datetime(2026, 4, 1, 12, tzinfo=UTC))
    async with (
        Database.open(database_url, name="api", acting_as="regulars_app") as db,
        db.transaction() as tx,
    ):
        config: ProgramConfig = await load_config(tx, shop.config.id)
        assert (await finance.closes(tx, config.id))[0].closed


async def test_points_of_a_joint_promotion_are_paid_by_whoever_agreed_to(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    campaign = (
        'campaigns:\n  spring: {name: Spring, schedule: {from: "2026-01-01", to: "2027-01-01"}}\npartners:'
    )
    program = COALITION.replace("partner:supplier", "campaign:spring").replace("partners:", campaign, 1)
    joint = await open_shop(db, clock, tmp_path, program)
    await agree(joint, Agreement("spring", "campaign:spring", "points", payer="supplier"))
    await joint.send(joint.order("1", "10.00", store="web"))
    async with db.transaction() as tx:
        config = await load_config(tx, joint.program_id)
        priced = Accounting(point_types={"points": PointAccounting(price_minor="1", breakage="0.1")})
        await write_accounting(tx, config.id, {"points"}, priced, None, clock.now())
        found = await finance.Books(tx, config, PORTS).report(date(2026, 3, 1))
    deferred = {entry.funding: entry.debit for entry in found.entries if entry.account == "partner_revenue"}
    assert deferred == {"campaign:spring": 40, "partner:brand": 60}
    assert sum(line["balance"] for line in finance.balances(found.entries)) == 0
