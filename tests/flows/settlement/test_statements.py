"""From transfers to statements, disputes and payments: every share once, sums equal to the ledger's."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from tests.conftest import START
from tests.flows.accrual.setting import Shop
from tests.flows.funding.coalition import agree, funded, open_coalition

from regulars.core.events import EventStatus
from regulars.features.partners import (
    Acceptance,
    Agreement,
    Bank,
    Books,
    Fee,
    Known,
    Rate,
    Terms,
    Tolerance,
    put_terms,
)
from regulars.features.programs import ProgramConfig, Store, load_config, put_point_type, put_stores
from regulars.flows import settlement
from regulars.flows.funding import buy_block, known_of
from regulars.flows.points import Till, adjust, authorise, cancel, capture_hold, spend
from regulars.flows.points.errors import NotHonouredHere
from regulars.flows.reporting import Rollup
from regulars.flows.settlement import Account, PeriodNotOver, StatementNotReady, StillDisputed
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, failpoints, load_queries

queries = load_queries(__package__)
DAY = date(2026, 3, 2)
BRAND = Terms(
    rates=(
        Rate("points", "issue", per_point=Decimal("0.01")),
        Rate("points", "burn", per_point=Decimal("0.008")),
    ),
    fees=(Fee("monthly", amount=Decimal("5.00")), Fee("handling", percent=Decimal(10))),
    tolerance=Tolerance(points=1, amount=Decimal("0.02"), days=1),
    bank=Bank("Brand", "DE89370400440532013000"),
)
SUPPLIER = Terms(rates=(Rate("points", "issue", per_point=Decimal("0.0125")),))


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    shop = await open_coalition(db, clock, tmp_path)
    await give_terms(shop, brand=BRAND, supplier=SUPPLIER)
    return shop


async def give_terms(shop: Shop, **terms: Terms) -> Known:
    async with shop.db.transaction() as tx:
        known = known_of(await load_config(tx, shop.program_id))
        for code, one in terms.items():
            await put_terms(tx, known, code, one, shop.clock.now())
    return known


async def draw_up(shop: Shop, day: date = DAY) -> dict[str, Account]:
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        found = await settlement.draw_up(tx, config, day, shop.clock.now())
    return {one.statement.partner: one for one in found}


def parts(account: Account) -> dict[str, tuple[int, int]]:
    return {one.kind: (one.points, one.amount) for one in account.sections} | {
        f"{one.kind} {one.code}": (0, one.amount) for one in account.entries
    }


async def spent(shop: Shop, member_id: int, points: int, at: Till, point_type: str | None = None) -> int:
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        receipt = await spend(
            tx, config, member_id, points, actor="till", now=shop.clock.now(), at=at, point_type=point_type
        )
    return receipt.transfer


async def order(shop: Shop, number: str = "1", amount: str = "10.00") -> int:
    receipt = await shop.send(shop.order(number, amount, store="web"))
    assert receipt.answers[0].member_id is not None
    return receipt.answers[0].member_id


async def test_a_partner_who_funds_without_terms_is_named(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """No statement is drawn up where there are no terms, and nobody would notice."""
    bare = await open_coalition(db, clock, tmp_path)
    await give_terms(bare, brand=BRAND)
    await order(bare)
    assert sorted(await draw_up(bare)) == ["brand"]

    async def named() -> list[str]:
        async with db.transaction() as tx:
            return await settlement.funders_without_terms(tx, await load_config(tx, bare.program_id))

    assert await named() == ["supplier"]
    await give_terms(bare, supplier=SUPPLIER)
    assert await named() == []
    assert parts((await draw_up(bare))["supplier"])["issued"][0] > 0, "what was funded before is billed now"


async def end_of_month(shop: Shop) -> datetime:
    shop.clock.advance(timedelta(days=30))
    return shop.clock.now()


async def issued(shop: Shop, partner: str = "brand") -> int:
    number = (await draw_up(shop))[partner].statement.id
    now = await end_of_month(shop)
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await settlement.issue(tx, config, number, by="finance", now=now)
    return number


async def test_a_statement_bills_shares_nets_returns_and_pays_for_points_spent_there(shop: Shop) -> None:
    member_id = await order(shop)
    await shop.send(shop.refund("1", total="5.00"))
    transfer = await spent(shop, member_id, 40, Till("brand", "", "R-7"))
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await cancel(
            tx,
            config,
            member_id,
            transfer,
            actor="till",
            reason="brought back",
            now=shop.clock.now(),
            points=10,
        )
    accounts = await draw_up(shop)
    assert parts(accounts["brand"]) == {
        "issued": (60, 60),
        "reversed": (-30, -30),
        "burned": (-40, -32),
        "unburned": (10, 8),
        "fee handling": (0, 3),
        "fee monthly": (0, 500),
    }
    assert accounts["brand"].total == accounts["brand"].statement.total == 509
    assert parts(accounts["supplier"]) == {"issued": (40, 50), "reversed": (-20, -25)}
    net = await funded(shop)
    async with shop.db.transaction() as tx:
        checked = await settlement.check_billed(tx, shop.program_id)
    assert all(one.funded == one.billed for one in checked)
    assert {one.account: one.billed for one in checked if one.billed} == {
        account: points for account, points in net.items() if account != "house"
    }


async def test_drawing_up_again_changes_nothing_and_what_comes_late_is_on_the_next_one(shop: Shop) -> None:
    await order(shop)
    first = await draw_up(shop)
    assert parts((await draw_up(shop))["brand"]) == parts(first["brand"])
    number = await issued(shop)
    shop.clock.move_to(START)
    await order(shop, "2")
    assert "brand" not in await draw_up(shop), "issued: left as it is"
    april = await draw_up(shop, date(2026, 4, 1))
    assert parts(april["brand"])["issued"] == (60, 60)
    assert april["brand"].statement.id != number


async def test_a_draft_that_was_left_behind_gets_its_own_lines_first(shop: Shop) -> None:
    await order(shop)
    march = (await draw_up(shop))["brand"].statement.id
    await order(shop, "2")
    shop.clock.advance(timedelta(days=40))
    await order(shop, "3")
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        found = await settlement.draw_up(
            tx, config, shop.clock.now().date(), shop.clock.now(), partner="brand"
        )
    assert [(one.statement.id == march, parts(one)["issued"][0]) for one in found] == [
        (True, 120),
        (False, 60),
    ]


async def test_eight_who_draw_up_at_once_bill_every_line_once(shop: Shop) -> None:
    for number in range(6):
        await order(shop, str(number))
    await asyncio.gather(*[draw_up(shop) for _ in range(8)])
    assert parts((await draw_up(shop))["brand"])["issued"] == (360, 360)


async def test_a_drawing_up_that_dies_half_way_is_done_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await order(shop)
    with monkeypatch.context() as dying:
        dying.setitem(failpoints._active, "after_lines_before_blocks", "raise")
        with pytest.raises(failpoints.FailpointReached):
            await draw_up(shop)
    assert parts((await draw_up(shop))["brand"])["issued"] == (60, 60)


async def test_a_block_is_billed_when_it_is_bought_and_what_is_drawn_of_it_costs_nothing(shop: Shop) -> None:
    await agree(shop, Agreement("brand-points", "partner:brand", "points", mode="prepaid"))
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        now = shop.clock.now()
        await buy_block(tx, config, "brand-points", 100, 9000, reference="po", by="cli", now=now)
    await order(shop)
    await shop.send(shop.refund("1", total="5.00"))
    found = parts((await draw_up(shop))["brand"])
    assert (found["drawn"], found["returned"]) == ((60, 0), (-30, 0))
    assert [amount for name, (_, amount) in found.items() if name.startswith("block")] == [9000]


async def test_points_paid_for_when_redeemed_are_billed_by_the_lots_that_were_drawn(shop: Shop) -> None:
    await agree(shop, Agreement("brand-points", "partner:brand", "points", basis="redemption"))
    member_id = await order(shop)
    assert "redeemed" not in parts((await draw_up(shop))["brand"])
    transfer = await spent(shop, member_id, 260, Till("brand"))
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await cancel(
            tx, config, member_id, transfer, actor="till", reason="x", now=shop.clock.now(), points=260
        )
    found = parts((await draw_up(shop))["brand"])
    assert (found["redeemed"], found["unredeemed"]) == ((60, 60), (-60, -60))


async def test_points_of_a_partner_s_own_are_taken_where_they_are_honoured_at_the_rate_agreed(
    shop: Shop,
) -> None:
    async with shop.db.transaction() as tx:
        await put_point_type(
            tx, shop.program_id, "stars", "Stars", kind="partner", partner="supplier", now=shop.clock.now()
        )
    member_id = await order(shop)
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await adjust(
            tx,
            config,
            member_id,
            100,
            "credit",
            reason="x",
            actor="x",
            now=shop.clock.now(),
            point_type="stars",
        )
    for place in (Till(), Till("brand")):
        with pytest.raises(NotHonouredHere) as refusal:
            await spent(shop, member_id, 10, place, "stars")
        assert refusal.value.partners == "supplier"
    rate = Rate("stars", "burn", per_point=Decimal("0.10"))
    taking = Terms(rates=(*BRAND.rates, rate), accepts=(Acceptance("stars", Decimal("0.5")),))
    owed = Terms(rates=(*SUPPLIER.rates, Rate("stars", "honour", per_point=Decimal("0.06"))))
    await give_terms(shop, brand=taking, supplier=owed)
    await spent(shop, member_id, 40, Till("brand"), "stars")
    accounts = await draw_up(shop)
    assert parts(accounts["brand"])["burned"] == (-40, -200)
    assert parts(accounts["supplier"])["honoured"] == (40, 240)
    async with shop.db.transaction() as tx:
        config, now = await load_config(tx, shop.program_id), shop.clock.now()
        with pytest.raises(NotHonouredHere):
            await authorise(tx, config, member_id, 20, actor="till", now=now, point_type="stars")
        at = Till("brand", "", "R-8")
        held = await authorise(tx, config, member_id, 20, actor="till", now=now, point_type="stars", at=at)
        with pytest.raises(NotHonouredHere):
            await capture_hold(tx, config, member_id, held.hold, actor="till", now=now)
        await capture_hold(tx, config, member_id, held.hold, actor="till", now=now, points=15, at=at)
    accounts = await draw_up(shop)
    assert parts(accounts["brand"])["burned"] == (-55, -275)
    assert parts(accounts["supplier"])["honoured"] == (55, 330)
    await at_its_worth(shop, member_id)


async def at_its_worth(shop: Shop, member_id: int) -> None:
    """Where nobody wrote a price, points of another partner's own are paid at the rate of what they are worth."""
    async with shop.db.transaction() as tx:
        now = shop.clock.now()
        await put_point_type(
            tx,
            shop.program_id,
            "stars",
            "Stars",
            kind="partner",
            partner="supplier",
            now=now,
            policy={"value_minor": "12"},
        )
    await give_terms(shop, brand=Terms(accepts=(Acceptance("stars", Decimal("0.5")),)))
    await spent(shop, member_id, 10, Till("brand"), "stars")
    accounts = await draw_up(shop)
    assert parts(accounts["brand"])["burned"] == (-65, -275 - 60)


