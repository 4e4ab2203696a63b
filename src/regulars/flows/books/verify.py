"""Verifying the books: every balance against every other way of saying it, in one snapshot, each check one
statement.

What each check means is in its `says`; the first bad row of each kind is named, so that somebody can go and
look.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from regulars.flows.books.model import BadRow, Check, Verification
from regulars.flows.books.standings import check_standings
from regulars.infra.db import Transaction, load_queries
from regulars.kit.errors import Conflict

queries = load_queries(__package__)

CHECKS: Final = {
    "accounts": "Every transfer is between two accounts of its own program and point type.",
    "wallets": "Every wallet is the sum of its transfers: available, pending, held and debt.",
    "lots": "Every wallet is the sum of its open lots, pending and not.",
    "draws": "What is left of every lot is what it held less what was drawn from it.",
    "uses": "Every transfer that takes from lots, or gives back to them, says from which, to the last point.",
    "held": "Every wallet holds what its open holds set aside.",
    "holds": "Every hold was set aside, captured and given back as its transfers say.",
    "signs": "No wallet is below zero or beyond its debt limit, and who owes has nothing to spend.",
    "between": "What members sent, members received.",
    "reversals": "Nothing is undone that was not done, or undone twice.",
    "purses": "Every member has one purse, in her own program.",
    "identities": "Every message that was admitted is stored or set aside.",
    "events": "Every stored message was admitted.",
    "grants": "What events say they granted was posted, and nothing else.",
    "stock": "Of every reward that is counted, what is free and what members have is what there is.",
}
STANDINGS: Final = "Every tier is the one the history ends with, and the one that assessing again would give."

# The wallets that the cheap check looks at, and how far back: a minute's work of the hot path at most.
RECENT: Final = timedelta(minutes=2)
RECENT_MEMBERS_MAX: Final = 1_000

Progress = Callable[[str], None]


class VerificationRunning(Conflict):
    """The books are being verified already; ask again when that is done."""


def _silent(_: str) -> None:
    return None


async def verify(
    tx: Transaction, program_id: int | None = None, *, progress: Progress = _silent
) -> Verification:
    """Verify the books of one program, or of all.

    `tx` should be a snapshot: then it may run while others post.

    Refuses with VerificationRunning while another one runs.
    """
    await tx.run(queries.allow_long)
    if not await tx.value(queries.claim_verification):
        raise VerificationRunning
    checks = []
    for name, says in CHECKS.items():
        progress(f"checking {name}")
        found = await tx.maybe(getattr(queries, f"bad_{name}"), program_id=program_id)
        checks.append(_check(name, says, found))
    progress("checking standings")
    found = await check_standings(tx, program_id)
    checks.append(_check("standings", STANDINGS, found))
    transfers = await tx.value(queries.count_transfers, program_id=program_id)
    return Verification(all(not check.bad for check in checks), transfers, checks)


def _check(name: str, says: str, found: tuple[Any, ...] | None) -> Check:
    if found is None:
        return Check(name, says, 0, None)
    bad, member_id, number, detail = found
    return Check(name, says, bad, BadRow(member_id or 0, number or 0, detail))


async def recent_differences(tx: Transaction, now: datetime) -> int:
    """Return how many of the wallets touched in the last minutes are not the sum of their lots; 0 is right.

    Cheap enough for a metric that is asked every few seconds.
    """
    found: int = await tx.value(queries.recent_differences, since=now - RECENT, limit=RECENT_MEMBERS_MAX)
    return found
