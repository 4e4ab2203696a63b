"""`regulars settlement …`: statements of partners, disputes, netting, files for bank and books."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import typer

from regulars.app.amounts import Amounts
from regulars.app.commands.apply import transact
from regulars.app.output import Exit, Output, output_of
from regulars.features.partners import Treasury, convert, put_treasury, select_terms, select_treasury
from regulars.features.programs import ProgramConfig, load_config, program_by_code
from regulars.flows import settlement
from regulars.flows.apply import read_plain
from regulars.infra.csv_files import text_of
from regulars.infra.db import Transaction
from regulars.kit.money import format_money
from regulars.kit.points import format_points
from regulars.kit.zones import local_date, zone

T = TypeVar("T")

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Number = Annotated[int, typer.Argument(help="Number of the statement, dispute or netting", min=1)]
Note = Annotated[str, typer.Option("--note", "-n", help="What the other side reads.")]


def register(app: typer.Typer) -> None:
    """Add the group settlement."""
    group = typer.Typer(help="What partners and the program owe each other.", no_args_is_help=True)
    for name, command in (
        ("draw-up", draw_up),
        ("list", list_statements),
        ("show", show),
        ("issue", issue),
        ("agree", agree),
        ("reopen", reopen),
        ("upload", upload),
        ("disputes", disputes),
        ("close", close),
        ("net", net),
        ("paid", paid),
        ("payment-file", payment_file),
        ("entries", entries),
        ("treasury", treasury),
        ("check", check),
    ):
        group.command(name)(command)
    app.add_typer(group, name="settlement")


def _do(
    context: typer.Context,
    program: str,
    work: Callable[[Transaction, ProgramConfig, datetime], Awaitable[T]],
) -> T:
    async def in_program(tx: Transaction, now: datetime) -> T:
        config = await load_config(tx, (await program_by_code(tx, program)).id)
        return await work(tx, config, now)

    return transact(output_of(context), in_program)


def _by() -> str:
    return f"cli:{getpass.getuser()}"


def draw_up(
    context: typer.Context,
    program: ProgramCode,
    day: Annotated[
        str | None, typer.Option("--day", help="A day of the period, 2026-03-02; today's.")
    ] = None,
    partner: Annotated[str | None, typer.Option("--partner", help="One partner; all of them.")] = None,
) -> None:
    """Draw up statements: drafts are brought up to date, issued ones stay as they are."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> list[tuple[Any, ...]]:
        wanted = date.fromisoformat(day) if day else local_date(now, zone(config.zone))
        found = await settlement.draw_up(tx, config, wanted, now, partner=partner)
        forgotten.extend(await settlement.funders_without_terms(tx, config))
        return [_row(config, one.statement) for one in found]

    forgotten: list[str] = []
    rows = _do(context, program, work)
    output_of(context).table("Drawn up", _COLUMNS, rows)
    _tell_forgotten(output_of(context), forgotten)


def list_statements(
    context: typer.Context,
    program: ProgramCode,
    partner: Annotated[str | None, typer.Option("--partner")] = None,
    status: Annotated[str | None, typer.Option("--status")] = None,
) -> None:
    """List statements, the latest first; a positive total is owed by the partner."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> list[tuple[Any, ...]]:
        del now
        found = await settlement.select_statements(tx, config.id, partner=partner, status=status)
        return [_row(config, one) for one in found]

    rows = _do(context, program, work)
    output_of(context).table("Statements", _COLUMNS, rows)


_COLUMNS = ("statement", "partner", "from", "until", "status", "version", "total", "due")


def _row(config: ProgramConfig, one: settlement.Statement) -> tuple[Any, ...]:
    total = format_money(one.total, config.currency)
    due = one.due_on.isoformat() if one.due_on else ""
    return (
        one.id,
        one.partner,
        one.first_day.isoformat(),
        one.end_day.isoformat(),
        one.status,
        one.version,
        total,
        due,
    )


def show(context: typer.Context, program: ProgramCode, number: Number) -> None:
    """Show what a statement consists of."""
    output = output_of(context)

    async def work(
        tx: Transaction, config: ProgramConfig, now: datetime
    ) -> tuple[settlement.Account, list[tuple[Any, ...]]]:
        del now
        account = await settlement.account_of(tx, config, number)
        amounts = Amounts(config, output)
        rows: list[tuple[Any, ...]] = [
            (
                one.kind,
                one.point_type,
                one.lines,
                amounts.points(one.points, one.point_type),
                format_money(one.amount, config.currency),
            )
            for one in account.sections
        ]
        rows += [
            (f"{one.kind} {one.code}", one.text, "", "", format_money(one.amount, config.currency))
            for one in account.entries
        ]
        rows.append(("total", "", "", "", format_money(account.total, config.currency)))
        return account, rows

    account, rows = _do(context, program, work)
    if output.json:
        output.result(account)
        return
    title = f"Statement {number} of {account.statement.partner}, {account.statement.status}"
    output.table(title, ("what", "of", "lines", "points", "amount"), rows)


def issue(context: typer.Context, program: ProgramCode, number: Number) -> None:
    """Issue a draft to its partner as the next version."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> settlement.Statement:
        return await settlement.issue(tx, config, number, by=_by(), now=now)

    _say(context, _do(context, program, work))


