"""`regulars vouchers …`: kinds of vouchers, codes by the million, and what to tell whose code does not work."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from regulars.app.commands.apply import transact
from regulars.app.output import Output, output_of
from regulars.app.serve import prepare
from regulars.app.settings import Settings
from regulars.app.shop_clock import clock_at
from regulars.features import vouchers
from regulars.features.members import resolve_ref
from regulars.features.programs import load_config, program_by_code
from regulars.features.vouchers import Batch
from regulars.infra.db import Database, Transaction
from regulars.kit.ids import encode

T = TypeVar("T")

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Kind = Annotated[str, typer.Argument(help="Code of the kind of vouchers.")]
MemberRef = Annotated[
    str | None, typer.Option("--member", "-m", help="mem_…, or kind:value; nobody when left out.")
]


def register(app: typer.Typer) -> None:
    """Add the group vouchers."""
    group = typer.Typer(
        help="Vouchers and coupons; their kinds are written with `apply`.", no_args_is_help=True
    )
    group.command("list")(list_kinds)
    group.command("show")(show)
    group.command("check")(check)
    group.command("issue")(issue)
    group.command("redeem")(redeem)
    group.command("return")(give_back)
    group.command("void")(void)
    group.command("generate")(generate)
    group.command("batch")(batch)
    group.command("import")(import_file)
    group.command("export")(export)
    app.add_typer(group, name="vouchers")


def list_kinds(context: typer.Context, program: ProgramCode) -> None:
    """List the kinds of vouchers with what they are worth."""

    async def work(tx: Transaction, _: datetime) -> list[tuple[Any, ...]]:
        found = await vouchers.select_definitions(tx, (await program_by_code(tx, program)).id)
        return [
            (d.code, d.name, d.worth.kind, d.worth.on, d.stacking, d.pattern or "pool")
            for d in (one.definition for one in found)
        ]

    output = output_of(context)
    columns = ("code", "name", "worth", "on", "stacking", "codes")
    output.table("Vouchers", columns, transact(output, work))


def show(context: typer.Context, program: ProgramCode, code: Annotated[str, typer.Argument()]) -> None:
    """Show a code with every use of it."""

    async def work(tx: Transaction, now: datetime) -> list[tuple[Any, ...]]:
        program_id = (await program_by_code(tx, program)).id
        (found,) = await vouchers.find_vouchers(tx, program_id, [code], member_id=None, now=now)
        if found.voucher is None:
            raise vouchers.UnknownVoucher(code=code)
        one = found.voucher
        owner = "" if one.member_id is None else encode("mem", one.member_id)
        rows: list[tuple[Any, ...]] = [(one.status, owner, one.definition.code, one.issued_at or "")]
        for use in await vouchers.select_history(tx, program_id, one.code):
            who = "" if use.member_id is None else encode("mem", use.member_id)
            of = vouchers.checkout_of(use.reservation) or use.order_id or use.reservation
            rows.append((use.status, who, of, use.used_at or use.reserved_at))
        return rows

    output = output_of(context)
    output.table(code, ("status", "member", "of", "when"), transact(output, work))


def check(
    context: typer.Context,
    program: ProgramCode,
    codes: Annotated[list[str], typer.Argument(help="Codes.")],
    member: MemberRef = None,
) -> None:
    """Say of each code whether it can be used now, and why not."""

    async def work(tx: Transaction, now: datetime) -> list[tuple[str, str, str]]:
        program_id, member_id = await _who(tx, program, member)
        found = await vouchers.find_vouchers(tx, program_id, codes, member_id=member_id, now=now)
        return [
            (one.code, "no" if one.refusal else "yes", str(one.refusal) if one.refusal else "")
            for one in found
        ]

    output = output_of(context)
    output.table("Vouchers", ("code", "usable", "why not"), transact(output, work))


def issue(
    context: typer.Context,
    program: ProgramCode,
    kind: Kind,
    ref: Annotated[str, typer.Argument(help="mem_…, or kind:value")],
    cause: Annotated[str, typer.Option("--cause", help="Why; the same cause gives the same code again.")],
) -> None:
    """Give a member a voucher."""

    async def work(tx: Transaction, now: datetime) -> str:
        program_id, member_id = await _who(tx, program, ref)
        assert member_id is not None
        return await vouchers.issue_voucher(tx, program_id, kind, member_id, now, f"hand:{cause}")

    output = output_of(context)
    code = transact(output, work)
    output.result({"code": code}, code)


def redeem(
    context: typer.Context,
    program: ProgramCode,
    codes: Annotated[list[str], typer.Argument(help="Codes.")],
    order: Annotated[str, typer.Option("--order", help="The order that uses them.")],
    member: MemberRef = None,
) -> None:
    """Use codes with an order, all of them or none."""

    async def work(tx: Transaction, now: datetime) -> list[str]:
        program_id, member_id = await _who(tx, program, member)
        found = await vouchers.find_vouchers(tx, program_id, codes, member_id=member_id, now=now, lock=True)
        reservation = f"{program_id}:order:{order}"
        return await vouchers.redeem_vouchers(tx, found, reservation, order_id=order, now=now)

    output = output_of(context)
    _tell(output, "used", transact(output, work))


def give_back(
    context: typer.Context, program: ProgramCode, order: Annotated[str, typer.Argument(help="The order.")]
) -> None:
    """Give the vouchers that an order used back."""

    async def work(tx: Transaction, now: datetime) -> list[str]:
        program_id = (await program_by_code(tx, program)).id
        return await vouchers.return_vouchers(tx, program_id, order, now=now)

    output = output_of(context)
    _tell(output, "returned", transact(output, work))


def void(
    context: typer.Context,
    program: ProgramCode,
    codes: Annotated[list[str], typer.Argument(help="Codes.")],
    unused: Annotated[bool, typer.Option("--unused", help="Only those nobody has used.")] = False,
) -> None:
    """Take codes back for good."""

    async def work(tx: Transaction, now: datetime) -> list[str]:
        program_id = (await program_by_code(tx, program)).id
        return await vouchers.void_vouchers(tx, program_id, codes, now=now, unused_only=unused)

    output = output_of(context)
    _tell(output, "voided", transact(output, work))


def generate(
    context: typer.Context,
    program: ProgramCode,
    kind: Kind,
    count: Annotated[int, typer.Argument(min=1, help="How many codes.")],
    bearer: Annotated[bool, typer.Option("--bearer", help="Valid at once for whoever holds them.")] = False,
) -> None:
    """Begin to make codes; a worker makes them in the background."""

    async def work(tx: Transaction, now: datetime) -> Batch:
        program_id = (await program_by_code(tx, program)).id
        return await vouchers.generate_codes(tx, program_id, kind, count, bearer=bearer, now=now)

    output = output_of(context)
    made = transact(output, work)
    says = f"Batch {made.id}: {count} codes; see `regulars vouchers batch {made.id}`."
    output.result({"batch": made.id, "wanted": count}, says)


def batch(context: typer.Context, program: ProgramCode, number: Annotated[int, typer.Argument()]) -> None:
    """Say how far a batch of codes is."""

    async def work(tx: Transaction, _: datetime) -> Batch:
        return await vouchers.get_batch(tx, (await program_by_code(tx, program)).id, number)

    output = output_of(context)
    _report(output, transact(output, work))


def import_file(
    context: typer.Context,
    program: ProgramCode,
    kind: Kind,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file with a column code.")],
    bearer: Annotated[bool, typer.Option("--bearer", help="Valid at once for whoever holds them.")] = False,
) -> None:
    """Import codes. Stopped half-way, the same command goes on where it was; a second time changes nothing."""
    output = output_of(context)

    def show_progress(at: Batch, size: int) -> None:
        output.progress(f"{at.bytes_done * 100 // max(1, size)} %: {at.done} codes, {at.refused} refused")

    async def work(db: Database, program_id: int) -> Batch:
        return await vouchers.import_codes(
            db, program_id, kind, file, clock=await clock_at(db), bearer=bearer, on_progress=show_progress
        )

    _report(output, _run(output, program, work))


def export(
    context: typer.Context,
    program: ProgramCode,
    kind: Kind,
    to: Annotated[Path | None, typer.Option("--to", help="A file to write; the terminal otherwise")] = None,
    status: Annotated[str | None, typer.Option(help="Only stock, issued or void.")] = None,
) -> None:
    """Export the codes of a kind as CSV; cells are safe to open in a spreadsheet."""
    output = output_of(context)

    async def work(db: Database, program_id: int) -> int:
        lines = 0
        target = sys.stdout if to is None else to.open("w", encoding="utf-8", newline="")
        try:
            async with db.transaction(read_only=True, snapshot=True) as tx:
                stored = await vouchers.get_definition(tx, program_id, kind)
                async for text in vouchers.export_codes(tx, stored.id, status):
                    target.write(text)
                    lines += text.count("\n")
        finally:
            if to is not None:
                target.close()
        return lines - 1

    codes = _run(output, program, work)
    if to is not None:
        output.result({"file": str(to), "codes": codes}, f"Wrote {codes} codes to {to}.")


async def _who(tx: Transaction, program: str, ref: str | None) -> tuple[int, int | None]:
    """Return the program's number and the member's."""
    config = await load_config(tx, (await program_by_code(tx, program)).id)
    return config.id, None if ref is None else await resolve_ref(tx, config, ref)


def _run(output: Output, program: str, work: Callable[[Database, int], Awaitable[T]]) -> T:
    url = prepare(Settings(), output.progress)

    async def run() -> T:
        async with Database.open(url, min_size=1, max_size=2, name="report") as db:
            async with db.transaction(read_only=True) as tx:
                program_id = (await program_by_code(tx, program)).id
            return await work(db, program_id)

    return asyncio.run(run())


def _tell(output: Output, what: str, codes: list[str]) -> None:
    output.result({what: codes}, f"{what}: {', '.join(codes)}" if codes else f"nothing {what}")


def _report(output: Output, found: Batch) -> None:
    facts = {"batch": found.id, "wanted": found.wanted, "done": found.done, "refused": found.refused}
    state = "finished" if found.finished_at else "under way"
    of = "" if found.wanted is None else f" of {found.wanted}"
    output.result(facts, f"Batch {found.id} {state}: {found.done}{of} codes, {found.refused} refused.")
