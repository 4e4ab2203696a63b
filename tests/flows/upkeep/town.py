"""A town where time matters: rules that wait for birthdays and for silence, tiers that lapse, points that
end.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from tests.flows.accrual.setting import Shop, open_shop

from regulars.app.system_events import AccrualReview, TimePasses
from regulars.features.members import resolve_ref
from regulars.features.programs import ProgramConfig, load_config
from regulars.flows import points
from regulars.flows.upkeep import Done, Upkeep
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.db.queries import parse_queries

QUERIES = parse_queries(
    Path(__file__).with_name("queries.sql").read_text(encoding="utf-8"), "tests/flows/upkeep/queries.sql"
)
START = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)

TOWN = Path(__file__).with_name("town.yaml").read_text(encoding="utf-8")


class Town:
    """A program whose time is followed up."""

    def __init__(self, shop: Shop, config: ProgramConfig) -> None:
        self.shop, self.db, self.clock, self.config = shop, shop.db, shop.clock, config
        self.accrue = TimePasses(self.db, shop.rulebooks)

    def upkeep(self) -> Upkeep:
        return Upkeep(self.db.transaction, self.accrue)

    async def run(self, until: datetime | None = None) -> Done:
        moment = until or self.clock.now()
        return await self.upkeep().run(moment, moment, self.config.id)

    async def order(self, number: str, amount: str, user: str, **fields: Any) -> None:
        await self.shop.send(self.shop.order(number, amount, user, **fields))

    async def member(self, user: str) -> int:
        async with self.db.transaction() as tx:
            return await resolve_ref(tx, self.config, f"external_id:{user}")

    async def adjust(self, user: str, amount: int, code: str, direction: str = "credit") -> None:
        member = await self.member(user)
        async with self.db.transaction() as tx:
            await points.adjust(
                tx, self.config, member, amount, direction, reason="x", actor="x",  # type: ignore[arg-type]
                now=self.clock.now(), point_type=code, review=AccrualReview(),
            )  # fmt: skip

    async def hold(self, user: str, amount: int, days: float) -> None:
        member = await self.member(user)
        async with self.db.transaction() as tx:
            await points.authorise(
                tx, self.config, member, amount, actor="x", now=self.clock.now(), limit=timedelta(days=days)
            )

    async def ask(self, name: str, **params: Any) -> list[tuple[Any, ...]]:
        async with self.db.transaction() as tx:
            return await tx.all(QUERIES[name], program_id=self.config.id, **params)

    async def tell(self, name: str, **params: Any) -> None:
        async with self.db.transaction() as tx:
            await tx.run(QUERIES[name], program_id=self.config.id, **params)

    async def born(self, user: str, birthday: date) -> None:
        await self.tell("set_birthday", user=user, birthday=birthday)

    async def joined(self, user: str, at: datetime, zone: str | None = None) -> None:
        await self.tell("set_joined", user=user, joined=at, zone=zone)

    async def wallets(self) -> dict[tuple[str, str], tuple[int, ...]]:
        slots = {slot: kind.code for slot, kind in self.config.point_types_by_slot.items()}
        return {(row[0], slots[row[1]]): row[2:] for row in await self.ask("select_wallets")}

    async def tier(self, user: str, tier_set: str = "club") -> str:
        rows = [row for row in await self.ask("select_tiers") if row[:2] == (user, tier_set)]
        return str(rows[-1][3]) if rows else ""

    async def notices(self) -> list[dict[str, Any]]:
        return [one for (text,) in await self.ask("select_notices") for one in msgspec.json.decode(text)]


async def open_town(
    db: Database, clock: FixedClock, folder: Path, code: str = "town", zone: str = "Europe/Berlin"
) -> Town:
    shop = await open_shop(db, clock, folder, TOWN.replace("CODE", code).replace("ZONE", zone))
    async with db.transaction() as tx:
        return Town(shop, await load_config(tx, shop.program_id))


async def a_lively_start(town: Town) -> None:
    """Five members and some weeks of life before the silence."""
    for number, (user, amount) in enumerate(
        [("anna", "120.00"), ("bert", "55.00"), ("cora", "10.00"), ("dora", "70.00"), ("emil", "5.00")]
    ):
        at = (town.clock.now() + timedelta(hours=number)).isoformat()
        await town.order(f"{user}-1", amount, user, occurred_at=at)
    await town.born("anna", date(1990, 3, 12))
    await town.born("bert", date(1988, 3, 31))
    await town.born("cora", date(2000, 2, 29))
    await town.joined("dora", datetime(2023, 3, 20, 23, 30, tzinfo=UTC), "America/New_York")
    await town.joined("emil", datetime(2020, 4, 1, 8, 0, tzinfo=UTC), "Asia/Tokyo")
    town.clock.advance(timedelta(hours=6))
    await town.hold("anna", 20, 4.5)
    await town.hold("bert", 10, 25)
