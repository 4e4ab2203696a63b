"""How long a session may wait, work and idle. One set per role; the role is the name the database was opened with."""

from __future__ import annotations

import msgspec


class SessionLimits(msgspec.Struct, frozen=True):
    """Time limits of one session, in milliseconds; 0 means none."""

    lock_timeout_ms: int
    statement_timeout_ms: int
    idle_in_transaction_session_timeout_ms: int


# A till waits for the answer: a request gives up before its client does (most time out at 10 s).
API = SessionLimits(2_000, 8_000, 10_000)
# A batch is larger and nobody stands in front of it; it still must not hold locks for ever.
WORKER = SessionLimits(10_000, 60_000, 60_000)
# A report reads a year; it holds no locks that others want.
REPORT = SessionLimits(5_000, 600_000, 60_000)
# A migration may work long, but waiting for a lock it blocks everybody behind it.
MIGRATION = SessionLimits(5_000, 0, 0)

BY_ROLE = {"api": API, "worker": WORKER, "report": REPORT, "migration": MIGRATION}


def limits_for(role: str) -> SessionLimits:
    """Return the limits of a role; an unknown one is treated like a request."""
    return BY_ROLE.get(role, API)
