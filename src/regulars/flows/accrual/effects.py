"""Effects other than awards: what they change about the member now, and what is recorded for others to carry
out."""

from __future__ import annotations

from typing import Any

from regulars.core.events import Event
from regulars.flows.accrual.award import Grant
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.deduction import deduct
from regulars.flows.accrual.standing import Moment, give_tier
from regulars.flows.accrual.types import EffectRow, Outcome


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
    *,
    blocked: bool,
) -> list[Event]:
    """Carry out or record what an order has after a correction and never had before, unless its member is `blocked`;
    return the events they cause.

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
    order.recorded = ever.effects
    order.effects = met
    return caused


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
