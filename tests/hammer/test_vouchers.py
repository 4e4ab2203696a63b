"""Sixteen clients want the same voucher, prize or token: none is given twice; and each hammer hits its mutant."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.features.vouchers.test_vouchers import PROGRAM, Desk
from tests.flows.points.world import make_members, make_program
from tests.hammer.delay import far_away
from tests.hammer.gate import CLIENTS, together
from tests.hammer.mutants import _Changed

from regulars.core.ledger import opening as ledger_opening
from regulars.features import households
from regulars.features.draws import Draw, Prize, open_draw, play, put_draw
from regulars.features.draws import store as draws
from regulars.features.vouchers import store as vouchers
from regulars.flows import points, pooling
from regulars.flows.offline import Accepted, Use, issue_token, report_use
from regulars.flows.offline import spending as offline
from regulars.flows.pooling import spending as pooled
from regulars.flows.prizes import deliver as prizes
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries
from regulars.kit.errors import Rejected

queries = load_queries("tests.features.vouchers")

FAR_S = (0.001, 0.006)


class Town(Desk):
    """Vouchers, draws and wallets of one program, over a slow wire with a connection for each client."""

    async def prepare(self, home: Database) -> None:
        """Make a program with a member of 1,000 points, nearby."""
        types: dict[str, dict[str, Any]] = {"points": {"kind": "redeemable", "policy": {}}}
        self.config = await make_program(home, types=types)
        self.member, self.child = await make_members(home, self.config, 2)
        async with home.transaction() as tx:
            await points.adjust(
                tx,
                self.config,
                self.member,
                1_000,
                "credit",
                reason="test",
                actor="test",
                now=self.clock.now(),
            )

    async def draw(self, draw: Draw) -> None:
        async with self.db.transaction() as tx:
            await put_draw(tx, self.config.id, draw, self.clock.now())
            await open_draw(tx, self.config.id, draw.code, self.clock.now())

    async def play(self, number: int) -> tuple[int, Any]:
        async with self.db.transaction() as tx:
            return await play(tx, self.config.id, "scratch", self.member, f"p{number}", self.clock.now())

    async def available(self) -> int:
        async with self.db.transaction(snapshot=True) as tx:
            (wallet,) = await points.wallets(tx, self.config, self.member, self.clock.now())
        return wallet.available


Scenario = Callable[[Town], Awaitable[None]]
Mutant = Callable[[Town, pytest.MonkeyPatch], Awaitable[None]]


def done(came: list[Any]) -> list[Any]:
    return [one for one in came if not isinstance(one, Rejected)]


async def single_use(town: Town) -> None:
    """A voucher for one use is used by one of sixteen orders."""
    await town.define()
    code = await town.issue()
    came = await together([partial(town.redeem, code, order=f"o{n}") for n in range(CLIENTS)])
    assert len(done(came)) == 1


async def several_uses(town: Town) -> None:
    """A voucher for five uses is used by five."""
    await town.define(uses=None)
    code = await town.name("FIVE", uses=5)
    came = await together([partial(town.redeem, code, order=f"o{n}") for n in range(CLIENTS)])
    assert len(done(came)) == 5


async def per_member(town: Town) -> None:
    """A member uses three of her sixteen vouchers of a kind that allows three."""
    await town.define(per_member=3)
    codes = [await town.issue(cause=f"c{n}") for n in range(CLIENTS)]
    came = await together([partial(town.redeem, code, order=f"o{code}") for code in codes])
    assert len(done(came)) == 3


async def in_all(town: Town) -> None:
    """Of a kind for four uses in all, four of sixteen members' vouchers are used."""
    await town.define(uses_total=4)
    codes = [await town.issue(member=100 + n, cause="c") for n in range(CLIENTS)]
    came = await together(
        [partial(town.redeem, code, order=f"o{code}", member=100 + n) for n, code in enumerate(codes)]
    )
    assert len(done(came)) == 4


async def pool(town: Town) -> None:
    """Ten codes of a pool go to ten of sixteen, each once."""
    await town.define(pattern=None)
    async with town.db.transaction() as tx:
        definition = await vouchers.select_definition(tx, PROGRAM, "ten")
        assert definition is not None
        codes = [f"POOL-{n}" for n in range(10)]
        await vouchers.insert_vouchers(
            tx, PROGRAM, definition.id, codes, status="stock", uses_max=1, issued_at=None, valid_until=None
        )
    came = done(await together([partial(town.issue, member=100 + n, cause="c") for n in range(CLIENTS)]))
    assert len(came) == len(set(came)) == 10


