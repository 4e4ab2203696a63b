"""The key that seals secrets: fitted to the database at each start, looked at by doctor, changed by `regulars keys`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from regulars.app.settings import Settings
from regulars.features import draws, programs, staff, webhooks
from regulars.flows import connection, offline
from regulars.infra.clock import SystemClock
from regulars.infra.db import Database, Transaction
from regulars.infra.sealing import Kept, Resealed, SealedColumn, look, rotate, settle

T = TypeVar("T")

# Every column of secrets; tests/app/test_secret_key.py finds those that are missing here.
SEALED: Final[tuple[SealedColumn, ...]] = (
    *staff.SEALED,
    *programs.SEALED,
    *webhooks.SEALED,
    *connection.SEALED,
    *offline.SEALED,
    *draws.SEALED,
)


def settle_secrets(settings: Settings, url: str, progress: Callable[[str], None]) -> None:
    """Fit the key and a migrated database together: the first start makes the key, what stands in clear is sealed.

    Raises SecretKeyMissing, SecretKeyWrong, SecretKeyMalformed, which say what to do.
    """
    place = settings.keys()
    sealed = _transact(url, lambda tx: settle(tx, place, SEALED, SystemClock().now()))
    if sealed:
        progress(f"sealed {sealed} secrets that stood in clear")


def look_at_secrets(settings: Settings, url: str) -> Kept | None:
    """Return how the key and the secrets of a database fit together; None before it has been migrated.

    Raises SecretKeyMalformed.
    """
    ring = settings.keys().read()
    return _transact(url, lambda tx: look(tx, ring, SEALED))


def rotate_secrets(settings: Settings, url: str, *, new: bool, lost: bool) -> Resealed:
    """Seal all secrets anew. Raises what `rotate` raises."""
    place = settings.keys()
    return _transact(url, lambda tx: rotate(tx, place, SEALED, SystemClock().now(), new=new, lost=lost))


def _transact(url: str, work: Callable[[Transaction], Awaitable[T]]) -> T:
    """Return what `work` does in a transaction of its own, also for a caller whose thread has a loop already."""

    async def run() -> T:
        async with Database.open(url, max_size=1, name="cli") as db, db.transaction() as tx:
            return await work(tx)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()
