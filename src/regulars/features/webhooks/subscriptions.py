"""What anybody listens to, so that changes are announced only when they are heard."""

from __future__ import annotations

from regulars.features.webhooks import store
from regulars.features.webhooks.notice_types import Subscribed
from regulars.infra.db import Transaction

_built: dict[int, tuple[list[str], Subscribed]] = {}


async def subscribed_types(tx: Transaction, program_id: int) -> Subscribed:
    """Return what the enabled endpoints of a program listen to; `type in subscribed` also knows families.

    One look-up by primary key. The set is built anew only when an endpoint was changed.
    """
    types = await store.select_subscription(tx, program_id)
    known = _built.get(program_id)
    if known is None or known[0] != types:
        known = _built[program_id] = (types, Subscribed(types))
    return known[1]
