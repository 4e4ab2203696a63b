"""`regulars keys rotate-secret`: another key for the secrets in the database."""

from __future__ import annotations

from typing import Annotated

import typer

from regulars.app.output import output_of
from regulars.app.secret_key import rotate_secrets
from regulars.app.settings import Settings


def rotate_secret(
    context: typer.Context,
    reseal: Annotated[
        bool, typer.Option("--reseal", help="Make no key; seal everything with the first one that is there.")
    ] = False,
    lost: Annotated[
        bool, typer.Option("--lost", help="The old key is gone: give up what nobody can read any more.")
    ] = False,
) -> None:
    """Seal the secrets in the database with a new key. Servers that run take it from its file by themselves."""
    settings, output = Settings(), output_of(context)
    done = rotate_secrets(settings, settings.database(), new=not reseal, lost=lost)
    words = [f"Sealed {done.sealed} secrets with the key {done.key}."]
    if done.unreadable:
        words.append(f"{done.unreadable} cannot be read; set them anew (docs/how-to/operate.md).")
    output.result(done, " ".join(words))
