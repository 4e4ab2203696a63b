"""A person's own password: changed by who knows the old one."""

from __future__ import annotations

from datetime import datetime

from regulars.features.staff import store
from regulars.features.staff.errors import SignInRefused
from regulars.features.staff.passwords import check_strength, hash_password, password_matches
from regulars.features.staff.throttle import count_attempt
from regulars.infra.db import Database


async def change_password(
    db: Database, person_id: int, session_id: int, old: str | None, new: str, address: str, now: datetime
) -> None:
    """Set a new password; her other sessions are over. The old one is asked for where she has one.

    Refuses with SignInRefused, PasswordTooWeak, TooManyAttempts.
    """
    async with db.transaction(read_only=True) as tx:
        person = await store.select_sign_in_by_id(tx, person_id)
    if person.password_hash is not None:
        await count_attempt(db, person.email, address, now)
        if not await password_matches(person.password_hash, old or ""):
            raise SignInRefused("The old password is not right.")
    check_strength(new, person.name, person.email)
    hashed = await hash_password(new)
    async with db.transaction() as tx:
        await store.update_password(tx, person_id, hashed)
        await store.revoke_sessions(tx, person_id, now, but=session_id)
