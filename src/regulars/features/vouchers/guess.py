"""Protection from guessing: a caller may try so many wrong codes in a while, in however many requests at once.

A code is counted before it is looked at and given back when it was right, each in a transaction of its own: a burst
of parallel guesses is counted as one after the other, and a refused request does not undo its count.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from regulars.features.vouchers import store
from regulars.features.vouchers.errors import TooManyWrongCodes
from regulars.infra.db import Database

# A till whose scanner is dirty misreads some codes; a script that guesses wants millions.
WRONG_MAX: Final = 30
WINDOW: Final = timedelta(minutes=10)


class Tries:
    """The codes one request tries; `wrong` is set by whoever finds out how many were."""

    def __init__(self, count: int) -> None:
        """Count all of them as wrong until it is known."""
        self.wrong = count


@asynccontextmanager
async def guessing(
    db: Database, program_id: int, caller: str, count: int, now: datetime
) -> AsyncIterator[Tries]:
    """Let a caller try `count` codes inside the block; what was not `wrong` of them is given back at its end.

    Of the caller, who may be named by an address, only a digest is kept. Refuses with TooManyWrongCodes (retry_after,
    whole seconds).
    """
    caller = hashlib.sha256(caller.encode()).hexdigest()
    async with db.transaction() as tx:
        taken = await tx.maybe(
            store.queries.take_try,
            program_id=program_id,
            caller=caller,
            tries=count,
            now=now,
            window_start=now - WINDOW,
            tries_max=WRONG_MAX,
        )
        if taken is None:
            since: datetime = await tx.value(store.queries.select_try, program_id=program_id, caller=caller)
            wait = (since + WINDOW - now).total_seconds()
            raise TooManyWrongCodes(retry_after=max(1, int(wait)))
    tries = Tries(count)
    try:
        yield tries
    finally:
        if tries.wrong < count:
            async with db.transaction() as tx:
                await tx.run(
                    store.queries.give_tries_back,
                    program_id=program_id,
                    caller=caller,
                    tries=count - tries.wrong,
                )
