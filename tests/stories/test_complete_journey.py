"""A grocer's real year of coupons: 27 campaigns, 1,197 coupons, 1,559 households they were sent to.

Each of the 2,102 redemptions of the year is accepted; each that nobody was entitled to is refused, for the right
reason: another household, the day before and the day after, another campaign's coupon.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import msgspec
import pytest

from regulars.features.members import Newcomer, enrol_batch
from regulars.features.programs import create_program, load_config
from regulars.features.vouchers import (
    Basket,
    BasketLine,
    Definition,
    Worth,
    add_audience,
    add_code,
    discounts,
    find_vouchers,
    put_definition,
    redeem_vouchers,
)
from regulars.features.vouchers.find import CODES_MAX
from regulars.infra.db import Database
from regulars.kit.zones import start_of_day, zone

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "complete-journey"
ZONE = "America/New_York"
OFF = 100

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the data of the complete journey is not here"),
]


class Campaign(msgspec.Struct):
    """A campaign: its first and last day, whom it was sent to, and its coupons with their products."""

    number: str
    first: date
    last: date
    households: set[str] = set()
    coupons: dict[str, set[str]] = {}

    @property
    def begins(self) -> datetime:
        return start_of_day(self.first, zone(ZONE))

    @property
    def ends(self) -> datetime:
        return start_of_day(self.last + timedelta(days=1), zone(ZONE))

    def code(self, coupon: str) -> str:
        return f"{coupon}-{self.number}"


class Redemption(msgspec.Struct):
    """A coupon that was redeemed."""

    household: str
    coupon: str
    campaign: str
    day: date

    @property
    def at(self) -> datetime:
        return datetime.combine(self.day, time(17), UTC)


def rows(name: str) -> list[dict[str, str]]:
    path = FOLDER / name
    with gzip.open(path, "rt") if name.endswith(".gz") else path.open() as file:
        return list(csv.DictReader(file))


def campaigns() -> dict[str, Campaign]:
    found = {
        row["campaign_id"]: Campaign(
            row["campaign_id"], date.fromisoformat(row["start_date"]), date.fromisoformat(row["end_date"])
        )
        for row in rows("campaign_descriptions.csv")
    }
    for row in rows("campaigns.csv"):
        found[row["campaign_id"]].households.add(row["household_id"])
    products: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows("coupons.csv.gz"):
        products[row["campaign_id"], row["coupon_upc"]].add(row["product_id"])
    for (campaign, coupon), skus in products.items():
        found[campaign].coupons[coupon] = skus
    return found


class Grocer:
    """The program, its members by household, and its campaigns."""

    def __init__(
        self, db: Database, program_id: int, members: dict[str, int], found: dict[str, Campaign]
    ) -> None:
        self.db = db
        self.program_id = program_id
        self.members = members
        self.campaigns = found

    async def refusals(self, wanted: list[tuple[str, str, datetime]]) -> Counter[str]:
        """Return why (household, code, instant) are refused; "" for those that are not."""
        together: dict[tuple[str, datetime], list[str]] = defaultdict(list)
        for household, code, at in wanted:
            together[household, at].append(code)
        counted: Counter[str] = Counter()
        async with self.db.transaction() as tx:
            for (household, at), codes in together.items():
                member = self.members[household]
                for some in batched(codes, CODES_MAX):
                    found = await find_vouchers(tx, self.program_id, some, member_id=member, now=at)
                    counted.update("" if one.refusal is None else one.refusal.code for one in found)
        return counted


def batched(codes: list[str], size: int) -> Iterator[list[str]]:
    for first in range(0, len(codes), size):
        yield codes[first : first + size]


@pytest.fixture
async def grocer(db: Database) -> Grocer:
    found = campaigns()
    households = sorted({household for campaign in found.values() for household in campaign.households})
    begins = datetime(2016, 11, 1, tzinfo=UTC)
    async with db.transaction() as tx:
        made = await create_program(
            tx, "grocer", "Grocer", currency="USD", zone=ZONE, region="US", now=begins
        )
        config = await load_config(tx, made.id)
        newcomers = [Newcomer({"external_id": household}, begins) for household in households]
        members = dict(zip(households, await enrol_batch(tx, config, newcomers, begins), strict=True))
        for campaign in found.values():
            audience = f"campaign-{campaign.number}"
            await add_audience(tx, made.id, audience, [members[one] for one in campaign.households])
            for coupon, products in campaign.coupons.items():
                worth = Worth("amount", amount=OFF, on="product", products=tuple(sorted(products)))
                definition = Definition(
                    f"{audience}-{coupon}",
                    f"Campaign {campaign.number}, coupon {coupon}",
                    worth,
                    valid_from=campaign.begins,
                    valid_until=campaign.ends,
                    uses=None,
                    stacking="stackable",
                    audience=audience,
                )
                stored, _ = await put_definition(tx, made.id, definition, zone=ZONE, now=begins)
                await add_code(tx, stored, campaign.code(coupon), uses=None, now=begins)
    return Grocer(db, made.id, members, found)


async def test_every_redemption_of_the_year_and_none_that_is_made_up(grocer: Grocer) -> None:
    redemptions = [
        Redemption(
            row["household_id"],
            row["coupon_upc"],
            row["campaign_id"],
            date.fromisoformat(row["redemption_date"]),
        )
        for row in rows("coupon_redemptions.csv")
    ]
    assert len(redemptions) == 2_102
    assert sum(len(campaign.households) for campaign in grocer.campaigns.values()) == 6_589
    await refuse_made_up(grocer, redemptions)
    await replay(grocer, redemptions)


async def replay(grocer: Grocer, redemptions: list[Redemption]) -> None:
    """Redeem each coupon as it was, each with an order of its own; what it takes off is off its products."""
    accepted = taken_off = 0
    for number, one in enumerate(redemptions):
        campaign = grocer.campaigns[one.campaign]
        sku = min(campaign.coupons[one.coupon])
        basket = Basket((BasketLine("something else", 500), BasketLine(sku, 250)))
        async with grocer.db.transaction() as tx:
            found = await find_vouchers(
                tx,
                grocer.program_id,
                [campaign.code(one.coupon)],
                member_id=grocer.members[one.household],
                now=one.at,
                lock=True,
            )
            assert found[0].refusal is None, (one, found[0].refusal)
            assert found[0].voucher is not None
            (discount,) = discounts(basket, [found[0].voucher])
            assert discount.lines == {1: OFF}
            await redeem_vouchers(tx, found, f"basket-{number}", order_id=f"order-{number}", now=one.at)
        accepted += 1
        taken_off += discount.amount
    assert (accepted, taken_off) == (2_102, 2_102 * OFF)


async def refuse_made_up(grocer: Grocer, redemptions: list[Redemption]) -> None:
    """Ask for what nobody was entitled to: for each real redemption one made up of each kind."""
    others, late, early, foreign = [], [], [], []
    strangers = {
        number: min(grocer.members.keys() - campaign.households)
        for number, campaign in grocer.campaigns.items()
    }
    for one in redemptions:
        campaign = grocer.campaigns[one.campaign]
        code = campaign.code(one.coupon)
        others.append((strangers[one.campaign], code, one.at))
        late.append((one.household, code, campaign.ends))
        early.append((one.household, code, campaign.begins - timedelta(microseconds=1)))
        other = next(
            (c for c in grocer.campaigns.values() if one.household not in c.households and c.coupons), None
        )
        assert other is not None
        foreign.append((one.household, other.code(min(other.coupons)), one.at))
    count = len(redemptions)
    assert await grocer.refusals(others) == {"voucher_not_yours": count}
    assert await grocer.refusals(late) == {"voucher_expired": count}
    assert await grocer.refusals(early) == {"voucher_not_yet": count}
    assert await grocer.refusals(foreign) == {"voucher_not_yours": count}
