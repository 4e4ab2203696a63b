"""The report of a simulation: what would have been different, in points and in money, from every side."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from regulars.core.rules import analyse
from regulars.features.rulesets import Vocabulary, catalog_for
from regulars.flows.accrual.insight import Rulebook, is_budget, plain_instant
from regulars.flows.simulation.budgets import Demand
from regulars.flows.simulation.model import BEGIN_US, END_US, BudgetKey, Plan
from regulars.flows.simulation.tally import BASE, DRAFT, Tally
from regulars.kit import ids

DECILES = 10
_LANGUAGE = ("collections", "tables", "groups", "rules")


class Found(msgspec.Struct):
    """What all processes found together."""

    tally: Tally
    demand: tuple[Demand, Demand]
    events: int
    passes: int
    closes_at: dict[BudgetKey, int]
    memory_kb: int


def report(plan: Plan, book: Rulebook, drafted: Rulebook, found: Found) -> dict[str, Any]:
    """Return the report as plain values. Points in smallest units, money in minor units as text."""
    sums = found.tally.sums
    counts = {name: leaf[0] for name, leaf in sums.get("counts", {}).items()}
    return {
        "program": book.program,
        "window": {
            "from": None if plan.from_at == BEGIN_US else plain_instant(plan.from_at),
            "to": None if plan.to_at == END_US else plain_instant(plan.to_at),
            "as_of": plain_instant(plan.as_of),
            "start": plan.start,
        },
        "compared": plan.compared,
        "counts": {"events_replayed": found.events, **counts},
        "points": {code: _compared(leaf, book, code) for code, leaf in _sorted(sums, "points")},
        "rules": _rules(sums.get("rules", {}), book),
        "months": _by_points(sums.get("months", {}), book),
        "stores": _by_points(sums.get("stores", {}), book),
        "tiers": {code: _by_points(tiers, book) for code, tiers in _sorted(sums, "tiers")},
        "tier_moves": _moves(sums.get("moves", {})),
        "members": {
            code: dict(zip(("gain", "lose", "same"), leaf, strict=True))
            for code, leaf in _sorted(sums, "members")
        },
        "deciles_by_spend": _deciles(sums.get("deciles", {}), book),
        "gain_most": _extremes(found.tally.gains, 1),
        "lose_most": _extremes(found.tally.losses, -1),
        "spending": _spending(sums.get("spending", {}), book),
        "effects": {rule: dict(sorted(kinds.items())) for rule, kinds in _sorted(sums, "effects")},
        "budgets": _budgets(found, book, drafted),
        "liability": {code: _compared(leaf, book, code) for code, leaf in _sorted(sums, "outstanding")},
        "ended_before": {code: _compared(leaf, book, code) for code, leaf in _sorted(sums, "ended")},
        "as_posted": _as_posted(sums, counts),
        "findings": _findings(plan.document),
        "passes": found.passes,
        "memory_kb": found.memory_kb,
    }


def _sorted(sums: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
    return sorted(sums.get(name, {}).items())


def _compared(leaf: list[int], book: Rulebook, code: str) -> dict[str, Any]:
    """Return before, after and the difference, with its money where the point type says what a point is worth."""
    shown: dict[str, Any] = {"base": leaf[BASE], "draft": leaf[DRAFT], "difference": leaf[DRAFT] - leaf[BASE]}
    point_type = book.terms.point_types.get(code)
    if point_type is not None:
        shown["scale"] = point_type.scale
        if point_type.policy.value_minor is not None:
            worth = point_type.policy.value_minor / 10**point_type.scale
            money = (Decimal(shown["difference"]) * worth).quantize(Decimal(1), ROUND_HALF_UP)
            shown["difference_minor"] = format(money, "f")
    return shown


def _by_points(named: Mapping[str, Any], book: Rulebook) -> dict[str, Any]:
    return {
        name: {code: _compared(leaf, book, code) for code, leaf in sorted(codes.items())}
        for name, codes in sorted(named.items())
    }


def _rules(rules: Mapping[str, Any], book: Rulebook) -> list[dict[str, Any]]:
    """Return every rule that gave something, those with the largest difference first."""
    shown = []
    for rule, sums in rules.items():
        points = {code: _compared(leaf, book, code) for code, leaf in sorted(sums.get("points", {}).items())}
        base, draft = sums.get("fired", (0, 0))
        change = sum(abs(one["difference"]) for one in points.values())
        shown.append((-change, rule, {"fired": {"base": base, "draft": draft}, "points": points}))
    shown.sort(key=lambda one: one[:2])
    return [{"rule": rule, **sums} for _, rule, sums in shown]


def _spending(sums: Mapping[str, Any], book: Rulebook) -> dict[str, Any]:
    """Return what members paid for rewards, and what which rule took off: net of what came back."""
    return {
        "points": {code: _compared(leaf, book, code) for code, leaf in _sorted(sums, "points")},
        "taken_off": [
            {
                "rule": rule,
                "applied": {"base": leaves["applied"][BASE], "draft": leaves["applied"][DRAFT]},
                "points": {
                    code: _compared(leaf, book, code) for code, leaf in sorted(leaves["points"].items())
                },
            }
            for rule, leaves in _sorted(sums, "rules")
        ],
        "rewards": _by_points(sums.get("rewards", {}), book),
        "months": _by_points(sums.get("months", {}), book),
    }


def _moves(moves: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return how many members end in which tier under both rules."""
    return {
        code: [
            {"base": before, "draft": after, "members": leaf[0]}
            for before, afters in sorted(froms.items())
            for after, leaf in sorted(afters.items())
        ]
        for code, froms in sorted(moves.items())
    }


