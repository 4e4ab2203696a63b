"""Rules in plain words. Written from the checked rule, so that what is read is what is evaluated."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, Literal

from regulars.core.rules.check import check_document
from regulars.core.rules.fields import FieldCatalog
from regulars.core.rules.parse import parse_document
from regulars.core.rules.reading import Notes
from regulars.core.rules.typed import TypedLimit, TypedRule
from regulars.core.rules.wording import Sentence, Words
from regulars.core.rules.wording_en import English
from regulars.core.rules.wording_zh import Chinese

Language = Literal["en", "zh-CN"]
"""The languages that rules are read in."""

_WORDS: Final[dict[Language, type[Words]]] = {"en": English, "zh-CN": Chinese}


def words_in(language: Language, currency: str, exponent: int) -> Words:
    """The words of a language, for a program whose money is `currency` with `exponent` decimals."""
    return _WORDS[language](currency, exponent)


def sentence(
    rule: Any, catalog: FieldCatalog, document: dict[str, Any] | None = None, language: Language = "en"
) -> str:
    """A rule document in a language; `document` is the ruleset around it: its tables, collections and other rules."""
    words = words_in(language, catalog.currency, catalog.currency_exponent)
    around = dict(document or {})
    others = [r for r in around.get("rules", []) if not _same_code(r, rule)]
    around["rules"] = [rule, *others]
    notes = Notes()
    parsed = parse_document(around, notes)
    if parsed is None or not parsed.rules or parsed.rules[0].path != "rules[0]":
        return words.unreadable(notes.diagnostics[0].message)
    checked = check_document(parsed, catalog, notes)
    mine = [d for d in notes.diagnostics if d.path.startswith("rules[0]")]
    if not checked.rules or mine:
        return words.unreadable(mine[0].message if mine else "")
    return rule_sentence(checked.rules[0], words)


def cap_sentence(point_type: str, most: Decimal, period: str, language: Language = "en") -> str:
    """What a point type lets a member have, in words: earned in a `period`, or in all where the period is empty."""
    words = words_in(language, "", 0)
    counted = words.counted(most, point_type)
    if not period:
        return words.balance.format(most=counted)
    return words.limited(TypedLimit(point_type, "points", 0, "member", period, point_type, 0), counted)


def cause_sentence(cause: str, language: Language = "en", begins: str = "") -> str | None:
    """Why rules had no say about an event, in words; None for a cause without any.

    `begins` = since when there are rules.
    """
    said = words_in(language, "", 0).causes.get(cause)
    return None if said is None else said.format(begins=begins)


def _same_code(one: Any, other: Any) -> bool:
    return isinstance(one, dict) and isinstance(other, dict) and one.get("code") == other.get("code")


def rule_sentence(rule: TypedRule, words: Words) -> str:
    """One checked rule: when, if, then, limits, who pays."""
    zone = rule.timers[0].zone if rule.timers else ""
    parts = Sentence(
        words.trigger(rule.trigger, rule.events, zone),
        words.clauses(rule.conditions[rule.given :]),
        [words.award(award) for award in rule.awards] + [words.effect(effect) for effect in rule.effects],
        [words.limit(limit) for limit in rule.limits],
        words.payers(rule.funding) if rule.funding else "",
        rule.active,
    )
    return words.whole(parts)
