"""Several statements in one round trip: libpq's pipeline, spoken without the layers of the driver above it.

A batch of orders made 24 round trips, each of which cost the service a wait, a wake-up and the driver's bookkeeping
(`regulars bench online`: 145 µs of 480 an order). Statements whose results do not decide what comes next need only one
trip between them. They are prepared on first use, and results come back in binary.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any, Final, NamedTuple, NoReturn
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection, abc
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import DivisionByZero, InvalidSqlStatementName, OperationalError, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from regulars.infra.db.errors import TransactionConflict, translated
from regulars.infra.db.queries import Query

_PLACE = re.compile(r"%(?:%|\((\w+)\)s)")
_FINE: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_numbers = count(1)


class Call(NamedTuple):
    """A statement with its parameters; `otherwise` says what is raised where it divides by zero on purpose."""

    query: Query
    params: Mapping[str, Any]
    otherwise: Callable[[], Exception] | None = None


class Outcome(NamedTuple):
    """What a statement came to: its rows, and how many it touched."""

    rows: list[tuple[Any, ...]]
    touched: int


_Key = tuple[str, tuple[int, ...]]
_prepared: WeakKeyDictionary[AsyncConnection[Any], dict[_Key, bytes]] = WeakKeyDictionary()


async def exchange(connection: AsyncConnection[Any], calls: Sequence[Call]) -> list[Outcome]:
    """Run statements in their order in one round trip, inside the transaction that is open.

    When one fails, those behind it are not run and its error is raised. A connection that is left in the middle of it
    (the task was cancelled) is closed.
    """
    known = _prepared.setdefault(connection, {})
    pgconn = connection.pgconn
    try:
        pgconn.enter_pipeline_mode()
        awaited: list[tuple[_Key | None, Call]] = []
        fresh: dict[_Key, bytes] = {}
        transformer = Transformer(connection)
        for call in calls:
            _send(pgconn, transformer, call, known, fresh, awaited)
        pgconn.pipeline_sync()
        with translated("exchange"):
            await _flushed(pgconn)
            results = [await _result(pgconn) for _ in awaited]
            await _synced(pgconn)
        pgconn.exit_pipeline_mode()
    except BaseException:
        await connection.close()
        raise
    known.update(
        (key, fresh[key])
        for (key, _), result in zip(awaited, results, strict=True)
        if key is not None and result.status in _FINE
    )
    try:
        return [
            _outcome(transformer, call, result)
            for (key, call), result in zip(awaited, results, strict=True)
            if key is None or _checked(transformer, call, result)
        ]
    except InvalidSqlStatementName as error:  # somebody altered a table on this connection
        forget_prepared(connection)
        raise TransactionConflict from error


def forget_prepared(connection: AsyncConnection[Any]) -> None:
    """Prepare statements anew: the driver deallocated all of this connection."""
    _prepared.pop(connection, None)


def _send(
    pgconn: PGconn,
    transformer: abc.Transformer,
    call: Call,
    known: dict[_Key, bytes],
    fresh: dict[_Key, bytes],
    awaited: list[tuple[_Key | None, Call]],
) -> None:
    sql, names = _compiled(call.query.sql)
    values = [call.params[name] for name in names]
    params = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
    key = (call.query.sql, transformer.types or ())
    name = known.get(key) or fresh.get(key)
    if name is None:
        name = fresh[key] = b"regulars_%d" % next(_numbers)
        pgconn.send_prepare(name, sql, transformer.types)
        awaited.append((key, call))
    pgconn.send_query_prepared(name, params, transformer.formats, Format.BINARY)
    awaited.append((None, call))


@cache
def _compiled(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """Return a statement with numbered places, and whose name stands for each number."""
    names: dict[str, int] = {}

    def place(found: re.Match[str]) -> str:
        name = found[1]
        return "%" if name is None else f"${names.setdefault(name, len(names) + 1)}"

    return _PLACE.sub(place, sql).encode(), tuple(names)


async def _flushed(pgconn: PGconn) -> None:
    """Send everything; what the server says meanwhile is taken in, or both would wait for each other."""
    while pgconn.flush():
        await _ready(pgconn, writing=True)
        pgconn.consume_input()


async def _result(pgconn: PGconn) -> PGresult:
    """Return the result of the next statement; the None behind it is taken, too."""
    found = None
    while True:
        while pgconn.is_busy():
            await _ready(pgconn)
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            return found or _lost()
        found = result


async def _synced(pgconn: PGconn) -> None:
    while True:
        while pgconn.is_busy():
            await _ready(pgconn)
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is not None and result.status == ExecStatus.PIPELINE_SYNC:
            return
        if pgconn.status != ConnStatus.OK:
            _lost()


def _lost() -> NoReturn:
    raise OperationalError("The server hung up in the middle of an exchange.")


async def _ready(pgconn: PGconn, *, writing: bool = False) -> None:
    """Return when the server said something, or (`writing`) takes more."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    number = pgconn.socket
    loop.add_reader(number, _wake, ready)
    if writing:
        loop.add_writer(number, _wake, ready)
    try:
        await ready
    finally:
        loop.remove_reader(number)
        if writing:
            loop.remove_writer(number)


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _checked(transformer: abc.Transformer, call: Call, result: PGresult) -> bool:
    """Raise what was wrong with a statement that could not be prepared; a good one has no outcome of its own."""
    _outcome(transformer, call, result)
    return False


def _outcome(transformer: abc.Transformer, call: Call, result: PGresult) -> Outcome:
    if result.status == ExecStatus.TUPLES_OK:
        transformer.set_pgresult(result)
        return Outcome(transformer.load_rows(0, result.ntuples, tuple), result.ntuples)
    if result.status == ExecStatus.COMMAND_OK:
        return Outcome([], result.command_tuples or 0)
    error = error_from_result(result, encoding=transformer.encoding)
    if call.otherwise is not None and isinstance(error, DivisionByZero):
        raise call.otherwise() from None
    with translated(call.query.name):
        raise error