def agree(context: typer.Context, program: ProgramCode, number: Number) -> None:
    """Note that the partner agreed."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> settlement.Statement:
        return await settlement.agree(tx, config, number, now)

    _say(context, _do(context, program, work))


def reopen(context: typer.Context, program: ProgramCode, number: Number) -> None:
    """Take an issued statement back into work."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> settlement.Statement:
        del now
        return await settlement.reopen(tx, config, number)

    _say(context, _do(context, program, work))


def _say(context: typer.Context, one: settlement.Statement) -> None:
    text = f"Statement {one.id} of {one.partner}: {one.status}, version {one.version}."
    output_of(context).result(one, text)


def upload(
    context: typer.Context,
    program: ProgramCode,
    number: Number,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV of the partner")],
) -> None:
    """Compare a partner's own figures with its statement; what does not match is disputed."""
    text = text_of(file)

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> settlement.Uploaded:
        return await settlement.upload(tx, config, number, text, by=_by(), now=now)

    done = _do(context, program, work)
    said = f"{done.rows} rows, {done.matched} match, {done.exceptions} do not."
    output_of(context).result(done, said)
    if done.exceptions:
        raise typer.Exit(Exit.DIFFERENT)


def disputes(
    context: typer.Context,
    program: ProgramCode,
    closed: Annotated[bool, typer.Option("--closed", help="Also those that are closed.")] = False,
) -> None:
    """List disputes."""
    output = output_of(context)

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> list[tuple[Any, ...]]:
        del now
        found = await settlement.select_disputes(tx, config.id, open_only=not closed)
        amounts, numbers = Amounts(config, output), {one.statement_id for one in found}
        scales = {number: await settlement.scale_of_statement(tx, number) for number in numbers}

        def side(one: settlement.Dispute, said: dict[str, Any]) -> dict[str, Any] | str:
            return said if output.json else _figures(said, amounts, scales[one.statement_id])

        return [
            (
                one.id,
                one.statement_id,
                one.partner,
                one.kind,
                one.side,
                one.reference,
                side(one, one.ours),
                side(one, one.theirs),
                one.status,
            )
            for one in found
        ]

    rows = _do(context, program, work)
    columns = ("dispute", "statement", "partner", "what", "side", "reference", "ours", "theirs", "status")
    output.table("Disputes", columns, rows)


def _figures(side: dict[str, Any], amounts: Amounts, scale: int) -> str:
    """Return what one side says of a line, in words; `scale` of its points."""
    said = []
    if "points" in side:
        said.append(f"{format_points(side['points'], scale)} points")
    if "amount" in side:
        said.append(f"{amounts.worth(str(side['amount']))} {amounts.currency}")
    return ", ".join([*said, str(side.get("day", ""))]) if side else "nothing"


def close(
    context: typer.Context,
    program: ProgramCode,
    number: Number,
    outcome: Annotated[Literal["accepted", "rejected", "withdrawn"], typer.Argument()],
    note: Note,
    adjustment: Annotated[
        str, typer.Option("--adjustment", help="Money, such as 12.50; negative in the partner's favour.")
    ] = "0",
) -> None:
    """Close a dispute; an accepted one may adjust the statement, which gets its next version."""

    output = output_of(context)

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> settlement.Dispute:
        money = Amounts(config, output).minor(adjustment, "--adjustment")
        return await settlement.close_dispute(
            tx, config, number, outcome, note, side="program", by=_by(), now=now, adjustment=money
        )

    done = _do(context, program, work)
    output.result(done, f"Dispute {done.id} is {done.status}.")


def net(context: typer.Context, program: ProgramCode) -> None:
    """Net every agreed statement into as few payments as possible."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> settlement.Netted:
        return await settlement.make_netting(tx, config, by=_by(), now=now)

    _show_netting(context, program, _do(context, program, work))


def paid(context: typer.Context, program: ProgramCode, number: Number) -> None:
    """Note that the payments of a netting were made."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> settlement.Netted:
        return await settlement.confirm_paid(tx, config, number, now)

    _show_netting(context, program, _do(context, program, work))


