"""`regulars points …`: a member's points by hand: show, adjust, release, transfer, hold, capture, void."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

import typer

from regulars.app.amounts import Amounts
from regulars.app.commands.apply import transact
from regulars.app.output import Output, output_of
from regulars.app.system_events import AccrualReview
from regulars.features.members import resolve_ref
from regulars.features.programs import ProgramConfig, load_config, program_by_code
from regulars.flows import points
from regulars.infra.db import Transaction
from regulars.kit.errors import NotFound
from regulars.kit.ids import decode, encode

T = TypeVar("T")

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Ref = Annotated[str, typer.Argument(help="mem_…, or kind:value such as email:ann@example.com")]
Amount = Annotated[str, typer.Argument(help="How many points, such as 120 or 12.50")]
TypeCode = Annotated[
    str | None, typer.Option("--type", "-t", help="Point type; the first redeemable one when left out.")
]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why; it is kept with the points.")]
HoldId = Annotated[str, typer.Argument(help="hld_…")]


def register(app: typer.Typer) -> None:
    """Add the group points."""
    group = typer.Typer(help="A member's points by hand.", no_args_is_help=True)
    group.command("show")(show)
    group.command("lots")(lots)
    group.command("adjust")(adjust)
    group.command("release")(release)
    group.command("transfer")(transfer)
    group.command("hold")(hold)
    group.command("capture")(capture)
    group.command("void")(void)
    app.add_typer(group, name="points")


class Member:
    """The member a command is about: her number, her program, and the moment."""

    def __init__(
        self, tx: Transaction, config: ProgramConfig, number: int, now: datetime, output: Output
    ) -> None:
        """Work on member `number` in the transaction `tx`."""
        self.tx = tx
        self.config = config
        self.number = number
        self.now = now
        self.actor = f"cli:{getpass.getuser()}"
        self.amounts = Amounts(config, output)


def show(context: typer.Context, program: ProgramCode, ref: Ref) -> None:
    """Show a member's wallets: available, pending, held, owed, and what ends next."""

    async def work(member: Member) -> list[tuple[Any, ...]]:
        found = await points.wallets(member.tx, member.config, member.number, member.now)
        return [_row(wallet, member.amounts) for wallet in found]

    output = output_of(context)
    columns = ("point type", "available", "pending", "held", "debt", "ends next")
    output.table("Wallets", columns, _run(output, program, ref, work))


