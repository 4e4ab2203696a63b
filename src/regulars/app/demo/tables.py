"""The findings as tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from regulars.app.demo.cards import CARD
from regulars.app.demo.findings import Findings
from regulars.app.demo.members import pounds
from regulars.app.demo.reconciliation import Line

RULES_SHOWN: Final = 20
# From the third one on, columns of these tables are numbers.
_TICK = {True: "[green]✓[/green]", False: "[red]✗[/red]"}


def show(console: Console, findings: Findings, lines: Sequence[Line]) -> None:
    """Print everything, members last but the proofs."""
    _tiers(console, findings)
    _points(console, findings)
    _rules(console, findings)
    _members(console, findings)
    _reconciliation(console, lines)
    _books(console, findings)
    _liability(console, findings)


def table(title: str, *columns: str, words: int = 1) -> Table:
    """Return an empty table whose columns after the first `words` are numbers."""
    made = Table(title=title, title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
    for place, column in enumerate(columns):
        # On a narrow terminal words are broken over lines; a number that lacks its end says something else.
        made.add_column(column, justify="left" if place < words else "right", no_wrap=place >= words)
    return made


def _print(console: Console, made: Table) -> None:
    console.print()
    console.print(made)


def _add(made: Table, *cells: Any) -> None:
    made.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells))


def _worth(point_type: str, *amounts: int) -> tuple[int | str, ...]:
    """Return points as numbers, and what is on gift cards as money."""
    return tuple(pounds(one) for one in amounts) if point_type == CARD else amounts


def _tiers(console: Console, findings: Findings) -> None:
    made = table("Members by tier", "tier", "members", "points held", "net points")
    for row in findings.tiers:
        _add(made, row.tier, row.members, row.points, row.net)
    _print(console, made)


def _points(console: Console, findings: Findings) -> None:
    made = table("Points", "type", "given", "taken back", "expired", "redeemed", "outstanding", "owed", "")
    for row in findings.points:
        numbers = (row.given, row.taken_back, row.expired, row.redeemed, row.outstanding, row.owed)
        _add(made, row.point_type, *_worth(row.point_type, *numbers), _TICK[row.adds_up])
    _print(console, made)
    if findings.points_due:
        console.print(
            f"Of the outstanding points {findings.points_due:,} have ended; they are booked out when next touched."
        )


def _rules(console: Console, findings: Findings) -> None:
    title = "Rules by what they gave (kept = after returns)"
    made = table(title, "rule", "", "type", "times", "given", "kept", words=3)
    for row in (*findings.rules[:RULES_SHOWN], *findings.entries):
        _add(made, row.rule, row.name, row.point_type, row.times, row.given, row.kept)
    _print(console, made)


def _members(console: Console, findings: Findings) -> None:
    for story in findings.members:
        title = f"Customer {story.name} ({story.country}, {story.tier}) {story.why}"
        made = table(title, "day", "what", "points", "balance", "net", words=3)
        for line in story.lines:
            _add(made, line.on, line.what, ", ".join(line.parts), line.points, line.net)
        _print(console, made)


def _reconciliation(console: Console, lines: Sequence[Line]) -> None:
    made = table("Against the data set", "", "in the database", "expected", "")
    for line in lines:
        shown = [pounds(side) if line.money else f"{side:,}" for side in (line.found, line.expected)]
        made.add_row(line.what, *shown, _TICK[line.agrees])
    _print(console, made)


def _books(console: Console, findings: Findings) -> None:
    made = table("Trial balance", "type", "account", "debited", "credited", "balance", words=2)
    for of_type in findings.trial_balance:
        for account in (one for one in of_type.accounts if one.debited or one.credited):
            name = f"{account.kind} {account.owner}".strip()
            numbers = (account.debited, account.credited, account.balance)
            _add(made, of_type.point_type, name, *_worth(of_type.point_type, *numbers))
        _add(made, of_type.point_type, "all", "", "", *_worth(of_type.point_type, of_type.total))
    _print(console, made)
    verified = findings.verified
    console.print()
    console.print(
        f"{_TICK[verified.healthy]} The books prove themselves: {len(verified.checks)} checks over "
        f"{verified.transfers:,} transfers."
    )
    for check in verified.checks:
        if check.bad:
            detail = check.first.detail if check.first else ""
            console.print(f"  {_TICK[False]} {check.says} {check.bad:,} rows do not: {detail}", markup=True)


def _liability(console: Console, findings: Findings) -> None:
    made = table("What is owed to members", "type", "ends in", "points", "worth", words=2)
    for row in findings.liability:
        worth = "" if row.worth_minor is None else pounds(row.worth_minor)
        _add(made, row.point_type, row.ends or "no end", *_worth(row.point_type, row.points), worth)
    _print(console, made)
