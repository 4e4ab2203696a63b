"""`regulars events …`: send a file, watch the journal, look at what was set aside and replay it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any, TypeVar

import httpx2
import msgspec
import rich.progress as bars
import typer

from regulars.app.events.files import EventFile
from regulars.app.events.sending import Sending, Sent
from regulars.app.events.tailing import from_database, from_server, line_of
from regulars.app.intake_port import AccrualPort
from regulars.app.output import Exit, Output, output_of
from regulars.app.serve import prepare
from regulars.app.settings import Settings
from regulars.app.shop_clock import clock_at
from regulars.features.programs import ProgramConfig, load_config, program_by_code
from regulars.flows.journal import Journal, UnknownEvent, list_parked, replay
from regulars.infra.db import Database
from regulars.kit import ids

T = TypeVar("T")
BEYOND = 2**62

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program")
]
Url = Annotated[str | None, typer.Option("--url", envvar="REGULARS_URL", help="Address of a server")]


def register(app: typer.Typer) -> None:
    """Add the group events."""
    group = typer.Typer(help="Events: send, watch, replay.", no_args_is_help=True)
    group.command("send")(send)
    group.command("tail")(tail)
    group.command("show")(show)
    group.command("parked")(parked)
    group.command("replay")(replay_parked)
    app.add_typer(group, name="events")


def send(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=".json, .jsonl or .csv")],
    key: Annotated[
        str, typer.Option("--key", envvar="REGULARS_WRITE_KEY", help="Write key of the source that sends")
    ],
    url: Url = None,
    rejected: Annotated[
        Path | None, typer.Option(help="Where rejected events go; <file>.rejected.jsonl otherwise")
    ] = None,
) -> None:
    """Send a file of events through the public intake. Run again after an interruption, it goes on where it was."""
    output = output_of(context)
    refused = rejected or file.with_name(f"{file.name}.rejected.jsonl")
    address = url or Settings().address
    with httpx2.Client(base_url=address) as client:
        sent = _with_bar(output, Sending(client, key, EventFile(file), refused))
    rate = sent.messages / sent.seconds if sent.seconds else 0
    text = f"{sent.messages:,} sent, {sent.accepted:,} taken in, {sent.rejected:,} rejected; {rate:,.0f} a second."
    if sent.skipped:
        text = f"{sent.skipped:,} were sent before. {text}"
    if sent.rejected:
        text += f"\nThe rejected ones are in {refused}, each with the reason."
    output.result(sent, text)
    raise typer.Exit(Exit.REFUSED if sent.rejected else Exit.DONE)


def tail(
    context: typer.Context,
    program: ProgramCode,
    url: Url = None,
    key: Annotated[
        str | None, typer.Option("--key", envvar="REGULARS_API_KEY", help="API key, with --url")
    ] = None,
    types: Annotated[list[str] | None, typer.Option("--type", help="Only these types of events.")] = None,
    count: Annotated[int, typer.Option(min=0, help="Leave after so many; 0: until Ctrl-C.")] = 0,
) -> None:
    """Print events as they are rated, with verdict, reason and points. Reads the database, or a server with --url."""
    output = output_of(context)
    if url is not None and key is None:
        raise typer.BadParameter("a server asks for an API key", param_hint="--key")

    async def over_http() -> None:
        await _print(output, from_server(url or "", program, key or ""), types, count)

    async def directly(db: Database, config: ProgramConfig) -> None:
        await _print(output, from_database(db, config.id), types, count)

    try:
        asyncio.run(over_http()) if url is not None else _run(output, program, directly)
    except KeyboardInterrupt:
        raise typer.Exit(Exit.DONE) from None


def show(
    context: typer.Context,
    program: ProgramCode,
    event: Annotated[
        str | None, typer.Argument(help="evt_…, or leave it out and say --source and --key")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Code of the source, with --key")] = None,
    key: Annotated[str | None, typer.Option(help="The id its sender gave the message")] = None,
) -> None:
    """Say what became of one event."""
    output = output_of(context)

    async def work(db: Database, config: ProgramConfig) -> dict[str, Any]:
        async with db.transaction(read_only=True) as tx:
            journal = await Journal.open(tx, config.id)
            if source is not None and key is not None:
                entry = await journal.by_key(tx, source, key)
                return {"status": "parked", "key": key} if entry is None else msgspec.to_builtins(entry)
            found: dict[str, Any] = msgspec.to_builtins(await journal.by_id(tx, _event_id(event)))
            return found

    if event is None and (source is None or key is None):
        raise typer.BadParameter("say evt_…, or --source and --key", param_hint="event")
    found = _run(output, program, work)
    output.result(found, "\n".join(f"{name}: {value}" for name, value in found.items()))


def parked(
    context: typer.Context,
    program: ProgramCode,
    every: Annotated[bool, typer.Option("--all", help="Also those that were replayed.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
) -> None:
    """List events that were set aside: undecidable, or waiting for their order."""
    output = output_of(context)

    async def work(db: Database, config: ProgramConfig) -> Any:
        async with db.transaction(read_only=True) as tx:
            return await list_parked(tx, config, before=BEYOND, limit=limit, only_open=not every)

    rows = [
        (one.id, one.type, one.order_id or "", one.reason, one.detail, one.source or "", one.received_at)
        for one in _run(output, program, work)
    ]
    output.table("Set aside", ("id", "type", "order", "reason", "detail", "source", "received_at"), rows)


def replay_parked(
    context: typer.Context,
    program: ProgramCode,
    number: Annotated[
        int | None, typer.Argument(help="Its id in the list; --failed for all that failed")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="All that could not be decided.")] = False,
) -> None:
    """Send events that were set aside through the rules of now. Each counts once, however often it is replayed."""
    output = output_of(context)
    if (number is None) is not failed:
        raise typer.BadParameter("say an id, or --failed", param_hint="number")

    async def work(db: Database, config: ProgramConfig) -> list[tuple[int, Any]]:
        clock = await clock_at(db)
        port = AccrualPort(db, clock)
        chosen = [number] if number is not None else []
        if failed:
            async with db.transaction(read_only=True) as tx:
                waiting = await list_parked(tx, config, before=BEYOND, limit=10_000)
            chosen = [one.id for one in reversed(waiting) if one.reason == "failed"]
        return [(one, await replay(db, port, config, one, clock.now())) for one in chosen]

    rows = [
        (one, done.status, done.event_id or "", done.message) for one, done in _run(output, program, work)
    ]
    output.table("Replayed", ("id", "status", "event", "message"), rows)


def _run(output: Output, program: str, work: Callable[[Database, ProgramConfig], Awaitable[T]]) -> T:
    url = prepare(Settings(), output.progress)

    async def run() -> T:
        async with Database.open(url, max_size=2, name="cli") as db:
            async with db.transaction(read_only=True) as tx:
                config = await load_config(tx, (await program_by_code(tx, program)).id)
            return await work(db, config)

    return asyncio.run(run())


async def _print(
    output: Output, seen: AsyncIterator[dict[str, Any]], types: list[str] | None, count: int
) -> None:
    left = count
    async with aclosing(seen) as things:  # type: ignore[type-var]
        async for one in things:
            if one.get("ready"):
                output.progress("watching; Ctrl-C ends it")
                continue
            if types and one.get("type") not in types:
                continue
            output.result(one, line_of(one))
            left -= 1
            if left == 0:
                return


def _with_bar(output: Output, sending: Sending) -> Sent:
    columns = (
        bars.BarColumn(),
        bars.DownloadColumn(),
        bars.TextColumn("{task.description}"),
        bars.TimeElapsedColumn(),
    )
    silent = output.json or output.quiet or not output.errors.is_terminal
    with bars.Progress(*columns, console=output.errors, disable=silent, transient=True) as shown:
        task = shown.add_task("", total=None)

        def advance(file: EventFile) -> None:
            description = f"{sending.sent.messages:,} events, {sending.sent.rejected:,} rejected"
            shown.update(task, total=file.size, completed=file.read, description=description)

        return sending.run(advance)


def _event_id(text: str | None) -> int:
    try:
        return ids.decode("evt", text or "")
    except ValueError:
        raise UnknownEvent from None
