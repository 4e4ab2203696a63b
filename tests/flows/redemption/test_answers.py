"""The wallet in an answer is the wallet as it then is: with what promotions gave back, the first time and again."""

from __future__ import annotations

from typing import Any

import pytest
from tests.flows.points.world import NOW
from tests.flows.redemption.kiosk import Kiosk, open_kiosk
from tests.flows.redemption.test_till import Desk

from regulars.app.redemption_ports import redemption_ports
from regulars.flows.apply import apply_document, decode_document
from regulars.flows.redemption import Ask, Capture, Receipt, confirm, take
from regulars.flows.redemption.bodies import RedemptionBody, RedemptionCaptureBody, wallet_fields
from regulars.flows.redemption.till import CaptureRequest, Replayed, TakeRequest
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.db.transaction import Transaction
from regulars.kit.ids import encode

RULES: list[dict[str, Any]] = [
    {
        "code": "back",
        "name": "Ten points back for a service",
        "trigger": {"redemption": {"kind": "service"}},
        "then": [{"award": {"point_type": "points", "points": "10"}}],
    },
    {
        "code": "fee",
        "name": "A fee for a mug",
        "trigger": {"redemption": {"reward": "mug"}},
        "then": [{"deduct": {"point_type": "points", "points": 3}}],
    },
    {
        "code": "sorry",
        "name": "A point for whoever brings something back",
        "trigger": {"event": "Reward Cancelled"},
        "then": [{"award": {"point_type": "points", "points": "1"}}],
    },
]


async def promote(kiosk: Kiosk) -> Kiosk:
    async with kiosk.db.transaction() as tx:
        await apply_document(tx, decode_document({"rules": RULES, "publish": True}), "acme", now=NOW)
    return kiosk


@pytest.fixture
async def kiosk(db: Database) -> Kiosk:
    return await promote(await open_kiosk(db, ports=redemption_ports()))


@pytest.fixture
async def desk(kiosk: Kiosk, clock: FixedClock) -> Desk:
    clock.move_to(NOW)
    return Desk(kiosk, kiosk.db, clock)


async def test_taking_confirming_and_giving_back_answer_the_wallet_afterwards(kiosk: Kiosk) -> None:
    coffee = await kiosk.redeem(kiosk.ann, "coffee")
    assert shown(coffee) == (980, 0) == await there(kiosk)
    mug = await kiosk.take(kiosk.ann, "mug")
    assert shown(mug) == (880, 100) == await there(kiosk)
    held = await kiosk.take(kiosk.ann, "coffee", quantity=2)
    assert shown(held) == (820, 160) == await there(kiosk)
    assert shown(await kiosk.capture(held.order.id, quantity=1)) == (860, 100) == await there(kiosk)
    assert shown(await kiosk.capture(mug.order.id)) == (857, 0) == await there(kiosk)
    assert shown(await kiosk.cancel(mug.order.id)) == (961, 0) == await there(kiosk)
    assert shown(await kiosk.redeem(kiosk.ann, "cash", points=50)) == (911, 0) == await there(kiosk)


async def test_of_several_in_one_transaction_each_answers_as_if_one_came_after_the_other(
    kiosk: Kiosk,
) -> None:
    """Two of Ann's with one of Bob's between: the last answer of each is the wallet as it is."""
    asks = [Ask(kiosk.ann, "coffee"), Ask(kiosk.bob, "coffee"), Ask(kiosk.ann, "coffee", quantity=2)]
    held = await kiosk.ask(*asks)
    assert [shown(one) for one in held] == [(970, 30), (970, 30), (910, 90)]
    async with kiosk.db.transaction() as tx:
        captures = [Capture(one.order.id) for one in held]
        done = await confirm(tx, kiosk.grounds, kiosk.config.id, captures, NOW)
    assert [shown(one) for one in done] == [(920, 60), (980, 0), (930, 0)]
    assert await there(kiosk) == (930, 0)
    async with kiosk.db.transaction() as tx:
        asks = [Ask(kiosk.ann, "coffee", at_once=True), Ask(kiosk.ann, "cash", points=50)]
        done = await take(tx, kiosk.grounds, kiosk.config.id, asks, NOW)
    assert [shown(one) for one in done] == [(910, 0), (860, 50)]
    assert await there(kiosk) == (860, 50)


