"""Editing rules and parts. A draft may be wrong for as long as it is not published; what must hold is checked then.

`expected` is the revision the caller has read (0 = it must be new), None = whatever is there.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from regulars.features.rulesets import store
from regulars.features.rulesets.canonical import encode
from regulars.features.rulesets.document import CAMPAIGN_KEYS
from regulars.features.rulesets.errors import RulesInvalid, UnknownPart, UnknownRule
from regulars.features.rulesets.model import Draft, DraftPart, DraftRule, PartKind, RuleStatus
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError, PreconditionFailed

# A rule of this size has thousands of conditions; a table or collection may be that long.
RULE_BYTES_MAX: Final = 256 * 1024
PART_BYTES_MAX: Final = 4_000 * 1024

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}", re.ASCII)
_PART_KEYS: Final = {
    PartKind.COLLECTION: ("name", "values"),
    PartKind.TABLE: ("inputs", "output_kind", "rows", "default"),
    PartKind.GROUP: ("name", "mode", "exclusive"),
    PartKind.CAMPAIGN: CAMPAIGN_KEYS,
}


async def load_draft(tx: Transaction, program_id: int) -> Draft:
    """Return all rules that are not archived, and all parts."""
    rules = await store.select_rules(tx, program_id)
    return Draft(tuple(rules), tuple(await store.select_parts(tx, program_id)))


async def put_rule(
    tx: Transaction,
    program_id: int,
    code: str,
    document: Any,
    *,
    now: datetime,
    status: str | None = None,
    expected: int | None = None,
) -> DraftRule:
    """Write a rule as a draft of its own or over the one of that code; return it as it is now.

    `document` is the rule without or with its code and status; `status` (draft, active, paused) counts first,
    then the document's, then what it was, then draft. Writing what is there already changes nothing. Refuses
    with RulesInvalid, PreconditionFailed.
    """
    body = _body(code, document, RULE_BYTES_MAX)
    named = body.pop("status", None)
    if status is None and named is None:
        before = await store.select_rule(tx, program_id, code)
        named = before.status if before and before.status != RuleStatus.ARCHIVED else RuleStatus.DRAFT
    chosen = status or named
    if chosen not in (RuleStatus.DRAFT, RuleStatus.ACTIVE, RuleStatus.PAUSED):
        raise _wrong("status", "unknown_value", "Write draft, active or paused.")
    written = await store.upsert_rule(tx, program_id, code, body, str(chosen), expected, now)
    if written is None:
        raise PreconditionFailed
    return written


async def set_rule_status(
    tx: Transaction, program_id: int, code: str, status: str, *, now: datetime, expected: int | None = None
) -> DraftRule:
    """Archive, pause, activate a rule or make it a draft again. Refuses with UnknownRule, PreconditionFailed."""
    if status not in list(RuleStatus):
        raise _wrong("status", "unknown_value", "Write draft, active, paused or archived.")
    before = await rule_of(tx, program_id, code)
    if expected is not None and before.revision != expected:
        raise PreconditionFailed
    if before.status == status:
        return before
    written = await store.update_rule_status(tx, program_id, code, status, before.revision, now)
    if written is None:
        raise PreconditionFailed
    return written


async def rule_of(tx: Transaction, program_id: int, code: str) -> DraftRule:
    """Return one rule as it is edited. Refuses with UnknownRule."""
    found = await store.select_rule(tx, program_id, code)
    if found is None:
        raise UnknownRule
    return found


async def put_part(
    tx: Transaction,
    program_id: int,
    kind: str,
    code: str,
    document: Any,
    *,
    now: datetime,
    expected: int | None = None,
) -> DraftPart:
    """Write a collection, table, group or campaign; return it. Refuses with RulesInvalid, PreconditionFailed."""
    known = _kind(kind)
    body = _body(code, document, PART_BYTES_MAX)
    errors = [
        FieldError(
            name, "unknown_key", f"A {kind} has no `{name}`; known are {', '.join(_PART_KEYS[known])}."
        )
        for name in body
        if name not in _PART_KEYS[known]
    ]
    if known is PartKind.COLLECTION and not isinstance(body.get("values"), list):
        errors.append(FieldError("values", "missing", "Write the list of values."))
    if errors:
        raise RulesInvalid(errors=errors)
    written = await store.upsert_part(tx, program_id, kind, code, body, expected, now)
    if written is None:
        raise PreconditionFailed
    return written


async def remove_part(
    tx: Transaction, program_id: int, kind: str, code: str, *, expected: int | None = None
) -> None:
    """Remove a part from the draft; published versions keep theirs. Refuses with UnknownPart,
    PreconditionFailed."""
    await part_of(tx, program_id, kind, code)
    if not await store.delete_part(tx, program_id, kind, code, expected):
        raise PreconditionFailed


async def part_of(tx: Transaction, program_id: int, kind: str, code: str) -> DraftPart:
    """Return one part. Refuses with UnknownPart."""
    found = await store.select_part(tx, program_id, _kind(kind), code)
    if found is None:
        raise UnknownPart
    return found


def _kind(kind: str) -> PartKind:
    if kind not in list(PartKind):
        raise UnknownPart(f"A part is a {', '.join(PartKind)}; {kind!r} is none of them.")
    return PartKind(kind)


def _body(code: str, document: Any, bytes_max: int) -> dict[str, Any]:
    """Return a document without its code. Refuses what is not an object, names another code, or is too long."""
    if not _CODE.fullmatch(code):
        raise _wrong(
            "code", "malformed", "A code is made of a-z, 0-9, _ and -, and starts with a letter or digit."
        )
    if not isinstance(document, dict):
        raise _wrong("", "not_an_object", "Write an object.")
    body = dict(document)
    if body.pop("code", code) != code:
        raise _wrong(
            "code", "other_code", f"This address is that of {code!r}; leave the code out or write the same."
        )
    text = encode(body)
    if len(text) > bytes_max:
        raise _wrong("", "too_large", f"Write at most {bytes_max // 1024:,} KB.")
    if "\\u0000" in text:
        raise _wrong("", "not_a_text", "Leave out the NUL character.")
    return body


def _wrong(path: str, code: str, message: str) -> RulesInvalid:
    return RulesInvalid(errors=[FieldError(path, code, message)])
