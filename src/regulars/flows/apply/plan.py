"""What applying a document would do: one change per object, field by field."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

import msgspec

from regulars.features.rulesets import ObjectChange, encode_document, object_changes
from regulars.flows.apply.document import SECTIONS

KINDS: Final = {
    "partners": "partner",
    "stores": "store",
    "sources": "source",
    "point_types": "point type",
    "tier_sets": "tier set",
    "scheduled_tier_sets": "scheduled tier set",
    "member_attributes": "attribute of members",
    "collections": "collection",
    "tables": "table",
    "groups": "group",
    "campaigns": "campaign",
    "rules": "rule",
    "products": "product",
    "vouchers": "voucher",
    "draws": "draw",
    "rewards": "reward",
    "marketing_lists": "marketing list",
    "campaign_records": "campaign record",
    "terms": "terms",
    "funding": "funding agreement",
    "dashboards": "dashboard",
    "accounting": "accounting",
    "approvals": "approval limit",
}
_GONE: Final = {
    "terms": "remove",
    "funding": "end",
    "dashboards": "remove",
    "accounting": "reset",
    "approvals": "remove",
    "tier_sets": "deactivate",
    "scheduled_tier_sets": "cancel",
    "collections": "remove",
    "tables": "remove",
    "groups": "remove",
    "campaigns": "remove",
}
# Products named one by one in a plan; more of them are counted.
_PRODUCTS_NAMED_MAX: Final = 20


class Plan(msgspec.Struct, frozen=True):
    """The changes that make a program what a document says, in the order in which they are made.

    `publishes` says that rules would be published, `version` the number the new version would have (None = the
    rules in force say the same already). Equal plans have equal digests.
    """

    program: str
    creates: bool
    changes: tuple[ObjectChange, ...]
    publishes: bool = False
    version: int | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes and self.version is None

    @property
    def digest(self) -> str:
        """A name for what would be done, to know later whether it still is the same."""
        return sha256(encode_document(self).encode()).hexdigest()


def plan_changes(current: dict[str, Any], wanted: dict[str, Any]) -> tuple[ObjectChange, ...]:
    """Return what has to change for `current` to become `wanted`; both are plain data as `export_program`
    writes it."""
    changes: list[ObjectChange] = []
    if "program" in wanted:
        changes += object_changes("program", _one(current.get("program")), _one(wanted["program"]))
    for section in SECTIONS:
        if section in wanted:
            before, after = _coded(current.get(section)), _coded(wanted[section])
            if section == "tier_sets":
                before = {c: d for c, d in before.items() if c in after or d.get("status") != "inactive"}
            changes += object_changes(KINDS[section], before, after, _GONE.get(section, "archive"))
    return tuple(changes)


def named_changes(plan: Plan) -> tuple[list[ObjectChange], int]:
    """Return the changes worth naming and how many more products change."""
    products = [change for change in plan.changes if change.kind == "product"]
    others = [change for change in plan.changes if change.kind != "product"]
    return others + products[:_PRODUCTS_NAMED_MAX], max(0, len(products) - _PRODUCTS_NAMED_MAX)


def _one(program: Any) -> dict[str, Any]:
    return {program["code"]: {k: v for k, v in program.items() if k != "code"}} if program else {}


def _coded(section: Any) -> dict[str, Any]:
    """Return a section by code, whether it is a list of coded objects or a mapping."""
    if isinstance(section, dict):
        return section
    found = {}
    for item in section or ():
        key = "code" if "code" in item else "sku"
        found[item[key]] = {name: value for name, value in item.items() if name != key}
    return found
