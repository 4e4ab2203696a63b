"""The rule language: a ruleset document in, a compiled ruleset out. Pure: no clock, no input or output.

    ruleset = compile_ruleset(document, catalog, version=7)
    decision = ruleset.decide(event, facts, room, local)

One lowering decides what every condition and amount means; `emit_python` and `emit_sql` only spell it.
The language is described in docs/rule-language.md.
"""

from __future__ import annotations

from regulars.core.rules.analyse import analyse
from regulars.core.rules.conditions import CompiledCondition, compile_condition
from regulars.core.rules.errors import Diagnostic, RulesRefused
from regulars.core.rules.examples import run_examples
from regulars.core.rules.fields import Field, FieldCatalog, fact_field, field_map, property_field
from regulars.core.rules.measures import CompiledMeasure, compile_measure, compile_observer
from regulars.core.rules.model import (
    Award,
    Decision,
    ExampleResult,
    FactSpec,
    Finding,
    Funding,
    Kind,
    LimitSpec,
    LocalTime,
    Measure,
    RuleVerdict,
    TimerSpec,
    Window,
)
from regulars.core.rules.openings import Opening, both, openings
from regulars.core.rules.plans import split_funding
from regulars.core.rules.ruleset import Ruleset, check_ruleset, compile_ruleset
from regulars.core.rules.sentence import Language, cap_sentence, cause_sentence, sentence
from regulars.core.rules.standard_fields import default_catalog, product_field, standard_fields
from regulars.core.rules.triggers import REWARD_REDEEMED

__all__ = [
    "REWARD_REDEEMED",
    "Award",
    "CompiledCondition",
    "CompiledMeasure",
    "Decision",
    "Diagnostic",
    "ExampleResult",
    "FactSpec",
    "Field",
    "FieldCatalog",
    "Finding",
    "Funding",
    "Kind",
    "Language",
    "LimitSpec",
    "LocalTime",
    "Measure",
    "Opening",
    "RuleVerdict",
    "RulesRefused",
    "Ruleset",
    "TimerSpec",
    "Window",
    "analyse",
    "both",
    "cap_sentence",
    "cause_sentence",
    "check_ruleset",
    "compile_condition",
    "compile_measure",
    "compile_observer",
    "compile_ruleset",
    "default_catalog",
    "fact_field",
    "field_map",
    "openings",
    "product_field",
    "property_field",
    "run_examples",
    "sentence",
    "split_funding",
    "standard_fields",
]
