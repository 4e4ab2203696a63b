"""Refusals of rulesets."""

from __future__ import annotations

from regulars.infra.db import map_constraint
from regulars.kit.errors import Conflict, Invalid, NotFound


class UnknownRule(NotFound):
    """The program has no rule with this code."""


class UnknownPart(NotFound):
    """The program has no such collection, table, group or campaign."""


class UnknownVersion(NotFound):
    """The program has no published version of its rules with this number."""


class RulesInvalid(Invalid):
    """The rules cannot be published as they are written; see errors."""


class ExamplesFailed(Invalid):
    """Examples of the rules do not hold, so nothing was published; see errors."""


class BackdatedRules(Conflict):
    """Rules take force now or later. To backdate them on purpose say so, and before any event they would apply
    to."""


class VersionTaken(Conflict):
    """Somebody else has just published; read the draft again."""


map_constraint("rulesets_version_pk", VersionTaken)
