"""The draft of a simulation: what publishing would publish, checked, or the same with other rules in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from regulars.features.rulesets import (
    Draft,
    DraftPart,
    DraftRule,
    PartKind,
    RulesInvalid,
    Vocabulary,
    check_document,
    compare_documents,
    load_draft,
    published_document,
    version_in_force,
    version_of,
)
from regulars.infra.db import Transaction

T = TypeVar("T")

# The sections of a program's document that hold rules and what they share.
_PARTS = {
    "collections": PartKind.COLLECTION,
    "tables": PartKind.TABLE,
    "groups": PartKind.GROUP,
    "campaigns": PartKind.CAMPAIGN,
}


async def simulated_document(
    tx: Transaction,
    program_id: int,
    vocabulary: Vocabulary,
    now: datetime,
    sections: Mapping[str, Any] | None = None,
    *,
    keep_others: bool = False,
) -> tuple[dict[str, Any], int | None]:
    """Return the document to simulate, and the version in force when it says the same.

    `sections` (rules, collections, tables, groups, campaigns, as in a program's document) take the place of the
    draft's own; with `keep_others` of those with the same code alone. Refuses with RulesInvalid.
    """
    draft = await load_draft(tx, program_id)
    if sections is not None:
        draft = draft_of_rules(draft, sections, now, keep_others=keep_others)
    document = published_document(draft, vocabulary)
    errors = check_document(document, vocabulary)
    if errors:
        raise RulesInvalid(errors=errors)
    number = await version_in_force(tx, program_id, now)
    if number is not None and not compare_documents(
        (await version_of(tx, program_id, number)).document, document
    ):
        return document, number
    return document, None


async def compared_with_force(
    tx: Transaction, program_id: int, document: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Return what is compared with what: the version in force, and in which objects `document` differs from it."""
    number = await version_in_force(tx, program_id, now)
    before = {} if number is None else (await version_of(tx, program_id, number)).document
    changes = compare_documents(before, document)
    return {
        "base": "rules_of_their_day",
        "version_in_force": number,
        "draft_differs_in": [
            {"kind": one.kind, "code": one.code, "action": one.action}
            for one in changes
            if one.kind != "vocabulary"
        ],
    }


def draft_of_rules(
    draft: Draft, sections: Mapping[str, Any], now: datetime, *, keep_others: bool = False
) -> Draft:
    """Return the draft with the sections given in place of its own; a section that is left out stays.

    With `keep_others` what a section does not name stays too.
    """
    rules, parts = draft.rules, draft.parts
    if "rules" in sections:
        rules = tuple(
            DraftRule(
                str(rule.get("code", "")),
                {key: value for key, value in rule.items() if key not in ("code", "status")},
                str(rule.get("status", "active")),
                0,
                now,
            )
            for rule in sections["rules"]
        )
        if keep_others:
            rules = _laid_over(draft.rules, rules, lambda rule: rule.code)
    for name, kind in _PARTS.items():
        if name in sections:
            named = _parts(kind, sections[name], now)
            kept = tuple(part for part in parts if part.kind == kind) if keep_others else ()
            others = tuple(part for part in parts if part.kind != kind)
            parts = (*others, *_laid_over(kept, named, lambda part: part.code))
    return Draft(rules, parts)


def _laid_over(before: tuple[T, ...], named: tuple[T, ...], code_of: Callable[[T], str]) -> tuple[T, ...]:
    """Return `before` with what has the code of something named replaced where it stands, and the rest behind it."""
    by_code = {code_of(one): one for one in named}
    kept = [by_code.pop(code_of(one), one) for one in before]
    return (*kept, *(one for one in named if code_of(one) in by_code))


def _parts(kind: PartKind, documents: Mapping[str, Any], now: datetime) -> tuple[DraftPart, ...]:
    return tuple(
        DraftPart(kind, code, {"values": body} if kind is PartKind.COLLECTION else body, 0, now)
        for code, body in documents.items()
    )
