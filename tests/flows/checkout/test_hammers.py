"""Sixteen clients at one checkout, one wallet, one code, one number, over a slow wire; each hammer hits its mutant."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.flows.checkout.counter import Counter, open_counter
from tests.hammer.delay import far_away
from tests.hammer.gate import CLIENTS, together
from tests.hammer.mutants import _Changed

from regulars.core.ledger import opening, select_purses
from regulars.features.vouchers import store as vouchers
from regulars.flows.checkout import Named, Wish, read_checkout, store
from regulars.infra.db import Database, load_queries
from regulars.kit.errors import Rejected

queries = load_queries("tests.flows.redemption")
coupons = load_queries("tests.features.vouchers")

Scenario = Callable[[Counter], Awaitable[None]]
Mutant = Callable[[Counter, pytest.MonkeyPatch], Awaitable[None]]


def done(came: list[Any]) -> list[Any]:
    return [one for one in came if not isinstance(one, Rejected)]


async def one_wallet(counter: Counter) -> None:
    """Sixteen baskets of one member want 100 points of 1,000: ten have them, and ten are closed."""
    ann = counter.kiosk.ann
    opened = done(
        await together([partial(counter.open, ann, Wish("cash", points=100)) for _ in range(CLIENTS)])
    )
    assert len(opened) == 10
    closes = [partial(counter.close, one.id, f"o{place}") for place, one in enumerate(opened)]
    assert len(done(await together(closes))) == 10
    wallet = await counter.kiosk.wallet(ann)
    assert (wallet.available, wallet.held) == (sum(one.content.goods // 100 for one in opened), 0)
    assert await counter.faults() == []


async def one_ending(counter: Counter) -> None:
    """One basket, closed eight times and cancelled eight times at once: one of them wins."""
    opened = await counter.open(counter.kiosk.ann, Wish("mug"), codes=("TEN",))
    closes = [partial(counter.close, opened.id, f"o{n}") for n in range(CLIENTS // 2)]
    cancels = [partial(counter.cancel, opened.id) for _ in range(CLIENTS // 2)]
    (winner,) = done(await together([one for pair in zip(closes, cancels, strict=True) for one in pair]))
    wallet = await counter.kiosk.wallet(counter.kiosk.ann)
    earned = winner.content.goods // 100
    assert (wallet.available, wallet.held) == ((900 + earned, 0) if winner.status == "closed" else (1_000, 0))
    assert await counter.kiosk.free("mug") == (9 if winner.status == "closed" else 10)
    assert await counter.faults() == []


async def all_pieces(counter: Counter) -> None:
    """Sixteen clerks take back one of ten pieces each: ten do, and the points come back as they were paid."""
    ann = counter.kiosk.ann
    opened = await counter.open(ann, Wish("cash", points=70))
    await counter.close(opened.id, "o1")
    backs = [partial(counter.give_back, opened.id, 0, 1) for _ in range(CLIENTS)]
    came = done(await together(backs))
    assert len(came) == 10
    rest = await counter.give_back(opened.id, 1, 3)
    assert sum(one["points"] for one in came) + rest["points"] == 70
    assert sum(one["money"] for one in came) + rest["money"] == opened.content.to_pay
    assert (await counter.kiosk.wallet(ann)).available == 1_000
    assert await counter.faults() == []


async def all_things(counter: Counter) -> None:
    """Sixteen clerks take back one of five mugs each, and one a pan: six do, and nothing comes twice."""
    opened = await counter.open(counter.kiosk.ann, Wish("mug", 5), Wish("pan"))
    await counter.close(opened.id, "o1")
    mugs, pan = (one.redemption for one in opened.content.taken)
    backs = [partial(counter.take_in, opened.id, {}, Named(mugs, 1)) for _ in range(CLIENTS - 1)]
    backs.append(partial(counter.take_in, opened.id, {}, Named(pan, 1)))
    came = done(await together(backs))
    assert len(came) == 6
    assert sum(back["points"] for _, back in came) == 800
    assert sum(back["money"] for _, back in came) == 990
    async with counter.db.transaction(read_only=True) as tx:
        known = (await read_checkout(tx, counter.program_id, opened.id)).content
    assert ([one.returned for one in known.taken], known.returned_money) == ([5, 1], 990)
    assert (await counter.kiosk.free("mug"), await counter.kiosk.free("pan")) == (10, 10)
    assert (await counter.kiosk.wallet(counter.kiosk.ann)).available == 1_000 + 130
    assert await counter.kiosk.gaps() == []
    assert await counter.faults() == []


async def one_code(counter: Counter) -> None:
    """A code for one use is set aside for one of sixteen baskets, each of a member of her own."""
    opened = done(
        await together([partial(counter.open, member, codes=("TEN",)) for member in counter.kiosk.members])
    )
    assert len(opened) == 1


async def one_number(counter: Counter) -> None:
    """Sixteen checkouts of sixteen members want to be the order o1: one is."""
    opened = [await counter.open(member) for member in counter.kiosk.members]
    assert len(done(await together([partial(counter.close, one.id, "o1") for one in opened]))) == 1
    assert await counter.faults() == []


async def crossing(counter: Counter) -> None:
    """Mug and pan from both ends, closed, opened again and given up: nobody waits in a ring, nothing is lost."""
    await counter.kiosk.stock("mug", 100)
    await counter.kiosk.stock("pan", 100)
    wishes = (Wish("mug"), Wish("pan"))

    async def round_trip(member: int, turn: int) -> None:
        opened = await counter.open(member, *wishes[:: 1 if turn % 2 else -1])
        await counter.close(opened.id, f"o{member}")
        await counter.reopen(opened.id)
        await counter.cancel(opened.id)

    trips = [partial(round_trip, member, turn) for turn, member in enumerate(counter.kiosk.members)]
    assert [one for one in await together(trips) if isinstance(one, Rejected)] == []
    assert (await counter.kiosk.free("mug"), await counter.kiosk.free("pan")) == (100, 100)
    assert await counter.kiosk.gaps() == []
    assert await counter.faults() == []


def without(module: Any, patch: pytest.MonkeyPatch, name: str, guard: str, instead: str = "") -> None:
    """Take a guard out of a statement."""
    known = getattr(module.queries, name)
    sql = re.sub(guard, instead, known.sql)
    assert sql != known.sql, name
    patch.setattr(
        module, "queries", _Changed(module.queries, **{name: msgspec.structs.replace(known, sql=sql)})
    )


async def purses_not_held(counter: Counter, patch: pytest.MonkeyPatch) -> None:
    """A purse is read and written without being held in between."""
    async with counter.db.transaction() as tx:
        await tx.run(queries.drop_purse_check)
    patch.setattr(opening, "ask_locks", opening.ask_purses)
    patch.setattr("regulars.flows.checkout.steps.lock_purses", select_purses)


async def checkouts_not_held(counter: Counter, patch: pytest.MonkeyPatch) -> None:
    """A checkout is read and changed without being held in between; nor is the purse, which would hide it."""
    without(store, patch, "lock_session", "FOR NO KEY UPDATE")
    await purses_not_held(counter, patch)


async def codes_not_held(counter: Counter, patch: pytest.MonkeyPatch) -> None:
    """A code is looked at, and then counted, without being held and without looking again."""
    async with counter.db.transaction() as tx:
        await tx.run(coupons.drop_bound)
    without(vouchers, patch, "take_vouchers", r"AND \(uses_max IS NULL.*\)")
    without(vouchers, patch, "lock_vouchers", "FOR UPDATE")


async def numbers_not_held(counter: Counter, patch: pytest.MonkeyPatch) -> None:
    """An order's number is looked for without being held."""
    del counter
    without(store, patch, "lock_order", r"pg_advisory_xact_lock\((.*)\)$", r"\1")


