"""Members of marketing lists: put on and taken off by any reference, many at a time, and counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from regulars.features.campaigns import get_list
from regulars.features.members import count_listed, relist, resolve_refs
from regulars.features.programs import ProgramConfig
from regulars.infra.db import Transaction

# What one transaction changes; a file is sent in pieces of this.
REFS_MAX: Final = 5_000
UNKNOWN_SHOWN_MAX: Final = 100


class Relisted(msgspec.Struct, frozen=True):
    """What became of references: members put on and taken off, those who were so before, and who is nobody here.

    `unknown` shows the first of `unknown_count`. `members` is how many are on the list now.
    """

    added: int
    removed: int
    unchanged: int
    unknown: list[str]
    unknown_count: int
    members: int


async def change_members(
    tx: Transaction,
    config: ProgramConfig,
    code: str,
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    now: datetime,
) -> Relisted:
    """Put members on a marketing list and take others off it; somebody named in both is taken off.

    Refuses with UnknownMarketingList.
    """
    await get_list(tx, config.id, code)
    found = await resolve_refs(tx, config, [*_clean(add), *_clean(remove)])
    off = {found[ref] for ref in _clean(remove) if ref in found}
    on = {found[ref] for ref in _clean(add) if ref in found} - off
    added = await relist(tx, config.id, code, on, listed=True, now=now)
    removed = await relist(tx, config.id, code, off, listed=False, now=now)
    unknown = [ref for ref in dict.fromkeys([*_clean(add), *_clean(remove)]) if ref not in found]
    return Relisted(
        added,
        removed,
        len(on) + len(off) - added - removed,
        unknown[:UNKNOWN_SHOWN_MAX],
        len(unknown),
        (await count_listed(tx, config.id, [code]))[code],
    )


def _clean(refs: Iterable[str]) -> list[str]:
    return [text for ref in refs if (text := ref.strip())]
