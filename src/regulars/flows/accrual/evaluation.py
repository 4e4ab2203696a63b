"""What the sender of an event is told: what it did, by which rules, and how the member stands afterwards.

Points are integers in the smallest unit of their type; `scale` says how many decimals that unit has.
"""

from __future__ import annotations

from typing import Any

from regulars.core.ledger import Side
from regulars.flows.accrual.rulebook import Rulebook
from regulars.flows.accrual.types import Outcome, Receipt
from regulars.flows.accrual.work import Work
from regulars.kit import ids


def evaluation_of(receipt: Receipt, place: int) -> dict[str, Any]:
    """Return the evaluation of the event at `place` of a receipt."""
    answer = receipt.answers[place]
    outcome = answer.outcome or Outcome()
    book = receipt.rulebook
    work = receipt.works.get(answer.member_id) if answer.member_id else None
    return {
        "ruleset_version": outcome.version or None,
        "effects": effects_of(book, outcome),
        "rules_fired": rules_fired(book, outcome),
        "member": None if work is None else member_state(book, work),
    }


def effects_of(book: Rulebook, outcome: Outcome) -> list[dict[str, Any]]:
    """Return what the event did: awards by rule, points taken back, other effects, tiers changed."""
    rules = book.version_numbered(outcome.version).ruleset.rules if outcome.version else ()
    effects: list[dict[str, Any]] = []
    for granted in outcome.granted:
        code = book.points_by_id[granted.point_type_id].code
        transfer = ids.encode("trf", granted.transfer_id)
        for rule, points in granted.rules:
            effects.append(
                {
                    "type": "points_awarded",
                    "rule": rules[rule].code,
                    "point_type": code,
                    "points": points,
                    "transfer": transfer,
                }
            )
    for point_type_id, points in outcome.taken_back:
        code = book.points_by_id[point_type_id].code
        effects.append({"type": "points_reversed", "point_type": code, "points": points})
    effects += [
        {"type": "entry_award", "tier_set": code, "tier": tier, "point_type": point_type, "points": points}
        for code, tier, point_type, points in outcome.entries
    ]
    effects += [{"type": kind, "rule": rules[rule].code} for rule, kind in outcome.effects]
    effects += [
        {"type": "tier_changed", "tier_set": code, "from": before or None, "to": after}
        for code, before, after in outcome.tiers
    ]
    return effects


def rules_fired(book: Rulebook, outcome: Outcome) -> list[dict[str, Any]]:
    """Return the rules that applied, with what each of them gave."""
    if not outcome.version:
        return []
    rules = book.version_numbered(outcome.version).ruleset.rules
    points: dict[int, dict[str, int]] = {}
    for granted in outcome.granted:
        code = book.points_by_id[granted.point_type_id].code
        for rule, amount in granted.rules:
            given = points.setdefault(rule, {})
            given[code] = given.get(code, 0) + amount
    return [
        {"rule": rules[rule].code, "name": rules[rule].name, "points": points.get(rule, {})} for rule in outcome.fired
    ]


def member_state(book: Rulebook, work: Work) -> dict[str, Any]:
    """Return the member's wallets and tiers as the batch left them."""
    return {
        "id": ids.encode("mem", work.member.id),
        "balances": {code: wallet_state(work, point_type.terms.slot) for code, point_type in book.points.items()},
        "tiers": {code: standing.tier or None for code, standing in work.state.t.items()},
    }


def wallet_state(work: Work, slot: int) -> dict[str, int]:
    """Return the four sides of one wallet."""
    return {side.name.lower(): work.purse.balance(slot, side) for side in Side}
