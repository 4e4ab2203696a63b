"""Terms and funding in a program's document: applied, exported, applied again without a change, ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from regulars.features.partners import select_agreements, select_terms
from regulars.features.programs import load_config, program_by_code
from regulars.flows.apply import (
    ProgramDocumentInvalid,
    apply_document,
    decode_document,
    export_program,
    read_source,
)
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

TEXT = """
program: {code: berry, name: Berry, currency: EUR, zone: Europe/Vilnius, region: LT}
partners:
  - {code: brand, name: Brand, roles: [earn, burn]}
  - {code: supplier, name: Supplier}
point_types:
  - {code: points, name: Points}
terms:
  brand:
    rates:
      - {point_type: points, direction: issue, per_point: 0.01, since: 2026-01-01}
    fees: [{code: monthly, amount: "5.00"}]
    bank: {holder: Brand, iban: DE89370400440532013000}
funding:
  - {code: brand-points, account: "partner:brand", point_type: points, mode: prepaid, reserve: 100}
  - code: spring
    account: "campaign:spring"
    point_type: points
    payer: supplier
    caps: [{points: 1000, period: month}]
    fallback: "partner:brand"
"""


async def applied(db: Database, clock: FixedClock, folder: Path, text: str) -> int:
    path = folder / "berry.yaml"
    path.write_text(text)
    async with db.transaction() as tx:
        done = await apply_document(tx, read_source(path).document, "berry", now=clock.now(), may_create=True)
    return len(done.plan.changes)


async def test_terms_and_funding_round_trip(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    assert await applied(db, clock, tmp_path, TEXT) > 0
    assert await applied(db, clock, tmp_path, TEXT) == 0
    async with db.transaction() as tx:
        config = await load_config(tx, (await program_by_code(tx, "berry")).id)
        plain = await export_program(tx, config)
        again = await apply_document(tx, decode_document(plain), "berry", now=clock.now())
    assert again.plan.empty, again.plan.changes
    assert plain["terms"]["brand"]["rates"][0]["per_point"] == "0.01"
    assert [one["code"] for one in plain["funding"]] == ["brand-points", "spring"]


async def test_what_a_document_no_longer_names_has_ended(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await applied(db, clock, tmp_path, TEXT)
    gone = TEXT.partition("terms:")[0] + "terms: {}\nfunding: []\n"
    assert await applied(db, clock, tmp_path, gone) == 3
    async with db.transaction() as tx:
        program = await program_by_code(tx, "berry")
        assert await select_terms(tx, program.id) == {}
        assert [one.archived for one in await select_agreements(tx, program.id)] == [True, True]
    assert await applied(db, clock, tmp_path, TEXT) == 3
    async with db.transaction() as tx:
        assert [one.archived for one in await select_agreements(tx, program.id)] == [False, False]


@pytest.mark.parametrize(
    ("wrong", "right", "path"),
    [
        ("direction: issue", "direction: sell", "terms[brand].rates[0].direction"),
        ("payer: supplier", "payer: nobody", "funding[1].payer"),
        ("mode: prepaid, reserve: 100", "colour: red", "funding[0].colour"),
        ("iban: DE89370400440532013000", "iban: DE89370400440532013001", "terms[brand].bank.iban"),
    ],
)
async def test_what_is_wrong_is_said_with_its_place(
    db: Database, clock: FixedClock, tmp_path: Path, wrong: str, right: str, path: str
) -> None:
    with pytest.raises(ProgramDocumentInvalid) as refusal:
        await applied(db, clock, tmp_path, TEXT.replace(wrong, right))
    assert path in [error.path for error in refusal.value.errors]