def _deciles(buckets: Mapping[str, Any], book: Rulebook) -> list[dict[str, Any]]:
    """Return members in ten parts by what they spent, the smallest spenders first; parts are as even as buckets let."""
    ordered = sorted(buckets.items(), key=lambda one: int(one[0]))
    members = sum(bucket["members"][0] for _, bucket in ordered)
    deciles: list[dict[str, Any]] = [
        {"decile": number, "members": 0, "spend": 0, "points": {}} for number in range(1, DECILES + 1)
    ]
    seen = 0
    for _, bucket in ordered:
        size = bucket["members"][0]
        middle = seen + size / 2
        decile = deciles[min(DECILES - 1, int(middle * DECILES / members))]
        seen += size
        decile["members"] += size
        decile["spend"] += bucket["spend"][0]
        for code, leaf in bucket.get("points", {}).items():
            known = decile["points"].setdefault(code, [0, 0])
            known[BASE] += leaf[BASE]
            known[DRAFT] += leaf[DRAFT]
    for decile in deciles:
        decile["points"] = {
            code: _compared(leaf, book, code) for code, leaf in sorted(decile["points"].items())
        }
    return deciles


def _extremes(heap: list[tuple[int, int, int, int]], sign: int) -> list[dict[str, Any]]:
    """Return the members who gain (or lose) most, over all point types together."""
    return [
        {"member": ids.encode("mem", member_id), "base": base, "draft": draft, "difference": sign * change}
        for change, member_id, base, draft in sorted(heap, reverse=True)
    ]


def _budgets(found: Found, book: Rulebook, drafted: Rulebook) -> list[dict[str, Any]]:
    """Return what budgets gave by period, and when the draft's are used up."""
    maxima = {**budget_maxima(book), **budget_maxima(drafted)}
    used = [{key: sum(hours.values()) for key, hours in demand.items()} for demand in found.demand]
    return [
        {
            "budget": key[0],
            "measure": key[1],
            "period": key[2],
            "max": maxima.get(key[:2]),
            "base": used[BASE].get(key, 0),
            "draft": used[DRAFT].get(key, 0),
            "used_up_at": plain_instant(found.closes_at[key]) if key in found.closes_at else None,
        }
        for key in sorted({*used[BASE], *used[DRAFT]})
    ]


def budget_maxima(book: Rulebook) -> dict[tuple[str, str], int]:
    """Return the maximum of every budget of the version in force last, by (owner, measure)."""
    if not book.versions:
        return {}
    return {
        (f"{limit.per}:{limit.owner}", f"{limit.measure}/{limit.period}/{limit.point_type}"): limit.max
        for limit in book.versions[-1].ruleset.limits
        if is_budget(limit)
    }


def _as_posted(sums: Mapping[str, Any], counts: Mapping[str, int]) -> dict[str, Any]:
    """Return how what was really posted compares with deciding again under the rules of the day."""
    return {
        "points": {code: leaf[0] for code, leaf in _sorted(sums, "posted")},
        "events_that_differ": counts.get("events_not_as_posted", 0),
        "members_that_differ": counts.get("members_not_as_posted", 0),
        "spent": {code: leaf[0] for code, leaf in _sorted(sums, "spent_really")},
        "redemptions_that_differ": counts.get("redemptions_not_as_posted", 0),
    }


def _findings(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what to look at before publishing, the greatest award of one basket with it."""
    catalog = catalog_for(
        msgspec.convert(document["vocabulary"], Vocabulary), frozenset(document["campaigns"])
    )
    found = analyse({name: document[name] for name in _LANGUAGE}, catalog)
    return [msgspec.to_builtins(one, builtin_types=(), enc_hook=str) for one in found]
