"""Spending without network: what a till can know alone, and that nothing beyond the bound is ever spent."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.flows.points.world import make_members, make_program

from regulars.features.programs import ProgramConfig
from regulars.flows import merging, points
from regulars.flows.books import verify
from regulars.flows.offline import (
    Accepted,
    Token,
    Use,
    check_token,
    issue_token,
    published_keys,
    report_use,
    revoke_token,
    rotate_keys,
    settle_due,
)
from regulars.flows.offline.errors import InvalidOffline, InvalidToken, TokenExpired, TokenSettled
from regulars.flows.offline.keys import LIFE_MAX, REPORTING
from regulars.flows.points.errors import HoldOfToken, MemberGone
from regulars.flows.upkeep.settle import settle_members
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

TYPES: dict[str, dict[str, Any]] = {"points": {"kind": "redeemable", "policy": {}}}
DAY = timedelta(days=1)


class Town:
    """A member with 1,000 points, and tills that have no network."""

    def __init__(
        self, db: Database, clock: FixedClock, config: ProgramConfig, member: int, others: list[int]
    ) -> None:
        self.db = db
        self.clock = clock
        self.config = config
        self.member = member
        self.others = others

    async def issue(self, amount: int = 300, life: timedelta = DAY) -> Token:
        async with self.db.transaction() as tx:
            return await issue_token(tx, self.config, points, self.member, amount, life, now=self.clock.now())

    async def keys(self) -> dict[str, Any]:
        async with self.db.transaction() as tx:
            return await published_keys(tx, self.config.id, self.clock.now())

    async def report(
        self, token: Token, amount: int, till: str = "a", number: str = "1", at: datetime | None = None
    ) -> Accepted:
        use = Use(token.token, till, number, amount, at or self.clock.now(), f"order-{till}-{number}")
        async with self.db.transaction() as tx:
            return await report_use(tx, self.config, points, use, self.clock.now())

    async def merge(self, source: int, target: int) -> int:
        async with self.db.transaction() as tx:
            done = await merging.merge(
                tx, self.config, source, target, reason="one person", now=self.clock.now()
            )
        return done.id

    async def settle(self) -> int:
        return await settle_due(self.db, points, self.clock.now())

    async def wallet(self, member: int | None = None) -> tuple[int, int]:
        """Return available and held; the books are right."""
        async with self.db.transaction(snapshot=True) as tx:
            (wallet,) = await points.wallets(tx, self.config, member or self.member, self.clock.now())
            assert (await verify(tx, self.config.id)).healthy
        return wallet.available, wallet.held


@pytest.fixture
async def town(db: Database, clock: FixedClock) -> AsyncIterator[Town]:
    config = await make_program(db, types=TYPES)
    member, *others = await make_members(db, config, 3)
    async with db.transaction() as tx:
        await points.adjust(tx, config, member, 1_000, "credit", reason="test", actor="test", now=clock.now())
    return Town(db, clock, config, member, others)


async def test_a_till_knows_a_good_token_by_the_public_key_alone(town: Town) -> None:
    token = await town.issue()
    keys = await town.keys()
    claims = check_token(token.token, keys, town.clock.now())
    assert (claims.program, claims.points, claims.point_type) == ("acme", 300, "points")
    assert claims.expires_at == token.expires_at
    assert "d" not in keys["keys"][0]  # nothing private is published
    with pytest.raises(TokenExpired):
        check_token(token.token, keys, town.clock.now() + DAY)
    head, payload, signature = token.token.split(".")
    said = base64.urlsafe_b64decode(payload + "==").replace(b'"pts":300', b'"pts":900')
    forged = ".".join([head, base64.urlsafe_b64encode(said).decode().rstrip("="), signature])
    for bad in (forged, token.token[:-4] + "AAAA", "", "a.b.c", "x" * 5_000):
        with pytest.raises(InvalidToken):
            check_token(bad, keys, town.clock.now())
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"regulars-offline+jws"}').decode().rstrip("=")
    with pytest.raises(InvalidToken):
        check_token(f"{none}.{payload}.", keys, town.clock.now())


async def test_what_was_used_is_spent_and_the_rest_returns(town: Town) -> None:
    token = await town.issue()
    assert await town.wallet() == (700, 300)
    assert (await town.report(token, 120)).accepted == 120
    assert (await town.report(token, 120)).accepted == 120  # the same report again
    assert (await town.report(token, 80, till="b")).accepted == 80
    assert await town.wallet() == (700, 300)
    town.clock.advance(DAY + REPORTING)
    assert await settle_due(town.db, points, town.clock.now()) == 1
    assert await settle_due(town.db, points, town.clock.now()) == 0
    assert await town.wallet() == (800, 0)


async def test_what_was_shown_twice_is_found_and_never_spent(town: Town) -> None:
    token = await town.issue()
    assert await town.report(token, 200, till="a") == Accepted("a", "1", 200, 200, "")
    assert await town.report(token, 200, till="b") == Accepted("b", "1", 200, 100, "over")
    assert await town.report(token, 50, till="c") == Accepted("c", "1", 50, 0, "over")
    assert await town.wallet() == (700, 0)  # used up: settled at once


async def test_reports_that_come_too_late_spend_nothing(town: Town) -> None:
    token = await town.issue()
    town.clock.advance(DAY + timedelta(hours=1))
    assert (await town.report(token, 10)).reason == "late"
    in_time = town.clock.now() - timedelta(hours=2)
    assert (await town.report(token, 10, number="2", at=in_time)).accepted == 10
    town.clock.advance(REPORTING)
    await settle_due(town.db, points, town.clock.now())
    assert (await town.report(token, 10, number="3", at=in_time)).reason == "settled"
    assert await town.wallet() == (990, 0)


async def test_a_token_given_back_returns_at_once(town: Town) -> None:
    token = await town.issue()
    await town.report(token, 50)
    async with town.db.transaction() as tx:
        await revoke_token(tx, town.config, points, town.member, token.hold_id, town.clock.now())
        with pytest.raises(TokenSettled):
            await revoke_token(tx, town.config, points, town.member, token.hold_id, town.clock.now())
    assert await town.wallet() == (950, 0)


async def test_keys_rotate_and_old_tokens_stay_good(town: Town) -> None:
    old = await town.issue()
    async with town.db.transaction() as tx:
        await rotate_keys(tx, town.config.id, town.clock.now())
    new = await town.issue()
    keys = await town.keys()
    assert len(keys["keys"]) == 2
    for token in (old, new):
        check_token(token.token, keys, town.clock.now())
    town.clock.advance(LIFE_MAX + REPORTING)
    assert len((await town.keys())["keys"]) == 1


async def test_a_life_without_end_is_refused(town: Town) -> None:
    with pytest.raises(InvalidOffline):
        await town.issue(life=timedelta(days=8))


async def test_a_till_has_the_key_before_there_is_a_token(town: Town) -> None:
    before = await town.keys()
    assert len(before["keys"]) == 1
    assert await town.keys() == before  # asking again makes no other one
    token = await town.issue()
    assert check_token(token.token, before, town.clock.now()).points == 300


async def test_what_tills_accepted_is_spent_however_late(town: Town) -> None:
    token = await town.issue(500)
    assert (await town.report(token, 123)).accepted == 123
    town.clock.advance(400 * DAY)
    assert await town.wallet() == (500, 500)  # no reading gives them back,
    async with town.db.transaction() as tx:  # nor what time does in wallets,
        now = town.clock.now()
        await settle_members(tx, town.config, [town.member], now, now)
    async with town.db.transaction() as tx:  # nor a change of the wallet
        await points.spend(tx, town.config, town.member, 1, actor="test", now=town.clock.now())
    assert await town.wallet() == (499, 500)
    assert await town.settle() == 1
    assert await town.wallet() == (876, 0)


async def test_points_of_a_token_are_ended_by_the_token_alone(town: Town) -> None:
    token = await town.issue()
    await town.report(token, 100)
    for act in (points.void_hold, points.capture_hold):
        async with town.db.transaction() as tx:
            with pytest.raises(HoldOfToken):
                await act(tx, town.config, town.member, token.hold_id, actor="test", now=town.clock.now())
    async with town.db.transaction() as tx:
        (held,) = await points.holds(tx, town.config, town.member, before=None, limit=9)
    assert (held.points, held.expires_at) == (300, None)
    town.clock.advance(DAY + REPORTING)
    assert await town.settle() == 1
    assert await town.wallet() == (900, 0)


async def test_what_tills_accepted_is_spent_through_merges(town: Town) -> None:
    token = await town.issue()
    await town.report(token, 100)
    second, third = town.others
    await town.merge(town.member, second)
    await town.merge(second, third)
    assert await town.wallet(third) == (700, 300)
    town.clock.advance(DAY + REPORTING)
    assert await town.settle() == 1
    assert await town.wallet(third) == (900, 0)


async def test_what_tills_accepted_is_spent_where_a_merge_was_undone(town: Town) -> None:
    token = await town.issue()
    await town.report(token, 100)
    number = await town.merge(town.member, town.others[0])
    async with town.db.transaction() as tx:
        await merging.unmerge(tx, town.config, number, now=town.clock.now())
    assert await town.wallet() == (700, 300)
    town.clock.advance(DAY + REPORTING)
    assert await town.settle() == 1
    assert await town.wallet() == (900, 0)


async def test_what_tills_accepted_is_spent_when_a_member_was_erased(town: Town) -> None:
    token = await town.issue()
    await town.report(token, 100)
    async with town.db.transaction() as tx:
        await merging.erase(tx, town.config, town.member, now=town.clock.now())
    assert await town.wallet() == (700, 300)
    assert (await town.report(token, 50, till="b")).accepted == 50
    town.clock.advance(DAY + REPORTING)
    assert await town.settle() == 1
    assert await town.wallet() == (850, 0)


async def test_a_token_that_cannot_be_settled_now_stops_no_other(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = await town.issue(), await town.issue()
    await town.report(first, 100)
    town.clock.advance(DAY + REPORTING)

    async def gone(*_: Any, **__: Any) -> None:
        raise MemberGone

    with monkeypatch.context() as patch:
        patch.setattr(points, "capture_hold", gone)
        assert await town.settle() == 1
    assert await town.wallet() == (700, 300)  # nothing that was accepted is given up
    assert await town.settle() == 1
    assert await town.wallet() == (900, 0)
