"""A program as code: one document describes it, a plan says what would change, applying makes it so.

Also the place where rules are written against a whole program: what fields they may use, whether they are
right, and publishing them. The documents are YAML or TOML; `export_program` writes what `apply_document` reads.
"""

from regulars.flows.apply.api import router, shown
from regulars.flows.apply.apply import Applied, PlanChanged, apply_document
from regulars.flows.apply.approvals import Limits, LimitsNotYours
from regulars.flows.apply.coalition import in_units
from regulars.flows.apply.current import export_program
from regulars.flows.apply.document import Document, ProgramDocumentInvalid, decode_document
from regulars.flows.apply.plan import Plan, named_changes, plan_changes
from regulars.flows.apply.publishing import (
    publish,
    publish_tiers,
    roll_back,
    schedule_tiers,
    take_program,
    vocabulary_of,
)
from regulars.flows.apply.rewards import plain_reward, scale_in
from regulars.flows.apply.source import Source, dump_yaml, read_plain, read_source, with_lines
from regulars.flows.apply.surroundings import around_rewards
from regulars.flows.apply.vocabulary import load_vocabulary

__all__ = [
    "Applied",
    "Document",
    "Limits",
    "LimitsNotYours",
    "Plan",
    "PlanChanged",
    "ProgramDocumentInvalid",
    "Source",
    "apply_document",
    "around_rewards",
    "decode_document",
    "dump_yaml",
    "export_program",
    "in_units",
    "load_vocabulary",
    "named_changes",
    "plain_reward",
    "plan_changes",
    "publish",
    "publish_tiers",
    "read_plain",
    "read_source",
    "roll_back",
    "router",
    "scale_in",
    "schedule_tiers",
    "shown",
    "take_program",
    "vocabulary_of",
    "with_lines",
]
