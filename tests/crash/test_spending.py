"""A server killed in the middle of every way to spend beside redemption and checkout: nothing is half-done, and the
retry, which is what a till does that got no answer, does it once.

What was acknowledged is noted outside, as the wallets that have to be there.
"""

from __future__ import annotations

import signal
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from tests.app.serving import server
from tests.flows.points.world import earn, make_members, make_program

from regulars.features import households
from regulars.features.draws import Draw, Prize, open_draw, put_draw
from regulars.features.programs import ProgramConfig, issue_api_key
from regulars.features.vouchers import Definition, Worth, issue_voucher, put_definition
from regulars.flows import books, gifting, points
from regulars.flows.offline import issue_token
from regulars.infra.clock import SystemClock
from regulars.infra.db import Database, load_queries
from regulars.kit.ids import encode

queries = load_queries(__package__)

pytestmark = pytest.mark.crash

TYPES: dict[str, dict[str, Any]] = {
    "points": {"kind": "redeemable", "policy": {}},
    "gift": {"kind": "redeemable", "scale": 2, "policy": {}},
}
DAY = timedelta(days=1)


class Street:
    """A program with Ann and Bob in one household, a gift card, a voucher, an offline token and an instant win."""

    def __init__(self, db: Database, config: ProgramConfig, members: list[int]) -> None:
        self.db, self.config = db, config
        self.ann, self.bob = members
        self.now = SystemClock().now()
        # What has to be there, by the answers that came: Ann's and Bob's points, and what is on the card.
        self.ann_has, self.bob_has, self.card_has = 1_000, 1_000, 5_000

    async def prepare(self) -> str:
        """Make everything there is to spend; return an API key."""
        program, now = self.config.id, self.now
        async with self.db.transaction() as tx:
            home = await households.found_household(tx, program, self.ann, "Home", now=now)
            secret = await households.invite(tx, program, home.id, self.ann, "adult", now=now)
            await households.accept(tx, program, secret, self.bob, now)
            (self.card,) = await gifting.create(tx, self.config, "gift", 1, now)
            await gifting.activate(tx, self.config, self.card.number, 5_000, actor="test", now=now)
            ten = Definition("ten", "Ten", Worth("amount", amount=100), pattern="TEN-########")
            await put_definition(tx, program, ten, zone="UTC", now=now)
            self.code = await issue_voucher(tx, program, "ten", self.ann, now, "test")
            self.token = (await issue_token(tx, self.config, points, self.bob, 200, DAY, now=now)).token
            cups = (Prize("points", "Points", 3, points=50),)
            draw = Draw("scratch", "Scratch", cups, kind="instant", places=3, ticket_points=20)
            await put_draw(tx, program, draw, now)
            await open_draw(tx, program, "scratch", now)
            return (await issue_api_key(tx, program, "till", ("owner",), now)).key

    def steps(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Every way to spend: the place where the server dies, the address, what is asked."""
        ann = encode("mem", self.ann)
        use = {"token": self.token, "number": "1", "points": 120, "used_at": self.now.isoformat()}
        pin = {"number": self.card.number, "pin": self.card.pin}
        return [
            ("after_pooled_parts_before_limit", f"members/{ann}/pooled-spends", {"points": 1_300}),
            ("after_card_moved_before_commit", "gift-cards/pay", {**pin, "amount": 1_200}),
            (
                "after_vouchers_used_before_order",
                "vouchers/redeem",
                {"codes": [self.code], "order_id": "A-1", "member": ann},
            ),
            ("after_use_counted_before_commit", "offline-uses", {"till": "t1", "uses": [use]}),
        ]

    def acknowledged(self, address: str) -> None:
        """Note what an answer means: 1,300 points are Ann's 1,000 and 300 of Bob's; the rest is what it says."""
        if address.endswith("pooled-spends"):
            self.ann_has, self.bob_has = 0, self.bob_has - 300
        if address == "gift-cards/pay":
            self.card_has -= 1_200

    async def right(self, uses: int, accepted: int) -> None:
        """Wallets, card, voucher and token are what was acknowledged, and the books prove themselves."""
        async with self.db.transaction(read_only=True, snapshot=True) as tx:
            for member, has in ((self.ann, self.ann_has), (self.bob, self.bob_has - 200)):
                found = await points.wallets(tx, self.config, member, self.now)
                assert next(one.available for one in found if one.point_type == "points") == has
            card = await gifting.balance(tx, self.config, self.card.number, self.now)
            assert card.available == self.card_has
            assert tuple(await tx.one(queries.select_uses)) == (uses, accepted)
            result = await books.verify(tx, self.config.id)
        assert result.healthy, [check for check in result.checks if check.bad]


async def test_every_way_to_spend_is_whole_or_not_at_all_and_once(db: Database, database_url: str) -> None:
    config = await make_program(db, types=TYPES)
    street = Street(db, config, await make_members(db, config, 2))
    for member in (street.ann, street.bob):
        await earn(db, config, member, 1_000, now=street.now)
    key = await street.prepare()
    uses = accepted = 0
    await street.right(uses, accepted)
    for number, (place, address, body) in enumerate(street.steps()):
        headers = {"authorization": f"Bearer {key}", "idempotency-key": f"step-{number}"}
        url = f"/api/v1/programs/acme/{address}"
        async with (
            server(database_url, REGULARS_TEST_MODE="1", REGULARS_FAILPOINTS=f"{place}=kill") as (
                process,
                base,
            ),
            httpx2.AsyncClient(base_url=base) as client,
        ):
            with suppress(httpx2.TransportError):
                answer = await client.post(url, json=body, headers=headers)
                raise AssertionError(f"{place} did not kill: {answer.text}")
            assert await process.wait() == -signal.SIGKILL
        await street.right(uses, accepted)
        async with server(database_url) as (_, base), httpx2.AsyncClient(base_url=base) as client:
            first = await client.post(url, json=body, headers=headers)
            again = await client.post(url, json=body, headers=headers)
        assert (first.status_code // 100, again.content) == (2, first.content), first.text
        street.acknowledged(address)
        uses += address == "vouchers/redeem"
        accepted += 120 * (address == "offline-uses")
        await street.right(uses, accepted)


async def test_an_instant_win_is_paid_played_and_given_together(db: Database, database_url: str) -> None:
    """Every place wins 50 points and costs 20: killed before the end, nothing was paid and no place is used up."""
    config = await make_program(db, types=TYPES)
    street = Street(db, config, await make_members(db, config, 2))
    for member, amount in ((street.ann, 100), (street.bob, 1_000)):
        await earn(db, config, member, amount, now=street.now)
    key = await street.prepare()
    url = f"/api/v1/programs/acme/members/{encode('mem', street.ann)}/draws/scratch/plays"
    headers = {"authorization": f"Bearer {key}", "idempotency-key": "play"}
    failing = {"REGULARS_TEST_MODE": "1", "REGULARS_FAILPOINTS": "after_prizes_given_before_commit=kill"}
    async with (
        server(database_url, **failing) as (process, base),
        httpx2.AsyncClient(base_url=base) as client,
    ):
        with suppress(httpx2.TransportError):
            answer = await client.post(url, json={}, headers=headers)
            raise AssertionError(f"not killed: {answer.text}")
        assert await process.wait() == -signal.SIGKILL
    assert await played(street) == (0, 100)
    async with server(database_url) as (_, base), httpx2.AsyncClient(base_url=base) as client:
        first = await client.post(url, json={}, headers=headers)
        again = await client.post(url, json={}, headers=headers)
    assert (first.status_code, again.content) == (201, first.content), first.text
    assert await played(street) == (1, 130)


async def played(street: Street) -> tuple[int, int]:
    """Return how many places of the instant win are used up, and what Ann has."""
    async with street.db.transaction(read_only=True, snapshot=True) as tx:
        found = await points.wallets(tx, street.config, street.ann, street.now)
        has = next(one.available for one in found if one.point_type == "points")
        return int(await tx.value(queries.count_plays)), has
