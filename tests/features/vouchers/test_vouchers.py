"""Vouchers on a real database: looked up, set aside, used, given back; every refusal says when and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from regulars.features.vouchers import (
    Definition,
    Found,
    PoolEmpty,
    ReservationGone,
    Worth,
    add_audience,
    add_code,
    find_vouchers,
    get_definition,
    issue_voucher,
    lapse_reservations,
    put_definition,
    redeem_vouchers,
    release_vouchers,
    reserve_vouchers,
    return_vouchers,
    use_vouchers,
    void_vouchers,
)
from regulars.features.vouchers.errors import UnknownUse
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.kit.errors import Rejected

PROGRAM, ANN, BEN = 1, 11, 12
TEN_PERCENT = Worth("percentage", percentage=Decimal(10))


class Desk:
    """Vouchers of one program, each step in a transaction of its own."""

    def __init__(self, db: Database, clock: FixedClock) -> None:
        self.db = db
        self.clock = clock

    async def define(self, code: str = "ten", **fields: Any) -> None:
        given = {"name": "Ten", "worth": TEN_PERCENT, "pattern": "TEN-####-####", **fields}
        async with self.db.transaction() as tx:
            now = self.clock.now()
            await put_definition(tx, PROGRAM, Definition(code, **given), zone="Europe/Berlin", now=now)

    async def issue(self, member: int = ANN, cause: str = "gift", code: str = "ten") -> str:
        async with self.db.transaction() as tx:
            return await issue_voucher(tx, PROGRAM, code, member, self.clock.now(), cause)

    async def name(self, text: str, *, uses: int | None = None, code: str = "ten") -> str:
        async with self.db.transaction() as tx:
            stored = await get_definition(tx, PROGRAM, code)
            return await add_code(tx, stored, text, uses=uses, now=self.clock.now())

    async def find(self, *codes: str, member: int | None = ANN) -> list[Found]:
        async with self.db.transaction() as tx:
            return await find_vouchers(tx, PROGRAM, codes, member_id=member, now=self.clock.now())

    async def refusal(self, code: str, member: int | None = ANN) -> Rejected:
        (found,) = await self.find(code, member=member)
        assert found.refusal is not None
        return found.refusal

    async def reserve(
        self, *codes: str, basket: str = "b1", member: int | None = ANN, minutes: int = 10
    ) -> None:
        async with self.db.transaction() as tx:
            now = self.clock.now()
            found = await find_vouchers(tx, PROGRAM, codes, member_id=member, now=now, lock=True)
            await reserve_vouchers(tx, found, basket, now + timedelta(minutes=minutes))

    async def use(self, basket: str = "b1", order: str = "o1", member: int | None = ANN) -> list[str]:
        async with self.db.transaction() as tx:
            return await use_vouchers(tx, basket, order_id=order, member_id=member, now=self.clock.now())

    async def redeem(self, *codes: str, order: str, member: int | None = ANN) -> list[str]:
        async with self.db.transaction() as tx:
            now = self.clock.now()
            found = await find_vouchers(tx, PROGRAM, codes, member_id=member, now=now, lock=True)
            return await redeem_vouchers(tx, found, f"order:{order}", order_id=order, now=now)


@pytest.fixture
async def desk(db: Database, clock: FixedClock) -> Desk:
    return Desk(db, clock)


async def test_a_voucher_is_issued_used_once_and_says_when(desk: Desk) -> None:
    await desk.define()
    code = await desk.issue()
    assert await desk.issue() == code  # the same cause
    assert await desk.issue(cause="another") != code
    await desk.reserve(code.lower().replace("-", " - "))
    assert await desk.use() == [code]
    assert await desk.use() == [code]  # the order is sent again
    refusal = await desk.refusal(code)
    assert refusal.code == "voucher_already_used"
    assert refusal.used_at == "2026-03-02T10:05:00Z"


async def test_who_may_not_is_told_why(desk: Desk) -> None:
    await desk.define()
    code = await desk.issue()
    assert (await desk.refusal("TEN-2222-2222")).code == "unknown_voucher"
    assert (await desk.refusal(code, BEN)).code == "voucher_not_yours"
    assert (await desk.refusal(code, None)).code == "voucher_needs_member"
    await desk.reserve(code)
    refusal = await desk.refusal(code)
    assert (refusal.code, refusal.until) == ("voucher_reserved", "2026-03-02T10:15:00Z")
    async with desk.db.transaction() as tx:
        assert await release_vouchers(tx, "b1", desk.clock.now()) == [code]
        assert await release_vouchers(tx, "b1", desk.clock.now()) == []
    assert (await desk.find(code))[0].refusal is None
    with pytest.raises(ReservationGone):
        await desk.use()
    async with desk.db.transaction() as tx:
        assert await void_vouchers(tx, PROGRAM, [code], now=desk.clock.now()) == [code]
    assert (await desk.refusal(code)).code == "voucher_void"


async def test_validity_is_half_open_and_days_are_the_program_s(desk: Desk) -> None:
    now = desk.clock.now()
    await desk.define(valid_from=now + timedelta(hours=1), valid_until=now + timedelta(days=30), valid_days=2)
    code = await desk.issue()
    refusal = await desk.refusal(code)
    assert (refusal.code, refusal.valid_from) == ("voucher_not_yet", "2026-03-02T11:05:00Z")
    desk.clock.advance(timedelta(hours=1))
    assert (await desk.find(code))[0].refusal is None
    # Two whole days behind Monday the 2nd: until the 5th begins in Berlin, an hour before UTC's.
    (found,) = await desk.find(code)
    assert found.voucher is not None
    assert found.voucher.ends_at is not None
    assert found.voucher.ends_at == datetime(2026, 3, 4, 23, tzinfo=UTC)
    desk.clock.advance(timedelta(days=3))
    refusal = await desk.refusal(code)
    assert (refusal.code, refusal.expired_at) == ("voucher_expired", "2026-03-04T23:00:00Z")


async def test_what_is_set_aside_and_forgotten_is_free_again(desk: Desk) -> None:
    await desk.define(per_member=1, uses_total=1)
    code = await desk.issue()
    await desk.reserve(code)
    desk.clock.advance(timedelta(minutes=10))
    async with desk.db.transaction() as tx:
        assert await lapse_reservations(tx, desk.clock.now()) == 1
        assert await lapse_reservations(tx, desk.clock.now()) == 0
    await desk.reserve(code, basket="b2")
    with pytest.raises(ReservationGone):
        await desk.use("b1")
    assert await desk.use("b2") == [code]


async def test_limits_of_a_code_a_member_and_a_kind(desk: Desk) -> None:
    await desk.define(per_member=2, uses_total=3, uses=None)
    code = await desk.name("Summer 10", uses=None)
    assert code == "SUMMER10"
    await desk.redeem(code, order="1")
    await desk.redeem(code, order="2")
    with pytest.raises(Rejected) as refused:
        await desk.redeem(code, order="3")
    assert (refused.value.code, refused.value.limit) == ("voucher_limit_reached", 2)
    await desk.redeem(code, order="4", member=BEN)
    with pytest.raises(Rejected) as refused:
        await desk.redeem(code, order="5", member=BEN)
    assert (refused.value.code, refused.value.limit) == ("vouchers_used_up", 3)
    async with desk.db.transaction() as tx:
        now = desk.clock.now()
        assert await return_vouchers(tx, PROGRAM, "1", now=now) == [code]
    async with desk.db.transaction() as tx:
        with pytest.raises(UnknownUse):
            await return_vouchers(tx, PROGRAM, "1", now=now)
    await desk.redeem(code, order="6", member=ANN)


async def test_an_audience_is_who_a_voucher_is_for(desk: Desk) -> None:
    await desk.define(audience="mailing", uses=None)
    code = await desk.name("MAIL")
    async with desk.db.transaction() as tx:
        assert await add_audience(tx, PROGRAM, "mailing", [ANN, ANN]) == 1
    assert (await desk.find(code))[0].refusal is None
    assert (await desk.refusal(code, BEN)).code == "voucher_not_yours"


async def test_an_empty_pool_says_so(desk: Desk) -> None:
    await desk.define(pattern=None)
    with pytest.raises(PoolEmpty):
        await desk.issue()
