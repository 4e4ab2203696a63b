"""`regulars finance …`: liability at any past moment, breakage, journals, the close of periods."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer

from regulars.app.amounts import Amounts
from regulars.app.approvals import Approvals
from regulars.app.commands.apply import transact
from regulars.app.finance_ports import FINANCE_PORTS
from regulars.app.output import output_of
from regulars.features import accounting
from regulars.features.programs import PointType, ProgramConfig, load_config, program_by_code
from regulars.flows import finance
from regulars.infra.db import Transaction

T = TypeVar("T")
ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Month = Annotated[str, typer.Argument(help="A month such as 2026-03.")]
Kind = Annotated[str | None, typer.Option("--point-type", help="Only this point type.")]


def register(app: typer.Typer) -> None:
    """Add the group finance."""
    group = typer.Typer(help="What points are worth, and the books of periods.", no_args_is_help=True)
    group.command("liability")(liability)
    group.command("breakage")(breakage)
    group.command("backtest")(backtest)
    group.command("periods")(periods)
    group.command("period")(period)
    group.command("journals")(journals)
    group.command("close")(close)
    group.command("reopen")(reopen)
    group.command("settings")(settings)
    app.add_typer(group, name="finance")


def _in(
    context: typer.Context, program: str, work: Callable[[Transaction, ProgramConfig, datetime], Awaitable[T]]
) -> T:
    async def within(tx: Transaction, now: datetime) -> T:
        return await work(tx, await load_config(tx, (await program_by_code(tx, program)).id), now)

    return transact(output_of(context), within)


def liability(
    context: typer.Context,
    program: ProgramCode,
    at: Annotated[datetime | None, typer.Option(help="What had happened by then, UTC.")] = None,
    known_at: Annotated[datetime | None, typer.Option(help="As far as was known by then, UTC.")] = None,
) -> None:
    """Show what members had at any past moment, by point type, payer and month of expiry."""

    output = output_of(context)

    async def work(
        tx: Transaction, config: ProgramConfig, now: datetime
    ) -> tuple[list[dict[str, Any]], Amounts]:
        prices = await finance.read_prices(tx, config)
        moment = finance.Moment(_utc(at, now), None if known_at is None else _utc(known_at, now))
        found = await finance.liability_at(tx, config, prices, moment)
        return [finance.liability_line(one) for one in found], Amounts(config, output)

    lines, amounts = _in(context, program, work)
    if output.json:
        output.result(lines)
        return
    rows = [
        (
            line["point_type"],
            part["funding"],
            part["expires"],
            amounts.points(part["points"], line["point_type"]),
            amounts.worth(part["worth_minor"]),
        )
        for line in lines
        for part in line["slices"]
    ]
    columns = ("point_type", "funding", "expires", "points", "worth")
    output.table("Available and pending, by payer and month of expiry", columns, rows)
    sides = ("outstanding", "available", "pending", "held", "debt")
    totals = [
        (
            line["point_type"],
            *(amounts.points(line[name], line["point_type"]) for name in sides),
            amounts.worth(line["worth_minor"]),
        )
        for line in lines
    ]
    output.table("Liability", ("point_type", *sides, "worth"), totals)


def _utc(at: datetime | None, now: datetime) -> datetime:
    return now if at is None else at.replace(tzinfo=now.tzinfo)


def _types(config: ProgramConfig, code: str | None) -> list[PointType]:
    kinds = [kind for _, kind in sorted(config.point_types_by_slot.items()) if kind.policy.lots]
    return [kind for kind in kinds if code in (None, kind.code)]


def breakage(
    context: typer.Context,
    program: ProgramCode,
    month: Annotated[datetime | None, typer.Option(formats=["%Y-%m"], help="At the beginning of it.")] = None,
    point_type: Kind = None,
) -> None:
    """Estimate how many outstanding points will never be redeemed, with a 95 % interval."""

    output = output_of(context)

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> tuple[list[Any], Amounts]:
        day = (month or now).date()
        kinds = _types(config, point_type)
        found = [await finance.breakage_at(tx, config, kind, day) for kind in kinds]
        return found, Amounts(config, output)

    found, amounts = _in(context, program, work)
    if output.json:
        output.result(found)
        return
    shares = ("breakage", "low", "high", "history_months")
    rows = [
        (
            one.point_type,
            amounts.points(one.points, one.point_type),
            amounts.points(one.redeemed, one.point_type),
            *(getattr(one, name) for name in shares),
        )
        for one in found
    ]
    output.table("Breakage", ("point_type", "points", "redeemed", *shares), rows)


def backtest(
    context: typer.Context,
    program: ProgramCode,
    months: Annotated[int, typer.Option(min=1, max=36, help="How far each estimate looked ahead.")] = 6,
    point_type: Kind = None,
) -> None:
    """Score past estimates of breakage: what they said would be redeemed, and what was."""

    output = output_of(context)
    estimates = ("points", "predicted", "low", "high", "actual")

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> list[Any]:
        amounts = Amounts(config, output)
        return [
            (
                one.point_type,
                one.at,
                *(amounts.points(getattr(one, name), one.point_type) for name in estimates),
                one.error,
                one.inside,
            )
            for kind in _types(config, point_type)
            for one in await finance.back_test(tx, config, kind, now, months)
        ]

    columns = ("point_type", "at", *estimates, "error", "inside")
    output.table(f"Predicted and actual over {months} months", columns, _in(context, program, work))


Shown = tuple[finance.PeriodReport, finance.PeriodState]


def _report(context: typer.Context, program: str, name: str) -> tuple[*Shown, Amounts]:
    async def work(
        tx: Transaction, config: ProgramConfig, now: datetime
    ) -> tuple[finance.PeriodReport, finance.PeriodState, Amounts]:
        month = finance.period_of(name)
        state = await finance.state_of(tx, config, month, now)
        report = await finance.Books(tx, config, FINANCE_PORTS).report(month)
        return report, state, Amounts(config, output_of(context))

    return _in(context, program, work)


def periods(context: typer.Context, program: ProgramCode) -> None:
    """List every month from the first that has anything: open, closed, opened again, and what it waits for."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> list[dict[str, Any]]:
        return [finance.state_line(one) for one in await finance.period_states(tx, config, now)]

    columns = ("period", "status", "over", "waits_for", "version", "closed_by", "closed_at")
    found = _in(context, program, work)
    output = output_of(context)
    if output.json:
        output.result(found)
        return
    rows = [
        [_awaited(line[name]) if name == "waits_for" else line[name] for name in columns] for line in found
    ]
    output.table("Months", columns, rows)


