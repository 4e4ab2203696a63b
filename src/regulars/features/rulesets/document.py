"""From drafts to the document that is published: campaigns hand what they promise to their rules.

The published document is what the rule language reads (`collections`, `tables`, `groups`, `rules`), with the
campaigns and the vocabulary beside it, so that a version needs nothing else to be decided by.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from regulars.core.rules import FieldCatalog
from regulars.features.rulesets.canonical import decode, encode
from regulars.features.rulesets.model import PUBLISHED, Draft, DraftPart, DraftRule, PartKind
from regulars.features.rulesets.own_words import with_own_attributes
from regulars.features.rulesets.vocabulary import Vocabulary, catalog_for

# What a campaign says once for all its rules.
CAMPAIGN_KEYS = (
    "name",
    "description",
    "type",
    "owner",
    "status",
    "schedule",
    "limits",
    "funding",
    "settings",
)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LANGUAGE_KEYS = ("collections", "tables", "groups", "rules")


def published_document(draft: Draft, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the document that publishing a draft would publish."""
    parts = by_kind(draft.parts)
    campaigns = parts[PartKind.CAMPAIGN]
    rules = [with_campaign(rule.whole, campaigns) for rule in draft.rules if rule.status in PUBLISHED]
    document = {
        "collections": {c: d.get("values", []) for c, d in parts[PartKind.COLLECTION].items()},
        "tables": parts[PartKind.TABLE],
        "groups": [{"code": code, **document} for code, document in parts[PartKind.GROUP].items()],
        "campaigns": campaigns,
        "rules": rules,
    }
    words = with_own_attributes(vocabulary, rules).published(encode(document))
    return {**document, "vocabulary": decode(encode(msgspec.to_builtins(words)))}


def language_part(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a published document that the rule language reads."""
    return {key: document[key] for key in _LANGUAGE_KEYS}


def catalog_of(document: Mapping[str, Any]) -> FieldCatalog:
    """Return the field catalogue a version was published with."""
    vocabulary = msgspec.convert(document["vocabulary"], Vocabulary)
    return catalog_for(vocabulary, frozenset(document["campaigns"]))


def with_campaign(rule: dict[str, Any], campaigns: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a rule with what its campaign adds: its time where the rule names none, its limits, its funding,
    its pause."""
    name = rule.get("campaign")
    campaign = campaigns.get(name) if isinstance(name, str) else None
    if campaign is None:
        return rule
    whole = dict(rule)
    if campaign.get("status") == "paused":
        whole["status"] = "paused"
    whole["schedule"] = _joined(campaign.get("schedule"), rule.get("schedule"))
    whole["limits"] = _joined(campaign.get("limits"), rule.get("limits"))
    whole = {key: value for key, value in whole.items() if value is not None or key in rule}
    if campaign.get("funding") and not rule.get("funding"):
        whole["funding"] = campaign["funding"]
    return whole


def _joined(shared: Any, own: Any) -> Any:
    """Return what a campaign and its rule say of one section; what is of another kind stays as it was written,
    for whoever checks the rule to say so."""
    if not shared:
        return own
    if isinstance(shared, dict) and isinstance(own, dict):
        return {**shared, **own}
    if isinstance(shared, list) and isinstance(own, list):
        return [*own, *shared]
    return own or shared


def by_kind(parts: tuple[DraftPart, ...]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the documents of parts by kind and code; every kind is there."""
    found: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in PartKind}
    for part in parts:
        found[part.kind][part.code] = part.document
    return found


def draft_of(document: Mapping[str, Any], like: Draft) -> Draft:
    """Return `like` with one more rule in it, to check that rule among the others.

    `document` is a rule with its code; a rule of that code in `like` is replaced, and it counts as active.
    """
    code = str(document.get("code") or "")
    body = {key: value for key, value in document.items() if key not in ("code", "status")}
    known = next((rule for rule in like.rules if rule.code == code), None)
    moment = known.updated_at if known else EARLIEST
    rule = DraftRule(code, body, "active", known.revision if known else 0, moment)
    others = tuple(other for other in like.rules if other.code != code)
    return Draft((*others, rule), like.parts)
