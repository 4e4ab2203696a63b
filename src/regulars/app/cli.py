"""The command line `regulars`. Each module in `commands` adds its commands; this file only collects them.

To add one: write `commands/<name>.py` with `def register(app: typer.Typer) -> None` and list its words in `menu.py`.
Only the modules of the command that was given are imported, and none to print the menu.
"""

from __future__ import annotations

import getpass
import importlib
import os
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Annotated

import typer
from pydantic import ValidationError

from regulars.app.garbage import look_rarely
from regulars.app.menu import MENU, WORDS
from regulars.app.output import Exit, Output
from regulars.infra.db import acting
from regulars.kit.errors import Rejected

# What these do, they do for others, who say themselves who they are.
SERVERS = ("serve", "worker", "demo", "bench")

EXIT_CODES = (
    "Exit codes: " + ", ".join(f"{code.value} {code.name.lower().replace('_', ' ')}" for code in Exit) + "."
)


def build(word: str | None = None) -> typer.Typer:
    """Return the command line: with the command `word`, with the menu alone for a word that is none, or with all."""
    app = typer.Typer(
        name="regulars",
        help="Points, tiers, rewards and messages, exactly and explainably.",
        epilog=EXIT_CODES,
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    if word is None:
        _register(app, dict.fromkeys(module for known in WORDS.values() for module in known.modules))
    elif word in WORDS:
        _register(app, WORDS[word].modules)
    else:
        for panel, words in MENU.items():
            for name, known in words.items():
                app.command(name, help=known.says, rich_help_panel=panel)(_listed)
    return app


def _register(app: typer.Typer, modules: Iterable[str]) -> None:
    for module in modules:
        importlib.import_module(f"regulars.app.commands.{module}").register(app)


def _listed() -> None:
    """Stand in the menu: a word that is given is built from its modules."""


def _options(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON value for machines.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only.")] = False,
) -> None:
    context.obj = Output(json=json, quiet=quiet)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code. Refusals are printed as sentences, not as traces."""
    look_rarely()
    given = sys.argv[1:] if arguments is None else arguments
    output = Output(json="--json" in given)
    command = next((word for word in given or _being_completed() if not word.startswith("-")), "")
    # What a file brings is noted by the import's own record, not member by member.
    kind = "import" if command == "import" else "cli"
    who = nullcontext() if command in SERVERS else acting(f"{kind}:{getpass.getuser()}")
    try:
        with who:
            build(command)(_front(given), prog_name="regulars")  # always leaves by SystemExit
    except Rejected as refusal:
        sys.exit(output.refuse(refusal))
    except ValidationError as mistake:
        output.errors.print(_settings_problem(mistake), markup=False)
        sys.exit(Exit.USAGE)


def _being_completed() -> list[str]:
    """Return what stands behind `regulars` on the line that a shell asks to complete."""
    return (os.environ.get("_TYPER_COMPLETE_ARGS") or os.environ.get("COMP_WORDS") or "").split()[1:]


def _front(arguments: list[str]) -> list[str]:
    """Accept --json, --quiet and -q behind the command too, where people write them."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = [word for word in arguments[:end] if word in ("--json", "--quiet", "-q")]
    rest = [word for word in arguments[:end] if word not in options]
    return options + rest + arguments[end:]


def _settings_problem(mistake: ValidationError) -> str:
    lines = [f"  {'.'.join(map(str, error['loc']))}: {error['msg']}" for error in mistake.errors()]
    return "\n".join(["A setting (REGULARS_… or regulars.toml) is not valid:", *lines])


if __name__ == "__main__":
    main()
