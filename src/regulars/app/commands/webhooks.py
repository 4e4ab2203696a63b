"""`regulars webhooks …`: who hears what, what was sent, sending again, and listening on this machine."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape

from regulars.app.output import Output, output_of
from regulars.app.settings import Settings
from regulars.app.shop_clock import clock_in
from regulars.features.programs import program_by_code
from regulars.features.webhooks import (
    Endpoint,
    EndpointUnknown,
    MessageUnknown,
    NewEndpoint,
    SignatureWrong,
    add_endpoint,
    remove_endpoint,
    resend,
    resend_between,
    select_deliveries,
    select_endpoints,
    verify,
)
from regulars.infra.clock import Clock, SystemClock
from regulars.infra.db import Database, Transaction
from regulars.infra.http_out import AllowList, check_url
from regulars.kit import ids

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
EndpointId = Annotated[str, typer.Argument(help="whk_…, as `list` shows it")]
Types = Annotated[list[str] | None, typer.Option("--type", "-t", help="What to hear; may be repeated.")]

DELIVERIES_DEFAULT = 20
HOURS_DEFAULT = 24
LISTEN_HOST = "127.0.0.1"


def register(app: typer.Typer) -> None:
    """Add the group webhooks."""
    group = typer.Typer(help="Who hears what, and what was sent.", no_args_is_help=True)
    group.command("list")(list_endpoints)
    group.command("add")(add)
    group.command("deliveries")(deliveries)
    group.command("resend")(send_again)
    group.command("listen")(listen)
    app.add_typer(group, name="webhooks")


def list_endpoints(context: typer.Context, program: ProgramCode) -> None:
    """List the endpoints of a program."""

    async def work(db: Database, program_id: int) -> list[Endpoint]:
        async with db.transaction(read_only=True) as tx:
            return await select_endpoints(tx, program_id)

    found = _run(program, work)
    rows = [
        (ids.encode("whk", one.id), one.url, " ".join(one.types), _state(one), one.failures) for one in found
    ]
    output_of(context).table("Webhooks", ("id", "url", "types", "state", "failures"), rows)


def add(
    context: typer.Context,
    program: ProgramCode,
    url: Annotated[str, typer.Argument(help="https, on the public Internet")],
    types: Types = None,
    description: Annotated[str, typer.Option(help="For people.")] = "",
) -> None:
    """Add an endpoint and print its secret, this once."""
    settings = Settings()

    async def work(db: Database, program_id: int) -> tuple[Endpoint, str]:
        await check_url(url, AllowList.parse(settings.outbound_allow))
        async with db.transaction() as tx:
            new = NewEndpoint(url, tuple(types or ("*",)), description)
            return await add_endpoint(tx, program_id, new, (await clock_in(tx)).now())

    endpoint, secret = _run(program, work)
    name = ids.encode("whk", endpoint.id)
    output_of(context).result({"id": name, "secret": secret}, f"Added {name}. Its secret is {secret}")


def deliveries(
    context: typer.Context,
    program: ProgramCode,
    endpoint: EndpointId,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = DELIVERIES_DEFAULT,
) -> None:
    """Show the latest attempts at an endpoint's messages."""

    async def work(db: Database, program_id: int) -> list[tuple[Any, ...]]:
        async with db.transaction(read_only=True) as tx:
            found = await _endpoint(tx, program_id, endpoint)
            return [
                (
                    ids.encode("msg", one.message_id),
                    one.type,
                    one.attempt,
                    one.sent_at.isoformat(timespec="seconds"),
                    one.duration_ms,
                    one.outcome,
                    one.status or "",
                    one.response[:60].replace("\n", " "),
                )
                for one in await select_deliveries(tx, found.id, limit=limit)
            ]

    columns = ("message", "type", "attempt", "sent_at", "ms", "outcome", "status", "response")
    output_of(context).table("Deliveries", columns, _run(program, work))


