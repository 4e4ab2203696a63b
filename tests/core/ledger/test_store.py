"""What the engine decides and what the tables keep: written, read back, the same."""

from __future__ import annotations

from datetime import timedelta

from tests.flows.points.world import NOW, days, earn, make_members, make_program

from regulars.core.events import next_batch_id
from regulars.core.ledger import (
    Cause,
    Ids,
    Postings,
    Purse,
    Side,
    Terms,
    TransferKind,
    hold,
    lock_purses,
    micros,
    open_purses,
    post,
    read_lots,
    read_reversible,
    select_accounts,
    settle,
)
from regulars.features.programs import ProgramConfig, wallet_terms
from regulars.infra.db import Database, Transaction


async def terms_of(tx: Transaction, config: ProgramConfig) -> dict[int, Terms]:
    return wallet_terms(config, await select_accounts(tx, config.id))


async def refund(
    db: Database, config: ProgramConfig, member: int, award: int, amount: int, day: float
) -> tuple[int, int]:
    """Take back part of an award; return (neither taken nor owed, debt afterwards)."""
    at = micros(NOW + days(day))
    kind = config.point_types["points"]
    async with db.transaction() as tx:
        terms = (await terms_of(tx, config))[kind.id]
        purse = (await lock_purses(tx, [member]))[member]
        await read_lots(tx, [purse])
        await read_reversible(tx, [purse])
        postings = Postings(Ids(await next_batch_id(tx)))
        missed = postings.take_back(purse, terms, [(award, amount, terms.accounts.house)], Cause(at, at))
        await post(tx, postings)
        return missed, purse.balance(kind.slot, Side.DEBT)


async def spend(db: Database, config: ProgramConfig, member: int, amount: int) -> None:
    kind = config.point_types["points"]
    async with db.transaction() as tx:
        terms = (await terms_of(tx, config))[kind.id]
        purse = (await lock_purses(tx, [member]))[member]
        await read_lots(tx, [purse])
        postings = Postings(Ids(await next_batch_id(tx)))
        at = micros(NOW)
        postings.take(purse, terms, amount, terms.accounts.spent, TransferKind.SPEND, Cause(at, at))
        await post(tx, postings)


async def test_what_expired_is_not_taken_back_a_second_time_over_any_number_of_refunds(db: Database) -> None:
    config = await make_program(db)
    [ann] = await make_members(db, config, 1)
    award = await earn(db, config, ann, 100, expires=NOW + days(5))
    await spend(db, config, ann, 60)
    # 40 expire on day 5; of the 100 that are refunded in halves, the 60 that were spent are owed and no more.
    assert await refund(db, config, ann, award, 50, 6) == (0, 50)
    assert await refund(db, config, ann, award, 50, 7) == (40, 60)
    assert await refund(db, config, ann, award, 50, 8) == (50, 60)


async def test_a_refund_takes_the_awards_own_lot_first(db: Database) -> None:
    config = await make_program(db)
    [ann] = await make_members(db, config, 1)
    await earn(db, config, ann, 30, expires=NOW + days(2))
    award = await earn(db, config, ann, 50, expires=NOW + days(9))
    assert await refund(db, config, ann, award, 20, 1) == (0, 0)
    async with db.transaction() as tx:
        purse = (await lock_purses(tx, [ann]))[ann]
        await read_lots(tx, [purse])
    assert sorted(lot.remaining for lot in purse.lots[config.point_types["points"].id]) == [30, 30]


async def test_a_purse_with_lots_and_holds_comes_back_as_it_was_written(db: Database) -> None:
    config = await make_program(db)
    [ann] = await make_members(db, config, 1)
    await earn(db, config, ann, 30, expires=NOW + days(2))
    await earn(db, config, ann, 50, "cash", active=NOW + days(3))
    kind = config.point_types["points"]
    written, read_again = await hold_20(db, config, ann), await opened(db, config, ann)
    assert shape(written) == shape(read_again)
    assert read_again.balance(kind.slot, Side.HELD) == 20
    async with db.transaction() as tx:
        postings = Postings(Ids(1))
        terms = (await terms_of(tx, config))[kind.id]
    done = settle(postings, read_again, terms, micros(NOW + days(30)))
    assert [(one.what, one.amount) for one in done] == [("hold_expired", 20), ("expired", 30)]


async def hold_20(db: Database, config: ProgramConfig, member: int) -> Purse:
    async with db.transaction() as tx:
        terms = await terms_of(tx, config)
        postings = Postings(Ids(await next_batch_id(tx)))
        purses, _ = await open_purses(tx, postings, [member], terms, micros(NOW))
        kind = terms[config.point_types["points"].id]
        held = hold(
            postings,
            purses[member],
            kind,
            20,
            micros(NOW + timedelta(hours=1)),
            Cause(micros(NOW), micros(NOW)),
            "till 4",
        )
        assert held is not None
        await post(tx, postings)
        return purses[member]


async def opened(db: Database, config: ProgramConfig, member: int) -> Purse:
    async with db.transaction() as tx:
        purses, due = await open_purses(
            tx, Postings(Ids(0)), [member], await terms_of(tx, config), micros(NOW)
        )
        assert due == []
        return purses[member]


def shape(purse: Purse) -> object:
    lots = sorted(
        (lot.id, lot.amount, lot.remaining, lot.pending, lot.earned_at, lot.active_at, lot.expires_at)
        for own in purse.lots.values()
        for lot in own
    )
    holds = [
        (
            held.id,
            held.amount,
            held.status,
            held.reference,
            held.created_at,
            held.expires_at,
            [(lot.id, used) for lot, used in held.drawn],
        )
        for own in purse.holds.values()
        for held in own
    ]
    return purse.balances, lots, holds


async def test_a_debit_that_nobody_settled_for_takes_nothing_from_a_lot_at_its_very_end(db: Database) -> None:
    config = await make_program(db)
    [ann] = await make_members(db, config, 1)
    await earn(db, config, ann, 30, expires=NOW + days(2))
    await earn(db, config, ann, 5, expires=NOW + days(9))
    kind = config.point_types["points"]
    async with db.transaction() as tx:
        terms = (await terms_of(tx, config))[kind.id]
        purse = (await lock_purses(tx, [ann]))[ann]
        await read_lots(tx, [purse])
        postings = Postings(Ids(await next_batch_id(tx)))
        at = micros(NOW + days(2))
        taken = postings.debit(purse, terms, 20, terms.accounts.house, TransferKind.DEDUCT, Cause(at, at))
    assert (taken, purse.available(kind.slot)) == (5, 0)
