"""The whole document: every name, kind, reference and cost is checked; the result is typed and ready to be lowered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from regulars.core.rules import ast
from regulars.core.rules.check_conditions import ConditionChecker
from regulars.core.rules.cycles import find_cycle, levels
from regulars.core.rules.fields import FieldCatalog
from regulars.core.rules.literals import literal, split
from regulars.core.rules.model import Funding, Kind
from regulars.core.rules.parse import DEFAULT_GROUP
from regulars.core.rules.parse_effects import COUNT_MAX
from regulars.core.rules.reading import Notes, decimal, no_such
from regulars.core.rules.schedules import check_schedule
from regulars.core.rules.triggers import TriggerChecker
from regulars.core.rules.typed import (
    Condition,
    Expression,
    FieldRead,
    TableRead,
    TypedAward,
    TypedCell,
    TypedEffect,
    TypedLimit,
    TypedRule,
    TypedTable,
)

PERCENT_MAX = 100
RULE_COST_MAX = 3_000
"""Core forms one rule may look at, order lines counted tenfold: about a millisecond at the worst."""
POINTS_MAX = 10**15
"""Smallest units of one award or limit; the sum of a thousand of them still fits a bigint."""
TABLE_COST = 5
MULTIPLIERS_DEPTH_MAX = 20
"""A multiplier of a multiplier of … : nobody can foresee what more of them give."""


class Checked(msgspec.Struct, frozen=True):
    """A document without mistakes."""

    rules: tuple[TypedRule, ...]
    groups: tuple[ast.GroupNode, ...]
    tables: Mapping[str, TypedTable]


def check_document(document: ast.Document, catalog: FieldCatalog, notes: Notes) -> Checked:
    """Typed rules, groups and tables. Mistakes are noted; the result is meaningful only without any."""
    checker = _DocumentChecker(document, catalog, notes)
    tables = {
        code: t
        for code, node in document.tables.items()
        if (t := notes.attempt(partial(checker.table, node)))
    }
    checker.tables = tables
    _check_codes([(g.code, g.path) for g in document.groups], "group", notes)
    _check_codes([(r.code, r.path) for r in document.rules], "rule", notes)
    rules = notes.each([partial(checker.rule, i, r) for i, r in enumerate(document.rules)])
    groups = document.groups
    if DEFAULT_GROUP not in checker.groups:
        groups = (ast.GroupNode("groups", DEFAULT_GROUP, "stack", False), *groups)
    _check_multiply_cycles(rules, {g.code: g for g in groups}, notes)
    return Checked(rules, groups, tables)


def _check_codes(codes: list[tuple[str, str]], what: str, notes: Notes) -> None:
    seen: dict[str, str] = {}
    for code, path in codes:
        if code in seen:
            notes.add(
                f"{path}.code",
                "code_taken",
                f"{seen[code]} has the code `{code}` too; give this {what} its own.",
            )
        seen.setdefault(code, path)


def _check_multiply_cycles(
    rules: tuple[TypedRule, ...], groups: Mapping[str, ast.GroupNode], notes: Notes
) -> None:
    """Rules of a best or first group are decided together, so the group counts as one node."""
    by_index = {rule.index: rule for rule in rules}

    def node(rule: TypedRule) -> str:
        group = groups.get(rule.group)
        return f"group {rule.group}" if group is not None and group.mode != "stack" else f"rule {rule.code}"

    edges: dict[str, set[str]] = {}
    for rule in rules:
        for award in rule.awards:
            for target in award.targets:
                if target in by_index:
                    edges.setdefault(node(rule), set()).add(node(by_index[target]))
    cycle = find_cycle(edges)
    if cycle:
        names = " → ".join(cycle)
        path = next((r.path for r in rules if node(r) == cycle[0]), "rules")
        message = f"{names} multiply each other; let every multiplier look at rules that do not depend on it."
        notes.add(path, "multiply_cycle", message)
    elif max(levels(list(edges), edges).values(), default=0) > MULTIPLIERS_DEPTH_MAX:
        message = f"Multipliers of multipliers go at most {MULTIPLIERS_DEPTH_MAX} deep."
        notes.add("rules", "multiply_depth", message)


class _DocumentChecker:
    def __init__(self, document: ast.Document, catalog: FieldCatalog, notes: Notes) -> None:
        self.tables: Mapping[str, TypedTable] = {}
        self.groups = {group.code: group for group in document.groups}
        self._document = document
        self._catalog = catalog
        self._notes = notes
        self._triggers = TriggerChecker(catalog, notes)
        self._rules = {rule.code: i for i, rule in enumerate(document.rules)}
        self._members: dict[str, list[int]] = {}
        for i, rule in enumerate(document.rules):
            self._members.setdefault(rule.group, []).append(i)

    # --- tables ---

    def table(self, node: ast.TableNode) -> TypedTable:
        checker = self._conditions()
        reads = [
            partial(checker.field, ast.FieldName(f"{node.path}.inputs[{i}]", name))
            for i, name in enumerate(node.inputs)
        ]
        inputs = self._notes.each(reads)
        if len(inputs) != len(node.inputs):
            self._notes.refuse(node.path, "table_inputs", "The inputs of this table are not all known.")
        settled = tuple(_settled(read, node, i) for i, read in enumerate(inputs))
        rows = self._notes.each([partial(self._row, row, settled, node) for row in node.rows])
        default = None if node.default is None else self._output(node.default, f"{node.path}.default", node)
        return TypedTable(node.code, settled, rows, default, node)

    def _row(self, row: ast.TableRowNode, inputs: tuple[FieldRead, ...], node: ast.TableNode) -> Any:
        cells = tuple(self._cell(cell, read) for cell, read in zip(row.cells, inputs, strict=True))
        return cells, self._output(row.then, f"{row.path}.then", node)

    def _output(self, raw: Any, path: str, node: ast.TableNode) -> Decimal | str:
        value = literal(raw, Kind.NUMBER if node.output_kind == "number" else Kind.TEXT, path, self._notes)
        assert isinstance(value, Decimal | str)
        return value

    def _cell(self, cell: ast.TableCell, read: FieldRead) -> TypedCell | None:
        if cell.operator == "any":
            return None
        unordered = read.kind in {Kind.TEXT, Kind.BOOLEAN}
        if read.kind in {Kind.TEXTS, Kind.ANY} or (unordered and cell.operator not in {"=", "in"}):
            self._notes.refuse(
                cell.path,
                "wrong_operator",
                f"`{cell.operator}` does not go with {read.kind.value} in a table.",
            )
        raws = split(cell.value) if cell.operator in {"in", "between"} else [cell.value]
        if not raws or (cell.operator == "between" and len(raws) != 2):
            self._notes.refuse(cell.path, "two_values", "Write two values, the lowest and the highest.")
        return TypedCell(
            cell.operator, tuple(literal(raw, read.kind, cell.path, self._notes) for raw in raws)
        )

    # --- rules ---

    def _conditions(self) -> ConditionChecker:
        return ConditionChecker(self._catalog, self._document.collections, self._notes)

    def rule(self, index: int, node: ast.RuleNode) -> TypedRule:
        notes = self._notes
        checker = self._conditions()
        resolved = notes.attempt(lambda: self._triggers.resolve(node)) or ((), (), ())
        conditions: list[Condition] = list(resolved[1])
        if node.schedule is not None:
            schedule = node.schedule
            window = notes.attempt(lambda: check_schedule(schedule, notes))
            conditions += [] if window is None else [window]
        if node.when is not None:
            conditions.append(checker.group(node.when))
        awards = [a for a in node.then if isinstance(a, ast.AwardNode)]
        effects = [e for e in node.then if isinstance(e, ast.EffectNode)]
        typed_awards = notes.each([partial(self._award, a, index, checker) for a in awards])
        typed_effects = notes.each([partial(self._effect, e, checker) for e in effects])
        for effect in effects:
            if effect.name == "change_price" and node.trigger.kind != "redemption":
                notes.add(
                    effect.path, "no_price", "Only a rule with the trigger `redemption` changes a price."
                )
        limits = notes.each([partial(self._limit, x, node, typed_awards) for x in node.limits])
        if node.group != DEFAULT_GROUP and node.group not in self.groups:
            notes.add(f"{node.path}.group", "unknown_group", no_such("group", node.group, self.groups))
        self._known(node.campaign, self._catalog.campaigns, f"{node.path}.campaign", "campaign")
        if checker.cost > RULE_COST_MAX:
            notes.add(
                node.path,
                "too_costly",
                f"This rule costs {checker.cost:,}; at most {RULE_COST_MAX:,}. Use a collection or a table.",
            )
        return TypedRule(
            index, node.code, node.name, node.path, node.campaign, node.group, node.priority, node.active,
            node.trigger, resolved[0], tuple(conditions), len(resolved[1]), typed_awards, typed_effects, limits,
            self._funding(node), resolved[2], node.tests, checker.cost,
        )  # fmt: skip

    def _known(self, code: str | None, codes: Collection[str] | None, path: str, what: str) -> None:
        if code is not None and codes is not None and code not in codes:
            self._notes.add(path, f"unknown_{what}", no_such(what, code, codes))

    def _award(self, node: ast.AwardNode, index: int, checker: ConditionChecker) -> TypedAward:
        scale = self._catalog.point_types.get(node.point_type)
        if scale is None:
            self._notes.refuse(
                f"{node.path}.point_type",
                "unknown_point_type",
                no_such("point type", node.point_type, self._catalog.point_types),
            )
        amount = node.amount
        if amount.points is not None:
            self._check_points(amount.points, scale, f"{amount.path}.points")
        value, points = self._amount(amount, checker), amount.points
        targets = self._targets(amount, index) if amount.kind == "multiply" else ()
        if amount.kind == "multiply" and node.deduct:
            self._notes.refuse(
                node.path, "multiply_deduct", "Only an award can be a multiple of another one."
            )
        return TypedAward(
            amount.path, amount.kind, node.point_type, scale, value, points, amount.per, amount.whole_steps,
            amount.rounding, node.pending_days, node.deduct, targets, amount.by,
            amount.formula.text if amount.formula else amount.table or amount.target,
        )  # fmt: skip

    def _check_points(self, points: Decimal, scale: int, path: str) -> None:
        smallest = points.scaleb(scale)
        if smallest != smallest.to_integral_value():
            self._notes.refuse(
                path, "too_many_decimals", f"This point type has {scale} decimals; write fewer."
            )
        if smallest > POINTS_MAX:
            self._notes.refuse(path, "too_many_points", "So many points cannot be given at once.")

    def _amount(self, amount: ast.Amount, checker: ConditionChecker) -> Expression | None:
        if amount.kind == "formula":
            assert amount.formula is not None
            value = checker.formula(amount.formula.root)
            if value.kind not in {Kind.NUMBER, Kind.MONEY, Kind.ANY}:
                self._notes.refuse(
                    amount.formula.path, "not_numeric", "Write a formula that yields a number of points."
                )
            return value
        if amount.kind == "table":
            return self._table_read(amount, checker)
        if amount.kind == "per_amount":
            if amount.of == "lines":
                return checker.lines(ast.LineAggregate(amount.path, "sum", "amount", amount.where))
            if amount.where is not None:
                self._notes.refuse(
                    f"{amount.path}.where", "where_needs_lines", 'Write "of": "lines" to filter lines.'
                )
            read = checker.expression(ast.FieldName(f"{amount.path}.of", amount.of))
            return checker.numeric(read)
        if amount.kind == "per_line":
            fn, of = ("count", "") if amount.unit == "line" else ("sum", "quantity")
            return checker.lines(ast.LineAggregate(amount.path, fn, of, amount.where))
        if amount.kind == "product_points":
            root = ast.Call(amount.path, "*", (
                ast.Name(amount.path, "line.product_points"), ast.Name(amount.path, "line.quantity"),
            ))  # fmt: skip
            return checker.formula(ast.Call(amount.path, "sum", (root,)))
        return None

    def _table_read(self, amount: ast.Amount, checker: ConditionChecker) -> TableRead:
        table = self.tables.get(amount.table)
        checker.cost += TABLE_COST
        if table is None:
            self._notes.refuse(
                f"{amount.path}.table",
                "unknown_table",
                no_such("table", amount.table, self._document.tables),
            )
        if table.node.output_kind != "number":
            self._notes.refuse(
                f"{amount.path}.table", "not_numeric", "This table yields texts; an award needs numbers."
            )
        return TableRead(amount.path, Kind.NUMBER, table)

    def _targets(self, amount: ast.Amount, index: int) -> tuple[int, ...]:
        path = f"{amount.path}.{amount.target_kind}"
        if amount.target_kind == "rule":
            target = self._rules.get(amount.target)
            if target is None:
                self._notes.refuse(path, "unknown_rule", no_such("rule", amount.target, self._rules))
            return (target,)
        members = self._members.get(amount.target, [])
        if not members and amount.target not in self.groups:
            self._notes.refuse(path, "unknown_group", no_such("group", amount.target, self._members))
        return tuple(member for member in members if member != index)

    def _effect(self, node: ast.EffectNode, checker: ConditionChecker) -> TypedEffect:
        catalog, arguments = self._catalog, node.arguments
        if node.name == "set_tier":
            tiers = catalog.tier_sets.get(arguments["set"])
            self._known(arguments["set"], catalog.tier_sets, f"{node.path}.set", "tier_set")
            self._known(arguments["tier"], tiers, f"{node.path}.tier", "tier")
        known = {
            "enter_draw": ("draw", catalog.draws), "issue_voucher": ("voucher", catalog.vouchers),
            "send_message": ("template", catalog.templates), "call_webhook": ("webhook", catalog.webhooks),
        }.get(node.name)  # fmt: skip
        if known is not None:
            self._known(arguments[known[0]], known[1], f"{node.path}.{known[0]}", known[0])
        if node.name == "set_attribute":
            self._check_attribute(node)
        if node.name == "change_price":
            self._check_change(node)
        computed = None if node.formula is None else checker.formula(node.formula.root)
        text = "" if node.formula is None else node.formula.text
        return TypedEffect(node.path, node.name, dict(arguments), computed, text)

    def _check_change(self, node: ast.EffectNode) -> None:
        given = [name for name in ("percent", "points") if name in node.arguments]
        most = PERCENT_MAX if given == ["percent"] else COUNT_MAX
        if len(given) != 1 or not 1 <= node.arguments[given[0]] <= most:
            message = "Write `percent` from 1 to 100, or `points`, at least 1."
            self._notes.refuse(node.path, "change_price", message)

    def _check_attribute(self, node: ast.EffectNode) -> None:
        attributes = self._catalog.attributes
        name = node.arguments["name"]
        self._known(name, attributes or None, f"{node.path}.name", "attribute")
        kind = attributes.get(name)
        value = node.arguments.get("value")
        if kind is not None and kind is not Kind.TEXTS and value is not None:
            literal(value, kind, f"{node.path}.value", self._notes)

    def _limit(self, node: ast.LimitNode, rule: ast.RuleNode, awards: tuple[TypedAward, ...]) -> TypedLimit:
        of_campaign = node.per in {"campaign", "member_in_campaign"}
        if of_campaign and rule.campaign is None:
            self._notes.refuse(
                f"{node.path}.per", "no_campaign", "This rule belongs to no campaign; limit it per `rule`."
            )
        owner = rule.campaign if of_campaign else rule.code
        assert owner is not None
        point_type = ""
        exponent = 0
        if node.measure == "points":
            point_type = self._limited_points(node, awards)
            exponent = self._catalog.point_types[point_type]
        if node.measure == "money":
            exponent = self._catalog.currency_exponent
            if not any(award.kind == "per_amount" for award in awards):
                self._notes.refuse(
                    f"{node.path}.measure", "money_limit", "A money limit needs a `per_amount` award."
                )
        smallest = node.max.scaleb(exponent)
        if smallest != smallest.to_integral_value() or smallest > POINTS_MAX:
            self._notes.refuse(
                f"{node.path}.max", "too_many_decimals", f"Write at most {exponent} decimals here."
            )
        return TypedLimit(owner, node.measure, int(smallest), node.per, node.period, point_type, exponent)

    def _limited_points(self, node: ast.LimitNode, awards: tuple[TypedAward, ...]) -> str:
        given = {award.point_type for award in awards if not award.deduct}
        if node.point_type:
            if node.point_type not in given:
                self._notes.refuse(
                    f"{node.path}.point_type",
                    "unknown_point_type",
                    "This rule does not award that point type.",
                )
            return node.point_type
        if len(given) != 1:
            self._notes.refuse(
                node.path, "which_points", "Add `point_type`: this rule does not award exactly one."
            )
        return next(iter(given))

    def _funding(self, rule: ast.RuleNode) -> tuple[Funding, ...]:
        shares = rule.funding
        if shares and sum(share.share for share in shares) != 100:
            self._notes.add(
                f"{rule.path}.funding", "funding_sum", "The shares have to add up to 100 percent."
            )
        for share in shares:
            kind, _, code = share.account.partition(":")
            codes = {"partner": self._catalog.partners, "campaign": self._catalog.campaigns}.get(kind)
            self._known(code or None, codes, f"{share.path}.account", kind)
        return tuple(Funding(share.account, share.share) for share in shares)


def _settled(read: FieldRead, node: ast.TableNode, column: int) -> FieldRead:
    """An undeclared property takes the kind of the column's first literal."""
    if read.kind is not Kind.ANY:
        return read
    raws = [row.cells[column].value for row in node.rows if row.cells[column].operator != "any"]
    first = raws[0] if raws else ""
    while isinstance(first, list) and first:
        first = first[0]
    numeric = decimal(first) is not None and not isinstance(first, str)
    kind = Kind.BOOLEAN if isinstance(first, bool) else Kind.NUMBER if numeric else Kind.TEXT
    return FieldRead(read.path, kind, msgspec.structs.replace(read.field, kind=kind))