async def test_what_came_back_and_what_was_captured_is_at_the_order_of_the_till(shop: Shop) -> None:
    member = await order(shop)
    kept = await spent(shop, member, 20, Till("brand", order="T1"))
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        now = shop.clock.now()
        await cancel(tx, config, member, kept, actor="till", reason="back", now=now, points=5)
        held = await authorise(tx, config, member, 10, actor="till", now=now, at=Till("brand", order="T2"))
        taken = await capture_hold(
            tx, config, member, held.hold, actor="till", now=now, points=8, at=Till("brand")
        )
        assert taken.transfer is not None
        await cancel(tx, config, member, taken.transfer, actor="till", reason="back", now=now, points=3)
    number = await issued(shop)
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        file = "order_id,side,points\nT1,burn,15\nT2,burn,5\n1,issue,60\n"
        done = await settlement.upload(tx, config, number, file, by="brand", now=shop.clock.now())
    assert (done.matched, done.exceptions) == (3, 0)


async def test_a_redemption_in_a_partner_s_store_is_paid_for_like_a_spend_at_its_till(shop: Shop) -> None:
    member_id = await order(shop)
    spent_here = await spent(shop, member_id, 50, Till())
    elsewhere = await spent(shop, member_id, 30, Till())
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        now = shop.clock.now()
        await put_stores(tx, config.id, [Store(0, "brand-one", "One", "", "store", "brand")], now=now)
        for transfer, store, points in ((spent_here, "brand-one", 50), (elsewhere, "web", 30)):
            await tx.run(
                queries.insert_redemption,
                member_id=member_id,
                spend_id=transfer,
                program_id=config.id,
                point_type_id=config.point_types["points"].id,
                points=points,
                store=store,
                now=now,
            )
        await cancel(tx, config, member_id, spent_here, actor="till", reason="x", now=now, points=20)
    found = parts((await draw_up(shop))["brand"])
    assert (found["burned"], found["unburned"]) == ((-50, -40), (20, 16))