def send_again(
    context: typer.Context,
    program: ProgramCode,
    endpoint: EndpointId,
    message: Annotated[str | None, typer.Argument(help="msg_…; without it, what failed lately")] = None,
    hours: Annotated[int, typer.Option(min=1, max=720, help="How far back.")] = HOURS_DEFAULT,
) -> None:
    """Send one message again, or all that failed in the last hours."""

    async def work(db: Database, program_id: int) -> int:
        async with db.transaction() as tx:
            now = (await clock_in(tx)).now()
            found = await _endpoint(tx, program_id, endpoint)
            if message is not None:
                await resend(tx, program_id, found.id, _message_id(message), now)
                return 1
            since = now - timedelta(hours=hours)
            return await resend_between(
                tx, program_id, found.id, since=since, until=now, statuses=["failed"], now=now
            )

    count = _run(program, work)
    output_of(context).result({"messages": count}, f"{count} to be sent again; a worker sends them.")


def listen(
    context: typer.Context,
    program: ProgramCode,
    types: Types = None,
    count: Annotated[int, typer.Option(min=0, help="Leave after so many; 0: listen until Ctrl-C.")] = 0,
) -> None:
    """Subscribe this machine for a while and print what it is sent, its signature checked.

    The worker must be allowed to reach it: REGULARS_OUTBOUND_ALLOW=127.0.0.1.
    """
    output = output_of(context)
    settings = Settings()

    async def work(db: Database, program_id: int) -> None:
        await Listening(output, count).run(db, program_id, tuple(types or ("*",)), settings)

    _run(program, work)


class Listening:
    """A small receiver on the loopback interface, subscribed for as long as it runs."""

    def __init__(self, output: Output, count: int) -> None:
        """Print to `output`; stop after `count` messages, or never for 0."""
        self._output = output
        self._left = count
        self._secret = ""
        self._clock: Clock = SystemClock()
        self._stop = asyncio.Event()

    async def run(self, db: Database, program_id: int, types: tuple[str, ...], settings: Settings) -> None:
        """Subscribe, print until stopped, and take the subscription away again."""
        server = await asyncio.start_server(self._serve, LISTEN_HOST, 0)
        url = f"http://{LISTEN_HOST}:{server.sockets[0].getsockname()[1]}/"
        await check_url(url, AllowList.parse(settings.outbound_allow))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
        new = NewEndpoint(url, types, "regulars webhooks listen")
        async with db.transaction() as tx:
            self._clock = await clock_in(tx)
            endpoint, self._secret = await add_endpoint(tx, program_id, new, self._clock.now())
        self._output.progress(f"listening on {url} for {' '.join(types)}; Ctrl-C ends it")
        try:
            await self._stop.wait()
        finally:
            server.close()
            async with db.transaction() as tx:
                await remove_endpoint(tx, program_id, endpoint.id, None, self._clock.now())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                headers = {
                    name.strip().lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                answer = "200 OK" if self._show(headers, body) else "400 Bad Request"
                writer.write(f"HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            return
        finally:
            writer.close()

    def _show(self, headers: dict[str, str], body: bytes) -> bool:
        try:
            verify(self._secret, headers, body, self._clock.wall())
        except SignatureWrong as error:
            self._output.errors.print(f"not signed by us: {escape(str(error))}")
            return False
        self._output.result(msgspec.Raw(body), f"{headers['webhook-id']} {body.decode()}")
        self._left -= 1
        if self._left == 0:
            self._stop.set()
        return True


def _run(program: str, work: Callable[[Database, int], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with _database() as db:
            async with db.transaction(read_only=True) as tx:
                found = await program_by_code(tx, program)
            return await work(db, found.id)

    return asyncio.run(run())


@asynccontextmanager
async def _database() -> AsyncIterator[Database]:
    async with Database.open(Settings().database(), max_size=2, name="cli") as db:
        yield db


async def _endpoint(tx: Transaction, program_id: int, text: str) -> Endpoint:
    try:
        wanted = ids.decode("whk", text)
    except ValueError:
        raise EndpointUnknown from None
    for endpoint in await select_endpoints(tx, program_id):
        if endpoint.id == wanted:
            return endpoint
    raise EndpointUnknown


def _message_id(text: str) -> int:
    try:
        return ids.decode("msg", text)
    except ValueError:
        raise MessageUnknown from None


def _state(endpoint: Endpoint) -> str:
    if endpoint.enabled:
        return "failing" if endpoint.failures else "on"
    return f"off: {endpoint.disabled_reason}"
