"""Draws and accounting in a program's document, and rules that name draws and vouchers."""

from __future__ import annotations

from typing import Any

import pytest

from regulars.features.accounting import read_accounting
from regulars.features.draws import close_draw, get_draw, open_draw
from regulars.features.programs import ProgramConfig, load_config, program_by_code
from regulars.features.rulesets import RulesInvalid
from regulars.flows.apply import ProgramDocumentInvalid, apply_document, decode_document, export_program
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, Transaction
from regulars.kit.errors import Invalid

PROGRAM: dict[str, Any] = {
    "program": {
        "code": "corner",
        "name": "Corner",
        "currency": "EUR",
        "zone": "Europe/Berlin",
        "region": "DE",
    },
    "point_types": [{"code": "points", "name": "Points"}, {"code": "cash", "name": "Cash", "scale": 2}],
    "vouchers": [{"code": "coffee", "name": "Coffee", "worth": {"kind": "percentage", "percentage": "100"}}],
    "draws": [
        {
            "code": "bike",
            "name": "A bike",
            "prizes": [
                {"code": "bike", "name": "A bike", "quantity": 1},
                {"code": "cash", "name": "Cash", "quantity": 5, "points": "2.50", "point_type": "cash"},
            ],
            "ticket_points": "0.10",
            "point_type": "cash",
            "per_member": 20,
        },
        {
            "code": "scratch",
            "name": "Scratch",
            "kind": "instant",
            "places": 100,
            "prizes": [{"code": "cup", "name": "Cup", "quantity": 3, "voucher": "coffee"}],
        },
    ],
    "accounting": {
        "accounts": {"deferred_revenue": "2450"},
        "point_types": {"points": {"price_minor": "0.5", "breakage": "0.12"}},
    },
    "rules": [
        {
            "code": "tickets",
            "name": "Tickets",
            "trigger": {"event": "Order Completed"},
            "then": [
                {"enter_draw": {"draw": "bike", "tickets": 2}},
                {"issue_voucher": {"voucher": "coffee"}},
            ],
        }
    ],
    "publish": True,
}


async def applied(tx: Transaction, clock: FixedClock, **sections: Any) -> list[str]:
    document = decode_document({**PROGRAM, **sections})
    done = await apply_document(tx, document, "corner", now=clock.now(), may_create=True)
    return [f"{change.action} {change.kind} {change.code}" for change in done.plan.changes]


async def config_of(tx: Transaction) -> ProgramConfig:
    return await load_config(tx, (await program_by_code(tx, "corner")).id)


async def test_what_is_written_comes_back(db: Database, clock: FixedClock) -> None:
    async with db.transaction() as tx:
        made = await applied(tx, clock)
        assert {"create draw bike", "create draw scratch", "create accounting accounts"} <= set(made)
        config = await config_of(tx)
        plain = await export_program(tx, config)
        assert {name: plain[name] for name in ("draws", "accounting")} == {
            name: PROGRAM[name] for name in ("draws", "accounting")
        }
        again = await apply_document(
            tx, decode_document({**plain, "publish": True}), "corner", now=clock.now()
        )
        assert again.plan.empty
        stored = await get_draw(tx, config.id, "bike")
        assert (stored.draw.ticket_points, stored.draw.prizes[1].points) == (10, 250)
        accounting, _ = await read_accounting(tx, config.id)
        assert (accounting.accounts.deferred_revenue, accounting.point_types["points"].breakage) == (
            "2450",
            "0.12",
        )


async def test_what_has_closed_is_history(db: Database, clock: FixedClock) -> None:
    """An open draw can neither change nor go away; a closed one may be named or not."""
    bike, scratch = PROGRAM["draws"]
    async with db.transaction() as tx:
        await applied(tx, clock)
        config = await config_of(tx)
        await open_draw(tx, config.id, "bike", clock.now())
        for changed in ([scratch], [{**bike, "per_member": 5}, scratch]):
            with pytest.raises(ProgramDocumentInvalid) as refused:
                await applied(tx, clock, draws=changed, rules=[])
            assert "it has opened" in refused.value.errors[0].message
        await close_draw(tx, config.id, "bike", clock.now())
        assert await applied(tx, clock) == []
        gone = await applied(tx, clock, draws=[bike], rules=[])
        assert set(gone) == {"archive draw scratch", "archive rule tickets"}
        assert await applied(tx, clock, draws=[], rules=[]) == []


async def test_what_is_left_out_of_accounting_is_as_usual(db: Database, clock: FixedClock) -> None:
    async with db.transaction() as tx:
        await applied(tx, clock)
        only_types = {"point_types": PROGRAM["accounting"]["point_types"]}
        assert await applied(tx, clock, accounting=only_types) == ["reset accounting accounts"]
        accounting, _ = await read_accounting(tx, (await config_of(tx)).id)
        assert (accounting.accounts.deferred_revenue, len(accounting.point_types)) == ("2400", 1)
        assert await applied(tx, clock, accounting={}) == ["reset accounting point_types"]


@pytest.mark.parametrize(
    ("sections", "path"),
    [
        ({"draws": [{"code": "b", "name": "B", "prizes": [], "tickets": 1}]}, "draws[0].tickets"),
        ({"draws": [{"code": "b", "name": "B", "prizes": []}]}, "draws[0].prizes"),
        (
            {"draws": [{"code": "b", "name": "B", "ticket_points": "0.5", "prizes": []}]},
            "draws[0].ticket_points",
        ),
        (
            {"rewards": [{"code": "r", "name": "R", "kind": "voucher", "voucher": "tea", "price": {}}]},
            "rewards[0].voucher",
        ),
        (
            {"rewards": [{"code": "r", "name": "R", "kind": "draw_tickets", "draw": "boat", "price": {}}]},
            "rewards[0].draw",
        ),
        ({"accounting": {"account": {}}}, "accounting.account"),
        (
            {"accounting": {"point_types": {"points": {"breakage": "2"}}}},
            "accounting.point_types.points.breakage",
        ),
    ],
)
async def test_mistakes_say_where(
    db: Database, clock: FixedClock, sections: dict[str, Any], path: str
) -> None:
    async with db.transaction() as tx:
        with pytest.raises(Invalid) as refused:
            await applied(tx, clock, **sections)
        assert refused.value.errors[0].path == path


@pytest.mark.parametrize(
    ("effect", "path", "hint"),
    [
        ({"enter_draw": {"draw": "bikes"}}, "rules[tickets].then[0].enter_draw.draw", "`bike`"),
        ({"enter_draw": {"draw": "scratch"}}, "rules[tickets].then[0].enter_draw.draw", "bike"),
        ({"issue_voucher": {"voucher": "cofee"}}, "rules[tickets].then[0].issue_voucher.voucher", "`coffee`"),
    ],
)
async def test_rules_name_what_there_is(
    db: Database, clock: FixedClock, effect: dict[str, Any], path: str, hint: str
) -> None:
    """Publishing says which draw or voucher a rule names that the program has not, and what is close to it."""
    async with db.transaction() as tx:
        with pytest.raises(RulesInvalid) as refused:
            await applied(tx, clock, rules=[{**PROGRAM["rules"][0], "then": [effect]}])
    (error,) = refused.value.errors
    assert error.path == path
    assert hint in error.message
