"""Looking up codes: what they are, and whether a member can use them now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from regulars.features.vouchers import store
from regulars.features.vouchers.errors import UnknownVoucher
from regulars.features.vouchers.model import Found, judge
from regulars.features.vouchers.patterns import CODE_LETTERS_MAX
from regulars.features.vouchers.spelling import resolve_codes
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError, Invalid

# More codes than any till takes for one basket.
CODES_MAX: Final = 50
# Reservations that are freed in one transaction of the round that looks for lapsed ones.
LAPSED_AT_ONCE: Final = 500


async def find_vouchers(
    tx: Transaction,
    program_id: int,
    codes: Sequence[str],
    *,
    member_id: int | None,
    now: datetime,
    lock: bool = False,
) -> list[Found]:
    """Return what is found under each code, in the order asked: the voucher, and why this member cannot use it now.

    Codes are taken as people type them (`spelling`); what is found carries the code as it is kept.

    `member_id` None = somebody unknown. With `lock` the codes are held until the transaction ends, in their order,
    and reservations of theirs that are over are freed. Whether the basket is large enough and the vouchers go
    together is for `discounts` to say. Refuses with Invalid for more than CODES_MAX codes.
    """
    if len(codes) > CODES_MAX:
        raise Invalid(errors=[FieldError("codes", "too_many", f"Name at most {CODES_MAX} codes.")])
    meant = await resolve_codes(tx, program_id, codes)
    wanted = [meant[code] for code in codes]
    known = [code for code in dict.fromkeys(wanted) if 0 < len(code) <= CODE_LETTERS_MAX]
    if lock and known and await store.lock_vouchers(tx, program_id, known):
        await store.end_uses(tx, program_id, known, was="reserved", status="lapsed", now=now)
    rows = await store.select_vouchers(tx, program_id, known, member_id, now) if known else {}
    found = []
    for code in wanted:
        if code not in rows:
            found.append(Found(code, now, None, UnknownVoucher(code=code[:CODE_LETTERS_MAX]), member_id))
            continue
        voucher, standing = rows[code]
        refusal = judge(voucher, standing, member_id, now)
        shown = None if isinstance(refusal, UnknownVoucher) else voucher
        found.append(Found(code, now, shown, refusal, member_id))
    return found


async def lapse_reservations(tx: Transaction, now: datetime, limit: int = LAPSED_AT_ONCE) -> int:
    """Free what was set aside for baskets that never became orders; return how many uses that were."""
    rows = await tx.all(store.queries.select_lapsed, now=now, limit=limit)
    by_program: dict[int, list[str]] = {}
    for program_id, code in rows:
        by_program.setdefault(program_id, []).append(code)
    done = 0
    for program_id, codes in by_program.items():
        await store.lock_vouchers(tx, program_id, codes)
        done += len(await store.end_uses(tx, program_id, codes, was="reserved", status="lapsed", now=now))
    return done
