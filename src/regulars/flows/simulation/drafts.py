"""The draft of a simulation: what publishing would publish, checked, or the same with other rules in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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
) -> tuple[dict[str, Any], int | None]:
    """Return the document to simulate, and the version in force when it says the same.

    `sections` (rules, collections, tables, groups, campaigns, as in a program's document) take the place of the
    draft's own. Refuses with RulesInvalid.
    """
    draft = await load_draft(tx, program_id)
    if sections is not None:
        draft = draft_of_rules(draft, sections, now)
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


def draft_of_rules(draft: Draft, sections: Mapping[str, Any], now: datetime) -> Draft:
    """Return the draft with the sections given in place of its own; a section that is left out stays."""
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
    for name, kind in _PARTS.items():
        if name in sections:
            others = tuple(part for part in parts if part.kind != kind)
            parts = (*others, *_parts(kind, sections[name], now))
    return Draft(rules, parts)


def _parts(kind: PartKind, documents: Mapping[str, Any], now: datetime) -> tuple[DraftPart, ...]:
    return tuple(
        DraftPart(kind, code, {"values": body} if kind is PartKind.COLLECTION else body, 0, now)
        for code, body in documents.items()
    )
