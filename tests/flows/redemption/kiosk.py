"""A kiosk that hands out rewards: a program with rewards and members, and short ways to act at given instants."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from tests.flows.points.world import NOW, earn, make_members, make_program

from regulars.features.programs import ProgramConfig
from regulars.features.rewards import (
    Discount,
    Limit,
    Part,
    Price,
    Rate,
    Reward,
    put_reward,
    put_reward_stock,
    select_reward,
    select_shelves,
)
from regulars.flows import points
from regulars.flows.redemption import (
    PLAIN,
    Ask,
    Capture,
    Grounds,
    Ports,
    Receipt,
    Status,
    cancel,
    confirm,
    end_overdue,
    fulfil,
    take,
    void,
)
from regulars.infra.db import Database, load_queries
from regulars.kit.errors import Rejected

queries = load_queries("regulars.flows.redemption")

REWARDS = (
    Reward("mug", "Mug", "goods", Price(points=100), stock=True),
    Reward("pan", "Pan", "goods", Price(points=300, money=990), stock=True, hold_s=600),
    Reward("coffee", "Coffee", "service", Price(points=30)),
    Reward(
        "cash", "Money off", "discount", Price(rate=Rate(points=10, worth=7, least=50, most=5_000, step=10))
    ),
    Reward("tenth", "Ten percent", "discount", Price(points=50), discount=Discount(percent=10)),
    Reward(
        "once", "Once a day", "content", Price(points=5), limits=(Limit(2, "member", "day"), Limit(5, "all"))
    ),
    Reward("set", "Breakfast", "bundle", Price(points=110), items=(Part("mug"), Part("coffee", 2))),
    Reward("tree", "A tree", "donation", Price(points=20), stores=("berlin", "bonn"), stock=True),
)


class Around:
    """What the program has that rewards may name."""

    point_types = ("points", "cash", "fading")
    stores = ("berlin", "bonn")
    partners = ("bakery",)
    tiers = vouchers = draws = None


class Kiosk:
    """A program, its members and its rewards."""

    def __init__(self, db: Database, config: ProgramConfig, members: list[int], ports: Ports = PLAIN) -> None:
        self.db, self.config, self.members = db, config, members
        self.ann, self.bob = members[0], members[1]
        self.grounds = Grounds(ports)

    async def ask(self, *asks: Ask, now: datetime = NOW) -> list[Any]:
        async with self.db.transaction() as tx:
            return await take(tx, self.grounds, self.config.id, asks, now)

    async def take(self, member: int, reward: str, now: datetime = NOW, **options: Any) -> Receipt:
        (result,) = await self.ask(Ask(member, reward, **options), now=now)
        if isinstance(result, Rejected):
            raise result
        assert isinstance(result, Receipt)
        return result

    async def redeem(self, member: int, reward: str, now: datetime = NOW, **options: Any) -> Receipt:
        return await self.take(member, reward, now, at_once=True, **options)

    async def capture(self, order: int, now: datetime = NOW, **options: Any) -> Receipt:
        async with self.db.transaction() as tx:
            (result,) = await confirm(tx, self.grounds, self.config.id, [Capture(order, **options)], now)
        if isinstance(result, Rejected):
            raise result
        return result

    async def void(self, order: int, now: datetime = NOW) -> Receipt:
        async with self.db.transaction() as tx:
            return await void(tx, self.grounds, self.config.id, order, now)

    async def cancel(
        self,
        order: int,
        now: datetime = NOW,
        *,
        quantity: int | None = None,
        share: Fraction | None = None,
        restock: bool = True,
    ) -> Receipt:
        async with self.db.transaction() as tx:
            return await cancel(
                tx, self.grounds, self.config.id, order, now, reason="changed her mind", quantity=quantity,
                share=share, restock=restock,
            )  # fmt: skip

    async def fulfil(self, order: int, status: Status, now: datetime = NOW) -> Receipt:
        async with self.db.transaction() as tx:
            return await fulfil(tx, self.grounds, self.config.id, order, status, now)

    async def end_overdue(self, now: datetime) -> int:
        return await end_overdue(self.db, self.grounds, now)

    async def stock(self, reward: str, free: int, store: str = "") -> None:
        async with self.db.transaction() as tx:
            await put_reward_stock(tx, self.config.id, reward, place=store, free=free)

    async def free(self, reward: str, store: str = "") -> int:
        async with self.db.transaction(read_only=True) as tx:
            stored = await select_reward(tx, self.config.id, reward)
            shelves = await select_shelves(tx, [stored.id])
        return next(shelf.free for shelf in shelves[stored.id] if shelf.store == store)

    async def put(self, reward: Reward, now: datetime = NOW) -> None:
        async with self.db.transaction() as tx:
            await put_reward(tx, self.config.id, reward, Around(), now)

    async def wallet(self, member: int, now: datetime = NOW) -> points.Wallet:
        async with self.db.transaction(read_only=True, snapshot=True) as tx:
            found = await points.wallets(tx, self.config, member, now)
        return next(wallet for wallet in found if wallet.point_type == "points")

    async def earn(self, member: int, amount: int, **options: Any) -> int:
        return await earn(self.db, self.config, member, amount, **options)

    async def gaps(self) -> list[Any]:
        """Pools whose pieces do not add up."""
        async with self.db.transaction(read_only=True) as tx:
            return await tx.all(load_queries("regulars.flows.books").bad_stock, program_id=self.config.id)


async def open_kiosk(
    db: Database,
    *,
    members: int = 2,
    code: str = "acme",
    ports: Ports = PLAIN,
    types: dict[str, dict[str, Any]] | None = None,
) -> Kiosk:
    """A kiosk with REWARDS, ten mugs and pans, five trees in Berlin; Ann and the others have 1,000 points each."""
    config = await make_program(db, code, types=types)
    kiosk = Kiosk(db, config, await make_members(db, config, members), ports)
    for reward in REWARDS:
        await kiosk.put(reward)
    for reward, store, free in (("mug", "", 10), ("pan", "", 10), ("tree", "berlin", 5)):
        await kiosk.stock(reward, free, store)
    for member in kiosk.members:
        await kiosk.earn(member, 1_000)
    return kiosk