def lots(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    point_type: Annotated[str | None, typer.Option("--type", "-t", help="Of this point type only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100,
) -> None:
    """List what a member's points came in as: how much is left of each, what waits, and when it ends."""

    async def work(member: Member) -> list[tuple[Any, ...]]:
        found = await points.lots(
            member.tx, member.config, member.number, after=None, limit=limit, point_type=point_type
        )
        return [_lot(lot, member.amounts) for lot in found]

    output = output_of(context)
    columns = ("id", "point type", "points", "left", "pending", "usable", "ends")
    output.table("Lots", columns, _run(output, program, ref, work))


def adjust(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    amount: Amount,
    reason: Reason,
    direction: Annotated[str, typer.Option(help="credit gives, debit takes")] = "credit",
    point_type: TypeCode = None,
    reference: Annotated[str, typer.Option(help="Case or order, for people.")] = "",
) -> None:
    """Give or take points by hand, with a reason."""
    if direction not in ("credit", "debit"):
        raise typer.BadParameter("write credit or debit", param_hint="--direction")
    way: Literal["credit", "debit"] = "credit" if direction == "credit" else "debit"

    async def work(member: Member) -> points.Receipt:
        return await points.adjust(
            member.tx,
            member.config,
            member.number,
            member.amounts.units(amount, point_type),
            way,
            reason=reason,
            actor=member.actor,
            now=member.now,
            point_type=point_type,
            reference=reference,
            review=AccrualReview(),
        )

    output = output_of(context)
    receipt, amounts = _run(output, program, ref, _with_amounts(work))
    _tell(output, encode("trf", receipt.transfer), receipt.wallet, amounts)


def release(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    reason: Reason,
    lot: Annotated[str | None, typer.Option(help="lot_…; all that wait of the type when left out.")] = None,
    point_type: TypeCode = None,
) -> None:
    """Let a member use points that wait: before their day, or where only a person says so."""

    async def work(member: Member) -> points.ReleaseReceipt:
        return await points.release(
            member.tx,
            member.config,
            member.number,
            reason=reason,
            actor=member.actor,
            now=member.now,
            point_type=point_type,
            lot_id=None if lot is None else _number("lot", lot),
        )

    output = output_of(context)
    receipt, amounts = _run(output, program, ref, _with_amounts(work))
    found, code = [encode("lot", number) for number in receipt.lots], receipt.wallet.point_type
    released, available = (amounts.points(n, code) for n in (receipt.points, receipt.wallet.available))
    text = f"{released} released; {available} {code} available"
    output.result({"lots": found, "points": receipt.points, "wallet": receipt.wallet}, text)


def transfer(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    to: Annotated[str, typer.Argument(help="The receiver: mem_… or kind:value")],
    amount: Amount,
    point_type: TypeCode = None,
    reason: Annotated[str, typer.Option("--reason", "-r")] = "",
) -> None:
    """Move points to another member."""

    async def work(member: Member) -> points.TransferReceipt:
        return await points.transfer(
            member.tx,
            member.config,
            member.number,
            await resolve_ref(member.tx, member.config, to),
            member.amounts.units(amount, point_type),
            actor=member.actor,
            now=member.now,
            point_type=point_type,
            reason=reason,
        )

    output = output_of(context)
    receipt, amounts = _run(output, program, ref, _with_amounts(work))
    _tell(output, encode("trf", receipt.transfer), receipt.wallet, amounts)


def hold(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    amount: Amount,
    seconds: Annotated[int, typer.Option(min=1, help="How long they are set aside.")] = 900,
    point_type: TypeCode = None,
    reference: Annotated[str, typer.Option(help="Order or receipt.")] = "",
) -> None:
    """Set points aside."""

    async def work(member: Member) -> points.HoldReceipt:
        return await points.authorise(
            member.tx,
            member.config,
            member.number,
            member.amounts.units(amount, point_type),
            actor=member.actor,
            now=member.now,
            limit=timedelta(seconds=seconds),
            point_type=point_type,
            reference=reference,
        )

    output = output_of(context)
    receipt, amounts = _run(output, program, ref, _with_amounts(work))
    _tell(output, encode("hld", receipt.hold), receipt.wallet, amounts)


def capture(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    hold_id: HoldId,
    amount: Annotated[
        str | None, typer.Option("--points", help="So many, such as 120 or 12.50; all of it when left out.")
    ] = None,
) -> None:
    """Spend what was set aside; what is not spent returns."""

    async def work(member: Member) -> points.HoldReceipt:
        number = _number("hld", hold_id)
        code = await points.type_of_hold(member.tx, member.config, member.number, number)
        return await points.capture_hold(
            member.tx,
            member.config,
            member.number,
            number,
            actor=member.actor,
            now=member.now,
            points=member.amounts.some(amount, code),
        )

    output = output_of(context)
    receipt, amounts = _run(output, program, ref, _with_amounts(work))
    _tell(output, encode("hld", receipt.hold), receipt.wallet, amounts)


def void(context: typer.Context, program: ProgramCode, ref: Ref, hold_id: HoldId) -> None:
    """Let go of what was set aside."""

    async def work(member: Member) -> points.HoldReceipt:
        number = _number("hld", hold_id)
        return await points.void_hold(
            member.tx, member.config, member.number, number, actor=member.actor, now=member.now
        )

    output = output_of(context)
    receipt, amounts = _run(output, program, ref, _with_amounts(work))
    _tell(output, encode("hld", receipt.hold), receipt.wallet, amounts)


def _run(output: Output, program: str, ref: str, work: Callable[[Member], Awaitable[T]]) -> T:
    async def on_member(tx: Transaction, now: datetime) -> T:
        config = await load_config(tx, (await program_by_code(tx, program)).id)
        return await work(Member(tx, config, await resolve_ref(tx, config, ref), now, output))

    return transact(output, on_member)


def _with_amounts(
    work: Callable[[Member], Awaitable[T]],
) -> Callable[[Member], Awaitable[tuple[T, Amounts]]]:
    async def on_member(member: Member) -> tuple[T, Amounts]:
        return await work(member), member.amounts

    return on_member


def _number(kind: str, text: str) -> int:
    try:
        return decode(kind, text)
    except ValueError as mistake:
        raise NotFound(str(mistake)) from None


def _row(wallet: points.Wallet, amounts: Amounts) -> tuple[Any, ...]:
    soonest = wallet.expiring[0] if wallet.expiring else None
    ends = ""
    if soonest is not None:
        many = amounts.points(soonest.points, wallet.point_type)
        ends = f"{many} on {soonest.expires_at.isoformat(timespec='minutes')}"
    if not ends and wallet.idle_ends_at is not None and wallet.available:
        ends = f"all on {wallet.idle_ends_at.isoformat(timespec='minutes')}, if nothing happens"
    sides = (wallet.available, wallet.pending, wallet.held, wallet.debt)
    return (wallet.point_type, *(amounts.points(side, wallet.point_type) for side in sides), ends)


def _lot(lot: points.LotView, amounts: Amounts) -> tuple[Any, ...]:
    usable = "when released" if lot.pending and lot.active_at is None else _moment(lot.active_at)
    ends = _moment(lot.expires_at)
    number = encode("lot", lot.id)
    came, left = (amounts.points(part, lot.point_type) for part in (lot.points, lot.remaining))
    return (number, lot.point_type, came, left, lot.pending, usable, ends)


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="minutes")


def _tell(output: Output, number: str, wallet: points.Balance, amounts: Amounts) -> None:
    sides = (wallet.available, wallet.pending, wallet.held)
    available, pending, held = (amounts.points(side, wallet.point_type) for side in sides)
    text = f"{number}: {available} {wallet.point_type} available, {pending} pending, {held} held"
    output.result({"id": number, "wallet": wallet}, text)
