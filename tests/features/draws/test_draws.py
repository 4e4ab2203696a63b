"""Draws: fixed before they are revealed, and checked by somebody who trusts nobody."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta

import msgspec
import pytest

from regulars.features.draws import (
    SEALED,
    Draw,
    Prize,
    Published,
    cancel_entry,
    close_draw,
    enter_draw,
    faults,
    get_draw,
    open_draw,
    play,
    publish_draw,
    put_draw,
    reveal_draw,
    select_prizes,
)
from regulars.features.draws.errors import (
    DrawFixed,
    DrawNotOpen,
    DrawNotRevealed,
    EntryLimitReached,
    InvalidDraw,
    NoPlaysLeft,
    NotThisKind,
)
from regulars.features.draws.fair import Entry, Pool, numbers, winners, winning_places
from regulars.features.draws.run import mark_of
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries
from regulars.infra.sealing import settle
from regulars.infra.sealing.held import place_of_environment

queries = load_queries(__package__)

PROGRAM = 1
CAR = Prize("car", "A car", 1)
MUGS = Prize("mug", "A mug", 3)


def independent(published: Published) -> list[list[object]]:
    """The winners by another hand: every ticket in a plain list, as the description says."""
    seed = bytes.fromhex(published.seed)
    lines = "".join(f"{e.id},{e.holder},{e.tickets}\n" for e in published.entries)
    digest = hashlib.sha256(lines.encode()).hexdigest()
    text = f"regulars-draw-v1\n{published.draw}\n{digest}\n{published.public_value}"
    key = hmac.new(seed, text.encode(), "sha256").digest()
    tickets = [(e.id, e.holder) for e in published.entries for _ in range(e.tickets)]
    won: list[list[object]] = []
    word = 0
    for pool in published.pools:
        for _ in range(pool.quantity):
            if not tickets:
                return won
            while True:
                number = int.from_bytes(hmac.new(key, word.to_bytes(8, "big"), "sha256").digest()[:8], "big")
                word += 1
                if number < 2**64 - 2**64 % len(tickets):
                    break
            entry, holder = tickets[number % len(tickets)]
            won.append([pool.prize, entry])
            tickets = [t for t in tickets if t[1] != holder]
    return won


async def opened(db: Database, clock: FixedClock, draw: Draw) -> str:
    async with db.transaction() as tx:
        await put_draw(tx, PROGRAM, draw, clock.now())
        stored = await open_draw(tx, PROGRAM, draw.code, clock.now())
    assert stored.commitment is not None
    return stored.commitment


async def test_a_draw_keeps_what_it_promised(db: Database, clock: FixedClock) -> None:
    commitment = await opened(db, clock, Draw("car", "Win a car", (CAR, MUGS), per_member=10))
    async with db.transaction() as tx:
        for member in range(1, 21):
            first = await enter_draw(tx, PROGRAM, "car", member, member % 3 + 1, f"c{member}", clock.now())
            again = await enter_draw(tx, PROGRAM, "car", member, 9, f"c{member}", clock.now())
            assert first == again
        with pytest.raises(EntryLimitReached):
            await enter_draw(tx, PROGRAM, "car", 20, 8, "more", clock.now())
        with pytest.raises(NotThisKind):
            await play(tx, PROGRAM, "car", 1, "p", clock.now())
        with pytest.raises(DrawFixed):
            await put_draw(tx, PROGRAM, Draw("car", "Win a car", (MUGS,)), clock.now())
        assert await cancel_entry(tx, PROGRAM, "c7", clock.now())
        await close_draw(tx, PROGRAM, "car", clock.now(), "lottery 7 13 21")
        with pytest.raises(DrawNotOpen):
            await enter_draw(tx, PROGRAM, "car", 30, 1, "late", clock.now())
        assert not await cancel_entry(tx, PROGRAM, "c8", clock.now())
        with pytest.raises(DrawNotRevealed):
            await publish_draw(tx, PROGRAM, "car")
        await reveal_draw(tx, PROGRAM, "car", clock.now())
        published = await publish_draw(tx, PROGRAM, "car")
    assert published.commitment == commitment
    assert faults(published) == []
    assert [list(one) for one in published.winners] == independent(published)
    assert len({entry for _, entry in published.winners}) == 4
    assert len(published.entries) == 19
    written = msgspec.json.decode(msgspec.json.encode(published))
    assert written["once_per_holder"] is True, "whoever checks it without us cannot know what is usual"


async def row(db: Database) -> str:
    """Return the row of the draw with its prizes as a dump has them."""
    async with db.transaction(read_only=True) as tx:
        return str(await tx.value(queries.select_whole_row, code="car"))


async def test_nobody_who_reads_the_database_knows_the_seed_before_it_is_told(
    db: Database, clock: FixedClock
) -> None:
    """The clear seed is in no form in the row, open or closed; revealed it is, sealed no longer, and proves itself."""
    await opened(db, clock, Draw("car", "Win a car", (CAR,)))
    rows = [await row(db)]
    async with db.transaction() as tx:
        for member in range(1, 9):
            await enter_draw(tx, PROGRAM, "car", member, 1, f"c{member}", clock.now())
        closed = await close_draw(tx, PROGRAM, "car", clock.now())
    assert closed.revealed_seed is None
    rows.append(await row(db))
    async with db.transaction() as tx:
        revealed = await reveal_draw(tx, PROGRAM, "car", clock.now())
        again = await reveal_draw(tx, PROGRAM, "car", clock.now() + timedelta(days=1))
        published = await publish_draw(tx, PROGRAM, "car")
    assert revealed == again
    assert faults(published) == []
    seed = bytes.fromhex(published.seed)
    forms = {seed.hex(), base64.b64encode(seed).decode(), base64.b64encode(seed).hex()}
    for kept in rows:
        assert b"sealed:".hex() in kept
        assert not [form for form in forms if form in kept]
    told = await row(db)
    assert seed.hex() in told
    assert b"sealed:".hex() not in told


async def test_nobody_who_reads_the_database_knows_where_the_prizes_of_an_instant_win_lie(
    db: Database, clock: FixedClock
) -> None:
    """A place is in a row once it was played; where the others lay once no more is played."""
    await opened(db, clock, Draw("car", "Scratch", (MUGS,), kind="instant", places=10))
    async with db.transaction() as tx:
        number = (await get_draw(tx, PROGRAM, "car")).id
        for played in range(5):
            known = [prize.place for prize in await select_prizes(tx, number) if prize.place is not None]
            assert all(place < played for place in known)
            await play(tx, PROGRAM, "car", played, f"p{played}", clock.now())
        await close_draw(tx, PROGRAM, "car", clock.now())
        lay = {prize.place for prize in await select_prizes(tx, number)}
        await reveal_draw(tx, PROGRAM, "car", clock.now())
        published = await publish_draw(tx, PROGRAM, "car")
    assert faults(published) == []
    assert lay == {place for _, place in published.winners}


async def test_marks_say_nothing_without_the_seed() -> None:
    marks = [mark_of(b"a" * 32, place) for place in range(100)]
    assert len({*marks, *(mark_of(b"b" * 32, place) for place in range(100))}) == 200
    assert marks != sorted(marks)


async def test_a_seed_from_before_it_was_sealed_is_sealed_by_the_next_start(
    db: Database, clock: FixedClock
) -> None:
    """And the draw keeps what it promised."""
    commitment = await opened(db, clock, Draw("car", "Win a car", (CAR,)))
    async with db.transaction() as tx:
        stored = await get_draw(tx, PROGRAM, "car")
        assert stored.seed is not None
        clear = SEALED[0].open_bytes(stored.seed, stored.id)
        await tx.run(queries.put_seed_in_clear, id=stored.id, seed=clear)
    assert clear.hex() in await row(db)
    async with db.transaction() as tx:
        assert await settle(tx, place_of_environment(), SEALED, clock.now()) == 1
    assert clear.hex() not in await row(db)
    async with db.transaction() as tx:
        await close_draw(tx, PROGRAM, "car", clock.now())
        await reveal_draw(tx, PROGRAM, "car", clock.now())
        published = await publish_draw(tx, PROGRAM, "car")
        assert await settle(tx, place_of_environment(), SEALED, clock.now()) == 0, "what was told stays told"
    assert (published.commitment, published.seed) == (commitment, clear.hex())


async def test_every_lie_is_found(db: Database, clock: FixedClock) -> None:
    await opened(db, clock, Draw("car", "Win a car", (CAR,)))
    async with db.transaction() as tx:
        for member in range(1, 9):
            await enter_draw(tx, PROGRAM, "car", member, 1, f"c{member}", clock.now())
        await close_draw(tx, PROGRAM, "car", clock.now())
        await reveal_draw(tx, PROGRAM, "car", clock.now())
        true = await publish_draw(tx, PROGRAM, "car")
    winner = true.winners[0][1]
    other = next(entry.id for entry in true.entries if entry.id != winner)
    lies = {
        "another seed": {"seed": "00" * 32},
        "another winner": {"winners": [("car", other)]},
        "nobody won": {"winners": []},
        "the winner was not there": {"entries": [e for e in true.entries if e.id != winner]},
        "another order": {"entries": true.entries[::-1]},
        "two cars": {"pools": [Pool("car", 2)]},
    }
    for lie, changed in lies.items():
        assert faults(msgspec.structs.replace(true, **changed)), lie


async def test_an_instant_win_gives_what_lay_there_and_no_more(db: Database, clock: FixedClock) -> None:
    await opened(db, clock, Draw("scratch", "Scratch", (MUGS,), kind="instant", places=10, per_member=3))
    won: dict[int, str] = {}
    async with db.transaction() as tx:
        for number in range(10):
            place, prize = await play(tx, PROGRAM, "scratch", number // 3 + 1, f"p{number}", clock.now())
            assert place == number
            if prize is not None:
                won[place] = prize.prize
        assert (await play(tx, PROGRAM, "scratch", 1, "p0", clock.now()))[0] == 0
        with pytest.raises(NoPlaysLeft):
            await play(tx, PROGRAM, "scratch", 9, "p10", clock.now())
        with pytest.raises(EntryLimitReached):
            await play(tx, PROGRAM, "scratch", 1, "p11", clock.now())
        await close_draw(tx, PROGRAM, "scratch", clock.now())
        await reveal_draw(tx, PROGRAM, "scratch", clock.now())
        published = await publish_draw(tx, PROGRAM, "scratch")
        assert (await get_draw(tx, PROGRAM, "scratch")).plays == 10
    assert len(won) == 3
    assert {place: prize for prize, place in published.winners} == won
    assert faults(published) == []


def test_each_ticket_is_as_likely_as_the_other() -> None:
    entries = [Entry(1, "a", 1), Entry(2, "b", 3)]
    wins = [0, 0]
    for seed in range(2_000):
        chosen = numbers("d", seed.to_bytes(32, "big"), "", "")
        ((_, entry),) = winners(entries, [Pool("p", 1)], chosen, once_per_holder=True)
        wins[entry - 1] += 1
    assert 420 < wins[0] < 580  # a quarter of 2,000, five standard deviations either way


def test_places_of_prizes_are_different() -> None:
    chosen = numbers("d", b"s" * 32, "", "")
    places = [place for _, place in winning_places([Pool("p", 500)], 500, chosen)]
    assert sorted(places) == list(range(500))


@pytest.mark.parametrize(
    "draw",
    [
        Draw("d", "No prizes", ()),
        Draw("d", "Too few places", (MUGS,), kind="instant", places=2),
        Draw("d", "Two of a name", (MUGS, MUGS)),
        Draw("d", "Both", (Prize("p", "P", 1, voucher="v", points=5),)),
    ],
)
async def test_what_cannot_be_drawn_is_refused(db: Database, clock: FixedClock, draw: Draw) -> None:
    async with db.transaction() as tx:
        with pytest.raises(InvalidDraw):
            await put_draw(tx, PROGRAM, draw, clock.now())
