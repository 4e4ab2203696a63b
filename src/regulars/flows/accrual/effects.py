"""Effects other than awards: what they change about the member now, and what is recorded for others to carry
out."""

from __future__ import annotations

from typing import Any

from regulars.core.events import Event
from regulars.flows.accrual.award import Grant
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.deduction import deduct
from regulars.flows.accrual.rulebook import Version
from regulars.flows.accrual.standing import Moment, give_tier
from regulars.flows.accrual.types import BROUGHT, GIVEN_AGAIN, TAKEN_BACK, EffectRow, Outcome

# Effects that are taken back with their order, and given again with it; what was sent or changed otherwise stays.
RETURNING = frozenset({"issue_voucher", "enter_draw"})


def apply_effects(
    decided: Decided,
    to: Grant,
    effects: list[tuple[int, str, dict[str, Any]]],
    event: Event,
    outcome: Outcome,
) -> list[Event]:
    """Carry out or record the effects of one event; return the events they cause (a tier given)."""
    caused: list[Event] = []
    for rule_index, kind, arguments in effects:
        nth = outcome.effects.count((rule_index, kind))
        outcome.effects.append((rule_index, kind))
        if kind == "deduct":
            taken = deduct(decided, to, rule_index, arguments["point_type"], arguments["points"])
            if taken is not None:
                outcome.deducted.append(taken)
        elif kind == "set_attribute":
            to.work.attributes = {**to.work.attributes, arguments["name"]: arguments["value"]}
            to.work.changed = True
        elif kind == "add_tag":
            _set_tags(
                to,
                [*to.work.tags, arguments["tag"]] if arguments["tag"] not in to.work.tags else to.work.tags,
            )
        elif kind == "remove_tag":
            _set_tags(to, [tag for tag in to.work.tags if tag != arguments["tag"]])
        elif kind == "add_to_list":
            _set_lists(
                to,
                [*to.work.lists, arguments["list"]]
                if arguments["list"] not in to.work.lists
                else to.work.lists,
            )
        elif kind == "remove_from_list":
            _set_lists(to, [code for code in to.work.lists if code != arguments["list"]])
        elif kind == "set_tier":
            moment = Moment(event, to.local.day_number, to.occurred_at, to.event_id, outcome)
            caused += give_tier(decided, to.work, arguments["set"], arguments["tier"], moment)
        else:
            _record(decided, to, rule_index, kind, nth, arguments)
    return caused


def apply_more_effects(
    decided: Decided,
    to: Grant,
    effects: list[tuple[int, str, dict[str, Any]]],
    event: Event,
    order: Outcome,
    result: Outcome,
    *,
    blocked: bool,
) -> list[Event]:
    """Carry out or record what an order has after a correction and never had before, unless its member is `blocked`;
    return the events they cause. `result`, the correction's outcome, tells what became of the order's effects.

    Points that rules take are counted apart (`deduction`). `order`, its outcome, remembers what it ever had: a voucher
    or a ticket that was taken back and is had again is given again by whoever took it back (`couponing`). Of a member
    who is blocked it has no more than before.
    """
    ever = Outcome(effects=list(order.recorded or order.effects))
    caused: list[Event] = []
    met: list[tuple[int, str]] = []
    for rule_index, kind, arguments in effects:
        one = (rule_index, kind)
        if blocked and met.count(one) >= order.effects.count(one):
            continue
        met.append(one)
        if met.count(one) > ever.effects.count(one) and kind != "deduct":
            caused += apply_effects(decided, to, [(rule_index, kind, arguments)], event, ever)
            result.order_effects.append((BROUGHT, _code(to.version, rule_index), kind, arguments))
        elif met.count(one) > order.effects.count(one) and kind in RETURNING:
            result.order_effects.append((GIVEN_AGAIN, _code(to.version, rule_index), kind, arguments))
    lose_effects(to.version, order, met, result)
    result.tiers += ever.tiers
    result.entries += ever.entries
    order.recorded = ever.effects
    return caused


def lose_effects(version: Version, order: Outcome, left: list[tuple[int, str]], result: Outcome) -> None:
    """Let an order have no effects but those that are `left`; tell of the others what goes with them."""
    for place, (rule_index, kind) in enumerate(order.effects):
        nth = order.effects[:place].count((rule_index, kind))
        if kind in RETURNING and nth >= left.count((rule_index, kind)):
            carried = _carried(version, rule_index, kind)[nth]
            result.order_effects.append((TAKEN_BACK, _code(version, rule_index), kind, carried))
    order.effects = left


def _code(version: Version, rule_index: int) -> str:
    return str(version.ruleset.rules[rule_index].code)


def _carried(version: Version, rule_index: int, kind: str) -> list[dict[str, Any]]:
    """Return what the effects of one kind carry that a rule has; nothing of it depends on the event."""
    plan = next(plan for plan in version.ruleset.plans if plan.index == rule_index)
    return [effect.arguments for effect in plan.effects if effect.name == kind]


def _set_tags(to: Grant, tags: list[str]) -> None:
    if tags != to.work.tags:
        to.work.tags = tags
        to.work.changed = True


def _set_lists(to: Grant, lists: list[str]) -> None:
    if lists != to.work.lists:
        to.work.lists = lists
        to.work.changed = True


def _record(
    decided: Decided, to: Grant, rule_index: int, kind: str, nth: int, arguments: dict[str, Any]
) -> None:
    member_id = to.work.member.id
    rule = to.version.ruleset.rules[rule_index].code
    row = EffectRow(member_id, decided.ids.take(), to.event_id, rule, rule_index, kind, nth, arguments)
    decided.effects.append(row)
    decided.notice(
        f"effect.{kind}", member_id, to.occurred_at, {"rule": rule, "event": to.event_id, **arguments}
    )
