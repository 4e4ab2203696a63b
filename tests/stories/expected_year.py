"""What the first invoices of the year must give, worked out from the file alone: no engine, no database, no
code of the demo."""

from __future__ import annotations

import csv
import io
import lzma
from collections import Counter, defaultdict
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import regulars

FILE = Path(regulars.__file__).parent / "app" / "demo" / "dataset" / "online_retail.csv.xz"
CHARGES = {"POST", "DOT", "C2", "M", "m", "D", "S", "BANK CHARGES", "AMAZONFEE", "CRUK"}
FAR = {"Australia", "Japan", "Israel", "USA", "Hong Kong", "Singapore", "Canada", "United Arab Emirates",
"RSA",
       "Lebanon", "Brazil", "Bahrain", "Saudi Arabia"}  # fmt: skip
TIERS = ((50_000, "platinum", 2), (20_000, "gold", Decimal("1.5")), (10_000, "silver", Decimal("1.25")))


def first_invoices(count: int) -> list[list[list[str]]]:
    """Return the rows of the first invoices that a customer or a guest caused, in the order of time."""
    with lzma.open(FILE) as packed:
        rows = list(csv.reader(io.TextIOWrapper(packed, encoding="utf-8", newline="")))[1:]
    grouped: dict[str, list[list[str]]] = defaultdict(list)
    for row in rows:
        invoice, sku, _, quantity, _, price, customer, _ = row
        taken = invoice[0] == "C"
        nobody = not customer and (taken or Decimal(price) == 0)
        if invoice[0] != "A" and sku != "B" and not nobody and (int(quantity) < 0) is taken:
            grouped[invoice].append(row)
    return sorted(grouped.values(), key=lambda found: found[0][4])[:count]


def earning(lines: list[list]) -> int:
    """Return the pence that earn: price times what is left, without postage, charges and vouchers."""
    goods = (one for one in lines if one[0] not in CHARGES and not one[0].startswith("gift_"))
    return sum(int((one[1] * one[2] * 100).quantize(Decimal(1), ROUND_HALF_UP)) for one in goods)


def points(lines: list[list], facts: tuple[bool, bool, bool, int | Decimal]) -> Counter[str]:
    """Return what an order gives on the facts of its day: first one, Sunday, first from far away, times of
    its tier."""
    first, sunday, far, times = facts
    if not any(one[2] for one in lines):
        return Counter()
    base = earning(lines) // 100
    best = max(2 if sunday else 1, times)
    name = "weekend" if sunday else next((tier for _, tier, by in TIERS if by == times), "")
    given = Counter({"earn": base, "qualify": base, name: int(base * (best - 1))})
    given += Counter({"welcome": 200 * first, "far-away": 300 * far})
    return given + Counter({"big-basket": 50 * (earning(lines) >= 100_000)})


def expected(count: int) -> dict[str, object]:
    """Return members, orders, refunds, and points by rule, given and kept after returns."""
    given: Counter[str] = Counter()
    orders: dict[str, list[tuple[list[list], tuple]]] = defaultdict(list)
    members, nobody, refunds, sales = set(), 0, 0, 0
    for rows in first_invoices(count):
        number, _, _, _, at, _, customer, country = rows[0]
        members |= {customer} - {""}
        own = orders[customer]
        if number[0] == "C":
            refunds += len({order for row in rows for order in take_back(own, row[1], -int(row[3]))})
            continue
        sales, nobody = sales + 1, nobody + (not customer)
        lines: list[list] = []
        for row in rows:
            same = next((one for one in lines if one[:2] == [row[1], Decimal(row[5])]), None)
            if same is None:
                lines.append([row[1], Decimal(row[5]), int(row[3])])
            else:
                same[2] += int(row[3])
        if customer:
            live = [(kept, facts) for kept, facts in own if any(one[2] for one in kept)]
            net = sum(earning(kept) // 100 for kept, _ in live)
            times = next((by for least, _, by in TIERS if net >= least), 1)
            far = country in FAR and not any(facts[2] for _, facts in live)
            facts = (not live, datetime.fromisoformat(at).isoweekday() > 5, far, times)
            own.append((lines, facts))
            given += points(lines, facts)
    kept = sum((points(*order) for customer, own in orders.items() if customer for order in own), Counter())
    return {"members": len(members), "orders": sales, "orders_of_nobody": nobody, "refunds": refunds,
            "given": +given, "kept": +kept}  # fmt: skip


def take_back(own: list[tuple[list[list], tuple]], sku: str, units: int) -> list[int]:
    """Take units back from a customer's orders, the latest first; return the places of those they came
    from."""
    touched = []
    for place in reversed(range(len(own))):
        for line in own[place][0]:
            part = min(units, line[2]) if line[0] == sku else 0
            if part:
                line[2] -= part
                units -= part
                touched.append(place)
    return touched