async def one_cause(town: Town) -> None:
    """However many give a voucher for one cause, one is given."""
    await town.define()
    came = done(await together([partial(town.issue, cause="order 1") for _ in range(CLIENTS)]))
    assert len(came) == CLIENTS
    assert len(set(came)) == 1


async def instant_wins(town: Town) -> None:
    """Ten places are played by ten of sixteen, and three of them win."""
    await town.draw(Draw("scratch", "Scratch", (Prize("p", "P", 3, points=100),), kind="instant", places=10))
    came = done(await together([partial(town.play, n) for n in range(CLIENTS)]))
    assert sorted(place for place, _ in came) == list(range(10))
    assert sum(won is not None for _, won in came) == 3


async def deliveries(town: Town) -> None:
    """Sixteen workers give the three prizes once."""
    await town.draw(Draw("scratch", "Scratch", (Prize("p", "P", 3, points=100),), kind="instant", places=3))
    for number in range(3):
        await town.play(number)
    await together(
        [partial(prizes.deliver_prizes, town.db, points, town.clock.now()) for _ in range(CLIENTS)]
    )
    assert await town.available() == 1_300


async def offline_bound(town: Town) -> None:
    """Sixteen tills report 40 points each of a token for 100: 100 are accepted."""
    async with town.db.transaction() as tx:
        day, now = timedelta(days=1), town.clock.now()
        token = await issue_token(tx, town.config, points, town.member, 100, day, now=now)

    async def report(till: int) -> Accepted:
        use = Use(token.token, f"till{till}", "1", 40, town.clock.now())
        async with town.db.transaction() as tx:
            return await report_use(tx, town.config, points, use, town.clock.now())

    came = done(await together([partial(report, till) for till in range(CLIENTS)]))
    assert len(came) == CLIENTS
    assert sum(one.accepted for one in came) == 100
    assert await town.available() == 900


async def pooled_limit(town: Town) -> None:
    """A child that may spend 30 of its parent's points does so three times by 10, not sixteen times."""
    parent, child = town.member, town.child
    async with town.db.transaction() as tx:
        now, program = town.clock.now(), town.config.id
        home = await households.found_household(tx, program, parent, "Home", now=now)
        secret = await households.invite(tx, program, home.id, parent, "child", now=now, member_id=child)
        await households.accept(tx, program, secret, child, now)
        terms = households.Terms("child", shares=False, spend_max=30)
        await households.change_person(tx, program, home.id, parent, child, terms)

    async def spend() -> pooling.PooledSpend:
        async with town.db.transaction() as tx:
            return await pooling.spend_together(
                tx, town.config, points, child, 10, actor="till", now=town.clock.now()
            )

    assert len(done(await together([spend] * CLIENTS))) == 3
    assert await town.available() == 970


