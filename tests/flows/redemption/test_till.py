"""The till: batches that overlap meet at the wallets, and a guess whose wallets they need is only ever a guess."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.flows.points.world import NOW
from tests.flows.redemption.kiosk import Kiosk, open_kiosk
from tests.hammer.delay import far_away
from tests.hammer.gate import together

from regulars.core.ledger import opening
from regulars.flows import merging
from regulars.flows.redemption import Till, lanes
from regulars.flows.redemption import till as till_module
from regulars.flows.redemption.bodies import RedemptionBody, RedemptionCaptureBody
from regulars.flows.redemption.till import Caller, CaptureRequest, TakeRequest
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries
from regulars.infra.web import KeptAnswer, Keyed, Subject
from regulars.kit.errors import Rejected
from regulars.kit.ids import decode, encode

queries = load_queries(__package__)
CLIENTS = 64


async def nobody(*_: Any, **__: Any) -> None:
    """Find nobody."""


class Desk:
    """Tills of one process at a kiosk, and short ways to ask them."""

    def __init__(self, kiosk: Kiosk, db: Database, clock: FixedClock) -> None:
        self.kiosk = kiosk
        self.clock = clock
        self.till = Till(db, clock, kiosk.grounds, nobody, nobody)
        self.caller = Caller(Subject("key:1", "key", program_id=kiosk.config.id))
        self.count = 0

    def keyed(self, key: str | None) -> Keyed:
        self.count += 1
        return Keyed("key:1", "POST /till", key or f"k{self.count}", b"h" * 32)

    async def take(self, member: int | str, reward: str = "mug", key: str | None = None, **more: Any) -> Any:
        ref = member if isinstance(member, str) else encode("mem", member)
        body = RedemptionBody(reward=reward, **more)
        return _read(await self.do(TakeRequest(self.caller, self.keyed(key), ref, body)))

    async def capture(self, number: str, key: str | None = None, **more: Any) -> Any:
        body = RedemptionCaptureBody(**more)
        return _read(await self.do(CaptureRequest(self.caller, self.keyed(key), number, body)))

    async def do(self, request: TakeRequest | CaptureRequest) -> KeptAnswer:
        return await self.till.do(self.kiosk.config.id, request)


def _read(answer: KeptAnswer) -> Any:
    return msgspec.json.decode(answer.body)


@pytest.fixture
async def desk(db: Database, clock: FixedClock) -> Desk:
    clock.move_to(NOW)
    return Desk(await open_kiosk(db, members=4), db, clock)


@pytest.fixture
async def busy_desk(
    db: Database, database_url: str, tmp_path: Path, clock: FixedClock
) -> AsyncIterator[Desk]:
    """A desk whose database is far away, so that batches overlap for long."""
    clock.move_to(NOW)
    kiosk = await open_kiosk(db, members=8)
    await kiosk.stock("mug", 1_000)
    async with far_away(database_url, tmp_path, (0.002, 0.008), 4) as far:
        yield Desk(kiosk, far, clock)


async def one_wallet(desk: Desk) -> None:
    """Sixty-four wishes of 100 points against one wallet of 1,000, twice: ten are granted, and confirmed once."""
    ann = desk.kiosk.ann
    came = await together([lambda: desk.take(ann)] * CLIENTS)
    taken = [one for one in came if not isinstance(one, Rejected)]
    again = [*taken, *taken]
    done = await together(
        [lambda: desk.take(ann)] * 16
        + [(lambda number: lambda: desk.capture(number))(one["id"]) for one in again]
    )
    assert len(taken) == 10
    assert sum(not isinstance(one, Rejected) for one in done) == 10
    wallet = await desk.kiosk.wallet(ann)
    assert (wallet.available, wallet.held) == (0, 0)
    assert await desk.kiosk.gaps() == []


async def one_key(desk: Desk) -> None:
    """Sixty-four that are one wish are granted once."""
    came = await together([lambda: desk.take(desk.kiosk.ann, key="same")] * CLIENTS)
    assert len({one["id"] for one in came if not isinstance(one, Rejected)}) == 1
    assert (await desk.kiosk.wallet(desk.kiosk.ann)).held == 100


@pytest.fixture
def overlapping(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Say how many batches were on their way at once at most."""
    most = doing = 0
    work = Till._batch

    async def counted(self: Till, *args: Any, **options: Any) -> Any:
        nonlocal most, doing
        doing += 1
        most = max(most, doing)
        try:
            return await work(self, *args, **options)
        finally:
            doing -= 1

    monkeypatch.setattr(Till, "_batch", counted)
    return lambda: most


@pytest.mark.parametrize("scenario", [one_wallet, one_key])
async def test_batches_that_overlap_never_overspend(
    busy_desk: Desk, overlapping: Callable[[], int], scenario: Callable[[Desk], Any]
) -> None:
    await scenario(busy_desk)
    if scenario is one_wallet:
        assert overlapping() == lanes.BATCHES_AT_ONCE


