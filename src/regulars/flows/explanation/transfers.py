"""Why these points: from a transfer back to its event, rules, facts and funding, and on to what became of it."""

from __future__ import annotations

from typing import Any

import msgspec

from regulars.core.ledger import TransferKind
from regulars.core.rules import Language
from regulars.flows.accrual.insight import CAP_REACHED, Rulebook, limits_hit, plain_instant
from regulars.flows.explanation import store
from regulars.flows.explanation.errors import UnknownTransfer
from regulars.flows.explanation.events import Recalled, event_at, recall, shown_event
from regulars.flows.explanation.store import Movement
from regulars.flows.explanation.wording import counted, facts_used, shown_lot, shown_movement
from regulars.infra.db import Transaction
from regulars.kit import ids

_decode = msgspec.json.Decoder().decode


async def explain_transfer(
    tx: Transaction, book: Rulebook, transfer_id: int, language: Language = "en"
) -> dict[str, Any]:
    """Return why a transfer was posted and what became of its points. Refuses with UnknownTransfer."""
    moved = await store.select_transfer(tx, book.program_id, transfer_id)
    if moved is None:
        raise UnknownTransfer
    recalled = await _event_of(tx, book, moved)
    lots = await store.select_lots(tx, moved.member_id, [moved.id])
    undone = await store.select_reversals(tx, moved.member_id, [moved.id])
    rules = _rules(book, moved, language)
    return {
        "transfer": shown_movement(book, moved),
        "member": ids.encode("mem", moved.member_id),
        "why": _sentence(book, moved, recalled, rules),
        "event": None if recalled is None else shown_event(book, recalled.stored),
        "ruleset_version": moved.ruleset_version,
        "rules": rules,
        "facts": [] if recalled is None or recalled.asked is None else facts_used(recalled.asked),
        "limited": _limited(book, recalled, moved, {rule["rule"] for rule in rules}, language),
        "funding": moved.funder,
        "lot": shown_lot(lots.get(moved.id)),
        "used_by": await _uses(tx, moved),
        "taken_back": [shown_movement(book, back) for back in undone],
    }


async def _event_of(tx: Transaction, book: Rulebook, moved: Movement) -> Recalled | None:
    if moved.event_id is None:
        return None
    return await recall(tx, book, await event_at(tx, book, moved.event_id, moved.member_id))


def _rules(book: Rulebook, moved: Movement, language: Language) -> list[dict[str, Any]]:
    """Return the rules behind a transfer, each with its share of the points and its sentence."""
    detail = _decode(moved.detail) if moved.detail else {}
    if not isinstance(detail, dict) or moved.ruleset_version is None:
        return []
    ruleset = book.version_numbered(moved.ruleset_version).ruleset
    return [
        {
            "rule": ruleset.rules[index].code,
            "name": ruleset.rules[index].name,
            "version": moved.ruleset_version,
            "points": points,
            "sentence": ruleset.sentence(index, language),
        }
        for index, points in detail.get("rules", ())
    ]


def _limited(
    book: Rulebook, recalled: Recalled | None, moved: Movement, mine: set[str], language: Language
) -> list[dict[str, Any]]:
    """Return the limits and caps that cut what the rules of this transfer gave; `mine` are their codes."""
    if recalled is None:
        return []
    point_type = book.points_by_id.get(moved.point_type_id)
    code = point_type.code if point_type else None
    return [
        hit
        for hit in limits_hit(book, recalled.outcome, language)
        if hit["rule"] in mine and (hit["code"] != CAP_REACHED or hit["point_type"] == code)
    ]


async def _uses(tx: Transaction, moved: Movement) -> list[dict[str, Any]]:
    """Return which transfers used the points this one brought; negative points came back."""
    return [
        {
            "transfer": ids.encode("trf", transfer_id),
            "kind": TransferKind(kind).name.lower(),
            "points": points,
            "posted_at": plain_instant(posted_at),
        }
        for transfer_id, kind, points, posted_at in await store.select_draws(tx, moved.member_id, moved.id)
    ]


def _sentence(book: Rulebook, moved: Movement, recalled: Recalled | None, rules: list[dict[str, Any]]) -> str:
    """Return why, in one sentence."""
    point_type = book.points_by_id.get(moved.point_type_id)
    code = point_type.code if point_type else "points"
    amount = counted(book, code, moved.amount)
    day = plain_instant(moved.occurred_at)[:10]
    detail = _decode(moved.detail) if moved.detail else {}
    if isinstance(detail, dict) and "tier" in detail:
        return f"{amount} for entering {detail['tier']} of {detail.get('tier_set', '')} on {day}."
    if recalled is None:
        reason = detail.get("reason") if isinstance(detail, dict) else None
        return f"{amount}: {moved.kind_name} on {day}" + (f", because: {reason}." if reason else ".")
    what = f"{amount}: {moved.kind_name} by {recalled.stored.type} on {day}"
    if not rules:
        return f"{what}."
    shares = "; ".join(f"{rule['rule']} gave {counted(book, code, rule['points'])}" for rule in rules)
    return f"{what}, under version {moved.ruleset_version} of the rules: {shares}."
