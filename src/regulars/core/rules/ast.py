"""The parsed document: a closed set of frozen nodes, each knowing its place (`path`) in the document.

Names are not yet looked up and kinds not yet known; `check` does that and makes the typed nodes of `typed`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from regulars.core.rules.model import Window


class Node(msgspec.Struct, frozen=True):
    """Anything with a place in the document."""

    path: str


# --- formulas -------------------------------------------------------------------------------------------------------


class Name(Node, frozen=True):
    """A field in a formula."""

    name: str


class Number(Node, frozen=True):
    """A number in a formula, exact."""

    value: Decimal


class Text(Node, frozen=True):
    """A quoted text in a formula."""

    value: str


class Call(Node, frozen=True):
    """An operator or function of a formula, with its arguments."""

    function: str
    arguments: tuple[Node, ...]


# --- conditions -----------------------------------------------------------------------------------------------------


class Group(Node, frozen=True):
    """Conditions joined by and / or, perhaps negated."""

    combinator: str
    negated: bool
    parts: tuple[Node, ...]


class LineAggregate(Node, frozen=True):
    """A number made from the order's lines: sum, count, min or max of `of` over the lines that meet `where`."""

    fn: str
    of: str
    where: Group | None


class MeasureNode(Node, frozen=True):
    """A number about the member's past events, with the raw texts that go into the measure."""

    event: str
    aggregate: str
    field: str
    window: Window
    where: Group | None
    where_text: str
    lines: LineAggregate | None
    lines_text: str


class FieldName(Node, frozen=True):
    """A field named as the subject or as the operand of a condition."""

    name: str


class Formula(Node, frozen=True):
    """A formula as the subject of a condition or as an amount."""

    text: str
    root: Node


class Value(Node, frozen=True):
    """A value as it stands in the document (scalar, list)."""

    value: Any


class CollectionName(Node, frozen=True):
    """A named list of values."""

    code: str


class Comparison(Node, frozen=True):
    """subject operator operand; the operand is None for null and notNull."""

    subject: Node
    operator: str
    operand: Node | None


class LineMatch(Node, frozen=True):
    """How many order lines have to meet a group: some, all, none, atLeast, atMost, exactly."""

    mode: str
    threshold: int
    where: Group


# --- effects --------------------------------------------------------------------------------------------------------


class Amount(Node, frozen=True):
    """How many points; `kind` is points, per_amount, per_line, product_points, multiply, formula or table."""

    kind: str
    points: Decimal | None = None
    per: Decimal | None = None
    of: str = ""
    where: Group | None = None
    unit: str = "line"
    whole_steps: bool = False
    formula: Formula | None = None
    table: str = ""
    target: str = ""
    target_kind: str = ""
    by: Decimal | None = None
    rounding: str = "floor"


class AwardNode(Node, frozen=True):
    """Points given (or, with `deduct`, taken) in one point type."""

    point_type: str
    amount: Amount
    pending_days: int | None
    deduct: bool


class EffectNode(Node, frozen=True):
    """Any other effect: its name, its fixed arguments and those that are computed."""

    name: str
    arguments: dict[str, Any]
    formula: Formula | None


# --- the document ---------------------------------------------------------------------------------------------------


class Trigger(Node, frozen=True):
    """What makes the engine look at the rule: the kind of trigger and its settings."""

    kind: str
    settings: dict[str, Any]


class Schedule(Node, frozen=True):
    """When the rule is open; every part that is given has to hold."""

    start: str | None
    end: str | None
    weekdays: tuple[int, ...]
    hours: tuple[tuple[int, int], ...]
    rrule: str
    zone: str


class LimitNode(Node, frozen=True):
    """A cap as written."""

    measure: str
    max: Decimal
    per: str
    period: str
    point_type: str


class FundingNode(Node, frozen=True):
    """One share of who pays."""

    account: str
    share: Decimal


class ExampleNode(Node, frozen=True):
    """A test that the author wrote beside the rule."""

    name: str
    event: dict[str, Any]
    facts: dict[str, Any]
    room: dict[str, Any]
    points: dict[str, str] | None
    fired: bool | None


class RuleNode(Node, frozen=True):
    """One rule as written."""

    code: str
    name: str
    campaign: str | None
    group: str
    priority: int
    active: bool
    trigger: Trigger
    schedule: Schedule | None
    when: Group | None
    then: tuple[AwardNode | EffectNode, ...]
    limits: tuple[LimitNode, ...]
    funding: tuple[FundingNode, ...]
    tests: tuple[ExampleNode, ...]


class GroupNode(Node, frozen=True):
    """An evaluation group: stack, best or first."""

    code: str
    mode: str
    exclusive: bool


class TableCell(Node, frozen=True):
    """One cell of a decision table; operator `any` accepts everything."""

    operator: str
    value: Any


class TableRowNode(Node, frozen=True):
    """One row of a decision table."""

    cells: tuple[TableCell, ...]
    then: Any


class TableNode(Node, frozen=True):
    """A decision table: first row that holds wins."""

    code: str
    inputs: tuple[str, ...]
    output_kind: str
    rows: tuple[TableRowNode, ...]
    default: Any


class CollectionNode(Node, frozen=True):
    """A named list of values."""

    code: str
    values: tuple[Any, ...]


class Document(Node, frozen=True):
    """A whole ruleset as written."""

    collections: dict[str, CollectionNode]
    tables: dict[str, TableNode]
    groups: tuple[GroupNode, ...]
    rules: tuple[RuleNode, ...]