async def test_the_price_is_that_of_the_day_and_a_return_gives_back_the_price_of_its_order(
    shop: Shop,
) -> None:
    rates = (
        Rate("points", "issue", per_point=Decimal("0.01"), until=date(2026, 3, 10)),
        Rate("points", "issue", per_point=Decimal("0.02"), since=date(2026, 3, 10)),
    )
    await give_terms(shop, brand=Terms(rates=rates))
    await order(shop)
    shop.clock.advance(timedelta(days=10))
    await order(shop, "2")
    await shop.send(shop.refund("1"))
    found = parts((await draw_up(shop))["brand"])
    assert (found["issued"], found["reversed"]) == ((120, 180), (-60, -60))


async def test_from_draft_over_a_disputed_version_to_settled(shop: Shop) -> None:
    for number in ("A1", "A2", "A3"):
        await order(shop, number)
    draft = (await draw_up(shop))["brand"].statement.id
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        with pytest.raises(PeriodNotOver):
            await settlement.issue(tx, config, draft, by="finance", now=shop.clock.now())
        with pytest.raises(StatementNotReady):
            await settlement.agree(tx, config, draft, shop.clock.now())
    number = await issued(shop)
    now = shop.clock.now()
    file = (
        "date,order_id,side,points\n2026-03-02,A1,issue,60\n2026-03-03,A2,issue,50\n2026-03-02,B9,issue,7\n"
    )
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        done = await settlement.upload(tx, config, number, file, by="brand", now=now, partner="brand")
        assert (done.rows, done.matched, done.exceptions) == (3, 1, 3)
        disputes = await settlement.select_disputes(tx, config.id, partner="brand")
        assert sorted((one.kind, one.reference) for one in disputes) == [
            ("differs", "A2"),
            ("missing_here", "B9"),
            ("missing_there", "A3"),
        ]
        with pytest.raises(StillDisputed):
            await settlement.agree(tx, config, number, now, "brand")
        by_reference = {one.reference: one.id for one in disputes}
        note = {"by": "someone", "now": now}
        await settlement.answer(tx, config, by_reference["A2"], "ten were a gift", side="program", **note)  # type: ignore[arg-type]
        await settlement.close_dispute(
            tx,
            config,
            by_reference["A2"],
            "accepted",
            "agreed",
            side="program",
            adjustment=-10,
            **note,  # type: ignore[arg-type]
        )
        again = file.replace("2026-03-02,B9,issue,7\n", "2026-03-02,A3,issue,60\n").replace(",50", ",60")
        done = await settlement.upload(tx, config, number, again, by="brand", now=now, partner="brand")
        assert (done.matched, done.exceptions) == (3, 0)
        agreed = await settlement.agree(tx, config, number, now, "brand")
        assert (agreed.status, agreed.version, agreed.total) == ("agreed", 2, 180 + 518 - 10)
    await settle(shop, number)


