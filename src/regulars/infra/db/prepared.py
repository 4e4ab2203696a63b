"""Which prepared statements of a connection the driver gives up, and when.

The driver deallocates all of them, those of `exchange` too, whenever a transaction rolls back: something may have been
made in it that is no longer there. Here only migrations make things, every refusal rolls back, and a statement that is
suddenly not there fails in the middle of a batch. So only what alters the database ends them, and `exchange` is told.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg._preparing import Prepare, PrepareManager
from psycopg.pq.abc import PGresult

from regulars.infra.db.exchange import forget_prepared

_ALTERS: Final = re.compile(rb"^(?:DROP|ALTER|DISCARD ALL|DEALLOCATE ALL)\b").match


class KeptPrepared(PrepareManager):
    """Keeps what was prepared when a transaction rolls back."""

    def _should_discard(self, prep: Prepare, results: Sequence[PGresult], _: Any = None) -> bool:
        return super()._should_discard(prep, results, _ALTERS)

    def maintain_gen(self, conn: Any) -> Generator[Any, Any, None]:
        """Deallocate what was given up; None stands for everything of the connection."""
        everything = None in self._to_flush
        yield from super().maintain_gen(conn)
        if everything:
            forget_prepared(conn)


def keep_prepared(connection: AsyncConnection[Any]) -> None:
    """Let a new connection keep its prepared statements over roll-backs."""
    connection._prepared = KeptPrepared()  # noqa: SLF001 - the driver has no public way; its version is pinned
