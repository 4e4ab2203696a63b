"""A pool of connections to one PostgreSQL, and the transactions opened on it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from types import TracebackType
from typing import Self, TypeVar

import msgspec
import psycopg
from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from regulars.infra.db.acting import introduced, introductions
from regulars.infra.db.errors import DatabaseUnavailable, TransactionConflict, translated
from regulars.infra.db.exchange import Call
from regulars.infra.db.joined import Joined, beginning
from regulars.infra.db.late import Late
from regulars.infra.db.limits import SessionLimits, limits_for
from regulars.infra.db.prepared import keep_prepared
from regulars.infra.db.queries import load_queries
from regulars.infra.db.reading import Reading
from regulars.infra.db.transaction import Row, Transaction
from regulars.kit.errors import Bug

T = TypeVar("T")

# A request waits this long for a free connection before it is told to come back later.
CONNECTION_WAIT_S = 5.0
# Attempts to reconnect come at growing intervals; beyond this they begin anew with the next request.
RECONNECT_S = 8.0
# Deadlocks and serialization failures are tried again this often before the caller is told.
ATTEMPTS_DEFAULT = 3

queries = load_queries(__package__)
# By (snapshot, read only).
_BEGIN = {
    (False, False): queries.begin,
    (True, False): queries.begin_snapshot,
    (True, True): queries.begin_snapshot_read_only,
}
_BEGIN_READING = Call(queries.begin_read_only, {})
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


class Database:
    """An open database. Use it as `async with Database.open(url, name="api") as db`."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Row]], name: str) -> None:
        """Open transactions on the connections of `pool`."""
        self._pool = pool
        self.name = name

    @classmethod
    def open(
        cls,
        url: str,
        *,
        min_size: int = 1,
        max_size: int = 8,
        name: str = "api",
        limits: SessionLimits | None = None,
        connect_wait_s: float = CONNECTION_WAIT_S,
        acting_as: str | None = None,
    ) -> Database:
        """Describe a pool of min_size..max_size connections; entering it (`async with`) connects.

        `name` is the role (api, worker, report, migration): it chooses the time limits and is what
        pg_stat_activity shows. `acting_as` gives up the rights of the account for those of a role it has
        (regulars_app, regulars_read; see grants.sql).
        """
        chosen = limits or limits_for(name)

        async def configure(connection: AsyncConnection[Row]) -> None:
            keep_prepared(connection)
            await _configure(connection, name, chosen, acting_as)

        pool: AsyncConnectionPool[AsyncConnection[Row]] = AsyncConnectionPool(
            url,
            min_size=min_size,
            max_size=max(min_size, max_size),
            timeout=connect_wait_s,
            reconnect_timeout=RECONNECT_S,
            name=f"regulars-{name}",
            kwargs={"autocommit": True},
            configure=configure,
            open=False,
        )
        return cls(pool, name)

    async def __aenter__(self) -> Self:
        """Connect; raises DatabaseUnavailable when the server does not answer in time."""
        with translated("connect"):
            await self._pool.open()
            try:
                await self._pool.wait(timeout=self._pool.timeout)
            except PoolTimeout as error:
                raise DatabaseUnavailable from error
            except BaseException:
                await self._pool.close()
                raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(
        self, *, read_only: bool = False, snapshot: bool = False, joined: bool = False
    ) -> AsyncIterator[Transaction]:
        """Open a transaction: READ COMMITTED, or with `snapshot` one unchanging view (REPEATABLE READ).

        It commits when the block ends, unless it has been committed with its last statements, and rolls back when it
        raises. `joined`: one that writes begins with its first statements. `read_only` without `snapshot`: statements
        that are each a transaction of their own, for at READ COMMITTED they see the same. Raises DatabaseBusy when
        no connection is free in time, DatabaseUnavailable when the server is away.
        """
        with translated("transaction"):
            if joined or (read_only and not snapshot):
                tx = await self._later(Joined if joined else Reading)
            else:
                tx = await self._open(_BEGIN[snapshot, read_only].sql, read_only)
            try:
                yield tx
                status = tx.connection.pgconn.transaction_status
                if status == TransactionStatus.INERROR:
                    raise Bug(
                        "A statement failed and its error was swallowed; wrap such a part in tx.savepoint()."
                    )
                if status != TransactionStatus.IDLE:
                    await tx.connection.commit()
            except BaseException:
                with suppress(psycopg.Error):  # the connection may be what broke; the first error matters
                    await tx.connection.rollback()
                raise
            finally:
                if not tx.gone:
                    await self._pool.putconn(tx.connection)

    async def attempt(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        attempts: int = ATTEMPTS_DEFAULT,
        read_only: bool = False,
        snapshot: bool = False,
        joined: bool = False,
    ) -> T:
        """Run `work` in a transaction; begin again when it was in another one's way, at most `attempts` times.

        `work` must have no effect outside its transaction. The last TransactionConflict goes on to the caller.
        """
        for remaining in reversed(range(attempts)):
            try:
                async with self.transaction(read_only=read_only, snapshot=snapshot, joined=joined) as tx:
                    return await work(tx)
            except TransactionConflict:
                if not remaining:
                    raise
        raise AssertionError("A transaction is attempted at least once.")

    async def listen(self, channel: str, *, wait_s: float) -> AsyncGenerator[str, None]:
        """Yield the payload of each notification on `channel`, and "" whenever `wait_s` seconds passed without one."""
        with translated("listen"):
            async with self._pool.connection() as connection:
                await connection.execute(queries.listen.sql.format(channel=_checked(channel)).encode())
                try:
                    while True:
                        quiet = True
                        async for notice in connection.notifies(timeout=wait_s, stop_after=1):
                            quiet = False
                            yield notice.payload
                        if quiet:
                            yield ""
                finally:
                    await connection.execute(queries.unlisten.sql.encode())

    async def _open(self, begin: str, read_only: bool) -> Transaction:
        return Transaction(await self._begin(begin.encode() if read_only else introduced(begin)))

    async def _later(self, kind: type[Late]) -> Transaction:
        """Return a transaction that is not begun yet."""
        connection = await self._pool.getconn()
        begin = [*beginning(connection), *introductions()] if kind is Joined else [_BEGIN_READING]
        return kind(connection, begin, self._replaced, self._pool.max_size)

    async def _replaced(self, dead: AsyncConnection[Row]) -> AsyncConnection[Row]:
        await self._pool.putconn(dead)
        return await self._pool.getconn()

    async def _begin(self, statement: bytes) -> AsyncConnection[Row]:
        """Begin on a connection that lives. After a restart of the server, all those in the pool are dead."""
        for _ in range(self._pool.max_size + 1):
            connection = await self._pool.getconn()
            try:
                await connection.execute(statement)
                return connection
            except BaseException as error:
                await self._pool.putconn(connection)
                if not isinstance(error, psycopg.OperationalError):
                    raise
        raise DatabaseUnavailable

    def connections(self) -> dict[str, int]:
        """Return the pool's counters (size, available, waiting requests, …) for metrics."""
        return dict(self._pool.get_stats())


async def _configure(
    connection: AsyncConnection[Row], name: str, limits: SessionLimits, acting_as: str | None
) -> None:
    set_json_loads(_decoder.decode, connection)
    set_json_dumps(_encoder.encode, connection)
    name_shown = f"regulars-{name}"[:63]
    settings = {"application_name": name_shown, "reads": "on", **msgspec.structs.asdict(limits)}
    await connection.execute(queries.configure_session.sql.encode(), settings)
    if acting_as is not None:
        await connection.execute(queries.set_role.sql.encode(), {"role": acting_as})


def _checked(channel: str) -> str:
    if not channel.isidentifier():
        raise ValueError(f"A channel is named like an identifier; {channel!r} is not.")
    return channel
