"""`regulars checkouts …`: baskets priced, set aside, closed, opened again and taken back by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from pydantic import ValidationError

from regulars.app.amounts import Amounts
from regulars.app.checkout_parts import CheckoutParts
from regulars.app.commands.redemptions import Desk, at_desk
from regulars.app.output import output_of
from regulars.features.programs import load_config
from regulars.flows import checkout
from regulars.flows.accrual import Rulebooks
from regulars.flows.checkout import (
    CheckoutAnswer,
    CheckoutBody,
    CheckoutRewardAnswer,
    CheckoutStepAnswer,
    Named,
    Standing,
    Wanted,
)
from regulars.kit.ids import decode
from regulars.kit.strict_json import decode_strict

BASKET_BYTES_MAX = 2_000_000

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Number = Annotated[str, typer.Argument(help="chk_…")]
Basket = Annotated[
    Path,
    typer.Argument(
        exists=True, dir_okay=False, help="JSON: lines, member, vouchers, rewards, as in the API."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; set nothing aside.")]

Work = Callable[[Desk, CheckoutParts], Awaitable[CheckoutAnswer]]


def register(app: typer.Typer) -> None:
    """Add the group checkouts."""
    group = typer.Typer(help="Baskets at the checkout.", no_args_is_help=True)
    group.command("list")(list_all)
    group.command("open")(open_one)
    group.command("show")(show_one)
    group.command("change")(change_one)
    group.command("close")(close_one)
    group.command("cancel")(cancel_one)
    group.command("reopen")(reopen_one)
    group.command("return")(return_one)
    app.add_typer(group, name="checkouts")


def list_all(
    context: typer.Context,
    program: ProgramCode,
    member: Annotated[str | None, typer.Option("--member", "-m", help="Of one member only.")] = None,
    status: Annotated[Standing | None, typer.Option(help="Of one status only.")] = None,
    store: Annotated[str | None, typer.Option(help="Of one store only: its code.")] = None,
    order: Annotated[str | None, typer.Option(help="Your number of the order.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Opened from then on (UTC)")] = None,
    until: Annotated[datetime | None, typer.Option(help="Opened before (UTC)")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50,
) -> None:
    """List checkouts, latest first."""
    output = output_of(context)

    async def work(desk: Desk) -> list[tuple[Any, ...]]:
        amounts, _ = await desk.amounts(output)
        member_id = None if member is None else await desk.member(member)
        stores = None if store is None else [store]
        wanted = Wanted(status, member_id, stores, order, _utc(since), _utc(until))
        found = await checkout.list_checkouts(desk.tx, desk.program_id, wanted, desk.now, limit=limit)
        rows = [checkout.row_of(one, desk.now) for one in found]
        return [
            (
                one.id,
                one.member,
                one.order_id,
                one.store,
                amounts.money(one.to_pay),
                amounts.listed(one.points),
                str(one.status),
                _instant(one.created_at),
            )
            for one in rows
        ]

    columns = ("id", "member", "order", "store", "to pay", "points", "status", "opened")
    output.table("Checkouts", columns, at_desk(output, program, work))


def open_one(context: typer.Context, program: ProgramCode, basket: Basket, dry_run: DryRun = False) -> None:
    """Price a basket with vouchers, rewards and points, and set them aside."""
    body = _body(basket)

    async def work(desk: Desk, parts: CheckoutParts) -> CheckoutAnswer:
        member_id = None if body.member is None else await desk.member(body.member)
        asked = checkout.content_of(body)
        opened = await checkout.open_checkout(
            desk.tx, parts, desk.program_id, member_id, asked, desk.now, actor=desk.actor
        )
        return await checkout.answer_of(desk.tx, parts, opened, desk.now)

    _tell(context, program, work, keep=not dry_run)


def show_one(context: typer.Context, program: ProgramCode, number: Number) -> None:
    """Show a checkout; while it is open, with what its order would earn."""

    async def work(desk: Desk, parts: CheckoutParts) -> CheckoutAnswer:
        found = await checkout.read_checkout(desk.tx, desk.program_id, _number(number))
        return await checkout.answer_of(desk.tx, parts, found, desk.now)

    _tell(context, program, work)


def change_one(context: typer.Context, program: ProgramCode, number: Number, basket: Basket) -> None:
    """Price another basket instead; what was set aside is let go first."""
    asked = checkout.content_of(_body(basket))

    async def work(desk: Desk, parts: CheckoutParts) -> CheckoutAnswer:
        changed = await checkout.change_checkout(
            desk.tx, parts, desk.program_id, _number(number), asked, desk.now, actor=desk.actor
        )
        return await checkout.answer_of(desk.tx, parts, changed, desk.now)

    _tell(context, program, work)


def close_one(
    context: typer.Context,
    program: ProgramCode,
    number: Number,
    order: Annotated[str, typer.Argument(help="Your number of the order.")],
    dry_run: DryRun = False,
) -> None:
    """Make the order: rewards are taken, vouchers used, and what is paid for goods earns."""

    async def work(desk: Desk, parts: CheckoutParts) -> CheckoutAnswer:
        closed, did = await checkout.close_checkout(
            desk.tx, parts, desk.program_id, _number(number), order, desk.now, actor=desk.actor
        )
        shown = await checkout.answer_of(desk.tx, parts, closed, desk.now)
        return shown.model_copy(update={"did": did})

    _tell(context, program, work, keep=not dry_run)


def cancel_one(context: typer.Context, program: ProgramCode, number: Number) -> None:
    """Let an open checkout go."""
    _step(context, program, number, checkout.cancel_checkout)


def reopen_one(context: typer.Context, program: ProgramCode, number: Number) -> None:
    """Undo a closed checkout and open it again, at the prices of now."""
    _step(context, program, number, checkout.reopen_checkout)


def return_one(
    context: typer.Context,
    program: ProgramCode,
    number: Number,
    lines: Annotated[
        list[str] | None, typer.Argument(help="LINE=PIECES, such as 0=2; lines count from 0.")
    ] = None,
    reward: Annotated[
        list[str] | None,
        typer.Option("--reward", help="rdm_…=PIECES of goods and the like; repeatable."),
    ] = None,
    keep_rewards: Annotated[
        bool, typer.Option("--keep-rewards", help="Goods and the like stay, also after the last line.")
    ] = False,
    restock: Annotated[bool, typer.Option(help="The pieces of rewards can be taken by others again.")] = True,
    dry_run: DryRun = False,
) -> None:
    """Take pieces of lines and of rewards back: money and points as they were paid.

    What took money off lines comes back with them. Goods and the like come back when they are named, or with the last
    line where none is.
    """
    pieces = dict(_line(text) for text in lines or ())
    named = [_reward(text, restock=restock) for text in reward or ()]
    if named and keep_rewards:
        raise typer.BadParameter("name rewards, or keep them", param_hint="--keep-rewards")

    async def work(desk: Desk, parts: CheckoutParts) -> CheckoutAnswer:
        found, back = await checkout.return_parts(
            desk.tx,
            parts,
            desk.program_id,
            _number(number),
            pieces,
            desk.now,
            rewards=named if named or keep_rewards else None,
            actor=desk.actor,
        )
        shown = await checkout.answer_of(desk.tx, parts, found, desk.now)
        return shown.model_copy(update={"returned": back})

    _tell(context, program, work, keep=not dry_run)


def _step(context: typer.Context, program: str, number: str, step: Callable[..., Awaitable[Any]]) -> None:
    async def work(desk: Desk, parts: CheckoutParts) -> CheckoutAnswer:
        done = await step(desk.tx, parts, desk.program_id, _number(number), desk.now, actor=desk.actor)
        return await checkout.answer_of(desk.tx, parts, done, desk.now)

    _tell(context, program, work)


def _tell(context: typer.Context, program: str, work: Work, *, keep: bool = True) -> None:
    output = output_of(context)

    async def at(desk: Desk) -> tuple[CheckoutAnswer, Amounts]:
        config = await load_config(desk.tx, desk.program_id)
        return await work(desk, CheckoutParts(desk.grounds, Rulebooks())), Amounts(config, output)

    found, amounts = at_desk(output, program, at, keep=keep)
    output.result(msgspec.json.decode(found.model_dump_json()), _text(found, amounts))


def _text(found: CheckoutAnswer, amounts: Amounts) -> str:
    said = [f"{found.id} {found.status}: {amounts.priced(found.to_pay)} to pay"]
    said += [f"  {off.source} {off.code}: {amounts.priced(off.amount)} off" for off in found.discounts]
    said += [_reward_text(one, amounts) for one in found.rewards]
    if found.earns and found.earns["points"]:
        said.append(f"  would earn {amounts.listed(found.earns['points'])}")
    if found.returned:
        paid_in = found.rewards[0].point_type if found.rewards else None
        points = amounts.points(found.returned["points"], paid_in)
        said.append(f"  back: {amounts.priced(found.returned['money'])}, {points} points")
    said += [_step_text(one, amounts) for one in found.history]
    if found.expires_at is not None:
        said.append(f"  until {_instant(found.expires_at)}")
    return "\n".join(said)


def _reward_text(one: CheckoutRewardAnswer, amounts: Amounts) -> str:
    back = f"; {one.returned} of {one.quantity} back" if one.returned else ""
    cost = f"{amounts.points(one.points, one.point_type)} {one.point_type}"
    cost += f" and {amounts.priced(one.money)}" if one.money else ""
    return f"  {one.reward} ({one.redemption}): {cost}{back}"


def _step_text(one: CheckoutStepAnswer, amounts: Amounts) -> str:
    said = f"  {_instant(one.at)} {one.did}"
    said += f" as {one.order_id}" if one.order_id else ""
    pieces = [f"{line}={some}" for line, some in one.lines.items()]
    pieces += [f"{redemption}={some}" for redemption, some in one.rewards.items()]
    said += f" {' '.join(pieces)}" if pieces else ""
    back = [amounts.priced(one.money)] if one.money else []
    back += [amounts.listed(one.points)] if one.points else []
    said += f": {' and '.join(back)} back" if back else ""
    return f"{said} by {one.actor}" if one.actor else said


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(tzinfo=UTC)


def _instant(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")


def _body(basket: Path) -> CheckoutBody:
    raw = decode_strict(basket.read_bytes(), bytes_max=BASKET_BYTES_MAX)
    try:
        return CheckoutBody.model_validate(raw)
    except ValidationError as mistake:
        first = mistake.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise typer.BadParameter(f"{place}: {first['msg']}", param_hint="BASKET") from None


def _line(text: str) -> tuple[int, int]:
    line, _, pieces = text.partition("=")
    if not (line.isdigit() and pieces.isdigit()):
        raise typer.BadParameter("write LINE=PIECES, such as 0=2", param_hint="LINES")
    return int(line), int(pieces)


def _reward(text: str, *, restock: bool) -> Named:
    redemption, _, pieces = text.partition("=")
    try:
        return Named(decode("rdm", redemption), int(pieces), restock)
    except ValueError:
        raise typer.BadParameter(
            "write rdm_…=PIECES, such as rdm_0000000000016=1", param_hint="--reward"
        ) from None


def _number(text: str) -> int:
    try:
        return decode("chk", text)
    except ValueError:
        raise checkout.UnknownCheckout from None
