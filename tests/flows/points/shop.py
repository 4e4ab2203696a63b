"""A shop at work: operations on points at given instants, in short words."""

from __future__ import annotations

from datetime import datetime

from tests.flows.points.world import NOW, earn

from regulars.features.programs import ProgramConfig
from regulars.flows import points
from regulars.infra.db import Database


class Shop:
    """A program, its members, and operations at given instants."""

    def __init__(self, db: Database, config: ProgramConfig, members: list[int]) -> None:
        self.db, self.config, self.members = db, config, members
        self.ann, self.bob = members[0], members[1]

    async def adjust(
        self, member: int, amount: int, way: str = "credit", now: datetime = NOW, **options: object
    ) -> points.Receipt:
        async with self.db.transaction() as tx:
            return await points.adjust(
                tx,
                self.config,
                member,
                amount,
                way,
                reason="goodwill",
                actor="staff:1",
                now=now,
                **options,  # type: ignore[arg-type]
            )

    async def spend(self, member: int, amount: int, now: datetime = NOW, **options: object) -> points.Receipt:
        async with self.db.transaction() as tx:
            return await points.spend(tx, self.config, member, amount, actor="key:1", now=now, **options)  # type: ignore[arg-type]

    async def cancel(self, member: int, spend: int, now: datetime = NOW, **options: object) -> points.Receipt:
        async with self.db.transaction() as tx:
            return await points.cancel(
                tx,
                self.config,
                member,
                spend,
                actor="key:1",
                reason="returned goods",
                now=now,
                **options,  # type: ignore[arg-type]
            )

    async def hold(
        self, member: int, amount: int, now: datetime = NOW, **options: object
    ) -> points.HoldReceipt:
        async with self.db.transaction() as tx:
            return await points.authorise(tx, self.config, member, amount, actor="key:1", now=now, **options)  # type: ignore[arg-type]

    async def capture(
        self, member: int, hold: int, now: datetime = NOW, **options: object
    ) -> points.HoldReceipt:
        async with self.db.transaction() as tx:
            return await points.capture_hold(tx, self.config, member, hold, actor="key:1", now=now, **options)  # type: ignore[arg-type]

    async def void(self, member: int, hold: int, now: datetime = NOW) -> points.HoldReceipt:
        async with self.db.transaction() as tx:
            return await points.void_hold(tx, self.config, member, hold, actor="key:1", now=now)

    async def transfer(
        self, sender: int, receiver: int, amount: int, now: datetime = NOW
    ) -> points.TransferReceipt:
        async with self.db.transaction() as tx:
            return await points.transfer(tx, self.config, sender, receiver, amount, actor="key:1", now=now)

    async def wallet(self, member: int, code: str = "points", now: datetime = NOW) -> points.Wallet:
        async with self.db.transaction(read_only=True, snapshot=True) as tx:
            found = await points.wallets(tx, self.config, member, now)
        return next(wallet for wallet in found if wallet.point_type == code)

    async def sides(
        self, member: int, code: str = "points", now: datetime = NOW
    ) -> tuple[int, int, int, int]:
        wallet = await self.wallet(member, code, now)
        return wallet.available, wallet.pending, wallet.held, wallet.debt

    async def earn(self, member: int, amount: int, code: str = "points", **options: object) -> int:
        return await earn(self.db, self.config, member, amount, code, **options)  # type: ignore[arg-type]
