"""The command line `regulars`. Each module in `commands` adds its commands; this file only collects them.

To add one: write `commands/<name>.py` with `def register(app: typer.Typer) -> None` and list it in COMMANDS. Only the
modules of the command that was given are imported: all of them take seconds, which somebody waits for.
"""

from __future__ import annotations

import getpass
import importlib
import sys
from contextlib import nullcontext
from typing import Annotated

import typer
from pydantic import ValidationError

from regulars.app.garbage import look_rarely
from regulars.app.output import Exit, Output
from regulars.infra.db import acting
from regulars.kit.errors import Rejected

# The modules of `commands` in the order of the help, and the words that each of them adds.
COMMANDS: dict[str, tuple[str, ...]] = {
    "demo": ("demo",),
    "doctor": ("doctor",),
    "database": ("migrate", "db"),
    "serve": ("serve",),
    "worker": ("worker",),
    "programs": ("programs",),
    "keys": ("keys",),
    "staff": ("staff",),
    "audit": ("audit",),
    "approvals": ("approvals",),
    "apply": ("apply", "export"),
    "events": ("events",),
    "importing": ("import", "export"),
    "members": ("members",),
    "care": ("notes", "tasks"),
    "points": ("points",),
    "partners": ("partner", "funding"),
    "settlement": ("settlement",),
    "verify": ("verify",),
    "books": ("books",),
    "reports": ("report",),
    "dashboards": ("dashboards",),
    "finance": ("finance",),
    "exporting": ("export",),
    "upkeep": ("upkeep",),
    "products": ("products",),
    "rules": ("rules",),
    "explain": ("explain", "why"),
    "quotes": ("quote",),
    "redemptions": ("redemptions",),
    "checkouts": ("checkouts",),
    "rewards": ("rewards",),
    "vouchers": ("vouchers",),
    "campaigns": ("campaigns",),
    "draws": ("draws",),
    "tiers": ("tiers",),
    "offline": ("offline",),
    "giftcards": ("gift-cards",),
    "households": ("households",),
    "simulate": ("simulate",),
    "webhooks": ("webhooks",),
    "bench": ("bench",),
}

# What these do, they do for others, who say themselves who they are.
SERVERS = ("serve", "worker", "demo", "bench")

EXIT_CODES = (
    "Exit codes: " + ", ".join(f"{code.value} {code.name.lower().replace('_', ' ')}" for code in Exit) + "."
)


def build(word: str = "") -> typer.Typer:
    """Return the command line with the command `word`; with all of them for a word that is none."""
    app = typer.Typer(
        name="regulars",
        help="Points, tiers, rewards and messages, exactly and explainably.",
        epilog=EXIT_CODES,
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    chosen = [module for module, words in COMMANDS.items() if word in words] or list(COMMANDS)
    for module in chosen:
        importlib.import_module(f"regulars.app.commands.{module}").register(app)
    return app


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
    command = next((word for word in given if not word.startswith("-")), "")
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
