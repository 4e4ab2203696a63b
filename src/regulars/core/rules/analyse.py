"""What a person should look at before publishing: rules that never fire, overlap, feed themselves or give very much."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations, islice
from typing import Any

from regulars.core.rules import forms
from regulars.core.rules.boxes import ABSENT, Allowed, Box, box
from regulars.core.rules.cycles import find_cycle
from regulars.core.rules.fields import Field, FieldCatalog
from regulars.core.rules.lower import LoweredRule
from regulars.core.rules.model import Finding, LocalTime
from regulars.core.rules.reading import no_such
from regulars.core.rules.ruleset import Ruleset, compile_ruleset
from regulars.core.rules.triggers import (
    ANNIVERSARY,
    BIRTHDAY,
    INACTIVE,
    MEMBER_JOINED,
    PURCHASE,
    SCHEDULE,
    TIER_CHANGED,
    WALLET_CHANGED,
)
from regulars.core.rules.worst_case import greatest_awards

OVERLAPS_MAX = 200
"""Pairs that are told; a person who sees more of them reads none."""
PAIRS_MAX = 200_000
"""Pairs that are compared, about two seconds."""
CLOSED_FIELDS = frozenset({"store", "region", "partner"})
ORDERLESS = frozenset(
    {BIRTHDAY, ANNIVERSARY, INACTIVE, SCHEDULE, MEMBER_JOINED, TIER_CHANGED, WALLET_CHANGED}
)
"""Events of the platform that carry no order."""
CLOSED_FACTS = frozenset({"tier", "status"})


def analyse(
    document: Any, catalog: FieldCatalog, *, today: LocalTime | None = None, basket: Decimal = Decimal(100)
) -> list[Finding]:
    """Findings about a document that compiles; raises RulesRefused otherwise.

    With `today` schedules that are over are told. `basket` is the order amount, in major units, for which the greatest
    possible award is worked out.
    """
    ruleset = compile_ruleset(document, catalog, 0)
    active = [rule for rule in ruleset.lowered if rule.typed.active]
    boxes = {rule.typed.index: box(rule.condition) for rule in active}
    over = list(_over(active, boxes, today)) if today is not None else []
    gone = {code for finding in over for code in finding.rules}
    coming = [rule for rule in active if rule.typed.code not in gone]
    return [
        *_impossible(active, boxes),
        *_without_order(active, boxes),
        *_never_sent(active, catalog),
        *_unheard_of(active, boxes),
        *over,
        *_spent(active),
        *_shadowed(ruleset, active, boxes),
        *_as_they_stand(ruleset, active, boxes),
        *_overlaps(ruleset, active, boxes),
        *_loops(active, boxes),
        *greatest_awards(
            ruleset, coming, {index: _heard_of(one) for index, one in boxes.items()}, catalog, basket
        ),
    ]


def _impossible(rules: list[LoweredRule], boxes: dict[int, Box]) -> Iterator[Finding]:
    for rule in rules:
        if boxes[rule.typed.index].impossible:
            yield Finding(
                "never_fires",
                f"“{rule.typed.name}” can never fire: its conditions contradict each other.",
                (rule.typed.code,),
                rule.typed.path,
            )


def _without_order(rules: list[LoweredRule], boxes: dict[int, Box]) -> Iterator[Finding]:
    """Rules that ask for an order where the clock or the platform makes the event, which has none."""
    for rule in rules:
        if not set(rule.typed.events) <= ORDERLESS:
            continue
        for form, allowed in boxes[rule.typed.index].allowed.items():
            read = form.raw if isinstance(form, forms.AsText | forms.AsNumber) else form
            asked = read.field.path if isinstance(read, forms.Access) else ""
            if isinstance(form, forms.LineCount) or (
                asked.startswith("order.") and not allowed.admits(ABSENT)
            ):
                yield Finding(
                    "never_fires",
                    f"“{rule.typed.name}” can never fire: “{rule.typed.events[0]}” has no order, and its conditions "
                    "ask for one. What a member bought before is asked for with `behaviour`.",
                    (rule.typed.code,),
                    rule.typed.path,
                )
                break


def _never_sent(rules: list[LoweredRule], catalog: FieldCatalog) -> Iterator[Finding]:
    """Names of events that nobody has sent so far and that look like one which is: probably misspelt."""
    seen = catalog.find("event.type")
    known = {PURCHASE, *(seen.options if seen is not None else ())}
    for rule in rules:
        for name in rule.typed.events if rule.typed.trigger.kind == "event" else ():
            alike = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            if alike and name not in known:
                yield Finding(
                    "never_sent",
                    f"“{rule.typed.name}” waits for `{name}`, which nobody has sent so far. Did you mean `{alike[0]}`?",
                    (rule.typed.code,),
                    f"{rule.typed.path}.trigger",
                )


def _unheard_of(rules: list[LoweredRule], boxes: dict[int, Box]) -> Iterator[Finding]:
    """Values that are asked for and that nothing in the program has: a store, a region, a partner, a tier."""
    for rule in rules:
        for form, allowed in boxes[rule.typed.index].allowed.items():
            read = form.raw if isinstance(form, forms.AsText) else form
            if not isinstance(read, forms.Access) or allowed.values is None or not _is_closed(read.field):
                continue
            for value in sorted(allowed.values - {ABSENT, *read.field.options}):
                yield Finding(
                    "unknown_value",
                    f"“{rule.typed.name}” asks for `{value}`. {no_such(read.field.label, value, read.field.options)}",
                    (rule.typed.code,),
                    rule.typed.path,
                )


def _heard_of(asked: Box) -> Box:
    """What a rule allows of the values that there are."""
    for form in asked.allowed:
        read = form.raw if isinstance(form, forms.AsText) else form
        if isinstance(read, forms.Access) and _is_closed(read.field):
            there = frozenset({ABSENT, *read.field.options})
            asked = asked.meet(Box({form: Allowed(there)}, True))
    return asked


def _is_closed(field: Field) -> bool:
    """Whether the options of a field are all that there is, not only what was seen so far."""
    of_member = field.fact is not None and field.fact.kind in CLOSED_FACTS
    return bool(field.options) and (of_member or field.path in CLOSED_FIELDS)


def _over(rules: list[LoweredRule], boxes: dict[int, Box], today: LocalTime) -> Iterator[Finding]:
    for rule in rules:
        for form, allowed in boxes[rule.typed.index].allowed.items():
            if not (isinstance(form, forms.Access) and form.field.path == "local.day_number"):
                continue
            last = allowed.high if allowed.values is None else max(allowed.values, default=None)
            included = allowed.high_in or allowed.values is not None
            if last is not None and last - (0 if included else 1) < today.day_number:
                yield Finding(
                    "over",
                    f"The days of “{rule.typed.name}” are over; it never fires again.",
                    (rule.typed.code,),
                    f"{rule.typed.path}.schedule",
                )


def _spent(rules: list[LoweredRule]) -> Iterator[Finding]:
    for rule in rules:
        if any(limit.max == 0 for limit in rule.typed.limits):
            yield Finding(
                "gives_nothing",
                f"“{rule.typed.name}” has a limit of 0 and never gives anything.",
                (rule.typed.code,),
                f"{rule.typed.path}.limits",
            )


def _shadowed(ruleset: Ruleset, rules: list[LoweredRule], boxes: dict[int, Box]) -> Iterator[Finding]:
    """In a group that keeps the first rule, one that always comes first hides all that ask for at least as much."""
    modes = {group.code: group.mode for group in ruleset.groups}
    ordered = sorted(rules, key=lambda rule: (-rule.typed.priority, rule.typed.index))
    for place, later in enumerate(ordered):
        if modes[later.typed.group] != "first":
            continue
        for earlier in ordered[:place]:
            used_up = any(limit.measure == "count" for limit in earlier.typed.limits)
            if (
                earlier.typed.group == later.typed.group
                and not used_up
                and set(later.typed.events) <= set(earlier.typed.events)
                and boxes[later.typed.index].within(boxes[earlier.typed.index])
            ):
                yield Finding(
                    "never_first",
                    f"“{later.typed.name}” never applies: "
                    f"“{earlier.typed.name}” holds whenever it does and comes first.",
                    (later.typed.code, earlier.typed.code),
                    later.typed.path,
                )
                break


def _as_they_stand(ruleset: Ruleset, rules: list[LoweredRule], boxes: dict[int, Box]) -> Iterator[Finding]:
    """Rules of a `first` group whose place in the document decides, which nobody sees: one finding a priority."""
    first = {group.code for group in ruleset.groups if group.mode == "first"}
    ranks: dict[tuple[str, int], list[LoweredRule]] = {}
    for rule in rules:
        if rule.typed.group in first:
            ranks.setdefault((rule.typed.group, rule.typed.priority), []).append(rule)
    for equal in ranks.values():
        for one, other in islice(combinations(equal, 2), PAIRS_MAX):
            here, there = boxes[one.typed.index], boxes[other.typed.index]
            if not set(one.typed.events) & set(other.typed.events) or here.meet(there).impossible:
                continue
            yield Finding(
                "same_priority",
                f"“{one.typed.name}” and “{other.typed.name}” can both hold and have the same priority: "
                f"“{one.typed.name}” goes first, by its code. Give the one that is to go first the higher `priority`.",
                (one.typed.code, other.typed.code),
                f"{other.typed.path}.priority",
            )
            break


def _overlaps(ruleset: Ruleset, rules: list[LoweredRule], boxes: dict[int, Box]) -> Iterator[Finding]:
    """Two rules that can hold for one event, stack, and give the same points or multiply the same rule: both with
    conditions, or both without and in the same way. That a bonus comes on top of what everybody gets is no news.
    """
    modes = {group.code: group.mode for group in ruleset.groups}
    alone = {group.code for group in ruleset.groups if group.exclusive}
    stacked = [rule for rule in rules if modes[rule.typed.group] == "stack"]
    always = {rule.typed.index for rule in stacked if rule.condition == forms.Truth(True)}
    compared = told = 0
    for place, one in enumerate(stacked):
        for other in stacked[place + 1 :]:
            compared += 1
            if compared > PAIRS_MAX or told >= OVERLAPS_MAX:
                return
            groups = {one.typed.group, other.typed.group}
            if len(groups) > 1 and groups & alone:
                continue
            twice = one.typed.index in always
            if twice != (other.typed.index in always) or (twice and not _alike(one, other)):
                continue
            what = _shared_award(one, other)
            if what and not boxes[one.typed.index].meet(boxes[other.typed.index]).impossible:
                told += 1
                yield Finding(
                    "overlap",
                    f"“{one.typed.name}” and “{other.typed.name}” can both apply to one event; {what}.",
                    (one.typed.code, other.typed.code),
                    other.typed.path,
                )


def _alike(one: LoweredRule, other: LoweredRule) -> bool:
    """Whether both give points of one type, worked out in the same way."""
    ways = {(award.point_type, award.kind) for award in one.typed.awards if not award.deduct}
    return any((award.point_type, award.kind) in ways for award in other.typed.awards if not award.deduct)


def _shared_award(one: LoweredRule, other: LoweredRule) -> str:
    if not set(one.typed.events) & set(other.typed.events):
        return ""
    for a in one.typed.awards:
        for b in other.typed.awards:
            if a.deduct or b.deduct or a.point_type != b.point_type:
                continue
            if a.kind == "multiply" and b.kind == "multiply" and set(a.targets) & set(b.targets):
                return f"their multipliers of “{a.text}” add up"
            if a.kind != "multiply" and b.kind != "multiply":
                return f"their {a.point_type} add up"
    return ""


def _loops(rules: list[LoweredRule], boxes: dict[int, Box]) -> Iterator[Finding]:
    """Rules whose effects raise events that make the same rules look again."""
    edges: dict[str, set[str]] = {}
    names = {rule.typed.code: rule for rule in rules}
    listeners = [rule for rule in rules if {WALLET_CHANGED, TIER_CHANGED} & set(rule.typed.events)]
    for rule in rules:
        fed = {other.typed.code for other in listeners if _feeds(rule, other, boxes[other.typed.index])}
        edges[rule.typed.code] = fed
    reported: set[str] = set()
    while cycle := find_cycle(edges):
        reported |= set(cycle)
        yield Finding(
            "feeds_itself",
            f"{' → '.join(f'“{names[code].typed.name}”' for code in cycle)}: what it does makes it look again. "
            "Add a condition that stops it, such as a tier direction or `reaches`.",
            tuple(cycle[:-1]),
            names[cycle[0]].typed.path,
        )
        edges = {code: fed - reported for code, fed in edges.items() if code not in reported}


def _feeds(rule: LoweredRule, other: LoweredRule, listening: Box) -> bool:
    if WALLET_CHANGED in other.typed.events:
        rising = "reaches" in other.typed.trigger.settings
        for award in rule.typed.awards:
            if not (rising and not award.deduct) and _admits(listening, "point_type", award.point_type):
                return True
    if TIER_CHANGED in other.typed.events:
        return any(
            effect.name == "set_tier"
            and _admits(listening, "set", effect.arguments["set"])
            and _admits(listening, "to", effect.arguments["tier"])
            for effect in rule.typed.effects
        )
    return False


def _admits(listening: Box, name: str, value: str) -> bool:
    """Whether an event with this property can meet the box."""
    for form, allowed in listening.allowed.items():
        read = form.raw if isinstance(form, forms.AsText) else form
        if isinstance(read, forms.Access) and read.field.path == f"event.properties.{name}":
            return allowed.admits(value)
    return True