async def settle(shop: Shop, number: int) -> None:
    now = shop.clock.now()
    async with shop.db.transaction() as tx:
        config: ProgramConfig = await load_config(tx, shop.program_id)
        made = await settlement.make_netting(tx, config, by="finance", now=now)
        assert [(one.payer, one.payee, one.amount) for one in made.payments] == [("brand", "", 688)]
        with pytest.raises(settlement.NothingToNet):
            await settlement.make_netting(tx, config, by="finance", now=now)
        made_so_far = await settlement.read_entries(tx, config, [number], [made.netting.id])
        assert settlement.balanced(made_so_far)
        assert sum(one.debit - one.credit for one in made_so_far if one.account == Books().netting) == 688
        assert not [one for one in made_so_far if one.account == Books().bank], "nobody has paid yet"
        await settlement.confirm_paid(tx, config, made.netting.id, now)
        paid = await settlement.read_entries(tx, config, [], [made.netting.id])
        assert settlement.balanced(paid)
        assert sum(one.debit for one in paid if one.account == Books().bank) == 688
        (statement,) = await settlement.select_statements(tx, config.id, partner="brand")
        assert statement.status == "settled"


async def test_a_fee_of_sales_takes_each_sale_once_and_gives_back_what_came_back(shop: Shop) -> None:
    """Two percent of 100.00 in March; 20.00 of it come back in April, when 50.00 are sold: two percent of 30.00."""
    terms = Terms(fees=(Fee("sales", percent_of_sales=Decimal(2)),))
    await give_terms(shop, brand=terms)
    await shop.send(
        shop.order("1", "100.00", partner="brand"),
        shop.order("2", "70.00", partner="supplier"),
        shop.order("3", "5.00"),
    )
    assert await fee_of_sales(shop, DAY) == 200
    assert await fee_of_sales(shop, DAY) == 200
    await issued(shop)
    await shop.send(shop.refund("1", total="20.00"), shop.order("4", "50.00", partner="brand"))
    april = date(2026, 4, 1)
    assert await fee_of_sales(shop, april) == 60
    async with shop.db.transaction(read_only=True) as tx:
        config = await load_config(tx, shop.program_id)
        march = await settlement.select_statements(tx, config.id, partner="brand")
    assert [one.total for one in march if one.status == "issued"] == [200]


