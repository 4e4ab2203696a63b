"""What the shop gives beside points: coupons, hampers to be won, gift cards; kept up month by month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from rich.console import Console

from regulars.app.demo.cards import CardRow, cards_of, sell_and_spend
from regulars.app.demo.coupons import CouponRow, coupons_of, stock_pool, use_coupons
from regulars.app.demo.hampers import DrawRow, hampers_of, keep_season
from regulars.app.demo.invoices import Invoice
from regulars.app.demo.members import pounds
from regulars.app.demo.program import Prepared
from regulars.app.demo.tables import table
from regulars.flows.couponing import carry_out_effects, follow_orders
from regulars.infra.clock import Clock
from regulars.infra.db import Database

_TICK = {True: "[green]✓[/green]", False: "[red]✗[/red]"}


class Benefits(msgspec.Struct, frozen=True):
    """All of them."""

    coupons: CouponRow = CouponRow()
    draws: list[DrawRow] = []
    cards: CardRow = CardRow()

    @property
    def agrees(self) -> bool:
        """Whether everything that was given is accounted for."""
        return self.coupons.agrees and self.cards.agrees and all(one.agrees for one in self.draws)


async def begin(db: Database, prepared: Prepared, clock: Clock) -> None:
    """Fill the pool of coupons and open the first draw, unless that was done."""
    await stock_pool(db, prepared, clock)
    await keep_season(db, prepared, clock.now())


async def keep_up(db: Database, prepared: Prepared, now: datetime) -> None:
    """Do what a worker and the shop would have done by now: what rules owe is handed out, what went with its order is
    taken back, draws open and are drawn.
    """
    await follow_orders(db, now)
    while await carry_out_effects(db, now):
        pass
    await keep_season(db, prepared, now)


async def month_over(
    db: Database, prepared: Prepared, invoices: Sequence[Invoice], month: int, now: datetime
) -> None:
    """Do what customers and shop did in a month (its number since the year 0); again changes nothing."""
    await keep_up(db, prepared, now)
    await use_coupons(db, prepared, now)
    await sell_and_spend(db, prepared, invoices, month, now)


async def benefits_of(db: Database, prepared: Prepared) -> Benefits:
    """Return how it stands."""
    async with db.transaction(read_only=True, snapshot=True) as tx:
        return Benefits(
            await coupons_of(tx, prepared), await hampers_of(tx, prepared), await cards_of(tx, prepared)
        )


def show_benefits(console: Console, found: Benefits) -> None:
    """Print how it stands."""
    coupons, cards = found.coupons, found.cards
    made = table("Coupons and gift cards", "", "made", "given", "used", "worth", "left", "")
    numbers = (coupons.pool, coupons.handed_out, coupons.used)
    made.add_row(
        "coupons",
        *(f"{one:,}" for one in numbers),
        pounds(coupons.taken_off),
        f"{coupons.left:,}",
        _TICK[coupons.agrees],
    )
    numbers = (cards.cards, cards.cards, cards.payments)
    made.add_row(
        "gift cards",
        *(f"{one:,}" for one in numbers),
        pounds(cards.sold),
        pounds(cards.on_cards),
        _TICK[cards.agrees],
    )
    console.print()
    console.print(made)
    _show_draws(console, found.draws)


def _show_draws(console: Console, draws: Sequence[DrawRow]) -> None:
    made = table("Draws", "draw", "", "tickets", "of members", "prizes won", "given", "", words=2)
    for one in draws:
        numbers = (one.tickets, one.members, one.won, one.given)
        made.add_row(one.draw, one.status, *(f"{number:,}" for number in numbers), _TICK[one.agrees])
    console.print()
    console.print(made)
    for one in draws:
        if one.commitment:
            console.print(f"  {one.draw}: promised {one.commitment}")
        if one.seed:
            console.print(f"  {'':{len(one.draw)}}  seed     {one.seed}")
