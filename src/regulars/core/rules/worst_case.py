"""The greatest award that one basket could get: which rules can meet in one event, and what they give together.

The result is a set of rules that can all hold at once and what they yield for an order of the given amount. Where
an amount depends on what the basket does not say (a property, a count), one is assumed and the finding says "about".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from regulars.core.rules import forms
from regulars.core.rules.boxes import Box, box
from regulars.core.rules.emit_python import PythonEmitter, define
from regulars.core.rules.fields import FieldCatalog
from regulars.core.rules.lower import BASE, LoweredAward, LoweredRule
from regulars.core.rules.model import Finding, Kind
from regulars.core.rules.resolve import bounded
from regulars.core.rules.ruleset import Ruleset
from regulars.core.rules.triggers import PURCHASE

NAMED_RULES_MAX = 6
MEETINGS_MAX = 100_000
"""How often it is asked whether a rule can join others, about a second; what is best by then is told."""

Boxes = Mapping[int, Box]
"""What each rule allows, by its index."""


class Worth(msgspec.Struct, frozen=True):
    """What a rule gives for the basket: points by point type, the same where a limit in money has cut the basket, and
    whether they had to be guessed.
    """

    points: dict[str, int]
    cut: dict[str, int]
    about: bool


def greatest_awards(
    ruleset: Ruleset, rules: list[LoweredRule], boxes: Boxes, catalog: FieldCatalog, basket: Decimal
) -> Iterator[Finding]:
    """One finding per point type for an order of `basket` (major units)."""
    amount = int(basket.scaleb(catalog.currency_exponent))
    order = box(forms.Is(forms.Access(catalog.fields["order.amount"]), amount))
    listening = [
        rule
        for rule in rules
        if PURCHASE in rule.typed.events
        and all(limit.max for limit in rule.typed.limits)
        and not order.meet(boxes[rule.typed.index]).impossible
    ]
    worths = {rule.typed.index: _worth(rule, amount) for rule in listening}
    for point_type, scale in catalog.point_types.items():
        chosen = _Meetings(ruleset, listening, boxes, order, worths, point_type).greatest()
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


class _Meetings:
    """Which rules can hold for one order, for the points of one type."""

    def __init__(
        self,
        ruleset: Ruleset,
        rules: list[LoweredRule],
        boxes: Boxes,
        order: Box,
        worths: dict[int, Worth],
        point_type: str,
    ) -> None:
        self.rules = rules
        self.boxes = boxes
        self.order = order
        self.worths = worths
        self.point_type = point_type
        self.modes = {group.code: group.mode for group in ruleset.groups}
        self.exclusive = [group.code for group in ruleset.groups if group.exclusive]
        self.sure = [rule for rule in rules if not any(one.measure == "count" for one in rule.typed.limits)]
        """Rules that apply whenever their conditions hold: no limit on the number of times keeps them back."""
        self.left = MEETINGS_MAX

    def greatest(self) -> list[LoweredRule]:
        """The rules that give most together: of one exclusive group, or of all the others."""
        best: list[LoweredRule] = []
        for start in ["", *self.exclusive]:
            found = self._improved(self._in_order(start), self._silencers(start))
            if self.total(found) > self.total(best):
                best = found
        return best

    def total(self, chosen: list[LoweredRule]) -> int:
        """What rules give together."""
        return _total(chosen, self.worths, self.point_type)

    def _in_order(self, start: str) -> list[LoweredRule]:
        """Dearest first: what gives points of its own and stacks, then the others by what each adds to that."""
        useful = [
            rule
            for rule in self.rules
            if (rule.typed.group == start if start else rule.typed.group not in self.exclusive)
            and any(a.typed.point_type == self.point_type and not a.typed.deduct for a in rule.awards)
        ]
        plain = [
            rule
            for rule in useful
            if self.modes[rule.typed.group] == "stack" and not any(a.typed.targets for a in rule.awards)
        ]
        plain.sort(key=lambda rule: -self.worths[rule.typed.index].points.get(self.point_type, 0))
        rest = [rule for rule in useful if rule not in plain]
        together = self._join(plain, [])
        base = self.total(together)
        gains = {rule.typed.index: self.total([*together, rule]) - base for rule in rest}
        return [*plain, *sorted(rest, key=lambda rule: -gains[rule.typed.index])]

    def _silencers(self, start: str) -> list[Box]:
        """Where these hold, rules of the group `start` (none: of no exclusive group) are silenced."""
        before = self.exclusive[: self.exclusive.index(start)] if start else self.exclusive
        return [self.boxes[rule.typed.index] for rule in self.sure if rule.typed.group in before]

    def _improved(self, order: list[LoweredRule], silencers: list[Box]) -> list[LoweredRule]:
        """Start with the dearest; then let each rule that was left out push out what it cannot meet, as long as that
        gives more.
        """
        best = self._join(order, silencers)
        better = True
        while better:
            better = False
            for rule in order:
                if rule in best:
                    continue
                if self.left <= 0:
                    return best
                other = self._join([rule, *best, *order], silencers)
                if self.total(other) > self.total(best):
                    best, better = other, True
        return best

    def _join(self, order: list[LoweredRule], silencers: list[Box]) -> list[LoweredRule]:
        """The rules, in this order, that can hold with those before them; of a best or first group only one."""
        together, chosen, seen, taken = self.order, list[LoweredRule](), set[int](), set[str]()
        for rule in order:
            group = rule.typed.group
            if rule.typed.index in seen or group in taken:
                continue
            seen.add(rule.typed.index)
            self.left -= 1
            met = together.meet(self.boxes[rule.typed.index])
            if met.impossible or any(map(met.within, silencers)):
                continue
            if any(
                self._comes_after(one, met)
                for one in [rule, *chosen]
                if self.modes[one.typed.group] == "first"
            ):
                continue
            together = met
            chosen.append(rule)
            if self.modes[group] != "stack":
                taken.add(group)
        return chosen

    def _comes_after(self, rule: LoweredRule, met: Box) -> bool:
        """Whether another rule of its group comes first in all that is met."""
        return any(
            other.typed.group == rule.typed.group
            and (-other.typed.priority, other.typed.index) < (-rule.typed.priority, rule.typed.index)
            and met.within(self.boxes[other.typed.index])
            for other in self.sure
        )


def _total(chosen: list[LoweredRule], worths: dict[int, Worth], point_type: str) -> int:
    """What the rules give together, each multiplier after the rules that it multiplies, as far as limits let them."""
    by_index = {rule.typed.index: rule for rule in chosen}
    given: dict[int, int] = {}

    def gives(index: int) -> int:
        if index not in by_index:
            return 0
        if index not in given:
            given[index] = worths[index].points.get(point_type, 0) + multiplied(by_index[index])
        return given[index]

    def multiplied(rule: LoweredRule) -> int:
        return sum(
            int(sum(gives(target) for target in award.typed.targets) * (award.typed.by - 1))
            for award in rule.awards
            if award.typed.by is not None and award.typed.point_type == point_type
        )

    left: dict[tuple[object, ...], int] = {}
    total = 0
    for rule in sorted(chosen, key=lambda rule: (-rule.typed.priority, rule.typed.index)):
        points = worths[rule.typed.index].cut.get(point_type, 0) + multiplied(rule)
        total += _limited(rule, points, point_type, left)
    return total


def _limited(rule: LoweredRule, points: int, point_type: str, left: dict[tuple[object, ...], int]) -> int:
    """What the limits leave of the points; limits of one campaign that are alike are one, and used by each rule."""
    keys = {
        (limit.owner, limit.max, limit.per, limit.period): limit.max
        for limit in rule.typed.limits
        if limit.measure == "points" and limit.point_type in ("", point_type)
    }
    points = min([points, *(left.setdefault(key, most) for key, most in keys.items())])
    for key in keys:
        left[key] -= points
    return points


def _worth(rule: LoweredRule, amount: int) -> Worth:
    points: dict[str, int] = {}
    cut: dict[str, int] = {}
    about = False
    less = min([amount, *(limit.max for limit in rule.typed.limits if limit.measure == "money")])
    for award in rule.awards:
        if award.typed.deduct or award.value is None:
            continue
        value, guessed = _points(award, amount)
        kind = award.typed.point_type
        points[kind] = points.get(kind, 0) + bounded(value)
        cut[kind] = cut.get(kind, 0) + bounded(value if award.base is None else _points(award, less)[0])
        about = about or guessed
    return Worth(points, cut, about)


def _points(award: LoweredAward, amount: int) -> tuple[Any, bool]:
    assert award.value is not None
    if isinstance(award.value, forms.Lookup):
        return max((row.then for row in award.value.rows if isinstance(row.then, int)), default=0), False
    form = award.from_base if award.from_base is not None else _with_basket(award.value)
    emitter = PythonEmitter({}, {})
    function = define(
        "greatest_award", [f"return {emitter.text(form)}"], "<greatest award>", emitter.namespace
    )
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
