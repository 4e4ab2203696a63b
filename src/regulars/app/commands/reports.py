"""`regulars report …`: the reports of a program, their roll-ups brought up to date first, or made again."""

from __future__ import annotations

import asyncio
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from regulars.app.commands.apply import transact
from regulars.app.output import Output, output_of
from regulars.app.serve import prepare
from regulars.app.settings import Settings
from regulars.app.shop_clock import clock_at, clock_in
from regulars.features.programs import load_config, program_by_code
from regulars.flows import reporting
from regulars.infra.db import Database, Transaction
from regulars.kit.money import major

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]


def register(app: typer.Typer) -> None:
    """Add the group report."""
    group = typer.Typer(help="Reports: what the program's figures are.", no_args_is_help=True)
    group.command("list")(list_reports)
    group.command("show")(show)
    group.command("rebuild")(rebuild)
    app.add_typer(group, name="report")


def list_reports(context: typer.Context) -> None:
    """List every report and what it can be asked by."""
    rows = [(one.code, one.title, ", ".join(one.by)) for one in reporting.REPORTS]
    output_of(context).table("Reports", ("report", "title", "by"), rows)


def show(
    context: typer.Context,
    report: Annotated[str, typer.Argument(help="Code of the report: regulars report list.")],
    program: ProgramCode,
    from_: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    to: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day after the last.")] = None,
    by: Annotated[str | None, typer.Option(help="What the rows are.")] = None,
    compare: Annotated[str | None, typer.Option(help="previous or year.")] = None,
    point_type: Annotated[
        str | None, typer.Option(help="Its points; the first redeemable ones when left out.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, max=10_000)] = None,
    csv: Annotated[Path | None, typer.Option(help="Write CSV there; - for the standard output.")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write a workbook there.")] = None,
) -> None:
    """Show a report; what was posted until now is in it."""
    if compare not in (None, "previous", "year"):
        raise typer.BadParameter("--compare is previous or year.")
    output = output_of(context)
    options = {
        "from_day": _day(from_),
        "to_day": _day(to),
        "by": by,
        "point_type": point_type,
        "limit": limit,
    }
    found = asyncio.run(_answered(output, program, report, options, compare))
    if csv is not None:
        _write(csv, reporting.as_csv(found).encode())
    elif xlsx is not None:
        _write(xlsx, reporting.as_xlsx(found))
    elif output.json:
        output.result(reporting.shown(found))
    else:
        _print(output, found)


async def _answered(
    output: Output, program: str, report: str, options: dict[str, Any], compare: Any
) -> reporting.Answer:
    async with Database.open(prepare(Settings(), output.progress), name="report", max_size=2) as db:
        clock = await clock_at(db)
        await reporting.Rollup(db, clock).drain()
        await reporting.MemberCount(db, clock).step()
        async with db.transaction(read_only=True, snapshot=True) as tx:
            config = await load_config(tx, (await program_by_code(tx, program)).id)
            today = reporting.today_of(config.zone, clock.now())
            wanted, asked = reporting.ask(config, report, today, **options)
            return await reporting.answer(tx, wanted, asked, compare)


def _day(at: datetime | None) -> date | None:
    return None if at is None else at.date()


def _write(path: Path, data: bytes) -> None:
    if str(path) == "-":
        sys.stdout.buffer.write(data)
    else:
        path.write_bytes(data)


def _print(output: Output, found: reporting.Answer) -> None:
    def cells(row: dict[str, Any]) -> list[Any]:
        return [_cell(row.get(field.name), found.decimals(field, row)) for field in found.fields]

    rows = [(row["label"], *cells(row)) for row in found.rows]
    rows.append(("total", *cells(found.totals)))
    names = [field.name for field in found.fields]
    points = f" of {found.point_type}" if found.point_type else ""
    output.table(f"{found.title}{points}, {found.from_day} to {found.to_day}", (found.by, *names), rows)


def _cell(value: Any, decimals: int | None) -> Any:
    """Return a figure as people read it."""
    if value is None:
        return ""
    return f"{major(value, decimals):f}" if decimals and isinstance(value, int) else value


def rebuild(context: typer.Context) -> None:
    """Make every roll-up again from the rows it comes from; readers see the old figures until it is done."""

    async def work(tx: Transaction, _: datetime) -> int:
        return await reporting.rebuild(tx, await clock_in(tx))

    output = output_of(context)
    until = transact(output, work)
    output.result({"until_batch": until}, f"Made again up to batch {until}.")
