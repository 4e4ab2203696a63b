"""What the rule language says about drafts: mistakes, plain English, findings, examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from regulars.core.rules import (
    Diagnostic,
    ExampleResult,
    FieldCatalog,
    Finding,
    Language,
    analyse,
    check_ruleset,
    run_examples,
    sentence,
)
from regulars.features.rulesets.document import catalog_of, draft_of, language_part, published_document
from regulars.features.rulesets.examples import example_reader, local_time_of
from regulars.features.rulesets.model import Draft
from regulars.features.rulesets.vocabulary import Vocabulary, catalog_for
from regulars.kit.errors import FieldError

_FIRST = "rules[0]"


class Examination(msgspec.Struct, frozen=True):
    """What can be said about one rule while it is being written. `sentence` is "" as long as it cannot be read."""

    diagnostics: tuple[FieldError, ...]
    sentence: str
    examples: tuple[ExampleResult, ...]


def examine_rule(
    rule: Mapping[str, Any], draft: Draft, vocabulary: Vocabulary, language: Language = "en"
) -> Examination:
    """Check one rule among the draft's parts and the rules it multiplies; paths are inside the rule
    (`then[0].award`). Its sentence is in `language`."""
    document = _alone(rule, draft, vocabulary)
    catalog = _all_of(document, vocabulary)
    text = language_part(document)
    diagnostics = tuple(
        FieldError(_inside(d.path), d.code, d.message)
        for d in check_ruleset(text, catalog)
        if d.path.startswith(_FIRST) or not d.path.startswith("rules[")
    )
    if diagnostics:
        return Examination(diagnostics, "", ())
    code = text["rules"][0]["code"]
    results = run_examples(text, catalog, example_reader(vocabulary))
    examples = tuple(result for result in results if result.rule == code)
    return Examination((), sentence(text["rules"][0], catalog, text, language), examples)


def check_document(document: Mapping[str, Any], vocabulary: Vocabulary) -> list[FieldError]:
    """Return everything that is wrong with a document that is to be published; rules are named by their codes.

    `vocabulary` holds all words there are, those of the document only the ones it uses: it knows what may be meant.
    """
    rules = document["rules"]
    return [_named(d, rules) for d in check_ruleset(language_part(document), _all_of(document, vocabulary))]


def _all_of(document: Mapping[str, Any], vocabulary: Vocabulary) -> FieldCatalog:
    """Return the catalogue of a document among all that there is, so that a refusal can name what may be meant."""
    own, whole = catalog_of(document), catalog_for(vocabulary)
    return msgspec.structs.replace(
        own,
        fields={**whole.fields, **own.fields},
        partners=whole.partners,
        vouchers=whole.vouchers,
        draws=whole.draws,
    )


def failed_examples(document: Mapping[str, Any], vocabulary: Vocabulary) -> list[FieldError]:
    """Return the examples of the rules that do not hold, as errors."""
    read_event = example_reader(vocabulary)
    return [
        FieldError(f"rules[{result.rule}].tests[{result.name}]", "example_failed", " ".join(result.problems))
        for result in run_examples(language_part(document), catalog_of(document), read_event)
        if not result.passed
    ]


def examples_of(draft: Draft, vocabulary: Vocabulary) -> list[ExampleResult]:
    """Run every example of the rules that would be published."""
    document = published_document(draft, vocabulary)
    return run_examples(language_part(document), catalog_of(document), example_reader(vocabulary))


def findings_of(draft: Draft, vocabulary: Vocabulary, now: datetime) -> list[Finding]:
    """Return what a person should look at before publishing."""
    document = published_document(draft, vocabulary)
    catalog = catalog_for(vocabulary, frozenset(document["campaigns"]))
    return analyse(language_part(document), catalog, today=local_time_of(now, vocabulary))


def sentence_of(rule: Mapping[str, Any], vocabulary: Vocabulary) -> str:
    """Return a rule in plain English."""
    return sentence(dict(rule), catalog_for(vocabulary))


def _alone(rule: Mapping[str, Any], draft: Draft, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return a document with the rule first and, behind it, the rules it names: enough to check it at every
    keystroke. All of them where it names one that there is not, so that it can be said which one may be meant."""
    wanted = set(_multiplied(rule.get("then")))
    needed = tuple(r for r in draft.rules if r.code in wanted or r.document.get("group", "main") in wanted)
    if wanted and not needed:
        needed = draft.rules
    whole = published_document(draft_of(rule, Draft(needed, draft.parts)), vocabulary)
    whole["rules"] = [whole["rules"][-1], *whole["rules"][:-1]]
    return whole


def _multiplied(effects: Any) -> Iterator[str]:
    for effect in effects if isinstance(effects, list) else ():
        award = effect.get("award") if isinstance(effect, dict) else None
        multiply = award.get("multiply") if isinstance(award, dict) else None
        if isinstance(multiply, dict):
            yield from (str(value) for key, value in multiply.items() if key in ("rule", "group"))


def _inside(path: str) -> str:
    return path.removeprefix(_FIRST).removeprefix(".")


def _named(diagnostic: Diagnostic, rules: list[dict[str, Any]]) -> FieldError:
    """Return a diagnostic whose path names the rule by its code: rules[3].then → rules[coffee].then."""
    path = diagnostic.path
    if path.startswith("rules["):
        number, _, rest = path.removeprefix("rules[").partition("]")
        if number.isdigit() and int(number) < len(rules):
            path = f"rules[{rules[int(number)].get('code', number)}]{rest}"
    return FieldError(path, diagnostic.code, diagnostic.message)
