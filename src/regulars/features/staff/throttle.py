"""How often somebody may try to sign in: by account and by address, counted in the database before anything is tried.

Counted first and in a transaction of its own, so that of a hundred attempts sent at once only as many as allowed are
made, in however many processes; an account that nobody has is counted like any other.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from regulars.features.staff import store
from regulars.features.staff.errors import TooManyAttempts
from regulars.infra.db import Database

WINDOW: Final = timedelta(minutes=15)
# A person mistypes some times; who knows nothing gets 960 guesses a day.
ACCOUNT_ATTEMPTS_MAX: Final = 10
# A shop's staff sits behind one address.
ADDRESS_ATTEMPTS_MAX: Final = 100


async def count_attempt(db: Database, account: str, address: str, now: datetime) -> None:
    """Count an attempt on an account from an address. Refuses with TooManyAttempts (retry_after, seconds)."""
    async with db.transaction() as tx:
        counted = [
            (await store.count_attempt(tx, subject, now, now - WINDOW), attempts_max)
            for subject, attempts_max in sorted(_subjects(account, address).items())
        ]
    waits = [since + WINDOW - now for (attempts, since), attempts_max in counted if attempts > attempts_max]
    if waits:
        raise TooManyAttempts(retry_after=max(1, int(max(waits).total_seconds())))


def subjects_of(account: str, address: str) -> list[str]:
    """Return the names under which attempts on an account from an address are counted."""
    return list(_subjects(account, address))


def _subjects(account: str, address: str) -> dict[str, int]:
    hashed = sha256(account.encode()).hexdigest()[:32]  # an address that nobody has is nobody's business
    found = {f"account:{hashed}": ACCOUNT_ATTEMPTS_MAX}
    if address:
        found[f"address:{address[:64]}"] = ADDRESS_ATTEMPTS_MAX
    return found