async def pooled_points(town: Town) -> None:
    """Two who share 1,000 points spend 100 sixteen times: ten can."""
    async with town.db.transaction() as tx:
        now, program = town.clock.now(), town.config.id
        home = await households.found_household(tx, program, town.member, "Home", now=now)
        secret = await households.invite(tx, program, home.id, town.member, "adult", now=now)
        await households.accept(tx, program, secret, town.child, now)

    async def spend(member: int) -> pooling.PooledSpend:
        async with town.db.transaction() as tx:
            return await pooling.spend_together(
                tx, town.config, points, member, 100, actor="till", now=town.clock.now()
            )

    spenders = [town.member, town.child] * (CLIENTS // 2)
    assert len(done(await together([partial(spend, member) for member in spenders]))) == 10
    assert await town.available() == 0


def changed(module: Any, patch: pytest.MonkeyPatch, **statements: tuple[str, str]) -> None:
    """Take a guard out of statements: (what stands there, what stands there instead) each."""
    mutants = {}
    for name, (pattern, instead) in statements.items():
        known = getattr(module.queries, name)
        sql = re.sub(pattern, instead, known.sql)
        assert sql != known.sql, name
        mutants[name] = msgspec.structs.replace(known, sql=sql)
    patch.setattr(module, "queries", _Changed(module.queries, **mutants))


async def codes_not_held(town: Town, patch: pytest.MonkeyPatch) -> None:
    """A code is looked at, and then counted, without being held and without looking again."""
    async with town.db.transaction() as tx:
        await tx.run(queries.drop_bound)
    changed(
        vouchers,
        patch,
        lock_vouchers=(r"FOR UPDATE", ""),
        take_vouchers=(r"AND \(uses_max IS NULL.*\)", ""),
    )


async def members_not_bounded(town: Town, patch: pytest.MonkeyPatch) -> None:
    """A member's uses are counted without looking how many she may."""
    changed(
        vouchers,
        patch,
        count_member_use=(r"WHERE %\(limit\)s::int IS NULL[^\n]*", "WHERE %(limit)s::int <> -1"),
    )


async def kinds_not_bounded(town: Town, patch: pytest.MonkeyPatch) -> None:
    """All uses are counted without looking how many there may be."""
    changed(vouchers, patch, count_kind_use=(r"AND \(uses_total IS NULL[^\n]*\)", ""))


async def codes_not_skipped(town: Town, patch: pytest.MonkeyPatch) -> None:
    """A free code is looked for without taking it."""
    changed(vouchers, patch, hand_out=(r"FOR UPDATE SKIP LOCKED", ""))


async def causes_not_claimed(town: Town, patch: pytest.MonkeyPatch) -> None:
    """Every cause is as good as new."""
    changed(vouchers, patch, claim_issue=(r"%\(cause\)s", "%(cause)s || random()::text"))


async def places_not_counted(town: Town, patch: pytest.MonkeyPatch) -> None:
    """Places are given out without an end."""
    async with town.db.transaction() as tx:
        await tx.run(queries.drop_places)
    changed(draws, patch, claim_place=(r"AND plays < places", ""))


async def prizes_not_held(town: Town, patch: pytest.MonkeyPatch) -> None:
    """A prize is looked at, and then given, without being held."""
    changed(prizes, patch, claim_deliveries=(r"FOR UPDATE OF p SKIP LOCKED", ""))


async def tokens_not_held(town: Town, patch: pytest.MonkeyPatch) -> None:
    """What is left of a token is read without holding it, and counted without looking."""
    async with town.db.transaction() as tx:
        await tx.run(queries.drop_token_bound)
    changed(offline, patch, lock_token=(r"FOR UPDATE", ""), count_use=(r"AND used \+[^\n]*", ""))


async def limits_not_bounded(town: Town, patch: pytest.MonkeyPatch) -> None:
    """Others' points are counted without looking how many one may spend."""
    changed(
        pooled, patch, count_usage=(r"WHERE %\(most\)s::bigint IS NULL[^\n]*", "WHERE %(most)s::bigint <> -1")
    )


async def purses_not_locked(town: Town, patch: pytest.MonkeyPatch) -> None:
    """Purses are read and written without being held in between."""
    patch.setattr(ledger_opening, "ask_locks", ledger_opening.ask_purses)


HAMMERS: list[tuple[Scenario, Mutant]] = [
    (single_use, codes_not_held),
    (several_uses, codes_not_held),
    (per_member, members_not_bounded),
    (in_all, kinds_not_bounded),
    (pool, codes_not_skipped),
    (one_cause, causes_not_claimed),
    (instant_wins, places_not_counted),
    (deliveries, prizes_not_held),
    (offline_bound, tokens_not_held),
    (pooled_limit, limits_not_bounded),
    (pooled_points, purses_not_locked),
]
NAMES = [scenario.__name__ for scenario, _ in HAMMERS]


@pytest.fixture
async def town(db: Database, database_url: str, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Town]:
    async with far_away(database_url, tmp_path, FAR_S, CLIENTS) as far:
        town = Town(far, clock)
        await town.prepare(db)
        yield town


@pytest.mark.parametrize(("scenario", "mutant"), HAMMERS, ids=NAMES)
async def test_it_holds(town: Town, scenario: Scenario, mutant: Mutant) -> None:
    await scenario(town)


@pytest.mark.parametrize(("scenario", "mutant"), HAMMERS, ids=NAMES)
async def test_it_would_notice(
    town: Town, monkeypatch: pytest.MonkeyPatch, scenario: Scenario, mutant: Mutant
) -> None:
    await mutant(town, monkeypatch)
    with pytest.raises(AssertionError):
        await scenario(town)
