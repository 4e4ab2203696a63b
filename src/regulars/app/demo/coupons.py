"""Coupons with thanks: a printer's pool, handed out by a rule and used with the customers' next large orders."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from regulars.app.demo.program import Prepared
from regulars.app.demo.queries import queries
from regulars.features.vouchers import Basket, BasketLine, import_codes, return_vouchers
from regulars.flows.couponing import redeem_basket
from regulars.infra.clock import Clock
from regulars.infra.db import Database, Transaction

COUPON: Final = "thank-you"
POOL: Final = Path(__file__).parent / "dataset" / "thank-you.csv"
# What a coupon takes off, in pence, and what an order must come to: the program's document says the same.
WORTH, MINIMUM = 2_000, 10_000
# One customer in so many loses the coupon in a drawer.
FORGETFUL: Final = 5


class CouponRow(msgspec.Struct, frozen=True):
    """Coupons: the pool's size, handed out, used, voided with an order that came back, and pence taken off.

    `by_the_uses` is how many of the recorded uses stand.
    """

    pool: int = 0
    handed_out: int = 0
    used: int = 0
    void: int = 0
    left: int = 0
    by_the_uses: int = 0

    @property
    def taken_off(self) -> int:
        """What customers saved, in pence."""
        return self.used * WORTH

    @property
    def agrees(self) -> bool:
        """Whether codes and their uses say the same, and no code is missing."""
        return self.used == self.by_the_uses and self.pool == self.handed_out + self.void + self.left


async def stock_pool(db: Database, prepared: Prepared, clock: Clock) -> None:
    """Import the printer's file; once, however often it is begun again."""
    # Beside a file that is imported its refused lines are listed: not into the installed package.
    with TemporaryDirectory() as folder:
        file = shutil.copy(POOL, folder)
        await import_codes(db, prepared.program_id, COUPON, Path(file), clock=clock)


async def use_coupons(db: Database, prepared: Prepared, until: datetime) -> None:
    """Let customers use their coupons with the first order that is large enough, up to an instant; each once.

    Where the whole order has come back since, so does its coupon.
    """
    program_id = prepared.program_id
    async with db.transaction() as tx:
        due = await tx.all(
            queries.select_coupons_due,
            program_id=program_id,
            definition=COUPON,
            minimum=MINIMUM,
            forgetful=FORGETFUL,
            until=until,
        )
        for code, member_id, order_id, occurred_at, doc in due:
            await redeem_basket(
                tx,
                program_id,
                [code],
                _basket(doc),
                member_id=member_id,
                order_id=order_id,
                now=occurred_at,
            )
        await _give_back(tx, program_id, until)


async def _give_back(tx: Transaction, program_id: int, now: datetime) -> None:
    for (order_id,) in await tx.all(queries.select_coupons_to_return, program_id=program_id):
        await return_vouchers(tx, program_id, order_id, now=now)


def _basket(doc: str) -> Basket:
    lines: Sequence[dict[str, Any]] = msgspec.json.decode(doc)["order"]["lines"]
    return Basket(
        tuple(
            BasketLine(line["sku"], line.get("amount", 0), line.get("quantity", 1), line.get("category", ""))
            for line in lines
        )
    )


async def coupons_of(tx: Transaction, prepared: Prepared) -> CouponRow:
    """Return how the coupons stand; all of it nothing in a program that has none."""
    found = await tx.maybe(
        queries.count_coupons, row=CouponRow, program_id=prepared.program_id, definition=COUPON
    )
    return found or CouponRow()
