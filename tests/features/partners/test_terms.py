"""Terms and agreements on a real database: what is kept, and what is refused with the place of the mistake."""

from __future__ import annotations

from decimal import Decimal

import pytest

from regulars.features.partners import (
    AccountAgreed,
    Agreement,
    AgreementFixed,
    Bank,
    Cap,
    Known,
    Rate,
    Terms,
    TermsInvalid,
    UnknownPartner,
    convert,
    iban_is_valid,
    insert_block_entry,
    put_agreement,
    put_terms,
    select_agreements,
    select_terms,
)
from regulars.features.programs import create_program, load_config, put_partner, put_point_type
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, Transaction


async def coalition(tx: Transaction, clock: FixedClock) -> Known:
    now = clock.now()
    program = await create_program(
        tx, "berry", "Berry", currency="EUR", zone="Europe/Vilnius", region="LT", now=now
    )
    for code in ("acme", "brand"):
        await put_partner(tx, program.id, code, code.title(), ("earn", "burn"), now=now)
    await put_point_type(tx, program.id, "points", "Points", now=now)
    await put_point_type(tx, program.id, "stars", "Stars", kind="partner", partner="acme", now=now)
    config = await load_config(tx, program.id)
    return Known(
        program.id,
        {code: (one.id, one.partner) for code, one in config.point_types.items()},
        {code: one.id for code, one in config.partners.items()},
        2,
    )


async def test_terms_come_back_as_they_were_written(db: Database, clock: FixedClock) -> None:
    terms = Terms(
        rates=(Rate("points", "issue", per_point=Decimal("0.0125")),),
        bank=Bank("Acme", "LT601010012345678901"),
    )
    async with db.transaction() as tx:
        known = await coalition(tx, clock)
        await put_terms(tx, known, "acme", terms, clock.now())
        assert await select_terms(tx, known.program_id) == {known.partners["acme"]: terms}
        with pytest.raises(UnknownPartner):
            await put_terms(tx, known, "nobody", terms, clock.now())


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"rates": [{"point_type": "nope", "direction": "issue", "per_point": "1"}]}, "rates[0].point_type"),
        ({"rates": [{"point_type": "points", "direction": "issue"}]}, "rates[0]"),
        ({"rates": [{"point_type": "points", "direction": "sell", "per_point": "1"}]}, "rates[0].direction"),
        ({"rates": [{"point_type": "points", "direction": "issue", "per_point": "1"}] * 2}, "rates[1]"),
        ({"fees": [{"code": "monthly"}]}, "fees[0]"),
        ({"fees": [{"code": "monthly", "amount": "5.005"}]}, "fees[0].amount"),
        ({"accepts": [{"point_type": "points"}]}, "accepts[0].point_type"),
        ({"accepts": [{"point_type": "stars"}]}, "accepts[0].point_type"),
        ({"bank": {"holder": "Acme", "iban": "LT111111111111111111"}}, "bank.iban"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_place(
    db: Database, clock: FixedClock, raw: dict[str, object], path: str
) -> None:
    async with db.transaction() as tx:
        known = await coalition(tx, clock)
        with pytest.raises(TermsInvalid) as refusal:
            await put_terms(tx, known, "acme", convert(raw, Terms), clock.now())
    assert path in [error.path for error in refusal.value.errors]


async def test_an_agreement_changes_its_bounds_and_nothing_that_was_billed_by(
    db: Database, clock: FixedClock
) -> None:
    async with db.transaction() as tx:
        known = await coalition(tx, clock)
        one = Agreement("acme-points", "partner:acme", "points", mode="prepaid", reserve=10)
        made = await put_agreement(tx, known, one, clock.now())
        await insert_block_entry(tx, known.program_id, made.id, 1000, 900, "po-1", "cli", clock.now())
        await insert_block_entry(tx, known.program_id, made.id, -100, -90, "", "cli", clock.now())
        (live,) = await select_agreements(tx, known.program_id)
        assert (live.bought, live.agreement.payer, live.agreement.reserve) == (1000, "acme", 10)
        wider = Agreement("acme-points", "partner:acme", "points", mode="prepaid", caps=(Cap(50, "day"),))
        assert (await put_agreement(tx, known, wider, clock.now())).agreement.caps == (Cap(50, "day"),)
        with pytest.raises(AgreementFixed):
            await put_agreement(tx, known, Agreement("acme-points", "partner:acme", "points"), clock.now())
    async with db.transaction() as tx:
        with pytest.raises(AccountAgreed):
            async with tx.savepoint():
                await put_agreement(tx, known, Agreement("again", "partner:acme", "points"), clock.now())


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"account": "house"}, "account"),
        ({"payer": "brand"}, "payer"),
        ({"fallback": "partner:nobody"}, "fallback"),
        ({"mode": "prepaid", "basis": "redemption"}, "basis"),
        ({"reserve": 5}, "reserve"),
        ({"fallback": "partner:brand"}, "fallback"),
    ],
)
async def test_agreements_that_cannot_be(
    db: Database, clock: FixedClock, fields: dict[str, str], path: str
) -> None:
    said = {"code": "acme", "account": "partner:acme", "point_type": "points"} | fields
    async with db.transaction() as tx:
        known = await coalition(tx, clock)
        back = Agreement("brand", "partner:brand", "points", fallback="partner:acme")
        await put_agreement(tx, known, back, clock.now())
        with pytest.raises(TermsInvalid) as refusal:
            await put_agreement(tx, known, convert(said, Agreement), clock.now())
    assert path in [error.path for error in refusal.value.errors]


def test_check_digits_of_an_iban() -> None:
    assert iban_is_valid("LT601010012345678901")
    assert iban_is_valid("DE89370400440532013000")
    assert not iban_is_valid("DE89370400440532013001")
    assert not iban_is_valid("DE89 3704 0044 0532 0130 00")
