"""How the command line speaks: sentences for people, one JSON value for machines, and stable exit codes."""

from __future__ import annotations

import enum
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from regulars.infra.db import DatabaseUnavailable
from regulars.kit.errors import Rejected


class Exit(enum.IntEnum):
    """What a command's exit code means; the numbers never change."""

    DONE = 0
    FAILED = 1  # something we did not expect; a bug report is welcome
    USAGE = 2  # the command was not understood
    REFUSED = 3  # understood and refused: the message says why
    NOT_FOUND = 4
    UNHEALTHY = 5  # doctor and verify found something wrong
    UNAVAILABLE = 6  # the database or another party is away; try again
    DIFFERENT = 7  # a plan or a comparison found differences
    INTERRUPTED = 130


_BY_STATUS: Final = {404: Exit.NOT_FOUND, 503: Exit.UNAVAILABLE}


class Output:
    """Where a command writes. `json` makes every result one JSON value; `quiet` leaves out what is not the result."""

    def __init__(self, *, json: bool = False, quiet: bool = False) -> None:
        """Write to the standard output; progress and errors go to the standard error."""
        self.json = json
        self.quiet = quiet
        self.console = Console(highlight=False)
        self.errors = Console(stderr=True, highlight=False)

    def say(self, sentence: str) -> None:
        """Tell people what happens; silent for machines."""
        if not self.quiet and not self.json:
            self.console.print(sentence, markup=False, soft_wrap=True)

    def progress(self, sentence: str) -> None:
        """Tell people on the standard error what goes on."""
        if not self.quiet and not self.json:
            self.errors.print(sentence, markup=False, soft_wrap=True)

    def result(self, value: Any, text: str | None = None) -> None:
        """Print the result: `value` as JSON for machines, `text` (or the value itself) for people."""
        if self.json:
            sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
        else:
            self.console.print(str(value) if text is None else text, markup=False, soft_wrap=True)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Print rows: a table for people, in which nothing is cut off, a list of objects for machines."""
        if self.json:
            self.result([dict(zip(columns, row, strict=True)) for row in rows])
            return
        table = Table(title=title, title_justify="left", show_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*map(_cell, row))
        self.console.print(table)

    def refuse(self, refusal: Rejected) -> Exit:
        """Print a refusal and return its exit code."""
        if self.json:
            problem = {"code": refusal.code, "message": refusal.message, "errors": refusal.errors}
            sys.stderr.write(msgspec.json.encode(problem).decode() + "\n")
        else:
            self.errors.print(f"{refusal}", markup=False, soft_wrap=True)
            if isinstance(refusal, DatabaseUnavailable):
                self.errors.print(
                    f"  {refusal.__cause__}\nRun 'regulars doctor'.", markup=False, soft_wrap=True
                )
            for error in refusal.errors:
                self.errors.print(f"  {error.path}: {error.message}", markup=False, soft_wrap=True)
        return _BY_STATUS.get(refusal.status, Exit.REFUSED)


def _cell(value: Any) -> str:
    """Return a value as people say it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def output_of(context: typer.Context) -> Output:
    """Return the output chosen by the options before the command (--json, --quiet)."""
    found = context.find_object(Output)
    return found if found is not None else Output()
