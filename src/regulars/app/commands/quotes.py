"""`regulars quote`: what a basket would earn, for a member, a stranger or somebody imagined. Writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from regulars.app.amounts import Amounts
from regulars.app.commands.explain import Answer, Program, looking
from regulars.app.output import output_of
from regulars.app.shop_clock import clock_in
from regulars.flows.accrual.insight import Rulebook
from regulars.flows.quotation import Hypothesis, Question, quote
from regulars.infra.db import Transaction
from regulars.kit.strict_json import decode_strict

BASKET_BYTES_MAX = 2_000_000


def register(app: typer.Typer) -> None:
    """Add quote."""
    app.command("quote")(quote_basket)


def quote_basket(
    context: typer.Context,
    basket: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="JSON of an event in the plain form")
    ],
    program: Program,
    member: Annotated[
        str | None, typer.Option(help="mem_…, or kind:value; nobody known when left out")
    ] = None,
    tier: Annotated[list[str] | None, typer.Option(help="SET=TIER assumed; may be repeated")] = None,
    at: Annotated[datetime | None, typer.Option(help="When, in UTC; now when left out")] = None,
) -> None:
    """Price a basket: points, the rules that apply, and why the others do not."""
    event = decode_strict(basket.read_bytes(), bytes_max=BASKET_BYTES_MAX)
    if not isinstance(event, dict):
        raise typer.BadParameter("A basket is a JSON object.", param_hint="BASKET")
    tiers = dict(_pair(text) for text in tier or ())
    moment = None if at is None else at.replace(tzinfo=UTC)
    question = Question(event, member, moment, Hypothesis(tiers=tiers))

    output = output_of(context)

    async def work(tx: Transaction, book: Rulebook) -> tuple[Answer, Amounts]:
        return await quote(tx, book, question, (await clock_in(tx)).now()), Amounts(book.terms, output)

    told, amounts = looking(output, program, work)
    output.result(told, _text(told, amounts))


def _pair(text: str) -> tuple[str, str]:
    code, equals, tier = text.partition("=")
    if not equals:
        raise typer.BadParameter("Write SET=TIER, such as club=gold.", param_hint="--tier")
    return code, tier


def _text(told: dict[str, Any], amounts: Amounts) -> str:
    lines = [amounts.listed(told["points"]) or "no points"]
    lines += [
        f"  {fired['rule']}: {amounts.listed(fired['points']) or 'no points'}"
        for fired in told["rules_fired"]
    ]
    lines += [f"  not {missed['rule']}: {missed['reason']}" for missed in told["rules_not_fired"]]
    return "\n".join(lines)