def _show_netting(context: typer.Context, program: str, done: settlement.Netted) -> None:
    output = output_of(context)
    if output.json:
        output.result(done)
        return
    rows = [
        (
            one.number,
            one.payer or program,
            one.payee or program,
            format_money(one.amount, done.netting.currency),
        )
        for one in done.payments
    ]
    output.table(f"Netting {done.netting.id}", ("payment", "payer", "payee", "amount"), rows)


def payment_file(
    context: typer.Context,
    program: ProgramCode,
    number: Number,
    to: Annotated[Path | None, typer.Option("--to", help="A file to write; the terminal otherwise.")] = None,
    written_as: Annotated[
        Literal["pain.001", "csv"] | None,
        typer.Option("--format", help="What the file's name says when left out; pain.001 otherwise."),
    ] = None,
) -> None:
    """Write the payments of a netting for banks: ISO 20022 pain.001.001.09, or CSV."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> str:
        done = await settlement.netted(tx, config, number)
        terms = await select_terms(tx, config.id)
        banks = {one.code: terms[one.id].bank for one in config.partners.values() if one.id in terms}
        treasury = await select_treasury(tx, config.id)
        known = settlement.check_banks(done, {**banks, "": treasury.bank})
        named = "csv" if to is not None and to.suffix.lower() == ".csv" else "pain.001"
        if (written_as or named) == "csv":
            return settlement.payment_csv(done, known, program)
        return settlement.payment_xml(done, known, config.program.name, now).decode()

    _write(context, _do(context, program, work), to)


def entries(
    context: typer.Context,
    program: ProgramCode,
    statement: Annotated[list[int] | None, typer.Option("--statement", help="Its number; repeat it.")] = None,
    netting: Annotated[list[int] | None, typer.Option("--netting", help="Its number; repeat it.")] = None,
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="Only what this version of statements changed.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], help="All issued, netted or paid from this day on."),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="… and before this day.")
    ] = None,
    to: Annotated[Path | None, typer.Option("--to")] = None,
) -> None:
    """Write statements and nettings as double entry: CSV, or JSON with --json. Read each entry's number once."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> str:
        found = await settlement.read_entries(tx, config, statement or (), netting or (), version)
        if since is not None:
            end = None if until is None else until.date()
            found += await settlement.read_entries_between(tx, config, since.date(), end, now)
        if output_of(context).json:
            return msgspec.json.encode(found).decode() + "\n"
        return settlement.entries_csv(found, config.currency)

    _write(context, _do(context, program, work), to)


def _write(context: typer.Context, text: str, to: Path | None) -> None:
    if to is None:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    else:
        to.write_text(text, encoding="utf-8")
        output_of(context).say(f"Wrote {to}.")


def treasury(
    context: typer.Context,
    program: ProgramCode,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML: bank, books")],
) -> None:
    """Write the program's own side: its bank account and the names of its books' accounts."""
    wanted = convert(read_plain(file), Treasury)

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> None:
        await put_treasury(tx, config.id, wanted, now)

    _do(context, program, work)
    output_of(context).result(msgspec.to_builtins(wanted), "Written.")


def check(context: typer.Context, program: ProgramCode) -> None:
    """Compare lines with the ledger: what partners' accounts funded, and what statements say of it."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> list[tuple[Any, ...]]:
        del now
        forgotten.extend(await settlement.funders_without_terms(tx, config))
        found = await settlement.check_billed(tx, config.id)
        amounts = Amounts(config, output)
        codes = {one.point_type_id: config.point_types_by_id[one.point_type_id].code for one in found}
        return [
            (
                one.account,
                codes[one.point_type_id],
                amounts.points(one.funded, codes[one.point_type_id]),
                amounts.points(one.billed, codes[one.point_type_id]),
            )
            for one in found
            if one.funded or one.billed
        ]

    output = output_of(context)
    forgotten: list[str] = []
    rows = _do(context, program, work)
    output.table("Funded and billed", ("account", "points", "funded", "on statements"), rows)
    _tell_forgotten(output, forgotten)


def _tell_forgotten(output: Output, partners: list[str]) -> None:
    """Say who funded points and is on no statement, on the standard error."""
    for code in partners:
        output.progress(
            f"{code} funded points and has no terms: no statement bills it. Give it terms (`regulars apply`)."
        )
