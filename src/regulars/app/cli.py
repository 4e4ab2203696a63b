"""The command line `regulars`. Each module in `commands` adds its commands; this file only collects them.

To add one: write `commands/<name>.py` with `def register(app: typer.Typer) -> None` and list it in COMMANDS.
"""

from __future__ import annotations

import getpass
import sys
from contextlib import nullcontext
from typing import Annotated

import typer
from pydantic import ValidationError

from regulars.app.commands import (
    apply,
    approvals,
    audit,
    bench,
    books,
    database,
    demo,
    doctor,
    events,
    explain,
    exporting,
    finance,
    importing,
    keys,
    members,
    partners,
    points,
    products,
    programs,
    quotes,
    redemptions,
    reports,
    rewards,
    rules,
    serve,
    settlement,
    simulate,
    staff,
    upkeep,
    verify,
    webhooks,
    worker,
)
from regulars.app.output import Exit, Output
from regulars.infra.db import acting
from regulars.kit.errors import Rejected

COMMANDS = (
    demo,
    doctor,
    database,
    serve,
    worker,
    programs,
    keys,
    staff,
    audit,
    approvals,
    apply,
    events,
    importing,
    members,
    points,
    partners,
    settlement,
    verify,
    books,
    reports,
    finance,
    exporting,
    upkeep,
    products,
    rules,
    explain,
    quotes,
    redemptions,
    rewards,
    simulate,
    webhooks,
    bench,
)

# What these do, they do for others, who say themselves who they are.
SERVERS = ("serve", "worker", "demo", "bench")

EXIT_CODES = (
    "Exit codes: " + ", ".join(f"{code.value} {code.name.lower().replace('_', ' ')}" for code in Exit) + "."
)


def build() -> typer.Typer:
    """Return the command line with all its commands."""
    app = typer.Typer(
        name="regulars",
        help="Points, tiers, rewards and messages, exactly and explainably.",
        epilog=EXIT_CODES,
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    for module in COMMANDS:
        module.register(app)
    return app


def _options(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON value for machines.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only.")] = False,
) -> None:
    context.obj = Output(json=json, quiet=quiet)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code. Refusals are printed as sentences, not as traces."""
    given = sys.argv[1:] if arguments is None else arguments
    output = Output(json="--json" in given)
    command = next((word for word in given if not word.startswith("-")), "")
    who = nullcontext() if command in SERVERS else acting(f"cli:{getpass.getuser()}")
    try:
        with who:
            build()(_front(given), prog_name="regulars")  # always leaves by SystemExit
    except Rejected as refusal:
        sys.exit(output.refuse(refusal))
    except ValidationError as mistake:
        output.errors.print(_settings_problem(mistake), markup=False)
        sys.exit(Exit.USAGE)


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
