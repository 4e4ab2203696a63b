"""`regulars products …`: looking at the catalogue."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from regulars.app.amounts import Amounts
from regulars.app.commands.apply import transact
from regulars.app.output import output_of
from regulars.features.catalog import list_products, select_stock
from regulars.features.programs import load_config, program_by_code
from regulars.infra.db import Transaction

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]


def register(app: typer.Typer) -> None:
    """Add the group products."""
    group = typer.Typer(help="The catalogue of a program.", no_args_is_help=True)
    group.command("list")(list_command)
    group.command("stock")(stock)
    app.add_typer(group, name="products")


def list_command(
    context: typer.Context,
    program: ProgramCode,
    begins: Annotated[str, typer.Option(help="Beginning of the SKU.")] = "",
    category: Annotated[str | None, typer.Option(help="Only this category.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 100,
) -> None:
    """List products in the order of their SKUs."""

    output = output_of(context)

    async def work(tx: Transaction, _: datetime) -> list[tuple[Any, ...]]:
        program_id = (await program_by_code(tx, program)).id
        amounts = Amounts(await load_config(tx, program_id), output)
        found = await list_products(tx, program_id, after="", limit=limit, begins=begins, category=category)
        return [
            (
                p.sku,
                p.name,
                p.category,
                p.brand,
                str(amounts.points(p.points)),
                str(amounts.money(p.price)),
                "yes" if p.earns else "no",
            )
            for p in found
        ]

    columns = ("sku", "name", "category", "brand", "points", "price", "earns")
    output.table("Products", columns, transact(output, work))


def stock(
    context: typer.Context,
    program: ProgramCode,
    skus: Annotated[list[str], typer.Argument(help="Products")],
) -> None:
    """Show what the stores have of some products."""

    async def work(tx: Transaction, _: datetime) -> list[tuple[Any, ...]]:
        program_id = (await program_by_code(tx, program)).id
        return [(s.sku, s.store, s.quantity) for s in await select_stock(tx, program_id, skus)]

    output = output_of(context)
    output.table("Stock", ("sku", "store", "quantity"), transact(output, work))
