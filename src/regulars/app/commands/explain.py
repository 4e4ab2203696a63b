"""`regulars explain` and `regulars why`: why an event or a transfer is as it is, and what happened to a member."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, TypeVar

import typer

from regulars.app.amounts import Amounts
from regulars.app.commands.redemptions import Desk, at_desk
from regulars.app.output import Output, output_of
from regulars.app.serve import prepare
from regulars.app.settings import Settings
from regulars.app.shop_clock import clock_in
from regulars.features.members import resolve_ref, select_merged_ids
from regulars.features.programs import load_config, program_by_code
from regulars.flows import checkout, redemption
from regulars.flows.accrual.insight import Rulebook, Rulebooks, current_rulebook
from regulars.flows.explanation import (
    event_at,
    explain_event,
    explain_transfer,
    find_event,
    member_timeline,
)
from regulars.infra.db import Database, Transaction
from regulars.kit.ids import decode

Program = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program")
]
T = TypeVar("T")
Answer = dict[str, Any]
# What is explained by what it cost, not by what it earned.
SPENDING = ("rdm_", "chk_")
# Effects that are points stand with the rules that gave them, and with the transfers.
TOLD_OTHERWISE = ("points_", "entry_award", "tier_changed")


def register(app: typer.Typer) -> None:
    """Add explain and why."""
    app.command("explain")(explain)
    app.command("why")(why)


def explain(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="evt_…, trf_…, rdm_…, chk_…, or the number of an order")],
    program: Program,
) -> None:
    """Explain an event, a transfer, an order, a redemption or a checkout: what it did, by which rules, why so much."""
    output = output_of(context)
    if what.startswith(SPENDING):
        answer = at_desk(output, program, partial(_spending, what), keep=False)
        output.result(answer, "\n".join(answer["sentences"]))
        return

    async def work(tx: Transaction, book: Rulebook) -> tuple[Answer, Amounts]:
        amounts = Amounts(book.terms, output)
        if what.startswith("trf_"):
            return await explain_transfer(tx, book, decode("trf", what)), amounts
        if what.startswith("evt_"):
            stored = await event_at(tx, book, decode("evt", what))
        else:
            stored = await find_event(tx, book, order_id=what)
        return await explain_event(tx, book, stored, (await clock_in(tx)).now()), amounts

    try:
        answer, amounts = looking(output, program, work)
    except ValueError as mistake:
        raise typer.BadParameter(str(mistake)) from None
    output.result(answer, _told(answer, amounts))


async def _spending(what: str, desk: Desk) -> Answer:
    """Return a redemption or a checkout explained."""
    tx, program_id = desk.tx, desk.program_id
    if what.startswith("rdm_"):
        number = decode("rdm", what)
        found = await redemption.explanation_of(tx, desk.grounds, program_id, number, desk.now)
        return found.model_dump(mode="json")
    session = await checkout.read_checkout(tx, program_id, decode("chk", what))
    config = await load_config(tx, program_id)
    return checkout.explanation_of(session, config, desk.now).model_dump(mode="json")


def why(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(help="mem_…, or kind:value such as email:ann@example.com")],
    program: Program,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many lines.")] = 30,
) -> None:
    """List what happened to a member, the latest first; `explain` says why of each line."""

    output = output_of(context)

    async def work(tx: Transaction, book: Rulebook) -> list[tuple[str, ...]]:
        amounts = Amounts(book.terms, output)
        member_ids = await select_merged_ids(tx, await resolve_ref(tx, book.terms, ref))
        entries = await member_timeline(tx, book, member_ids, limit=limit)
        return [_line(entry.shown, amounts) for entry in entries]

    output.table("Timeline", ["at", "what", "id", "detail"], looking(output, program, work))


def looking(output: Output, program: str, work: Callable[[Transaction, Rulebook], Awaitable[T]]) -> T:
    """Return what `work` reads in a read-only transaction, with the program's rulebook."""
    url = prepare(Settings(), output.progress)

    async def run() -> T:
        async with Database.open(url, min_size=1, max_size=2, name="cli") as db:
            async with db.transaction(read_only=True) as tx:
                program_id = (await program_by_code(tx, program)).id
            book = await current_rulebook(db, Rulebooks(), program_id)
            async with db.transaction(read_only=True, snapshot=True) as tx:
                return await work(tx, book)

    return asyncio.run(run())


