"""Settlement as double entry: every statement and netting as entries that balance, for the program's books. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec

from regulars.features.partners import Books
from regulars.flows.settlement.model import Account
from regulars.flows.settlement.settle import Netted
from regulars.kit.money import format_money

COLUMNS: Final = ("date", "entry", "account", "party", "debit", "credit", "text")
_CLEARING: Final = "1300 Netting"


class Posting(msgspec.Struct, frozen=True):
    """One line of an entry: a debit or a credit, in minor units; the other one is 0."""

    day: date
    entry: str
    account: str
    party: str
    debit: int
    credit: int
    text: str


def statement_entries(account: Account, books: Books, day: date) -> list[Posting]:
    """Return the entries of an issued statement: one pair for each section and each fee, block and adjustment."""
    statement = account.statement
    entry, party = f"ST-{statement.id}-{statement.version}", statement.partner
    found: list[Posting] = []
    for section in account.sections:
        other, ours = _accounts(section.kind, books)
        text = f"{section.kind} {section.points} {section.point_type}"
        found += _pair(day, entry, party, ours, other, section.amount, text)
    named = {"fee": books.fees, "block": books.prepaid, "adjustment": books.adjustments}
    for one in account.entries:
        text = f"{one.kind} {one.code} {one.text}".strip()
        found += _pair(day, entry, party, books.receivable, named[one.kind], one.amount, text)
    return found


def _accounts(kind: str, books: Books) -> tuple[str, str]:
    """Return (result account, partner's account) of a section."""
    if kind in ("burned", "unburned"):
        return books.points_honoured, books.payable
    return books.points_sold, books.receivable


def _pair(day: date, entry: str, party: str, ours: str, other: str, amount: int, text: str) -> list[Posting]:
    """Return a debit of the partner's account against the other one; the other way round when negative."""
    if not amount:
        return []
    debit, credit = (ours, other) if amount > 0 else (other, ours)
    size = abs(amount)
    return [
        Posting(day, entry, debit, party, size, 0, text),
        Posting(day, entry, credit, party, 0, size, text),
    ]


def netting_entries(done: Netted, accounts: Iterable[Account], books: Books, day: date) -> list[Posting]:
    """Return the entries of a netting: what partners owed and were owed is cleared, the program's payments come."""
    entry = f"NET-{done.netting.id}"
    found: list[Posting] = []
    for account in accounts:
        party, text = account.statement.partner, f"statement {account.statement.id}"
        payable = sum(one.amount for one in account.sections if one.kind in ("burned", "unburned"))
        receivable = account.total - payable
        found += _pair(day, entry, party, _CLEARING, books.receivable, receivable, text)
        found += _pair(day, entry, party, _CLEARING, books.payable, payable, text)
    for one in done.payments:
        if not one.payee:
            found += _pair(day, entry, one.payer, books.bank, _CLEARING, one.amount, "received")
        elif not one.payer:
            found += _pair(day, entry, one.payee, books.bank, _CLEARING, -one.amount, "paid")
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
                one.account,
                one.party,
                format_money(one.debit, currency),
                format_money(one.credit, currency),
                one.text,
            )
        )
    return text.getvalue()
