"""Giving vouchers to members: out of the pool or made on the spot, once per cause; and taking them back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from regulars.features.vouchers import store
from regulars.features.vouchers.errors import CodeTaken, PoolEmpty, UnknownDefinition, VoucherExpired
from regulars.features.vouchers.model import StoredDefinition, written
from regulars.features.vouchers.patterns import make_codes, normalise
from regulars.features.vouchers.spelling import bare, resolve_codes, taken_for
from regulars.features.vouchers.use import tell
from regulars.infra.db import Transaction, failpoint
from regulars.kit.zones import local_date, start_of_day, zone

ISSUED = "voucher.issued"
VOIDED = "voucher.voided"
# Among 10^11 possible codes one that exists is met once in 500,000 tries; five in a row mean that something is broken.
TRIES: Final = 5


async def issue_voucher(
    tx: Transaction,
    program_id: int,
    definition_code: str,
    member_id: int,
    now: datetime,
    cause: str,
    *,
    event_id: int | None = None,
    rule: str | None = None,
) -> str:
    """Give a member a voucher and return its code; the same cause gives the same code again, for ever.

    A code of the pool when there is one, else a new one of the pattern. Refuses with UnknownDefinition,
    VoucherExpired (the whole kind has ended) and PoolEmpty.
    """
    stored = await store.select_definition(tx, program_id, definition_code)
    if stored is None or stored.archived_at is not None:
        raise UnknownDefinition
    ends = stored.definition.valid_until
    if ends is not None and now >= ends:
        raise VoucherExpired(expired_at=written(ends))
    place = {"member_id": member_id, "program_id": program_id, "cause": cause}
    claimed = await tx.run(
        store.queries.claim_issue, definition_id=stored.id, event_id=event_id, rule=rule, now=now, **place
    )
    if not claimed:
        code: str = await tx.value(store.queries.select_issue, **place)
        return code
    code = await _hand_out(tx, stored, member_id, now)
    await tx.run(store.queries.update_issue, code=code, **place)
    failpoint("after_voucher_issued_before_commit")
    await tell(tx, program_id, [(code, member_id)], ISSUED, now)
    return code


async def issued_code(tx: Transaction, program_id: int, member_id: int, cause: str) -> str | None:
    """Return the code a member was given for a cause, None when none was."""
    place = {"member_id": member_id, "program_id": program_id, "cause": cause}
    code: str | None = await tx.value(store.queries.select_issue, **place)
    return code


async def _hand_out(tx: Transaction, stored: StoredDefinition, member_id: int, now: datetime) -> str:
    """Return a code that belongs to the member now."""
    ends = end_of(stored, now)
    given = await tx.maybe(
        store.queries.hand_out, definition_id=stored.id, member_id=member_id, now=now, valid_until=ends
    )
    if given is not None:
        return str(given[0])
    pattern = stored.definition.pattern
    if pattern is None:
        raise PoolEmpty(definition=stored.definition.code)
    for _ in range(TRIES):
        (code,) = make_codes(pattern, 1)
        if await _insert(tx, stored, code, member_id, stored.definition.uses, now, bare=bare(code)):
            return code
    raise PoolEmpty(definition=stored.definition.code)


async def add_code(
    tx: Transaction, stored: StoredDefinition, code: str, *, uses: int | None, now: datetime
) -> str:
    """Make one code of somebody's choice, such as SUMMER10, for whoever holds it; return it as it is kept.

    `uses` bounds it (None = no bound). Refuses with CodeTaken, also where it would be taken for another one.
    """
    kept = normalise(code)
    if other := (await taken_for(tx, stored.program_id, [kept])).get(kept):
        raise CodeTaken(code=other)
    if not await _insert(tx, stored, kept, None, uses, now):
        raise CodeTaken(code=kept)
    return kept


async def _insert(
    tx: Transaction,
    stored: StoredDefinition,
    code: str,
    member_id: int | None,
    uses: int | None,
    now: datetime,
    *,
    bare: str | None = None,
) -> bool:
    made = await tx.maybe(
        store.queries.insert_voucher,
        program_id=stored.program_id,
        code=code,
        bare=bare,
        definition_id=stored.id,
        member_id=member_id,
        uses_max=uses,
        now=now,
        valid_until=end_of(stored, now),
    )
    return made is not None


def end_of(stored: StoredDefinition, issued_at: datetime) -> datetime | None:
    """Return when a voucher issued now ends by its days: after that many whole local days behind the day of issue."""
    days = stored.definition.valid_days
    if days is None:
        return None
    place = zone(stored.zone)
    last: date = local_date(issued_at, place) + timedelta(days=days)
    return start_of_day(last + timedelta(days=1), place)


async def void_vouchers(
    tx: Transaction,
    program_id: int,
    codes: Sequence[str],
    *,
    now: datetime,
    unused_only: bool = False,
    limit: int | None = None,
) -> list[str]:
    """Take codes back for good, at most `limit`; return those that were.

    With `unused_only`, only those nobody used or is using.
    """
    kept = sorted(set((await resolve_codes(tx, program_id, codes)).values()))
    await store.lock_vouchers(tx, program_id, kept)
    rows = await tx.all(
        store.queries.void_vouchers, program_id=program_id, codes=kept, unused_only=unused_only, limit=limit
    )
    if rows:
        await tell(tx, program_id, [(code, member) for code, member in rows], VOIDED, now)
    return [code for code, _ in rows]
