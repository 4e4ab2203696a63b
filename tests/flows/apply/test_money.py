"""Money in a program's document is what was written: more decimals than its currency has are refused, not rounded."""

from __future__ import annotations

from pathlib import Path

import pytest

from regulars.flows.apply import ProgramDocumentInvalid, apply_document, read_source
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

TEXT = """
program: {code: berry, name: Berry, currency: CURRENCY, zone: Europe/Vilnius, region: LT}
partners: [{code: brand, name: Brand, roles: [earn, burn]}]
point_types: [{code: points, name: Points}]
tier_sets:
  - code: club
    name: Club
    metric: {of: spend}
    tiers: [{code: base, name: Base, threshold: 0}, {code: top, name: Top, threshold: THRESHOLD}]
groups: {}
campaigns: {}
rules:
  - code: base
    name: Base
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: order.amount, operator: ">=", value: "1"}]}
    then: [{award: {point_type: points, points: 5}}]
terms: {brand: {fees: [{code: monthly, amount: "FEE"}, {code: lines, per_line: "0.00125"}]}}
products: [{sku: TEA, name: Tea, price: PRODUCT}]
vouchers:
  - {code: five, name: Five off, worth: {kind: amount, amount: "VOUCHER"}, minimum: "MINIMUM", valid_days: 30}
rewards:
  - {code: mug, name: Mug, kind: goods, price: {points: 100, money: "REWARD"}, value: "VALUE"}
  - {code: off, name: Off, kind: discount, price: {rate: {points: 100, worth: "WORTH"}}}
campaign_records:
  - {code: spring, name: Spring, budget: BUDGET, estimated_revenue: REVENUE}
"""
PATHS = {
    "THRESHOLD": "tier_sets[0].tiers[1].threshold",
    "FEE": "terms[brand].fees[0].amount",
    "PRODUCT": "products[0].price",
    "VOUCHER": "vouchers[0].worth.amount",
    "MINIMUM": "vouchers[0].minimum",
    "REWARD": "rewards[0].price.money",
    "VALUE": "rewards[0].value",
    "WORTH": "rewards[1].price.rate.worth",
    "BUDGET": "campaign_records[0].budget",
    "REVENUE": "campaign_records[0].estimated_revenue",
}
# As many decimals as there are, and one more.
CURRENCIES = {"EUR": ("12.50", "12.505"), "JPY": ("12", "12.5"), "KWD": ("12.125", "12.1255")}


async def applied(db: Database, clock: FixedClock, folder: Path, text: str) -> None:
    path = folder / "berry.yaml"
    path.write_text(text)
    async with db.transaction() as tx:
        await apply_document(tx, read_source(path).document, "berry", now=clock.now(), may_create=True)


@pytest.mark.parametrize("currency", CURRENCIES)
async def test_money_is_refused_rather_than_rounded(
    db: Database, clock: FixedClock, tmp_path: Path, currency: str
) -> None:
    exact, finer = CURRENCIES[currency]
    text = TEXT.replace("CURRENCY", currency)
    for name, path in PATHS.items():
        wrong = text.replace(name, finer)
        for other in PATHS:
            wrong = wrong.replace(other, exact)
        with pytest.raises(ProgramDocumentInvalid) as refusal:
            await applied(db, clock, tmp_path, wrong)
        assert [error.path for error in refusal.value.errors] == [path]
        decimals = len(exact.partition(".")[2])
        assert f"at most {decimals} decimals" in refusal.value.errors[0].message
    for name in PATHS:
        text = text.replace(name, exact)
    await applied(db, clock, tmp_path, text)
