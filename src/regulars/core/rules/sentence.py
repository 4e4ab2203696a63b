"""Rules in plain English. Written from the checked rule, so that what is read is what is evaluated."""

from __future__ import annotations

from typing import Any

from regulars.core.rules.check import check_document
from regulars.core.rules.fields import FieldCatalog
from regulars.core.rules.parse import parse_document
from regulars.core.rules.reading import Notes
from regulars.core.rules.typed import TypedRule
from regulars.core.rules.wording import WEEKDAYS, Words, also, either


def sentence(rule: Any, catalog: FieldCatalog, document: dict[str, Any] | None = None) -> str:
    """A rule document in English. `document` is the ruleset around it, for its tables, collections and other rules."""
    around = dict(document or {})
    others = [r for r in around.get("rules", []) if not _same_code(r, rule)]
    around["rules"] = [rule, *others]
    notes = Notes()
    parsed = parse_document(around, notes)
    if parsed is None or not parsed.rules or parsed.rules[0].path != "rules[0]":
        return f"This rule cannot be read yet: {notes.diagnostics[0].message}"
    checked = check_document(parsed, catalog, notes)
    mine = [d for d in notes.diagnostics if d.path.startswith("rules[0]")]
    if not checked.rules or mine:
        return f"This rule cannot be read yet: {mine[0].message if mine else ''}"
    return rule_sentence(checked.rules[0], Words(catalog.currency, catalog.currency_exponent))


def _same_code(one: Any, other: Any) -> bool:
    return isinstance(one, dict) and isinstance(other, dict) and one.get("code") == other.get("code")


def rule_sentence(rule: TypedRule, words: Words) -> str:
    """One checked rule: when, if, then, limits, who pays."""
    conditions = [text for part in rule.conditions[rule.given :] if (text := words.condition(part))]
    given = f", if {also(conditions)}" if conditions else ""
    actions = [words.award(award) for award in rule.awards] + [
        words.effect(effect) for effect in rule.effects
    ]
    parts = [f"{_trigger(rule)}{given}, {also(actions)}"]
    parts += [words.limit(limit) for limit in rule.limits]
    text = "; ".join(parts) + "."
    if rule.funding:
        payers = [f"{f.account.replace(':', ' ')} pays {f.share.normalize():f} %" for f in rule.funding]
        payer = also(payers)
        text += f" {payer[0].upper()}{payer[1:]}."
    return text if rule.active else f"(Paused) {text}"


def _trigger(rule: TypedRule) -> str:
    kind, settings = rule.trigger.kind, rule.trigger.settings
    if kind == "milestone":
        return f"On purchase number {settings['n']}" if "n" in settings else "On the first purchase"
    if kind == "member":
        return "When a member joins"
    if kind == "tier_changed":
        moves = {"up": "moves up", "down": "moves down"}.get(settings.get("direction", "any"), "changes tier")
        return f"When a member {moves}" + (f" in “{settings['set']}”" if "set" in settings else "")
    if kind == "wallet_changed":
        reaches = f"reaches {settings['reaches']}" if "reaches" in settings else "changes"
        return f"When a balance of {settings['point_type']} {reaches}"
    if kind == "birthday":
        days = settings.get("days_before", 0)
        return f"{days} days before a member's birthday" if days else "On a member's birthday"
    if kind == "anniversary":
        return (
            f"{settings['years']} years after joining"
            if "years" in settings
            else "On each anniversary of joining"
        )
    if kind == "inactive":
        return f"After {settings['days']} days without “{settings.get('event', 'Order Completed')}”"
    if kind == "redemption":
        which = also([f"{name} “{value}”" for name, value in settings.items()]) if settings else ""
        return f"When a member takes a reward{f' of {which}' if which else ''}"
    if kind == "schedule":
        return f"{_ticks(settings)} by the {rule.timers[0].zone}'s clock"
    return f"When {either([f'“{event}”' for event in rule.events])} happens"


def _ticks(settings: dict[str, Any]) -> str:
    if "daily" in settings:
        return f"Every day at {settings['daily']}"
    if "weekly" in settings:
        weekly = settings["weekly"]
        return f"Every {WEEKDAYS[weekly['weekday'] - 1]} at {weekly['at']}"
    return f"On the schedule “{settings['cron']}”"
