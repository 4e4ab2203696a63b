"""Statements that go to the server together: noted first, sent when a result is wanted.

A `Together` is a transaction like the one it belongs to, for functions that read or write through one: what they write
is only noted, and goes along with what is read next, or at the end. The order stays.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import cache
from types import TracebackType
from typing import Any, Final, Self

from regulars.infra.db.exchange import Call, Outcome
from regulars.infra.db.inserting import Insertion, insertion_of, target_of
from regulars.infra.db.queries import Query, load_queries
from regulars.infra.db.transaction import Row, Transaction
from regulars.kit.errors import Bug

# Beyond this, rows go by COPY: a round trip of its own, and half the time a row.
COPY_BYTES_MIN: Final = 48 * 1024
# What a statement is said to have touched as long as nobody knows.
NOT_KNOWN: Final = -1

queries = load_queries(__package__)
_insertions: dict[str, Insertion] = {}


class Asked:
    """A statement that was noted; whoever wants its rows has everything sent."""

    __slots__ = ("call", "outcome", "together")

    def __init__(self, together: Together, call: Call) -> None:
        self.together = together
        self.call = call
        self.outcome: Outcome | None = None

    async def rows(self) -> list[Row]:
        """Return every row."""
        return (await self._done()).rows

    async def one(self) -> Row:
        """Return the only row. None or two are our mistake: Bug."""
        rows = await self.rows()
        if len(rows) != 1:
            raise Bug(f"{self.call.query.name} was expected to find one row and found {len(rows)}.")
        return rows[0]

    async def _done(self) -> Outcome:
        if self.outcome is None:
            await self.together.send()
        assert self.outcome is not None
        return self.outcome


class Together(Transaction):
    """`async with Together(tx) as soon`: what is left is sent at the end. `undo`: a sending that fails is undone as a
    whole and leaves the transaction usable, up to the first rows that went by COPY; without it a failure ends the
    transaction, as everywhere.
    """

    def __init__(self, tx: Transaction, *, undo: bool = False) -> None:
        """Note statements for `tx`, which runs none of its own until they are sent."""
        super().__init__(tx._connection)  # noqa: SLF001 - a transaction itself
        self._tx = tx
        self._undo = undo
        self._noted: list[Asked] = []

    async def __aenter__(self) -> Self:
        """Begin to note."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Send what is left, unless something went wrong."""
        if error is None:
            await self.send()

    def ask(self, query: Query, **params: Any) -> Asked:
        """Note a statement whose rows are read later."""
        return self._note(Call(query, params))

    def _note(self, call: Call) -> Asked:
        asked = Asked(self, call)
        self._noted.append(asked)
        return asked

    async def send(self, *, last: bool = False) -> None:
        """Send what was noted, in one round trip; what it raises is what the first failing statement raises.

        `last`: the transaction is committed in the same round trip, unless a statement fails.
        """
        noted, self._noted = self._noted, []
        if not noted:
            return
        self._tx.statements += len(noted)
        for asked, outcome in zip(noted, await self._exchange(noted, last and not self._undo), strict=True):
            asked.outcome = outcome

    async def run_exactly(
        self, query: Query, touched: int, otherwise: Callable[[], Exception], **params: Any
    ) -> None:
        """Note a statement that shall touch so many rows; what `otherwise` returns is raised when it is sent.

        PostgreSQL counts them, so that a commit behind it is not reached when there are others.
        """
        self._note(Call(_counted(query), {**params, "exactly": touched}, otherwise))

    async def copy(self, query: Query, data: bytes) -> int:
        """Note rows to be written; many are sent at once, with what was noted before."""
        if len(data) >= COPY_BYTES_MIN:
            return await self._copied(query, data)
        insertion = await self._insertion(query)
        self.ask(insertion.query, **insertion.params(data))
        return NOT_KNOWN

    async def copy_in(self, query: Query, blocks: Iterable[bytes]) -> int:
        """Send a stream, after what was noted before."""
        await self.send()
        return await self._tx.copy_in(query, blocks)

    async def copy_out(self, query: Query, **params: Any) -> AsyncIterator[bytes]:
        """Yield what the statement says, after what was noted before."""
        await self.send()
        async for block in self._tx.copy_out(query, **params):
            yield block

    async def stream(self, query: Query, *, size: int = 1_000, **params: Any) -> AsyncIterator[list[Row]]:
        """Yield rows, after what was noted before."""
        await self.send()
        async for rows in self._tx.stream(query, size=size, **params):
            yield rows

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo what is done inside when it raises; what was noted before stays."""
        await self.send()
        async with self._tx.savepoint():
            yield
            await self.send()

    async def _rows(self, query: Query, params: dict[str, Any]) -> list[Row]:
        return await self.ask(query, **params).rows()

    async def _touched(self, query: Query, params: dict[str, Any]) -> int:
        self.ask(query, **params)
        return NOT_KNOWN

    async def _copied(self, query: Query, data: bytes) -> int:
        await self.send()
        if not self._undo:
            return await self._tx.copy(query, data)
        async with self._tx.savepoint():
            written = await self._tx.copy(query, data)
        self._undo = False
        return written

    async def _exchange(self, noted: list[Asked], last: bool) -> list[Outcome]:
        calls = [asked.call for asked in noted]
        if not self._undo:
            return await self._tx.exchange(calls, last=last)
        self._tx.statements += 2
        try:
            outcomes = await self._tx.exchange(
                [Call(queries.savepoint, {}), *calls, Call(queries.release, {})]
            )
        except Exception:
            if not self._connection.closed:
                await self._tx.exchange([Call(queries.undo, {}), Call(queries.release, {})])
            raise
        return outcomes[1:-1]

    async def _insertion(self, copy: Query) -> Insertion:
        """Return the INSERT for a COPY; what a table's columns are is asked once."""
        known = _insertions.get(copy.sql)
        if known is None:
            table, named = target_of(copy)
            rows = await self._tx.all(queries.select_columns, table=table, columns=named)
            columns = [(name, kind, oid) for name, kind, oid in rows]
            known = _insertions[copy.sql] = insertion_of(copy, table, columns)
        return known


@cache
def _counted(query: Query) -> Query:
    """Return a statement that writes as one that divides by zero when it touched other than `exactly` rows."""
    counted = (
        f"WITH touched AS ({query.sql} RETURNING 1) SELECT 1 / (count(*) = %(exactly)s)::int FROM touched"  # noqa: S608
    )
    return Query(query.name, query.doc, counted)
