"""The greatest award that one basket could get: which rules can meet in one event, and what they give together.

The result is a set of rules that can all hold at once and what they yield for an order of the given amount. Where
an amount depends on what the basket does not say (a property, a count), one is assumed and the finding says "about".
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from regulars.core.rules import forms
from regulars.core.rules.boxes import Box
from regulars.core.rules.emit_python import PythonEmitter, define
from regulars.core.rules.fields import FieldCatalog
from regulars.core.rules.lower import BASE, LoweredAward, LoweredRule
from regulars.core.rules.model import Finding, Kind
from regulars.core.rules.resolve import bounded
from regulars.core.rules.ruleset import Ruleset
from regulars.core.rules.triggers import PURCHASE

NAMED_RULES_MAX = 6


class Worth(msgspec.Struct, frozen=True):
    """What a rule gives for the basket: points by point type, and whether they had to be guessed."""

    points: dict[str, int]
    about: bool


def greatest_awards(
    ruleset: Ruleset, rules: list[LoweredRule], boxes: dict[int, Box], catalog: FieldCatalog, basket: Decimal
) -> Iterator[Finding]:
    """One finding per point type for an order of `basket` (major units)."""
    amount = int(basket.scaleb(catalog.currency_exponent))
    listening = [
        rule
        for rule in rules
        if PURCHASE in rule.typed.events and all(limit.max for limit in rule.typed.limits)
    ]
    worths = {rule.typed.index: _worth(rule, amount) for rule in listening}
    for point_type, scale in catalog.point_types.items():
        chosen = _choose(ruleset, listening, boxes, worths, point_type)
        total = _total(chosen, worths, point_type)
        if total > 0:
            points = Decimal(total).scaleb(-scale)
            about = "about " if any(worths[rule.typed.index].about for rule in chosen) else ""
            names = [f"“{rule.typed.name}”" for rule in chosen]
            more = f" and {len(names) - NAMED_RULES_MAX} more" if len(names) > NAMED_RULES_MAX else ""
            yield Finding(
                "greatest_award",
                f"One order of {basket:,f} {catalog.currency} can earn {about}{points.normalize():,f} {point_type}: "
                f"{', '.join(names[:NAMED_RULES_MAX])}{more}.",
                tuple(rule.typed.code for rule in chosen),
                amount=points,
            )


def _choose(
    ruleset: Ruleset,
    rules: list[LoweredRule],
    boxes: dict[int, Box],
    worths: dict[int, Worth],
    point_type: str,
) -> list[LoweredRule]:
    """Greedily, dearest first: rules that can hold together, one of each best or first group; multipliers last."""
    modes = {group.code: group.mode for group in ruleset.groups}
    exclusive = {group.code for group in ruleset.groups if group.exclusive}
    best: list[LoweredRule] = []
    for start in [None, *sorted(exclusive)]:
        allowed = [
            rule
            for rule in rules
            if (rule.typed.group == start if start else rule.typed.group not in exclusive)
        ]
        chosen = _greedy(allowed, boxes, worths, point_type, modes)
        if _total(chosen, worths, point_type) > _total(best, worths, point_type):
            best = chosen
    return best


def _greedy(
    rules: list[LoweredRule],
    boxes: dict[int, Box],
    worths: dict[int, Worth],
    point_type: str,
    modes: dict[str, str],
) -> list[LoweredRule]:
    """First what gives points of its own and stacks, then by what each adds to that."""
    useful = [
        r for r in rules if any(a.typed.point_type == point_type and not a.typed.deduct for a in r.awards)
    ]
    plain = [
        r for r in useful if modes[r.typed.group] == "stack" and not any(a.typed.targets for a in r.awards)
    ]
    together, chosen = Box({}, True), list[LoweredRule]()
    for rule in sorted(plain, key=lambda r: -worths[r.typed.index].points.get(point_type, 0)):
        met = together.meet(boxes[rule.typed.index])
        if not met.impossible:
            together = met
            chosen.append(rule)
    base = _total(chosen, worths, point_type)
    rest = [rule for rule in useful if rule not in plain]
    gains = {r.typed.index: _total([*chosen, r], worths, point_type) - base for r in rest}
    taken: set[str] = set()
    for rule in sorted(rest, key=lambda r: -gains[r.typed.index]):
        met = together.meet(boxes[rule.typed.index])
        single = modes[rule.typed.group] != "stack"
        if not met.impossible and not (single and rule.typed.group in taken):
            together = met
            taken.add(rule.typed.group)
            chosen.append(rule)
    return chosen


def _total(chosen: list[LoweredRule], worths: dict[int, Worth], point_type: str) -> int:
    """What the rules give together, each multiplier after the rules that it multiplies."""
    by_index = {rule.typed.index: rule for rule in chosen}
    given: dict[int, int] = {}

    def gives(index: int) -> int:
        if index not in by_index:
            return 0
        if index not in given:
            rule = by_index[index]
            points = worths[index].points.get(point_type, 0)
            for award in rule.awards:
                if award.typed.by is not None and award.typed.point_type == point_type:
                    points += int(sum(gives(target) for target in award.typed.targets) * (award.typed.by - 1))
            given[index] = points
        return given[index]

    return sum(_limited(rule, gives(rule.typed.index)) for rule in chosen)


def _limited(rule: LoweredRule, points: int) -> int:
    maxima = [limit.max for limit in rule.typed.limits if limit.measure == "points"]
    return min([points, *maxima])


def _worth(rule: LoweredRule, amount: int) -> Worth:
    points: dict[str, int] = {}
    about = False
    for award in rule.awards:
        if award.typed.deduct or award.value is None:
            continue
        value, guessed = _points(award, amount)
        points[award.typed.point_type] = points.get(award.typed.point_type, 0) + bounded(value)
        about = about or guessed
    return Worth(points, about)


def _points(award: LoweredAward, amount: int) -> tuple[Any, bool]:
    assert award.value is not None
    if isinstance(award.value, forms.Lookup):
        return max((row.then for row in award.value.rows if isinstance(row.then, int)), default=0), False
    form = award.from_base if award.from_base is not None else _with_basket(award.value)
    emitter = PythonEmitter({}, {})
    function = define("greatest", [f"return {emitter.text(form)}"], "<greatest award>", emitter.namespace)
    guessed = award.from_base is None and not isinstance(award.value, forms.Constant)
    return function(None, None, (amount,), None), guessed


def _with_basket(form: forms.Form) -> forms.Form:
    """The same amount where every amount of money is the basket, every other number 1, every choice the greater one."""
    if isinstance(form, forms.AsNumber):
        return _with_basket(form.raw)
    if isinstance(form, forms.Access):
        return forms.Access(BASE) if form.field.kind is Kind.MONEY else forms.Constant(1)
    if isinstance(form, forms.Choose):
        return forms.Greatest(_with_basket(form.then), _with_basket(form.otherwise))
    if isinstance(form, forms.LineCount):
        return forms.Constant(1)
    if isinstance(form, forms.LineSum | forms.LineLeast | forms.LineGreatest):
        return _with_basket(form.of)
    if isinstance(form, forms.Lookup):
        greatest = max((row.then for row in form.rows if isinstance(row.then, int)), default=0)
        return forms.Constant(greatest)
    changes = {
        name: _with_basket(value)
        for name in form.__struct_fields__
        if isinstance(value := getattr(form, name), forms.Form)
    }
    return msgspec.structs.replace(form, **changes) if changes else form