async def test_a_till_is_answered_the_same_the_second_time(desk: Desk) -> None:
    """Alone and in a batch, taken at once and confirmed; a dry run says it and keeps nothing."""
    kiosk = desk.kiosk
    wish = RedemptionBody(reward="coffee", confirm=True)
    asked = TakeRequest(desk.caller, desk.keyed(None), encode("mem", kiosk.ann), wish)
    tried = await desk.till.do(kiosk.config.id, asked, dry_run=True)
    assert b'"available":980' in tried.body
    assert await there(kiosk) == (1_000, 0)
    first = await desk.do(asked)
    assert b'"available":980' in first.body
    again = await desk.do(asked)
    assert isinstance(again, Replayed)
    assert again.body == first.body

    taken = [await desk.take(kiosk.ann, "coffee") for _ in range(2)]
    assert taken[1]["wallet"] == {"point_type": "points", "available": 920, "held": 60}
    asks = [
        CaptureRequest(desk.caller, desk.keyed(None), one["id"], RedemptionCaptureBody()) for one in taken
    ]
    together = await desk.till._batch(kiosk.config.id, asks)
    assert [b'"available":930,"held":30' in one.body for one in together] == [True, False]
    assert b'"available":940,"held":0' in together[1].body
    assert await there(kiosk) == (940, 0)
    repeated = await desk.till._batch(kiosk.config.id, asks)
    assert [one.body for one in repeated] == [one.body for one in together]


async def test_a_till_waits_for_no_trip_more(
    db: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody listens a request is two trips to the database; and whoever listens has rating between them. The
    answer is kept on the last one, which commits."""
    clock.move_to(NOW)
    kiosk = await open_kiosk(db, ports=redemption_ports())
    desk = Desk(kiosk, db, clock)
    trips = noted(monkeypatch)
    await desk.capture((await desk.take(kiosk.ann, "coffee"))["id"])  # the first ones read the program
    trips.clear()
    await desk.capture((await desk.take(kiosk.ann, "coffee"))["id"])
    assert [last for _, last in trips] == [False, True] * 2
    plain = trips[-1][0]
    await promote(kiosk)
    await desk.capture((await desk.take(kiosk.ann, "coffee"))["id"])
    held = await desk.take(kiosk.ann, "coffee")
    trips.clear()
    await desk.capture(held["id"])
    first, written, *rating, (kept, last) = trips
    assert (kept, last) == (["insert_answers"], True)
    assert rating
    assert sorted([*written[0], *kept]) == sorted(plain)
    assert "claim_keys" in first[0]


def noted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], bool]]:
    """Return a list that grows: the statements of each trip to the database, and whether it commits."""
    trips: list[tuple[list[str], bool]] = []
    exchange, execute = Transaction.exchange, Transaction._execute

    async def exchanged(self: Transaction, calls: Any, *, last: bool = False) -> Any:
        trips.append(([one.query.name for one in calls], last))
        return await exchange(self, calls, last=last)

    async def executed(self: Transaction, query: Any, params: Any) -> Any:
        trips.append(([query.name], False))
        return await execute(self, query, params)

    monkeypatch.setattr(Transaction, "exchange", exchanged)
    monkeypatch.setattr(Transaction, "_execute", executed)
    return trips


def shown(done: Receipt) -> tuple[int, int]:
    """Return what an answer says of the points."""
    said = wallet_fields(done.wallet)
    assert said["point_type"] == "points"
    return said["available"], said["held"]


async def there(kiosk: Kiosk) -> tuple[int, int]:
    """Return what Ann has."""
    wallet = await kiosk.wallet(kiosk.ann)
    return wallet.available, wallet.held
