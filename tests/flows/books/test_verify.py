"""The books: green after everything that may be done, and red, naming the row, after everything that may not."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from tests.flows.points.shop import Shop
from tests.flows.points.world import NOW, days, make_members, make_program
from tests.flows.redemption.kiosk import open_kiosk

from regulars.flows import books, points
from regulars.infra.db import Database
from regulars.infra.db.queries import parse_queries

TAMPERINGS = parse_queries(
    Path(__file__).with_name("tamper.sql").read_text(encoding="utf-8"), "tests/flows/books/tamper.sql"
)


@pytest.fixture
async def shop(db: Database) -> Shop:
    config = await make_program(db)
    shop = Shop(db, config, await make_members(db, config, 3))
    await a_busy_month(shop)
    return shop


async def a_busy_month(shop: Shop) -> None:
    """Do a bit of everything."""
    ann, bob = shop.ann, shop.bob
    await shop.earn(ann, 100, expires=NOW + days(3))
    await shop.earn(ann, 200)
    await shop.earn(ann, 50, "cash", active=NOW + days(14))
    await shop.earn(bob, 80, "fading")
    await shop.earn(bob, 5, "status")
    await shop.adjust(bob, 40, point_type="status")
    await shop.adjust(bob, 15, "debit", point_type="status")
    spent = await shop.spend(ann, 120)
    await shop.cancel(ann, spent.transfer, points=110)
    held = await shop.hold(ann, 60)
    captured = await shop.capture(ann, held.hold, points=40)
    assert captured.transfer is not None
    await shop.cancel(ann, captured.transfer, points=5)
    await shop.void(ann, (await shop.hold(ann, 10)).hold)
    await shop.hold(ann, 7, limit=days(30))
    await shop.transfer(ann, bob, 30)
    await shop.spend(bob, 10, NOW + days(2))
    await shop.spend(ann, 1, NOW + days(20), point_type="cash")


async def verified(shop: Shop) -> books.Verification:
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        return await books.verify(tx, shop.config.id)


async def test_whatever_was_done_the_books_are_green(shop: Shop) -> None:
    found = await verified(shop)
    assert [check for check in found.checks if check.bad] == []
    assert found.healthy
    assert found.transfers > 20
    async with shop.db.transaction() as tx:
        assert (await books.verify(tx)).transfers == found.transfers
        assert await books.recent_differences(tx, NOW) == 0


async def test_the_trial_balance_is_zero_at_every_moment(shop: Shop) -> None:
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        for day in (0, 4, 20):
            balances = await books.trial_balance(tx, shop.config, NOW + days(day))
            assert [balance.total for balance in balances] == [0] * 5
        [own, *_] = balances
        owed = await books.liability(tx, shop.config)
    sums = {account.kind: account.balance for account in own.accounts if not account.owner}
    total = sums["available"] + sums["held"]
    assert (owed[0].available, owed[0].held) == (sums["available"], sums["held"])
    assert owed[0].worth_minor == total / 2
    assert [(part.funding, part.available) for part in owed[0].by_funding] == [("house", owed[0].available)]


EXPECTED = {
    "transfer_of_nobody_s_account": "accounts",
    "another_amount": "wallets",
    "a_transfer_deleted": "between",
    "a_wallet_one_up": "lots",
    "a_lot_one_up": "draws",
    "a_draw_of_another_amount": "uses",
    "a_hold_of_another_amount": "held",
    "a_hold_captured_on_paper": "holds",
    "a_debt_out_of_nothing": "signs",
    "a_spend_returned_twice": "reversals",
    "a_purse_lost": "purses",
    "an_identity_of_nothing": "identities",
    "an_event_that_nobody_sent": "events",
    "a_grant_that_was_never_posted": "grants",
    "an_award_without_its_event": "grants",
}


@pytest.mark.parametrize("name", EXPECTED)
async def test_what_was_tampered_with_is_found(shop: Shop, database_url: str, name: str) -> None:
    expected = EXPECTED[name]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE ledger.transfer DISABLE TRIGGER USER")
        connection.execute("ALTER TABLE ledger.draw DISABLE TRIGGER USER")
        assert connection.execute(TAMPERINGS[name].sql.encode()).rowcount > 0
    found = await verified(shop)
    wrong = {check.name: check for check in found.checks if check.bad}
    assert not found.healthy
    assert expected in wrong, wrong
    assert wrong[expected].first is not None


async def test_a_piece_of_a_reward_that_was_lost_or_made_is_found(db: Database, database_url: str) -> None:
    kiosk = await open_kiosk(db)
    mugs = await kiosk.redeem(kiosk.ann, "mug", quantity=3)
    await kiosk.cancel(mugs.order.id, quantity=1)
    await kiosk.cancel(mugs.order.id, quantity=1, restock=False)
    await kiosk.take(kiosk.bob, "set")
    await kiosk.redeem(kiosk.bob, "once")

    async def stock() -> books.Check:
        async with db.transaction(read_only=True, snapshot=True) as tx:
            found = await books.verify(tx, kiosk.config.id)
        assert [check.name for check in found.checks if check.bad] in ([], ["stock"])
        return next(check for check in found.checks if check.name == "stock")

    assert (await stock()).bad == 0
    with psycopg.connect(database_url, autocommit=True) as connection:
        for change, bad in (("free = free - 1", 1), ("free = free + 1", 0), ("total = total + 1", 1)):
            connection.execute(
                f"UPDATE rewards.pool SET {change} WHERE key = 'stock/' AND free > 1 AND slot = 0 AND reward_id = %s",
                (mugs.order.reward_id,),
            )
            assert (await stock()).bad == bad
    first = (await stock()).first
    assert first is not None
    assert first.detail == "stock/: 11 there, 7 free, 3 had"


async def test_the_cheap_check_sees_a_wallet_that_is_not_its_lots(shop: Shop, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE ledger.purse SET balances[1] = balances[1] + 1 WHERE member_id = %s", (shop.ann,)
        )
    async with shop.db.transaction() as tx:
        assert await books.recent_differences(tx, NOW) == 1


async def test_one_verification_at_a_time(shop: Shop) -> None:
    async with shop.db.transaction() as tx, shop.db.transaction() as other:
        await books.verify(tx)
        with pytest.raises(books.VerificationRunning):
            await books.verify(other)


@pytest.mark.parametrize("table", ["ledger.transfer", "ledger.draw"])
@pytest.mark.parametrize("change", ["UPDATE {} SET amount = 1", "DELETE FROM {}", "TRUNCATE {}"])
async def test_what_is_posted_is_final_for_everybody(
    shop: Shop, database_url: str, table: str, change: str
) -> None:
    with (
        psycopg.connect(database_url, autocommit=True) as connection,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="never changed"),
    ):
        connection.execute(change.format(table).encode())


@pytest.mark.parametrize("table", ["ledger.transfer", "ledger.draw", "events.identity"])
@pytest.mark.parametrize("change", ["UPDATE {} SET member_id = 1", "DELETE FROM {}", "TRUNCATE {}"])
async def test_the_application_has_no_right_to_change_it(
    shop: Shop, database_url: str, table: str, change: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET ROLE regulars_app")
        assert connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() is not None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(change.format(table).encode())


async def test_verification_runs_while_others_post(shop: Shop) -> None:
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        before = await books.trial_balance(tx, shop.config, NOW + days(30))
        await points_elsewhere(shop)
        found = await books.verify(tx, shop.config.id)
        assert found.healthy
        assert await books.trial_balance(tx, shop.config, NOW + days(30)) == before


async def points_elsewhere(shop: Shop) -> None:
    async with shop.db.transaction() as tx:
        await points.adjust(
            tx, shop.config, shop.bob, 1, "credit", reason="meanwhile", actor="x", now=NOW + days(25)
        )


async def test_tables_that_the_planner_knows_nothing_of_are_not_read_once_for_each_row(shop: Shop) -> None:
    """65,400 events that came in before a crash, and so without statistics, took more than four minutes: 1.8 s."""
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        await books.verify(tx, shop.config.id)
        cursor = await tx.connection.execute("SHOW enable_nestloop")
        assert await cursor.fetchone() == ("off",)
