"""Admission: every message once for ever, every order rated once. Keys go in first, in the transaction of
their
effects.

All keys of a batch are written in one COPY. It fails as a whole when one of them is known (a repeat, or another server
has just written it); only then the known ones are read, told apart, and the rest is written. A small batch takes no
care that it can go on after that: it begins again, careful, which costs the many that have no repeat two statements
less.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from regulars.core.ledger import copy_body
from regulars.flows.accrual.admission import Admission, Known
from regulars.flows.accrual.queries import queries
from regulars.infra.db import Together, Transaction, map_constraint
from regulars.kit.errors import Conflict

T = TypeVar("T")

# A batch may meet another writer of the same keys; after so many meetings it begins again from the start.
ATTEMPTS_MAX = 4


class AlreadyAdmitted(Conflict):
    """A message of this batch was admitted before."""


map_constraint("events_identity_once", AlreadyAdmitted)


async def admit(
    tx: Transaction, admission: Admission, along: Callable[[Together], Awaitable[T]], *, careful: bool
) -> T:
    """Write the identities of the batch; afterwards `admission.status` says what each item is.

    What `along` reads then goes to the server with them; it is done again when a key turns out to be known. Unless it
    is `careful`, that raises AlreadyAdmitted and the transaction is lost.
    """
    if not careful:
        return await _write(Together(tx), admission.rows({}), along)
    known: Known = {}
    for _ in range(ATTEMPTS_MAX):
        try:
            return await _write(Together(tx, undo=True), admission.rows(known), along)
        except AlreadyAdmitted:
            known = await select_known(tx, admission)
    raise AlreadyAdmitted


async def _write(soon: Together, rows: list[bytes], along: Callable[[Together], Awaitable[T]]) -> T:
    async with soon:
        if rows:
            await soon.copy(queries.copy_identities, copy_body(rows))
        return await along(soon)


async def select_known(tx: Transaction, admission: Admission) -> Known:
    """Return what the database knows of the batch's messages and orders."""
    source_ids, keys = admission.all_keys()
    found = await tx.all(
        queries.select_identities,
        program_id=admission.batch.rulebook.program_id,
        source_ids=source_ids,
        keys=keys,
    )
    return {
        (source_id, key.bytes): (content.bytes, member_id, event_id, partner)
        for source_id, key, content, member_id, event_id, partner in found
    }