async def test_when_more_came_back_than_was_sold_the_fee_is_given_back(shop: Shop) -> None:
    await give_terms(shop, brand=Terms(fees=(Fee("sales", percent_of_sales=Decimal("2.5")),)))
    await shop.send(shop.order("1", "100.00", partner="brand"))
    assert await fee_of_sales(shop, DAY) == 250
    await issued(shop)
    await shop.send(shop.refund("1", total="40.00"))
    assert await fee_of_sales(shop, date(2026, 4, 1)) == -100


async def test_a_fee_of_sales_is_of_the_partners_stores_too_and_of_members_alone(shop: Shop) -> None:
    """An order that names only a store is its partner's; one that names both counts once; a stranger's is nobody's."""
    await give_terms(shop, brand=Terms(fees=(Fee("sales", percent_of_sales=Decimal(10)),)))
    async with shop.db.transaction() as tx:
        stores = [
            Store(0, "brand-1", "Brand 1", "", "store", "brand"),
            Store(0, "own", "Own", "", "store", None),
        ]
        await put_stores(tx, shop.program_id, stores, now=shop.clock.now())
    await shop.send(
        shop.order("1", "100.00", partner="brand"),
        shop.order("2", "10.00", store="brand-1"),
        shop.order("3", "1.00", store="brand-1", partner="brand"),
        shop.order("4", "5000.00", store="own"),
        shop.order("5", "700.00", store="brand-1", partner="supplier"),
    )
    assert await fee_of_sales(shop, DAY) == 1_110
    shop.till = msgspec.structs.replace(shop.till, enrol=False)
    receipt = await shop.send(shop.order("6", "40.00", user="stranger", store="brand-1"))
    assert [one.status for one in receipt.answers] == [EventStatus.UNKNOWN_MEMBER]
    assert await fee_of_sales(shop, DAY) == 1_110


async def fee_of_sales(shop: Shop, day: date) -> int:
    """Bring the roll-ups up to date, draw up the statements that hold a day, and return the brand's only entry."""
    await Rollup(shop.db, shop.clock).drain()
    account = (await draw_up(shop, day))["brand"]
    (entry,) = account.entries
    assert entry.kind == "fee"
    return entry.amount
