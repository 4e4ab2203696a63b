"""Defining vouchers: checked as a whole, so that a till never meets one that cannot be computed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from regulars.features.vouchers import store
from regulars.features.vouchers.errors import DefinitionChanged, InvalidDefinition, UnknownDefinition
from regulars.features.vouchers.model import Definition, StoredDefinition, Worth
from regulars.features.vouchers.patterns import check_pattern
from regulars.features.vouchers.spelling import confusable
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError
from regulars.kit.money import MINOR_MAX

DAYS_MAX: Final = 36_500
USES_MAX: Final = 1_000_000_000
NAME_LETTERS_MAX: Final = 200
# A coupon for a whole department; more is a category.
NAMED_MAX: Final = 20_000
AUDIENCE_AT_ONCE: Final = 10_000
_CODE_LETTERS_MAX: Final = 63


async def put_definition(
    tx: Transaction,
    program_id: int,
    definition: Definition,
    *,
    zone: str,
    now: datetime,
    expected: int | None = None,
) -> tuple[StoredDefinition, bool]:
    """Make vouchers of a kind or change it; return it and whether it is new. An archived one comes back.

    Codes that exist follow the change, except that their own number of uses and own end stay. `zone` is the
    program's; `expected` the revision that was read. Refuses with InvalidDefinition, CodeTooGuessable,
    DefinitionChanged.
    """
    check_definition(definition)
    before = await store.lock_definition(tx, program_id, definition.code)
    if expected is not None and (before is None or before.revision != expected):
        raise DefinitionChanged
    if before is not None and _same(before, definition, zone):
        return before, False
    await _check_spelling(tx, program_id, before, definition)
    number = await store.upsert_definition(tx, program_id, definition, zone, now)
    if definition.uses_total is not None and (before is None or before.definition.uses_total is None):
        await tx.run(store.queries.recount_uses, id=number)
    return await get_definition(tx, program_id, definition.code), before is None


async def _check_spelling(
    tx: Transaction, program_id: int, before: StoredDefinition | None, definition: Definition
) -> None:
    """Refuse a pattern whose codes, typed without hyphens, could be codes of another kind's pattern."""
    pattern = definition.pattern
    if pattern is None or (before is not None and before.definition.pattern == pattern):
        return
    for number, other in await store.select_patterns(tx, program_id):
        if (before is None or number != before.id) and confusable(pattern, other):
            says = f"Codes of this pattern and of {other} could differ in hyphens alone; put them where those are."
            raise InvalidDefinition(errors=[FieldError("pattern", "too_close", says)])


def _same(before: StoredDefinition, definition: Definition, zone: str) -> bool:
    return before.definition == definition and before.zone == zone and before.archived_at is None


async def get_definition(tx: Transaction, program_id: int, code: str) -> StoredDefinition:
    """Return vouchers of a kind, archived or not. Refuses with UnknownDefinition."""
    found = await store.select_definition(tx, program_id, code)
    if found is None:
        raise UnknownDefinition
    return found


async def archive_definition(
    tx: Transaction, program_id: int, code: str, now: datetime, expected: int | None = None
) -> None:
    """Archive a kind: its vouchers cannot be used or issued any more. Refuses with UnknownDefinition."""
    found = await store.lock_definition(tx, program_id, code)
    if found is None:
        raise UnknownDefinition
    if expected is not None and found.revision != expected:
        raise DefinitionChanged
    if found.archived_at is None:
        await tx.run(store.queries.archive_definition, id=found.id, now=now)


async def add_audience(tx: Transaction, program_id: int, audience: str, member_ids: Sequence[int]) -> int:
    """Put members on the list that definitions name as their audience; return how many are on it now."""
    await tx.run(
        store.queries.insert_audience, program_id=program_id, audience=audience, member_ids=list(member_ids)
    )
    return int(await tx.value(store.queries.count_audience, program_id=program_id, audience=audience))


