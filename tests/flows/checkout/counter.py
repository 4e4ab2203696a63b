"""A shop with checkouts, without HTTP: short ways to open, close and return them over any database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.flows.points.world import NOW
from tests.flows.redemption.kiosk import Kiosk, open_kiosk

from regulars.app.checkout_parts import CheckoutParts
from regulars.app.redemption_ports import redemption_ports
from regulars.features.vouchers import Definition, Worth, add_code, put_definition
from regulars.flows import books
from regulars.flows.accrual import Rulebooks
from regulars.flows.apply import apply_document, decode_document
from regulars.flows.checkout import (
    Content,
    Line,
    Named,
    Session,
    Wish,
    cancel_checkout,
    close_checkout,
    open_checkout,
    reopen_checkout,
    return_parts,
)
from regulars.flows.redemption import Grounds
from regulars.infra.db import Database

RULES: dict[str, Any] = {
    "rules": [
        {
            "code": "base",
            "name": "A point a euro",
            "trigger": {"event": "Order Completed"},
            "then": [
                {
                    "award": {
                        "point_type": "points",
                        "per_amount": {"points": 1, "per": "1.00", "of": "order.amount"},
                    }
                }
            ],
        }
    ],
    "publish": True,
}
BASKET = (Line("TEA", 10_000, 10), Line("MUG", 3_000, 3))


class Counter:
    """A kiosk with checkouts. `db` may be swapped for a slow one."""

    def __init__(self, kiosk: Kiosk, db: Database) -> None:
        rulebooks = Rulebooks()
        self.kiosk, self.db, self.program_id = kiosk, db, kiosk.config.id
        self.parts = CheckoutParts(Grounds(redemption_ports(rulebooks)), rulebooks)

    async def open(
        self,
        member: int | None,
        *wishes: Wish,
        codes: tuple[str, ...] = (),
        lines: tuple[Line, ...] = BASKET,
        shipping: int = 0,
        now: datetime = NOW,
    ) -> Session:
        asked = Content(lines, shipping, codes=codes, wishes=wishes)
        async with self.db.transaction() as tx:
            return await open_checkout(tx, self.parts, self.program_id, member, asked, now)

    async def close(self, number: int, order_id: str, now: datetime = NOW) -> Session:
        async with self.db.transaction() as tx:
            return (await close_checkout(tx, self.parts, self.program_id, number, order_id, now))[0]

    async def cancel(self, number: int, now: datetime = NOW) -> Session:
        async with self.db.transaction() as tx:
            return await cancel_checkout(tx, self.parts, self.program_id, number, now)

    async def reopen(self, number: int, now: datetime = NOW) -> Session:
        async with self.db.transaction() as tx:
            return await reopen_checkout(tx, self.parts, self.program_id, number, now)

    async def give_back(self, number: int, line: int, pieces: int, now: datetime = NOW) -> dict[str, int]:
        return (await self.take_in(number, {line: pieces}, now=now))[1]

    async def take_in(
        self, number: int, lines: Mapping[int, int], *named: Named, keep: bool = False, now: datetime = NOW
    ) -> tuple[Session, dict[str, int]]:
        """Take lines and rewards back; `keep`: what is not named stays with the member."""
        rewards = named if named or keep else None
        async with self.db.transaction() as tx:
            return await return_parts(tx, self.parts, self.program_id, number, lines, now, rewards=rewards)

    async def faults(self) -> list[Any]:
        """What the books find wrong."""
        async with self.db.transaction(read_only=True, snapshot=True) as tx:
            found = await books.verify(tx)
        return [check for check in found.checks if check.bad]


async def open_counter(db: Database, members: int = 2) -> Counter:
    """A kiosk whose orders earn a point a euro, with the code TEN for one use."""
    kiosk = await open_kiosk(db, members=members)
    async with db.transaction() as tx:
        await apply_document(tx, decode_document(RULES), "acme", now=NOW)
        worth = Worth("percentage", percentage=10)  # type: ignore[arg-type]
        stored, _ = await put_definition(
            tx, kiosk.config.id, Definition("ten", "Ten percent", worth, uses=1), zone="UTC", now=NOW
        )
        await add_code(tx, stored, "TEN", uses=1, now=NOW)
    return Counter(kiosk, db)