async def pieces_not_counted(counter: Counter, patch: pytest.MonkeyPatch) -> None:
    """What is given back is not counted."""
    del counter

    async def nothing(*_: Any) -> None:
        return

    patch.setattr("regulars.flows.redemption.counter.put_back_pieces", nothing)


HAMMERS: list[tuple[Scenario, Mutant]] = [
    (one_wallet, purses_not_held),
    (one_ending, checkouts_not_held),
    (all_pieces, checkouts_not_held),
    (all_things, checkouts_not_held),
    (one_code, codes_not_held),
    (one_number, numbers_not_held),
    (crossing, pieces_not_counted),
]
NAMES = [scenario.__name__ for scenario, _ in HAMMERS]


@pytest.fixture
async def counter(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Counter]:
    """A counter opened at home and used over a slow wire with a connection for each client."""
    counter = await open_counter(db, members=CLIENTS)
    async with far_away(database_url, tmp_path, (0.001, 0.005), CLIENTS) as far:
        counter.db = far
        yield counter


@pytest.mark.parametrize(("scenario", "mutant"), HAMMERS, ids=NAMES)
async def test_it_holds(counter: Counter, scenario: Scenario, mutant: Mutant) -> None:
    await scenario(counter)


@pytest.mark.parametrize(("scenario", "mutant"), HAMMERS, ids=NAMES)
async def test_it_would_notice(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, scenario: Scenario, mutant: Mutant
) -> None:
    await mutant(counter, monkeypatch)
    with pytest.raises((AssertionError, ValueError, ExceptionGroup)):
        await scenario(counter)