async def remove_audience(tx: Transaction, program_id: int, audience: str, member_ids: Sequence[int]) -> int:
    """Take members off that list; return how many are on it now."""
    await tx.run(
        store.queries.delete_audience, program_id=program_id, audience=audience, member_ids=list(member_ids)
    )
    return int(await tx.value(store.queries.count_audience, program_id=program_id, audience=audience))


def check_definition(definition: Definition) -> None:
    """Refuse what cannot be used: InvalidDefinition (errors[] says all of it), CodeTooGuessable."""
    errors = [*_check_worth(definition.worth), *_check_bounds(definition)]
    if not 0 < len(definition.name.strip()) <= NAME_LETTERS_MAX:
        errors.append(FieldError("name", "out_of_range", f"Write 1 to {NAME_LETTERS_MAX} letters."))
    if not definition.code or len(definition.code) > _CODE_LETTERS_MAX or not _is_code(definition.code):
        errors.append(
            FieldError("code", "malformed", "Write small letters, digits, - and _, at most 63 of them.")
        )
    if errors:
        raise InvalidDefinition(errors=errors)
    if definition.pattern is not None:
        check_pattern(definition.pattern, definition.codes_max)


def _is_code(text: str) -> bool:
    return all(
        letter.isascii() and (letter.islower() or letter.isdigit() or letter in "-_") for letter in text
    )


def _check_bounds(definition: Definition) -> list[FieldError]:
    bounds = (
        ("uses", definition.uses, 1, USES_MAX),
        ("per_member", definition.per_member, 1, USES_MAX),
        ("uses_total", definition.uses_total, 1, USES_MAX),
        ("valid_days", definition.valid_days, 0, DAYS_MAX),
        ("minimum", definition.minimum, 0, MINOR_MAX),
        ("codes_max", definition.codes_max, 1, USES_MAX),
        ("priority", definition.priority, 0, 1_000_000),
    )
    errors = [
        FieldError(path, "out_of_range", f"Write {low} to {high}.")
        for path, value, low, high in bounds
        if value is not None and not low <= value <= high
    ]
    begins, ends = definition.valid_from, definition.valid_until
    if begins is not None and ends is not None and ends <= begins:
        errors.append(
            FieldError("valid_until", "ends_before_it_begins", "Write an instant after valid_from.")
        )
    for path, instant in (("valid_from", begins), ("valid_until", ends)):
        if instant is not None and instant.tzinfo is None:
            errors.append(FieldError(path, "no_offset", "Write an instant with its offset, such as …Z."))
    return errors


def _check_worth(worth: Worth) -> list[FieldError]:
    errors = []
    wanted = {"amount": "amount", "percentage": "percentage", "free_item": "item"}.get(worth.kind)
    for name in ("amount", "percentage", "item"):
        given = getattr(worth, name) is not None
        if given != (name == wanted):
            says = f"A worth of the kind {worth.kind} needs {wanted or 'nothing more'}."
            errors.append(FieldError(f"worth.{name}", "missing" if not given else "not_used", says))
    if worth.amount is not None and not 0 < worth.amount <= MINOR_MAX:
        errors.append(FieldError("worth.amount", "out_of_range", "Write minor units, at least 1."))
    if worth.percentage is not None and not Decimal(0) < worth.percentage <= Decimal(100):
        errors.append(FieldError("worth.percentage", "out_of_range", "Write more than 0 and at most 100."))
    if worth.at_most is not None and (worth.kind != "percentage" or not 0 < worth.at_most <= MINOR_MAX):
        errors.append(FieldError("worth.at_most", "not_used", "Caps a percentage, in minor units."))
    for name, scope in (("categories", "category"), ("products", "product")):
        given = bool(getattr(worth, name))
        if given != (worth.on == scope):
            says = f"Belongs to a worth on: {scope}, and is needed there."
            errors.append(FieldError(f"worth.{name}", "missing" if not given else "not_used", says))
        if len(getattr(worth, name)) > NAMED_MAX:
            errors.append(FieldError(f"worth.{name}", "too_many", f"Name at most {NAMED_MAX}."))
    return errors
