"""`regulars rewards …`: the catalogue of rewards, what there is of each, and what it would cost a member."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer

from regulars.app.amounts import Amounts
from regulars.app.commands.apply import transact
from regulars.app.commands.redemptions import Chosen, Desk, ProgramCode, Ref, at_desk
from regulars.app.output import output_of
from regulars.features.programs import load_config, program_by_code
from regulars.features.rewards import (
    InvalidReward,
    Reward,
    Shelf,
    Stored,
    archive_reward,
    put_reward,
    put_reward_stock,
    select_reward,
    select_rewards,
    select_shelves,
)
from regulars.flows.apply import around_rewards, plain_reward
from regulars.flows.redemption import Ask, Quote, preview
from regulars.infra.db import Transaction
from regulars.kit.errors import Invalid, Rejected
from regulars.kit.shapes import shape_error

Code = Annotated[str, typer.Argument(help="Code of the reward.")]


def register(app: typer.Typer) -> None:
    """Add the group rewards."""
    group = typer.Typer(help="What members can have for points.", no_args_is_help=True)
    group.command("list")(list_all)
    group.command("show")(show)
    group.command("put")(put)
    group.command("stock")(stock)
    group.command("archive")(archive)
    group.command("quote")(quote)
    app.add_typer(group, name="rewards")


def list_all(
    context: typer.Context,
    program: ProgramCode,
    archived: Annotated[bool, typer.Option("--archived", help="Archived rewards too.")] = False,
) -> None:
    """List the rewards of a program, with what there is of each now."""

    output = output_of(context)

    async def work(tx: Transaction, now: datetime) -> list[tuple[Any, ...]]:
        program_id = (await program_by_code(tx, program)).id
        amounts = Amounts(await load_config(tx, program_id), output)
        found = [one for one in await select_rewards(tx, program_id) if archived or one.archived_at is None]
        shelves = await select_shelves(tx, [one.id for one in found])
        return [_row(one, shelves.get(one.id, []), now, amounts) for one in found]

    columns = ("code", "name", "kind", "points", "money", "free", "offered")
    output.table("Rewards", columns, transact(output, work))


def show(context: typer.Context, program: ProgramCode, code: Code) -> None:
    """Show one reward in full."""

    output = output_of(context)

    async def work(tx: Transaction, _: datetime) -> tuple[Stored, list[Shelf], Amounts]:
        config = await load_config(tx, (await program_by_code(tx, program)).id)
        found = await select_reward(tx, config.id, code)
        return found, (await select_shelves(tx, [found.id])).get(found.id, []), Amounts(config, output)

    stored, shelves, amounts = transact(output, work)
    beside = {"version": stored.version, "shelves": msgspec.to_builtins(shelves)}
    words = plain_reward(stored.reward, amounts.currency, amounts.scale) | beside
    said = "\n".join(f"{name}: {value}" for name, value in words.items())
    output.result(msgspec.to_builtins(stored.reward) | beside, said)


def put(
    context: typer.Context,
    program: ProgramCode,
    code: Code,
    document: Annotated[
        str, typer.Argument(help='JSON, such as {"name": "Mug", "kind": "goods", "price": {"points": 100}}')
    ],
) -> None:
    """Make a reward, or give it another version. Points and money are in smallest units."""
    try:
        reward = msgspec.convert({"code": code, **msgspec.json.decode(document)}, Reward)
    except msgspec.ValidationError as mistake:
        raise InvalidReward(errors=[shape_error(mistake, Reward)]) from mistake
    except (msgspec.DecodeError, TypeError) as mistake:
        raise Invalid(f"This is no reward: {mistake}.") from mistake

    async def work(tx: Transaction, now: datetime) -> tuple[Stored, bool]:
        program_id = (await program_by_code(tx, program)).id
        around = await around_rewards(tx, program_id)
        return await put_reward(tx, program_id, reward, around, now)

    output = output_of(context)
    stored, new = transact(output, work)
    said = "made" if new else f"is version {stored.version}"
    output.result({"code": code, "version": stored.version, "new": new}, f"{code} {said}")


def stock(
    context: typer.Context,
    program: ProgramCode,
    code: Code,
    free: Annotated[int | None, typer.Option(min=0, help="How many are free now.")] = None,
    add: Annotated[int | None, typer.Option(help="How many came, or went (below zero).")] = None,
    store: Annotated[str, typer.Option(help="Code of the store, where the reward has stores.")] = "",
) -> None:
    """Say how many pieces of a reward there are."""
    if (free is None) == (add is None):
        raise typer.BadParameter("write either --free or --add", param_hint="--free")

    async def work(tx: Transaction, _: datetime) -> Shelf:
        program_id = (await program_by_code(tx, program)).id
        return await put_reward_stock(tx, program_id, code, place=store, free=free, add=add or 0)

    output = output_of(context)
    shelf = transact(output, work)
    output.result(shelf, f"{code}: {shelf.free} free of {shelf.total}")


def archive(context: typer.Context, program: ProgramCode, code: Code) -> None:
    """Stop offering a reward; what was ordered stays."""

    async def work(tx: Transaction, now: datetime) -> None:
        await archive_reward(tx, (await program_by_code(tx, program)).id, code, now)

    output = output_of(context)
    transact(output, work)
    output.result({"code": code, "archived": True}, f"{code} is not offered any more")


def quote(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    code: Code,
    quantity: Annotated[int, typer.Option("--quantity", "-n", min=1)] = 1,
    points: Chosen = None,
    store: Annotated[str, typer.Option(help="Code of the store.")] = "",
) -> None:
    """Say what a reward would cost a member now, and whether she could have it. Nothing is kept."""

    output = output_of(context)

    async def work(desk: Desk) -> tuple[Quote, Amounts]:
        chosen = await desk.chosen(points, code, output)
        ask = Ask(await desk.member(ref), code, quantity, chosen, store)
        amounts, _ = await desk.amounts(output)
        return await preview(desk.tx, desk.grounds, desk.program_id, ask, desk.now), amounts

    found, amounts = at_desk(output, program, work, keep=False)
    price, refusal = found.price, found.refusal
    plain = {
        "reward": code,
        "points": None if price is None else price.points,
        "money": None if price is None else price.money,
        "listed_points": None if price is None else price.listed,
        "price_changes": [] if price is None else msgspec.to_builtins(price.changes),
        "worth": None if price is None else price.worth,
        "given_back": msgspec.to_builtins(found.given_back),
        "refusal": None if refusal is None else {"code": refusal.code, "message": _why(refusal)},
    }
    cost = "no price"
    if price is not None:
        cost = f"{amounts.points(price.points, found.point_type)} {found.point_type}"
        cost += f" and {amounts.priced(price.money)}" if price.money else ""
    cost += "".join(
        f", {amounts.points(one.points, one.point_type, '+')} {one.point_type} ({one.rule or 'tier'})"
        for one in found.given_back
    )
    output.result(plain, f"{code}: {cost}; " + ("it can be had" if refusal is None else _why(refusal)))


def _row(stored: Stored, shelves: list[Shelf], now: datetime, amounts: Amounts) -> tuple[Any, ...]:
    reward = stored.reward
    free = sum(shelf.free for shelf in shelves) if reward.stock else ""
    offered = "archived" if stored.archived_at else ("now" if reward.in_force(now) else "not now")
    price = reward.price
    points = "chosen" if price.rate is not None else amounts.points(price.points, reward.point_type)
    return (reward.code, reward.name, reward.kind, points, amounts.money(price.money), free, offered)


def _why(refusal: Rejected) -> str:
    """Return why a reward cannot be had, and what of the request to write instead."""
    wrong = "; ".join(f"{one.path}: {one.message}" for one in refusal.errors)
    return wrong or str(refusal)
