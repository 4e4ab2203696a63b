"""`regulars gift-cards …`: make cards, sell them, look at one, block one that was lost."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar

import typer

from regulars.app.amounts import Amounts
from regulars.app.commands.apply import transact
from regulars.app.output import Output, output_of
from regulars.features.programs import ProgramConfig, load_config, program_by_code
from regulars.flows import gifting
from regulars.flows.gifting import CardBalance
from regulars.infra.db import Transaction
from regulars.kit.ids import encode
from regulars.kit.money import exponent, major

T = TypeVar("T")

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Number = Annotated[str, typer.Argument(help="The number on the card.")]
Amount = Annotated[str, typer.Argument(help='Money such as "25.00".')]


def register(app: typer.Typer) -> None:
    """Add the group gift-cards."""
    group = typer.Typer(help="Gift cards with money on them.", no_args_is_help=True)
    group.command("make")(make)
    group.command("activate")(activate)
    group.command("topup")(top_up)
    group.command("balance")(balance)
    group.command("block")(block)
    group.command("pin")(pin)
    app.add_typer(group, name="gift-cards")


def make(
    context: typer.Context,
    program: ProgramCode,
    point_type: Annotated[str, typer.Argument(help="Point type that is the money on the cards.")],
    count: Annotated[int, typer.Option(min=1, max=1_000, help="How many.")] = 1,
) -> None:
    """Make cards with nothing on them. PINs are shown this once."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> list[tuple[str, str]]:
        made = await gifting.create(tx, config, point_type, count, now)
        return [(card.number, card.pin) for card in made]

    output = output_of(context)
    output.table("Gift cards", ("number", "pin"), _run(output, program, work))


def activate(context: typer.Context, program: ProgramCode, number: Number, amount: Amount) -> None:
    """Put the first money on a card that was sold."""
    output = output_of(context)

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> dict[str, str]:
        money = Amounts(config, output).minor(amount)
        done = await gifting.activate(tx, config, number, money, actor=_actor(), now=now)
        return _facts(done, config)

    _tell(context, program, work)


def top_up(context: typer.Context, program: ProgramCode, number: Number, amount: Amount) -> None:
    """Put more money on an active card."""
    output = output_of(context)

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> dict[str, str]:
        money = Amounts(config, output).minor(amount)
        done = await gifting.top_up(tx, config, number, money, actor=_actor(), now=now)
        return _facts(done, config)

    _tell(context, program, work)


def balance(context: typer.Context, program: ProgramCode, number: Number) -> None:
    """Say what is on a card."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> dict[str, str]:
        return _facts(await gifting.balance(tx, config, number, now), config)

    _tell(context, program, work)


def block(
    context: typer.Context,
    program: ProgramCode,
    number: Number,
    free: Annotated[bool, typer.Option("--free", help="Free it again.")] = False,
) -> None:
    """Block a card that was lost; what is on it stays."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> dict[str, str]:
        card = await gifting.block(tx, config, number, blocked=not free, now=now)
        return {"card": f"…{card.number[-4:]}", "status": card.status}

    _tell(context, program, work)


def pin(context: typer.Context, program: ProgramCode, number: Number) -> None:
    """Give a card another PIN, shown this once."""

    async def work(tx: Transaction, config: ProgramConfig, _: datetime) -> dict[str, str]:
        made = await gifting.replace_pin(tx, config, number)
        return {"number": made.number, "pin": made.pin}

    _tell(context, program, work)


def _run(
    output: Output, program: str, work: Callable[[Transaction, ProgramConfig, datetime], Awaitable[T]]
) -> T:
    async def on_program(tx: Transaction, now: datetime) -> T:
        config = await load_config(tx, (await program_by_code(tx, program)).id)
        return await work(tx, config, now)

    return transact(output, on_program)


def _tell(
    context: typer.Context,
    program: str,
    work: Callable[[Transaction, ProgramConfig, datetime], Awaitable[dict[str, str]]],
) -> None:
    output = output_of(context)
    facts = _run(output, program, work)
    output.result(facts, ", ".join(f"{name} {value}" for name, value in facts.items() if value))


def _facts(found: CardBalance, config: ProgramConfig) -> dict[str, str]:
    transfer = encode("trf", found.transfer) if found.transfer else ""
    available = f"{major(found.available, exponent(config.currency))} {config.currency}"
    return {"card": f"…{found.card.number[-4:]}", "available": available, "transfer": transfer}


def _actor() -> str:
    return f"cli:{getpass.getuser()}"
