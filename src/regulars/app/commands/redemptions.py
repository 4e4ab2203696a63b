"""`regulars redemptions …`: rewards taken, confirmed, sent and given back by hand."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Any, TypeVar

import typer

from regulars.app.amounts import Amounts
from regulars.app.commands.apply import transact
from regulars.app.output import Output, output_of
from regulars.app.redemption_ports import redemption_ports
from regulars.features.members import resolve_ref
from regulars.features.programs import ProgramConfig, load_config, program_by_code
from regulars.flows.redemption import (
    Ask,
    Capture,
    Grounds,
    Receipt,
    Status,
    cancel,
    confirm,
    fulfil,
    list_redemptions,
    take,
    void,
)
from regulars.infra.db import Transaction
from regulars.kit.errors import NotFound, Rejected
from regulars.kit.ids import decode, encode

T = TypeVar("T")

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Ref = Annotated[str, typer.Argument(help="mem_…, or kind:value such as email:ann@example.com")]
Number = Annotated[str, typer.Argument(help="rdm_…")]
Chosen = Annotated[
    str | None, typer.Option("--points", help="Where the member chooses: how many, such as 120 or 12.50.")
]
Quantity = Annotated[
    int | None, typer.Option("--quantity", "-n", min=1, help="So many pieces; all when left out.")
]


class Desk:
    """What a command works with: the transaction, the program and the moment."""

    def __init__(self, tx: Transaction, program_id: int, now: datetime) -> None:
        """Work in the transaction `tx`."""
        self.tx = tx
        self.program_id = program_id
        self.now = now
        self.grounds = Grounds(redemption_ports())
        self.actor = f"cli:{getpass.getuser()}"

    async def member(self, ref: str) -> int:
        """Return the member a reference names. Refuses with UnknownMember."""
        return await resolve_ref(self.tx, await load_config(self.tx, self.program_id), ref)

    async def amounts(self, output: Output) -> tuple[Amounts, ProgramConfig]:
        """Return what says amounts of the program, and its configuration."""
        config = await load_config(self.tx, self.program_id)
        return Amounts(config, output), config

    async def chosen(self, text: str | None, reward: str, output: Output) -> int | None:
        """Return the points that a member chose for a reward, in smallest units; None where nothing was said."""
        if text is None:
            return None
        ground = await self.grounds.open(self.tx, self.program_id)
        return Amounts(ground.config, output).some(text, ground.book.offered(reward).reward.point_type)


class _Undo(Exception):
    """Ends a transaction that leaves no trace."""


def register(app: typer.Typer) -> None:
    """Add the group redemptions."""
    group = typer.Typer(help="Rewards that members took.", no_args_is_help=True)
    group.command("list")(list_all)
    group.command("take")(take_one)
    group.command("capture")(capture_one)
    group.command("void")(void_one)
    group.command("cancel")(cancel_one)
    group.command("fulfil")(fulfil_one)
    app.add_typer(group, name="redemptions")


def at_desk(output: Output, program: str, work: Callable[[Desk], Awaitable[T]], *, keep: bool = True) -> T:
    """Return what `work` returns, done in one transaction; undone where nothing is to be kept."""
    found: list[T] = []

    async def on_desk(tx: Transaction, now: datetime) -> None:
        found.append(await work(Desk(tx, (await program_by_code(tx, program)).id, now)))
        if not keep:
            raise _Undo

    with suppress(_Undo):
        transact(output, on_desk)
    return found[0]


def list_all(
    context: typer.Context,
    program: ProgramCode,
    member: Annotated[str | None, typer.Option("--member", "-m", help="Of one member only.")] = None,
    status: Annotated[Status | None, typer.Option(help="Of one status only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50,
) -> None:
    """List redemptions, latest first."""

    output = output_of(context)

    async def work(desk: Desk) -> list[tuple[Any, ...]]:
        amounts, config = await desk.amounts(output)
        member_id = None if member is None else await desk.member(member)
        ground = await desk.grounds.open(desk.tx, desk.program_id)
        found = await list_redemptions(
            desk.tx, desk.program_id, limit=limit, member_id=member_id, status=status
        )
        return [
            (
                encode("rdm", one.id),
                encode("mem", one.member_id),
                ground.book.by_id[one.reward_id].reward.code,
                one.quantity,
                amounts.points(one.points, config.point_types_by_id[one.point_type_id].code),
                amounts.money(one.money),
                one.standing(desk.now),
                one.created_at.isoformat(timespec="seconds"),
            )
            for one in found
        ]

    columns = ("id", "member", "reward", "quantity", "points", "money", "status", "created")
    output.table("Redemptions", columns, at_desk(output, program, work))


def take_one(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    reward: Annotated[str, typer.Argument(help="Code of the reward.")],
    quantity: Annotated[int, typer.Option("--quantity", "-n", min=1)] = 1,
    points: Chosen = None,
    store: Annotated[str, typer.Option(help="Code of the store.")] = "",
    reference: Annotated[str, typer.Option(help="Your order or case.")] = "",
    hold: Annotated[
        bool, typer.Option("--hold", help="Set it aside only, to be captured or voided.")
    ] = False,
) -> None:
    """Take a reward for a member at once, or set it aside."""
    output = output_of(context)

    async def work(desk: Desk) -> Receipt:
        ask = Ask(
            await desk.member(ref),
            reward,
            quantity,
            await desk.chosen(points, reward, output),
            store,
            reference,
            at_once=not hold,
            actor=desk.actor,
        )
        return _only(await take(desk.tx, desk.grounds, desk.program_id, [ask], desk.now))

    _tell(context, program, work)


def capture_one(
    context: typer.Context, program: ProgramCode, redemption: Number, quantity: Quantity = None
) -> None:
    """Confirm a reservation, whole or fewer pieces; the rest goes back."""

    async def work(desk: Desk) -> Receipt:
        asked = Capture(_number(redemption), quantity, actor=desk.actor)
        return _only(await confirm(desk.tx, desk.grounds, desk.program_id, [asked], desk.now))

    _tell(context, program, work)


def void_one(context: typer.Context, program: ProgramCode, redemption: Number) -> None:
    """Let a reservation go."""

    async def work(desk: Desk) -> Receipt:
        number = _number(redemption)
        return await void(desk.tx, desk.grounds, desk.program_id, number, desk.now, actor=desk.actor)

    _tell(context, program, work)


def cancel_one(
    context: typer.Context,
    program: ProgramCode,
    redemption: Number,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why.")],
    quantity: Quantity = None,
    share: Annotated[str | None, typer.Option(help="A share in percent instead of pieces.")] = None,
    restock: Annotated[bool, typer.Option(help="The pieces can be taken by others again.")] = True,
) -> None:
    """Give a redemption back, whole or in part: points to the lots they came from, money in proportion."""
    part = None if share is None else _share(share)

    async def work(desk: Desk) -> Receipt:
        return await cancel(
            desk.tx,
            desk.grounds,
            desk.program_id,
            _number(redemption),
            desk.now,
            reason=reason,
            quantity=quantity,
            share=part,
            restock=restock,
            actor=desk.actor,
        )

    _tell(context, program, work)


def fulfil_one(
    context: typer.Context,
    program: ProgramCode,
    redemption: Number,
    status: Annotated[str, typer.Argument(help="ordered, shipped or delivered")],
    tracking: Annotated[str, typer.Option(help="Shown to the member.")] = "",
) -> None:
    """Say that an order was ordered, shipped or delivered."""
    if status not in ("ordered", "shipped", "delivered"):
        raise typer.BadParameter("write ordered, shipped or delivered", param_hint="STATUS")

    async def work(desk: Desk) -> Receipt:
        note = {"tracking": tracking} if tracking else {}
        number = _number(redemption)
        return await fulfil(
            desk.tx, desk.grounds, desk.program_id, number, Status(status), desk.now, note=note
        )

    _tell(context, program, work)


def _only(results: list[Receipt | Rejected]) -> Receipt:
    (result,) = results
    if isinstance(result, Rejected):
        raise result
    return result


def _number(text: str) -> int:
    try:
        return decode("rdm", text)
    except ValueError as mistake:
        raise NotFound(str(mistake)) from None


def _share(text: str) -> Fraction:
    try:
        return Fraction(Decimal(text)) / 100
    except (InvalidOperation, ValueError):
        raise typer.BadParameter("write a percentage such as 33.3", param_hint="--share") from None


def _tell(context: typer.Context, program: str, work: Callable[[Desk], Awaitable[Receipt]]) -> None:
    output = output_of(context)

    async def told(desk: Desk) -> tuple[Receipt, Amounts]:
        amounts, _ = await desk.amounts(output)
        return await work(desk), amounts

    done, amounts = at_desk(output, program, told)
    order, wallet = done.order, done.wallet
    plain = {
        "id": encode("rdm", order.id),
        "status": str(order.status),
        "points": done.points,
        "money": done.money,
        "issued": list(order.issued),
        "wallet": {"point_type": wallet.point_type, "available": wallet.available, "held": wallet.held},
    }
    points, available, held = (
        amounts.points(one, wallet.point_type) for one in (done.points, wallet.available, wallet.held)
    )
    text = f"{plain['id']} {order.status}: {points} {wallet.point_type}"
    codes = "".join(f"; code {one['code']}" for one in order.issued if "code" in one)
    output.result(plain, f"{text}, {available} available, {held} held{codes}")
