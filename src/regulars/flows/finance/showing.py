"""How liability, months and journals are shown: as JSON, and as CSV for a general ledger."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import msgspec

from regulars.flows.finance.calendar import PeriodState
from regulars.flows.finance.journals import Entry
from regulars.flows.finance.periods import PeriodReport
from regulars.flows.finance.standing import TypeLiability
from regulars.infra.csv_files import safe_cell
from regulars.kit.money import exponent, major

JsonObject = dict[str, Any]

COLUMNS = (
    "period",
    "account",
    "name",
    "debit",
    "credit",
    "currency",
    "point_type",
    "funding",
    "text",
    "entry",
    "status",
)


def liability_line(found: TypeLiability) -> JsonObject:
    """Return the liability of a point type as it is shown; money as exact decimal texts of minor units."""
    return {
        "point_type": found.point_type,
        "scale": found.scale,
        "price_minor": _text(found.price_minor),
        "outstanding": found.outstanding,
        "available": found.available,
        "pending": found.pending,
        "held": found.held,
        "debt": found.debt,
        "worth_minor": _text(found.worth_minor),
        "slices": [
            {
                "funding": one.funding,
                "expires": None if one.ends is None else f"{one.ends:%Y-%m}",
                "points": one.points,
                "worth_minor": _text(one.worth_minor),
            }
            for one in found.slices
        ],
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def period_line(found: PeriodReport, state: PeriodState) -> JsonObject:
    """Return a period as it is shown, with how it stands."""
    plain: JsonObject = msgspec.to_builtins(found)
    return {
        **plain,
        **state_line(state),
        "ties_out": found.ties_out,
        "trial_balance": balances(found.entries),
    }


def state_line(state: PeriodState) -> JsonObject:
    """Return how a month stands, as it is shown."""
    line: JsonObject = msgspec.structs.asdict(state)
    return line


def journal_line(
    found: PeriodReport, state: PeriodState, entries: list[Entry], less: int | None
) -> JsonObject:
    """Return the journal of a month as it is shown: these entries, under a number that is theirs alone."""
    return {
        **state_line(state),
        "currency": found.currency,
        "entry": number_of(state, less),
        "data": entries,
    }


def number_of(state: PeriodState, less: int | None = None) -> str:
    """Return the number of a journal for a general ledger: one that was closed never says anything else.

    `less`: only what changed since that version of the close.
    """
    version = str(state.version) if state.closed else "open"
    return f"JRN-{state.period}-{version}" + ("" if less is None else f"-less-{less}")


def balances(entries: list[Entry]) -> list[JsonObject]:
    """Return what each account was debited and credited, in minor units."""
    sums: dict[tuple[str, str], list[int]] = {}
    for entry in entries:
        sides = sums.setdefault((entry.code, entry.account), [0, 0])
        sides[0] += entry.debit
        sides[1] += entry.credit
    return [
        {"code": code, "account": account, "debit": debit, "credit": credit, "balance": debit - credit}
        for (code, account), (debit, credit) in sorted(sums.items())
    ]


def journal_csv(
    found: PeriodReport, state: PeriodState, entries: list[Entry], less: int | None = None
) -> str:
    """Return entries of a period as CSV, money in major units; every row says whether the month is closed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    places, number = exponent(found.currency), number_of(state, less)
    for entry in entries:
        money = (major(entry.debit, places), major(entry.credit, places), found.currency)
        words = (safe_cell(entry.point_type), safe_cell(entry.funding), entry.text, number, state.status)
        writer.writerow((f"{found.period:%Y-%m}", safe_cell(entry.code), entry.account, *money, *words))
    return text.getvalue()
