"""Settlement as double entry: every version of a statement and every netting as entries that balance. Pure.

The journals of months (finance) accrue what points and fees are between partners and the program; nothing of it is
accrued here again. A statement moves it from accrued to stated, and adds what only statements know: adjustments. An
entry has a number that never changes its content: a version is the difference to the one before.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec

from regulars.features.partners import Books
from regulars.flows.settlement.model import BURN_KINDS, Account, Entry, IssuedVersion, Section
from regulars.flows.settlement.settle import Netted
from regulars.infra.csv_files import safe_cell
from regulars.kit.money import format_money
from regulars.kit.points import format_points

COLUMNS: Final = ("date", "entry", "account", "party", "debit", "credit", "text")


class Chart(msgspec.Struct, frozen=True):
    """The accounts that entries name: the books' own, and those on which journals of months have accrued.

    `scales`: the decimals of each point type, as texts write them.
    """

    books: Books
    accrued_receivable: str
    accrued_payable: str
    scales: dict[str, int] = {}


class Posting(msgspec.Struct, frozen=True):
    """One line of an entry: a debit or a credit, in minor units; the other one is 0."""

    day: date
    entry: str
    account: str
    party: str
    debit: int
    credit: int
    text: str


class Said(msgspec.Struct, frozen=True):
    """What a version of a statement says, as its document has it."""

    sections: list[Section]
    entries: list[Entry]


def said(version: IssuedVersion | None) -> Said:
    """Return what a version says; nothing where there was none before."""
    return Said([], []) if version is None else msgspec.convert(version.document, Said, strict=False)


def version_entries(
    number: int, party: str, version: int, now: Said, before: Said, chart: Chart, day: date
) -> list[Posting]:
    """Return the entry of a statement's version: what it says less what the version before said.

    A pair of lines for each section and each fee, block and adjustment that changed.
    """
    entry, books = f"ST-{number}-{version}", chart.books
    change = f"version {version} less {version - 1}: " if version > 1 else ""
    found: list[Posting] = []
    for kind, point_type, points, amount in _changed_sections(now, before):
        ours, accrued = _accounts(kind, chart)
        text = f"{change}{kind} {format_points(points, chart.scales.get(point_type, 0))} {point_type}"
        found += _pair(day, entry, party, ours, accrued, amount, text)
    for one in _changed_entries(now, before):
        text = f"{change}{one.kind} {one.code} {one.text}".strip()
        other = books.adjustments if one.kind == "adjustment" else chart.accrued_receivable
        found += _pair(day, entry, party, books.receivable, other, one.amount, text)
    return found


def _changed_sections(now: Said, before: Said) -> list[tuple[str, str, int, int]]:
    sums: dict[tuple[str, str], list[int]] = {}
    for sign, side in ((1, now), (-1, before)):
        for one in side.sections:
            both = sums.setdefault((one.kind, one.point_type), [0, 0])
            both[0] += sign * one.points
            both[1] += sign * one.amount
    return [(*key, points, amount) for key, (points, amount) in sums.items()]


def _changed_entries(now: Said, before: Said) -> list[Entry]:
    found = {(one.kind, one.code): one for one in now.entries}
    for one in before.entries:
        key = (one.kind, one.code)
        amount = (found[key].amount if key in found else 0) - one.amount
        found[key] = msgspec.structs.replace(found.get(key, one), amount=amount)
    return list(found.values())


def _accounts(kind: str, chart: Chart) -> tuple[str, str]:
    """Return (the partner's account, where it was accrued) of a section."""
    if kind in BURN_KINDS:
        return chart.books.payable, chart.accrued_payable
    return chart.books.receivable, chart.accrued_receivable


def _pair(day: date, entry: str, party: str, ours: str, other: str, amount: int, text: str) -> list[Posting]:
    """Return a debit of one account against the other one; the other way round when negative."""
    if not amount:
        return []
    debit, credit = (ours, other) if amount > 0 else (other, ours)
    size = abs(amount)
    return [
        Posting(day, entry, debit, party, size, 0, text),
        Posting(day, entry, credit, party, 0, size, text),
    ]


def netting_entries(done: Netted, accounts: Iterable[Account], books: Books, day: date) -> list[Posting]:
    """Return the entry of a netting: what partners owed and were owed on its statements waits to be paid."""
    entry = f"NET-{done.netting.id}"
    found: list[Posting] = []
    for account in accounts:
        party, text = account.statement.partner, f"statement {account.statement.id}"
        payable = sum(one.amount for one in account.sections if one.kind in BURN_KINDS)
        receivable = account.total - payable
        found += _pair(day, entry, party, books.netting, books.receivable, receivable, text)
        found += _pair(day, entry, party, books.netting, books.payable, payable, text)
    return found


def payment_entries(done: Netted, books: Books, day: date) -> list[Posting]:
    """Return the entry of a netting's payments, once they were made: nobody waits for anything of it any more."""
    entry = f"PAY-{done.netting.id}"
    found: list[Posting] = []
    for one in done.payments:
        if not one.payee:
            found += _pair(day, entry, one.payer, books.bank, books.netting, one.amount, "received")
        elif not one.payer:
            found += _pair(day, entry, one.payee, books.bank, books.netting, -one.amount, "paid")
        else:
            text = f"{one.payer} paid {one.payee}"
            found.append(Posting(day, entry, books.netting, one.payee, one.amount, 0, text))
            found.append(Posting(day, entry, books.netting, one.payer, 0, one.amount, text))
    return found


def balanced(postings: Iterable[Posting]) -> bool:
    """Return whether debits and credits are equal, entry by entry."""
    sums: dict[str, int] = {}
    for one in postings:
        sums[one.entry] = sums.get(one.entry, 0) + one.debit - one.credit
    return not any(sums.values())


def entries_csv(postings: Iterable[Posting], currency: str) -> str:
    """Return entries as CSV; amounts in major units."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in postings:
        writer.writerow(
            (
                one.day.isoformat(),
                one.entry,
                safe_cell(one.account),
                one.party,
                format_money(one.debit, currency),
                format_money(one.credit, currency),
                safe_cell(one.text),
            )
        )
    return text.getvalue()