def _awaited(months: list[str]) -> str:
    """Return what a month waits for: each earlier one that is not closed, which may be all of them."""
    return months[0] if len(months) == 1 else f"{len(months)} months from {months[0]}" if months else ""


def _said(state: finance.PeriodState) -> str:
    """Return how a month stands, in words."""
    if state.closed:
        return f"closed, version {state.version}"
    if state.waits_for:
        return f"{state.status}; its figures may change until {', '.join(state.waits_for)} are closed"
    return state.status


def period(context: typer.Context, name: Month, program: ProgramCode) -> None:
    """Show a period: movements of points, and what is deferred for them."""
    output = output_of(context)
    found, state, amounts = _report(context, program, name)
    if output.json:
        output.result(finance.period_line(found, state))
        return
    columns = ("point_type", "funding", "opening", "movements", "closing", "deferred", "closing_deferred")
    rows = [
        (
            one.point_type,
            one.funding,
            amounts.points(one.opening_points, one.point_type),
            _moves(one.movements, one.point_type, amounts),
            amounts.points(one.closing_points, one.point_type),
            amounts.money(one.opening_deferred),
            amounts.money(one.closing_deferred),
        )
        for one in found.pools
    ]
    output.table(f"{name}, {_said(state)}", columns, rows)
    if found.dues:
        named = ("partner", "point_type", "kind", "before", "after")
        dues = [
            (one.partner, one.point_type, one.kind, amounts.money(one.before), amounts.money(one.after))
            for one in found.dues
        ]
        output.table("Due with partners since the beginning, stated or not", named, dues)
    output.say("It ties to the ledger." if found.ties_out else "It does NOT tie to the ledger.")


def _moves(movements: dict[str, int], point_type: str, amounts: Amounts) -> str:
    return ", ".join(
        f"{name} {amounts.points(points, point_type, '+')}" for name, points in movements.items()
    )


def journals(
    context: typer.Context,
    name: Month,
    program: ProgramCode,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV for the general ledger.")] = False,
    less: Annotated[
        int | None, typer.Option("--less", min=1, help="Only what changed since this version of its close.")
    ] = None,
) -> None:
    """Show the entries of a period; they balance."""
    output = output_of(context)
    found, state, amounts = _report(context, program, name)
    entries = found.entries if less is None else _less(context, program, found, less)
    if csv:
        sys.stdout.write(finance.journal_csv(found, state, entries, less))
        return
    columns = ("code", "account", "debit", "credit", "point_type", "funding", "text")
    if not output.json:
        name = f"{name}, {_said(state)}"
    rows = [
        (
            one.code,
            one.account,
            amounts.money(one.debit),
            amounts.money(one.credit),
            one.point_type,
            one.funding,
            one.text,
        )
        for one in entries
    ]
    output.table(f"Journal of {name}", columns, rows)


def _less(context: typer.Context, program: str, found: finance.PeriodReport, version: int) -> list[Any]:
    async def work(tx: Transaction, config: ProgramConfig, _: datetime) -> list[Any]:
        return await finance.entries_less(tx, config.id, found, version)

    return _in(context, program, work)


def close(context: typer.Context, name: Month, program: ProgramCode) -> None:
    """Close a month for good: its figures never change."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> Shown:
        month = finance.period_of(name)
        found = await finance.close_period(tx, config, month, FINANCE_PORTS, actor=_actor(), now=now)
        return found, await finance.state_of(tx, config, month, now)

    found, state = _in(context, program, work)
    output_of(context).result(
        finance.period_line(found, state), f"{name} is closed: {len(found.entries)} entries."
    )


def reopen(
    context: typer.Context,
    name: Month,
    program: ProgramCode,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why.")],
) -> None:
    """Ask for the last closed month to be opened again; somebody else decides: `regulars approvals approve`."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> dict[str, Any]:
        return await Approvals().ask_reopening(tx, config.id, name, reason=reason, maker=_actor(), now=now)

    found = _in(context, program, work)
    output_of(context).result(found, f"{found['title']} waits for another person as number {found['id']}.")


def _actor() -> str:
    """Return who is at the command line, as the operating system knows it."""
    return f"cli:{getpass.getuser()}"


def settings(
    context: typer.Context,
    program: ProgramCode,
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, help="JSON to account by from now on; shows it when left out."
        ),
    ] = None,
) -> None:
    """Show or change how the program accounts for its points: account codes, prices, breakage."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> accounting.Accounting:
        if file is None:
            return (await accounting.read_accounting(tx, config.id))[0]
        wanted = accounting.decode_accounting(await asyncio.to_thread(file.read_bytes))
        await accounting.write_accounting(tx, config.id, config.point_types, wanted, None, now)
        return wanted

    found = _in(context, program, work)
    output_of(context).result(found, msgspec.json.format(msgspec.json.encode(found)).decode())
