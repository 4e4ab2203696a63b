"""The rows of the data set: lines of invoices, exactly as they are in the file."""

from __future__ import annotations

import csv
import io
import lzma
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

FILE: Final = Path(__file__).parent / "dataset" / "online_retail.csv.xz"
# The shop's clock: invoices say no offset.
SHOP_ZONE: Final = ZoneInfo("Europe/London")


class Row(msgspec.Struct, frozen=True, gc=False):
    """One line of an invoice. `price` is of one unit, in pounds; `at` is local time, as printed on the invoice."""

    invoice: str
    sku: str
    description: str
    quantity: int
    at: str
    price: Decimal
    customer: str
    country: str

    @property
    def is_cancellation(self) -> bool:
        """Whether the row takes something back."""
        return self.invoice.startswith("C")


def read_rows(path: Path = FILE) -> Iterator[Row]:
    """Yield every row of the file, in its order, which is that of time."""
    prices: dict[str, Decimal] = {}
    with lzma.open(path) as packed:
        lines = csv.reader(io.TextIOWrapper(packed, encoding="utf-8", newline=""))
        next(lines)
        for invoice, sku, description, quantity, at, price, customer, country in lines:
            exact = prices.get(price)
            if exact is None:
                exact = prices[price] = Decimal(price)
            yield Row(invoice, sku, description.strip(), int(quantity), at, exact, customer, country)


def occurred_at(local: str) -> str:
    """Return the instant of an invoice as RFC 3339 with the shop's offset of that day."""
    return datetime.fromisoformat(local).replace(tzinfo=SHOP_ZONE).isoformat()
