"""Gift cards: those that the shop's invoices say it sold, and what those who got them bought with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from regulars.app.demo.invoices import Invoice
from regulars.app.demo.program import Prepared
from regulars.app.demo.queries import queries
from regulars.app.demo.rows import occurred_at
from regulars.app.demo.year import pence_of
from regulars.features.programs import ProgramConfig, load_config
from regulars.flows.gifting import activate, create, pay
from regulars.infra.db import Database, Transaction

CARD: Final = "gift"
_FACE: Final = re.compile(r"gift_0001_(\d+)", re.IGNORECASE)
# Who got a card spends it once a month or two, some of it on something small.
SPENT_ONE_IN: Final = 2


class CardRow(msgspec.Struct, frozen=True):
    """Gift cards: how many were sold, for how much (pence), what was bought with them, and what is left.

    `on_cards` is what the cards' purses say.
    """

    cards: int = 0
    sold: int = 0
    payments: int = 0
    spent: int = 0
    on_cards: int = 0

    @property
    def agrees(self) -> bool:
        """Whether what was sold and not spent is on the cards."""
        return self.sold - self.spent == self.on_cards


class Sale(msgspec.Struct, frozen=True):
    """A gift card on an invoice: when, for how many pence, and which of the invoice's it is."""

    reference: str
    at: datetime
    amount: int


def sales_of(invoices: Iterable[Invoice]) -> Iterator[Sale]:
    """Yield the gift cards that were paid for; what was given away or counted in the stock is no sale."""
    for invoice in invoices:
        if invoice.is_cancellation:
            continue
        faces = [
            int(face[1]) * 100
            for line in invoice.lines
            if line.price and (face := _FACE.fullmatch(line.sku))
            for _ in range(line.quantity)
        ]
        at = _at(invoice)
        for place, amount in enumerate(faces, 1):
            yield Sale(f"{invoice.number}/{place}", at, amount)


async def sell_and_spend(
    db: Database, prepared: Prepared, invoices: Sequence[Invoice], month: int, until: datetime
) -> None:
    """Sell the gift cards on invoices up to an instant, and let those sold before be spent on orders of a month.

    `month` is numbered since the year 0. What was done before is not done again: each sale and each payment has the
    number of its invoice.
    """
    async with db.transaction() as tx:
        config = await load_config(tx, prepared.program_id)
        if CARD not in config.point_types:
            return
        known = {name for (name,) in await tx.all(queries.select_card_references, program_id=config.id)}
        guests = [one for one in invoices if not one.customer and _month_of(one) == month]
        await _spend(tx, config, [one for one in guests if _at(one) <= until], known, month)
        for sale in sales_of(invoices):
            if sale.at <= until and sale.reference not in known:
                await _sell(tx, config, sale)


def _at(invoice: Invoice) -> datetime:
    return datetime.fromisoformat(occurred_at(invoice.at))


def _month_of(invoice: Invoice) -> int:
    return int(invoice.at[:4]) * 12 + int(invoice.at[5:7]) - 1


async def _sell(tx: Transaction, config: ProgramConfig, sale: Sale) -> None:
    (card,) = await create(tx, config, CARD, 1, sale.at)
    await activate(tx, config, card.number, sale.amount, actor="demo", now=sale.at, reference=sale.reference)


async def _spend(
    tx: Transaction, config: ProgramConfig, guests: Sequence[Invoice], known: set[str], month: int
) -> None:
    """Pay orders of guests with cards that were sold in months before, the oldest card first."""
    cards = await tx.all(queries.select_cards_to_spend, program_id=config.id)
    small = [one for one in guests if not one.is_cancellation and 500 <= pence_of(one) <= 5_000]
    due = [number for place, (number,) in enumerate(cards) if (place + month) % SPENT_ONE_IN == 0]
    for number, order in zip(due, small, strict=False):
        reference = f"order {order.number}"
        if reference in known:
            continue
        at = _at(order)
        await pay(tx, config, number, pence_of(order), actor="demo", now=at, reference=reference, up_to=True)


async def cards_of(tx: Transaction, prepared: Prepared) -> CardRow:
    """Return how the gift cards stand; all of it nothing in a program that has none."""
    row: CardRow = await tx.one(queries.sum_cards, row=CardRow, program_id=prepared.program_id)
    return row
