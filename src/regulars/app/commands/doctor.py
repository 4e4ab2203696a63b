"""`regulars doctor`: what is wrong and what to do."""

from __future__ import annotations

import typer

from regulars.app.doctor import examine
from regulars.app.output import Exit, output_of
from regulars.app.settings import Settings


def register(app: typer.Typer) -> None:
    """Add doctor."""
    app.command("doctor")(doctor)


def doctor(context: typer.Context) -> None:
    """Say what is wrong with this installation and what to do; exit 5 when something is."""
    output = output_of(context)
    findings = examine(Settings())
    healthy = all(finding.state != "fail" for finding in findings)
    if output.json:
        output.result({"healthy": healthy, "findings": findings})
    else:
        rows = [(finding.state, finding.check, finding.found, finding.advice) for finding in findings]
        output.table("", ["", "check", "found", "what to do"], rows)
    raise typer.Exit(Exit.DONE if healthy else Exit.UNHEALTHY)