def _line(entry: Answer, amounts: Amounts) -> tuple[str, str, str, str]:
    if entry["entry"] == "event":
        return entry["occurred_at"], entry["type"], entry["id"], entry["status"]
    if entry["entry"] == "transfer":
        many = f"{amounts.points(entry['points'], entry['point_type'])} {entry['point_type']}"
        return entry["occurred_at"], entry["kind"], entry["id"], many
    if entry["entry"] != "tier_changed":
        said = entry.get("title") or entry.get("text") or entry.get("reward") or entry.get("rule") or ""
        what = entry["entry"] if entry["entry"] != "effect" else entry["kind"]
        return entry["occurred_at"], what, entry.get("id", ""), " ".join(said.split())
    moved = f"{entry['from'] or 'nothing'} → {entry['to'] or 'nothing'} ({entry['reason']})"
    return entry["occurred_at"], f"tier of {entry['tier_set']}", entry["event"] or "", moved


def _told(answer: Answer, amounts: Amounts) -> str:
    """Return an explanation for people."""
    if "why" in answer:
        code = answer["transfer"]["point_type"]
        sentences = [
            f"  {rule['rule']} ({amounts.points(rule['points'], code)}): {rule['sentence']}"
            for rule in answer["rules"]
        ]
        back = [
            f"  taken back: {amounts.points(one['points'], code)} on {one['posted_at'][:10]}"
            for one in answer["taken_back"]
        ]
        return "\n".join([answer["why"], *sentences, *back])
    event = answer["event"]
    lines = [f"{event['type']} {event['id']} of {event['occurred_at']} ({event['status']})"]
    lines += [f"  {answer['reason']}"] if answer["reason"] else []
    lines += [
        f"  {fired['rule']}: {amounts.listed(fired['points']) or 'no points'}. {fired['sentence']}"
        for fired in answer["rules_fired"]
    ]
    lines += [f"  not {missed['rule']}: {missed['reason']}" for missed in answer["rules_not_fired"]]
    lines += [
        f"  limited {cut['rule']}: {_measured(cut, cut['cut'], amounts)} less ({cut['limit']['measure']} "
        f"{_measured(cut, cut['limit']['max'], amounts)} per {cut['limit']['per']}, {cut['limit']['period']})"
        for cut in answer["limited"]
    ]
    lines += [
        f"  {_done(effect)}" for effect in answer["effects"] if not effect["type"].startswith(TOLD_OTHERWISE)
    ]
    lines += [f"  later {one['type']} {one['event']}" for one in answer["corrections"]]
    return "\n".join(lines)


def _done(effect: Answer) -> str:
    """Return an effect with what it carries: "effect taken back: issue voucher, voucher thanks (thanks)"."""
    named = {name: value for name, value in effect.items() if name not in ("type", "rule", "effect")}
    carried = [effect["effect"].replace("_", " ")] if "effect" in effect else []
    carried += [f"{name} {value}" for name, value in named.items() if isinstance(value, str | int)]
    by = f" ({effect['rule']})" if "rule" in effect else ""
    became = str(effect["type"]).replace("_", " ")
    return f"{became}: {', '.join(carried)}{by}" if carried else f"{became}{by}"


def _measured(cut: Answer, units: int, amounts: Amounts) -> object:
    """Return an amount in the unit of a limit: money, points of a type (caps of one are), or so many times."""
    if cut["limit"]["measure"] == "money":
        return amounts.money(units)
    return amounts.points(units, cut["point_type"]) if cut["point_type"] else units
