"""Members by what requests call them, many in one statement."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.core.events import normal_identifier
from regulars.features.programs import ProgramConfig
from regulars.flows.redemption.store import queries
from regulars.infra.db import Asked, Bigints, Texts, Together, Transaction
from regulars.kit.errors import NotFound
from regulars.kit.ids import decode

REF_MAX = 400


class UnknownMember(NotFound):
    """There is no such member in this program."""


def ask_refs(soon: Together, config: ProgramConfig, refs: Sequence[str]) -> Asked:
    """Ask for the members that references name (`mem_…`, `email:ann@example.com`)."""
    numbers: list[int | None] = []
    kinds: list[str | None] = []
    values: list[str | None] = []
    for ref in refs:
        number, kind, value = _read(config, ref[:REF_MAX])
        numbers.append(number)
        kinds.append(kind)
        values.append(value)
    return soon.ask(
        queries.select_refs,
        program_id=config.id,
        places=Bigints(range(len(refs))),
        ids=Bigints(numbers),
        kinds=Texts(kinds),
        values=Texts(values),
    )


def member_number(ref: str) -> int:
    """Return the number in a member's public id; 0, which none has, for another reference."""
    try:
        return decode("mem", ref)
    except ValueError:
        return 0


async def members_named(asked: Asked, count: int) -> list[int | UnknownMember]:
    """Return the members that so many references name, or the refusal of each.

    Who was merged leads to who took over.
    """
    found: dict[int, int] = {int(place): int(member_id) for place, member_id in await asked.rows()}
    return [found.get(place) or UnknownMember() for place in range(count)]


async def resolve_refs(
    tx: Transaction, config: ProgramConfig, refs: Sequence[str]
) -> list[int | UnknownMember]:
    """Return the members that references name, or the refusal of each."""
    return await members_named(ask_refs(Together(tx), config, refs), len(refs))


def _read(config: ProgramConfig, ref: str) -> tuple[int | None, str | None, str | None]:
    kind, colon, value = ref.partition(":")
    if colon:
        known = kind in config.settings.identifier_order
        normal = normal_identifier(kind, value, config.region) if known else None
        return (None, kind, normal) if normal is not None and "\x00" not in normal else (None, None, None)
    try:
        return decode("mem", ref), None, None
    except ValueError:
        return None, None, None
