"""Rulesets: rules as people edit them, checked as they type, and published as immutable versions.

Owns the schema `rulesets`. The hot path reads `versions_timeline` and `load_ruleset`; everything else is for
those who write rules. What a rule may name comes as a `Vocabulary`, gathered by whoever knows programs, members
and tiers.
"""

from regulars.features.rulesets.canonical import decode as decode_document
from regulars.features.rulesets.canonical import digest as digest_of_document
from regulars.features.rulesets.canonical import encode as encode_document
from regulars.features.rulesets.check import (
    Examination,
    check_document,
    examine_rule,
    examples_of,
    findings_of,
    sentence_of,
)
from regulars.features.rulesets.console import FieldGroup, FieldRow, fields_of
from regulars.features.rulesets.difference import differences, object_changes
from regulars.features.rulesets.document import published_document
from regulars.features.rulesets.draft import (
    load_draft,
    part_of,
    put_part,
    put_rule,
    remove_part,
    rule_of,
    set_rule_status,
)
from regulars.features.rulesets.errors import (
    BackdatedRules,
    ExamplesFailed,
    RulesInvalid,
    UnknownPart,
    UnknownRule,
    UnknownVersion,
)
from regulars.features.rulesets.model import (
    Draft,
    DraftPart,
    DraftRule,
    FieldChange,
    ObjectChange,
    PartKind,
    Timeline,
    Version,
    VersionStart,
    VersionSummary,
)
from regulars.features.rulesets.own_words import own_attributes
from regulars.features.rulesets.publish import publish_again, publish_rules
from regulars.features.rulesets.store import (
    select_parts,
    select_rules,
    select_set_attributes,
    select_versions,
)
from regulars.features.rulesets.versions import (
    compare_documents,
    compile_version,
    load_ruleset,
    version_in_force,
    version_of,
    versions_timeline,
)
from regulars.features.rulesets.vocabulary import Vocabulary, catalog_for

__all__ = [
    "BackdatedRules",
    "Draft",
    "DraftPart",
    "DraftRule",
    "Examination",
    "ExamplesFailed",
    "FieldChange",
    "FieldGroup",
    "FieldRow",
    "ObjectChange",
    "PartKind",
    "RulesInvalid",
    "Timeline",
    "UnknownPart",
    "UnknownRule",
    "UnknownVersion",
    "Version",
    "VersionStart",
    "VersionSummary",
    "Vocabulary",
    "catalog_for",
    "check_document",
    "compare_documents",
    "compile_version",
    "decode_document",
    "differences",
    "digest_of_document",
    "encode_document",
    "examine_rule",
    "examples_of",
    "fields_of",
    "findings_of",
    "load_draft",
    "load_ruleset",
    "object_changes",
    "own_attributes",
    "part_of",
    "publish_again",
    "publish_rules",
    "published_document",
    "put_part",
    "put_rule",
    "remove_part",
    "rule_of",
    "select_parts",
    "select_rules",
    "select_set_attributes",
    "select_versions",
    "sentence_of",
    "set_rule_status",
    "version_in_force",
    "version_of",
    "versions_timeline",
]
