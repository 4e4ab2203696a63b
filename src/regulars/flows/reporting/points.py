"""Reports on points: what was issued, redeemed, expired, taken back and is outstanding, and who gave it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any, Final

from regulars.core.ledger import TransferKind
from regulars.flows.reporting.calendar import day_before, name_of, periods, whole_months
from regulars.flows.reporting.labels import RuleNames, code_of, label_of
from regulars.flows.reporting.model import TIMES, Asked, Row
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__, "reading.sql")

WALLET: Final = frozenset({"available", "pending", "held", "debt"})
# Movements by what they are to the program. What stays inside wallets (released, held, repaid) is none of these; what
# one member gives another adds up to nothing.
MEASURE_OF: Final[dict[int, str]] = {
    TransferKind.EARN: "issued",
    TransferKind.OPENING: "issued",
    TransferKind.REVERSE: "reversed",
    TransferKind.DEBT: "reversed",
    TransferKind.EXPIRE: "expired",
    TransferKind.SPEND: "redeemed",
    TransferKind.CAPTURE: "redeemed",
    TransferKind.SPEND_CANCELLED: "redeemed",
    TransferKind.ADJUST: "adjusted",
    TransferKind.DEDUCT: "deducted",
}
# Figures that count what leaves; the others count what comes.
LEAVES: Final = frozenset({"reversed", "expired", "redeemed", "deducted"})
MEASURES: Final = ("issued", "redeemed", "expired", "reversed", "adjusted", "deducted", "other")


def effect(debit_kind: str, credit_kind: str) -> int:
    """Return what a transfer does to what members have: 1 raises it, -1 lowers it, 0 stays inside."""
    return (credit_kind in WALLET) - (debit_kind in WALLET)


def measure_of(kind: int) -> str:
    """Return the figure that transfers of a kind count in."""
    return MEASURE_OF.get(kind, "other")


def kinds_of(measure: str) -> list[int]:
    """Return the kinds of transfers that count in a figure; all of them for what is outstanding."""
    known = [int(kind) for kind in TransferKind]
    return [kind for kind in known if measure in ("outstanding", "") or measure_of(kind) == measure]


class Sums:
    """The figures of one row, being added up."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.measures = dict.fromkeys(MEASURES, 0)
        self.net = 0

    def add(self, kind: int, debit_kind: str, credit_kind: str, points: int) -> None:
        """Count some movements of one kind between two sides."""
        change = effect(debit_kind, credit_kind) * points
        name = measure_of(kind)
        self.measures[name] += -change if name in LEAVES else change
        self.net += change


def type_id(asked: Asked) -> int | None:
    """Return the id of the point type asked for, None for all."""
    return None if asked.point_type is None else asked.config.point_types[asked.point_type].id


async def read_points(tx: Transaction, asked: Asked) -> list[Row]:
    """Return points by period (with what was outstanding at its end), by point type, or by who funded them."""
    if asked.by in ("rule", "campaign", "store", "source", "tier"):
        return await read_awards(tx, asked)
    found: dict[str, Sums] = defaultdict(Sums)
    for day, kind_id, kind, debit, debit_owner, credit, credit_owner, points, _ in await tx.all(
        queries.select_flows, **span(asked), point_type_id=type_id(asked)
    ):
        if asked.by in TIMES:
            key = name_of(asked.by, day)
        elif asked.by == "point_type":
            key = asked.config.point_types_by_id[kind_id].code
        else:
            key = debit_owner or credit_owner
        found[key].add(kind, debit, credit, points)
    if asked.by in TIMES:
        return await _by_time(tx, asked, found)
    outstanding = await _outstanding(tx, asked, asked.to_day) if asked.by == "point_type" else {}
    keys = sorted({*found, *outstanding})
    return [
        _row(key, _label(asked, key), found[key], outstanding.get(key) if outstanding else None)
        for key in keys
    ]


def span(asked: Asked) -> dict[str, Any]:
    """Return the program and the days as the statements name them."""
    return {"program_id": asked.config.id, "from_day": asked.from_day, "to_day": asked.to_day}


async def _by_time(tx: Transaction, asked: Asked, found: dict[str, Sums]) -> list[Row]:
    held = sum((await _outstanding(tx, asked, asked.from_day)).values())
    rows = []
    for key in periods(asked.by, asked.from_day, asked.to_day):
        held += found[key].net
        rows.append(_row(key, key, found[key], held))
    return rows


async def _outstanding(tx: Transaction, asked: Asked, before: date) -> dict[str, int]:
    rows = await tx.all(
        queries.select_outstanding, program_id=asked.config.id, before=before, point_type_id=type_id(asked)
    )
    return {asked.config.point_types_by_id[kind_id].code: points for kind_id, points in rows}


def _row(key: str, label: str, sums: Sums, outstanding: int | None) -> Row:
    row: Row = {"key": key, "label": label, **sums.measures, "net": sums.net}
    if outstanding is not None:
        row["outstanding"] = outstanding
    return row


def _label(asked: Asked, key: str) -> str:
    if asked.by == "point_type":
        return asked.config.point_types[key].name
    return label_of(asked.config, "partner", key) if key else "(house)"


async def read_awards(tx: Transaction, asked: Asked) -> list[Row]:
    """Return the points awarded by rule, campaign, store, source or tier, the most first."""
    dimension = "rule" if asked.by == "campaign" else asked.by
    rows = await tx.all(
        queries.select_awards,
        **span(asked),
        dimension=dimension,
        grain="month" if whole_months(asked.from_day, asked.to_day) else "day",
        point_type_id=type_id(asked),
    )
    names = RuleNames(tx, asked.config.id)
    found: dict[str, Row] = {}
    for key, _, awards, points in rows:
        code, label, campaign = await _named(asked, names, dimension, key)
        if asked.by == "campaign":
            code = label = campaign
        row = found.setdefault(
            code, {"key": code, "label": label or "(none)", "campaign": campaign, "awards": 0, "issued": 0}
        )
        row["awards"] += awards
        row["issued"] += points
    ranked = sorted(found.values(), key=lambda row: (-row["issued"], row["key"]))
    return ranked[: asked.limit]


async def _named(asked: Asked, names: RuleNames, dimension: str, key: str) -> tuple[str, str, str]:
    if dimension == "rule":
        rule = await names.of(key)
        return rule.code, rule.name, rule.campaign
    return code_of(asked.config, dimension, key), label_of(asked.config, dimension, key), ""


async def read_redemption(tx: Transaction, asked: Asked) -> list[Row]:
    """Return by period what was issued, what was redeemed or expired, and these as shares of what was issued."""
    rows = await read_points(tx, asked)
    return [
        {
            "key": row["key"],
            "label": row["label"],
            "issued": row["issued"],
            "redeemed": row["redeemed"],
            "expired": row["expired"],
            "rate": share(row["redeemed"], row["issued"]),
            "expiry_rate": share(row["expired"], row["issued"]),
        }
        for row in rows
    ]


def share(part: int, whole: int) -> str | None:
    """Return part ÷ whole with four decimals, None where there is no whole."""
    return None if whole == 0 else f"{Decimal(part) / Decimal(whole):.4f}"


def last_day(asked: Asked) -> date:
    """Return the last day asked for."""
    return day_before(asked.to_day)