async def test_it_would_be_noticed(busy_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A purse is read and written without being held in between."""
    async with busy_desk.kiosk.db.transaction() as tx:
        await tx.run(queries.drop_purse_check)
        await tx.run(queries.drop_pool_check)
    monkeypatch.setattr(opening, "ask_locks", opening.ask_purses)
    with pytest.raises((AssertionError, ExceptionGroup)):
        await one_wallet(busy_desk)


async def test_many_members_from_both_ends_meet_in_no_ring(
    busy_desk: Desk, overlapping: Callable[[], int]
) -> None:
    members = busy_desk.kiosk.members
    wishes = [(lambda member: lambda: busy_desk.take(member, "coffee"))(one) for one in members * 4]
    back = [(lambda member: lambda: busy_desk.take(member, "coffee"))(one) for one in members[::-1] * 4]
    came = await together([wish for two in zip(wishes, back, strict=True) for wish in two])
    assert not [one for one in came if isinstance(one, Rejected)]
    assert overlapping() == lanes.BATCHES_AT_ONCE
    for member in members:
        assert (await busy_desk.kiosk.wallet(member)).held == 240


async def guessed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return a list that grows: whether each transaction from now on guessed."""
    did: list[bool] = []
    done = Till._done

    async def noted(self: Till, program_id: int, requests: Any, likely: Any, **options: Any) -> Any:
        did.append(likely is not None)
        return await done(self, program_id, requests, likely, **options)

    monkeypatch.setattr(Till, "_done", noted)
    return did


async def test_a_right_guess_is_one_transaction(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.take(desk.kiosk.ann)  # the first one reads the program
    did = await guessed(desk, monkeypatch)
    taken = await desk.take(desk.kiosk.ann)
    assert (await desk.capture(taken["id"]))["status"] == "confirmed"
    assert did == [True, True]


async def test_a_wrong_guess_is_made_good(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member who was merged meanwhile, one of another program, one who is not there, a key used before."""
    kiosk = desk.kiosk
    taken = await desk.take(kiosk.ann, key="first")
    other = await open_kiosk(kiosk.db, code="other")
    did = await guessed(desk, monkeypatch)
    assert await desk.take(kiosk.ann, key="first") == taken
    for member in (other.ann, 12_345):
        with pytest.raises(Rejected, match="no such member"):
            await desk.take(member)
    async with kiosk.db.transaction() as tx:
        await merging.merge(tx, kiosk.config, kiosk.ann, kiosk.bob, reason="the same", now=NOW)
    assert (await desk.capture(taken["id"]))["status"] == "confirmed"
    assert (await desk.take(kiosk.ann))["wallet"]["available"] == 1_800
    assert did == [True] + [True, False] * 4
    assert (await other.wallet(other.ann)).available == 1_000


async def test_what_is_known_to_nobody_is_asked_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process took it; and a number that nobody has."""
    taken = await desk.take(desk.kiosk.ann)
    elsewhere = Desk(desk.kiosk, desk.kiosk.db, desk.clock)
    elsewhere.count = 100
    did = await guessed(desk, monkeypatch)
    assert (await elsewhere.capture(taken["id"]))["status"] == "confirmed"
    with pytest.raises(Rejected, match="redemption"):
        await elsewhere.capture(encode("rdm", 77))
    assert did == [False, False]


async def test_who_is_forgotten_is_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(till_module, "TAKERS_KNOWN_MAX", 1)
    first, second = await desk.take(desk.kiosk.ann), await desk.take(desk.kiosk.bob)
    did = await guessed(desk, monkeypatch)
    await desk.capture(first["id"])
    await desk.capture(second["id"])
    assert did == [False, True]


async def test_a_part_of_what_was_set_aside_comes_back_to_its_lots(desk: Desk) -> None:
    taken = await desk.take(desk.kiosk.ann, "cash", points=500)
    await desk.capture(taken["id"], points=200)
    wallet = await desk.kiosk.wallet(desk.kiosk.ann)
    assert (wallet.available, wallet.held) == (800, 0)


async def test_what_ended_meanwhile_comes_back_first(desk: Desk) -> None:
    """A wallet whose points are all set aside can be spent again by the request that finds the time over."""
    for _ in range(2):
        await desk.take(desk.kiosk.ann, "cash", points=500, hold_s=60)
    with pytest.raises(Rejected):
        await desk.take(desk.kiosk.ann)
    desk.clock.move_to(NOW + timedelta(seconds=61))
    taken = await desk.take(desk.kiosk.ann)
    assert taken["wallet"] == {"point_type": "points", "available": 900, "held": 100}
    assert decode("rdm", taken["id"])
