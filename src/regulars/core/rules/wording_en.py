"""Rules in English. What is walked, and in which order, is `wording.Words`; here are the words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from regulars.core.rules.ast import Trigger
from regulars.core.rules.fields import Field
from regulars.core.rules.model import Funding, Kind, Measure
from regulars.core.rules.typed import TypedEffect, TypedLimit, TypedLineMatch, TypedTest
from regulars.core.rules.wording import Amount, Sentence, Words

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
VERBS: dict[str, str] = {
    "=": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "in": "is one of",
    "notIn": "is none of",
    "contains": "contains",
    "doesNotContain": "does not contain",
    "beginsWith": "begins with",
    "doesNotBeginWith": "does not begin with",
    "endsWith": "ends with",
    "doesNotEndWith": "does not end with",
}
MOMENT_VERBS = {"<": "is before", "<=": "is no later than", ">": "is after", ">=": "is no earlier than"}
LIST_VERBS = {
    "in": "have any of",
    "notIn": "have none of",
    "contains": "include",
    "doesNotContain": "do not include",
}
MEASURES = {
    "sum": "the total of {of} over",
    "min": "the smallest {of} among",
    "max": "the greatest {of} among",
    "distinct": "the number of different {of} among",
}
WINDOWS = {
    "lifetime": "",
    "last_days": " in the last {days} days",
    "day": " on the same day",
    "week": " in the same calendar week",
    "month": " in the same calendar month",
    "quarter": " in the same calendar quarter",
    "year": " in the same calendar year",
    "tier_period": " in the present period of the tier set “{name}”",
    "since_event": " since the latest “{name}”",
}
LINE_MODES = {
    "some": "the order has at least one line",
    "all": "the order has only lines",
    "none": "the order has no line",
    "atLeast": "the order has at least {n} lines",
    "atMost": "the order has at most {n} lines",
    "exactly": "the order has exactly {n} lines",
}
EFFECTS: dict[str, str] = {
    "set_attribute": "set {name} to {value}",
    "add_tag": "add the tag “{tag}”",
    "remove_tag": "remove the tag “{tag}”",
    "add_to_list": "add to the list “{list}”",
    "remove_from_list": "remove from the list “{list}”",
    "set_tier": "set the tier in “{set}” to “{tier}”",
    "enter_draw": "enter the draw “{draw}” with {tickets} tickets",
    "issue_voucher": "issue the voucher “{voucher}”",
    "send_message": "send the message “{template}”",
    "create_task": "create the task “{title}”",
    "call_webhook": "call the webhook “{webhook}”",
    "custom": "do “{name}”",
    "change_price": "lower its price by {off}",
}
ROUNDED = {
    "floor": "rounded down",
    "ceil": "rounded up",
    "half_up": "rounded",
    "half_even": "rounded half to even",
}
PERIODS = {"lifetime": "ever", "order": "an order"}
PER = {
    "member": "per member",
    "rule": "for all members together",
    "campaign": "for the whole campaign",
    "member_in_campaign": "per member in the whole campaign",
}
REASONS: Final[dict[str, str]] = {
    "applied": "the rule applied",
    "paused": "the rule is paused",
    "group_exclusive": "group “{group}” is exclusive and applied instead",
    "gave_less": "“{winner}” gave more in group “{group}”",
    "came_later": "“{winner}” came first in group “{group}”",
    "limit_reached": "its limit is used up: {limit}",
    "campaign_limit_reached": "the budget of campaign “{campaign}” is used up: {limit}",
    "none_of": "none of these holds: {reasons}",
    "not_held": "it does not hold that {wanted}",
    "no_order": "{wanted}: the event has no order",
    "lines": "{wanted}: {count} of the lines do",
    "other": "{wanted}: it is {actual}",
    "unknown": "{wanted}: it is not known",
    "too_little": "{wanted}: it is {actual}, {missing} too little",
    "too_much": "{wanted}: it is {actual}, {missing} too much",
}


CAUSES: Final[dict[str, str]] = {
    "no_rules": "No rules were published when this happened: the first version is in force from {begins}.",
    "no_rules_yet": "No rules were published when this happened, and none are in force yet.",
    "earning_blocked": "The member did not earn at the time.",
    "nothing_left_of_the_order": "Nothing was left of the order.",
    "more_than_was_left": "More was given back than was left of the order: what is beyond it takes nothing back.",
    "order_updated_since": "The order was updated since: the update says what is left of it.",
    "order_of_another_partner": "The order is another partner's, for whom this source does not speak.",
    "member_erased": "Who made the order was erased.",
}
# Words that end so are no plurals: one status, one bonus, one class, one basis.
NO_PLURAL = ("us", "ss", "is")


class English(Words):
    """English; units are codes in the plural, which lose their s for exactly one."""

    brackets = ("(", ")")
    never = "never"
    formula = "a formula"
    reasons = REASONS
    missing = "not known"
    empty = "empty"
    balance = "a balance of at most {most}"
    causes = CAUSES

    def also(self, parts: Sequence[str]) -> str:
        """`a, b and c`."""
        return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]

    def either(self, parts: Sequence[str]) -> str:
        """`a, b or c`."""
        return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " or " + parts[-1]

    def joined(self, clauses: Sequence[str], *, every: bool) -> str:
        """Clauses of a group with the same word between all of them."""
        return (" and " if every else " or ").join(clauses)

    def negated(self, clause: str) -> str:
        """A clause that must not hold."""
        return f"not ({clause})"

    def rest(self, number: int) -> str:
        """Values of a list that are not named."""
        return f"{number:,} more"

    def noun(self, field: Field) -> str:
        """A field with its article."""
        return field.label if field.label.startswith("the ") else f"the {field.label}"

    def truth(self, value: bool) -> str:
        """Yes or no, as a value."""
        return "true" if value else "false"

    def table(self, code: str) -> str:
        """What a decision table yields, as a noun."""
        return f"the value of table “{code}”"

    def counted(self, amount: Decimal, unit: str) -> str:
        """`1 point`, `2.5 points`."""
        single = unit if unit.endswith(NO_PLURAL) else unit.removesuffix("s")
        return f"{self.number(amount)} {single if amount == 1 else unit}"

    # --- conditions ---

    def line_match(self, match: TypedLineMatch, where: str) -> str:
        """How many lines of the order meet a condition."""
        mode = LINE_MODES[match.mode].format(n=match.threshold)
        return f"{mode} where {where}" if where else mode

    def known(self, subject: str, *, known: bool) -> str:
        """Whether there is a value at all."""
        return f"{subject} is known" if known else f"{subject} is not known"

    def between(self, subject: str, low: str, high: str, *, inside: bool) -> str:
        """A value in, or out of, a range with both ends."""
        return f"{subject} is {'' if inside else 'not '}between {low} and {high}"

    def compared(self, test: TypedTest, subject: str, other: str) -> str:
        """A value beside another."""
        return f"{subject} {self._verb(test.operator, test.subject.kind)} {other}"

    def _verb(self, operator: str, kind: Kind) -> str:
        if kind in {Kind.DATE, Kind.TIME, Kind.INSTANT} and operator in MOMENT_VERBS:
            return MOMENT_VERBS[operator]
        if kind is Kind.TEXTS and operator in LIST_VERBS:
            return LIST_VERBS[operator]
        return VERBS[operator]

    def of_lines(self, fn: str, of: str, where: str) -> str:
        """A number made from the lines of the order, as a noun."""
        lines = f"order lines where {where}" if where else "order lines"
        if not of:
            return f"the number of {lines}"
        word = {"sum": "total", "min": "smallest", "max": "greatest"}[fn]
        return f"the {word} {of.removeprefix('the ')} of {lines}"

    def of_events(self, measure: Measure, of: str, where: str) -> str:
        """A number about earlier events, as a noun."""
        if measure.aggregate == "days_since":
            what = f"the days since the latest “{measure.event}” event"
        elif not of:
            what = f"the number of “{measure.event}” events"
        else:
            of_what = of.removeprefix("the ")
            what = f"{MEASURES[measure.aggregate].format(of=of_what)} “{measure.event}” events"
        window = WINDOWS[measure.window.unit].format(days=measure.window.days, name=measure.window.name)
        return what + window + (f" (those where {where})" if where else "")

    def starting(self, moment: str) -> str:
        """The first moment of a schedule."""
        return f"from {moment}"

    def ending(self, moment: str) -> str:
        """The moment at which a schedule is over."""
        return f"until {moment}"

    def on_weekdays(self, days: Sequence[int]) -> str:
        """Days of the week, 1 for Monday."""
        return "on " + self.either([WEEKDAYS[day - 1] for day in days])

    def within(self, hours: Sequence[tuple[str, str]]) -> str:
        """Hours of the day."""
        return "between " + self.either([f"{start} and {end}" for start, end in hours])

    def on_days(self, number: int) -> str:
        """Days that recur by a rule of their own, counted."""
        return f"on one of {number:,} days"

    def is_open(self, parts: Sequence[str], zone: str) -> str:
        """When a schedule lets a rule apply, by whose clock."""
        by = {"program": "", "member": " in the member's time zone"}.get(zone, f" in {zone}")
        return f"it is {' '.join(parts)}{by}"

    # --- effects ---

    def given(self, amount: Amount) -> str:
        """`give 1 point …` or `take 5 points …`."""
        days = amount.award.pending_days
        pending = f" (usable after {days} days)" if days is not None else ""
        return f"{'take' if amount.award.deduct else 'give'} {self._amount(amount)}{pending}"

    def _amount(self, amount: Amount) -> str:
        award, rounded = amount.award, ROUNDED[amount.award.rounding]
        if award.kind == "multiply":
            return f"{amount.by} times the {award.point_type} of “{award.text}”"
        if award.kind == "formula":
            return f"{award.text} {award.point_type} ({rounded})"
        if award.kind == "table":
            return f"{award.point_type} by the table “{award.text}”"
        if award.kind == "product_points":
            return f"the {award.point_type} of each product"
        if award.kind == "points":
            return amount.points
        if award.kind == "per_line":
            noun = "item" if amount.items else "order line"
            return f"{amount.points} for each {noun}{f' where {amount.where}' if amount.where else ''}"
        step = "every full" if award.whole_steps else "every"
        return f"{amount.points} for {step} {amount.per} of {amount.of} ({rounded})"

    def done(self, effect: TypedEffect, value: str, off: str) -> str:
        """Any other effect."""
        return EFFECTS[effect.name].format_map({**effect.arguments, "value": value, "off": off})

    def limited(self, limit: TypedLimit, most: str) -> str:
        """`at most 500 points a day per member`."""
        return f"at most {most} {PERIODS.get(limit.period, f'a {limit.period}')} {PER[limit.per]}"

    def times(self, number: Decimal) -> str:
        """How often."""
        return self.counted(number, "times")

    def percent(self, share: str) -> str:
        """A part of a hundred."""
        return f"{share} %"

    def points(self, number: Decimal) -> str:
        """Points of no kind in particular."""
        return self.counted(number, "points")

    # --- the sentence ---

    def trigger(self, trigger: Trigger, events: Sequence[str], zone: str) -> str:
        """What makes the rule look, as the beginning of its sentence."""
        kind, settings = trigger.kind, trigger.settings
        if kind == "milestone":
            return f"On purchase number {settings['n']}" if "n" in settings else "On the first purchase"
        if kind == "member":
            return "When a member joins"
        if kind == "tier_changed":
            moves = {"up": "moves up", "down": "moves down"}.get(
                settings.get("direction", "any"), "changes tier"
            )
            return f"When a member {moves}" + (f" in “{settings['set']}”" if "set" in settings else "")
        if kind == "wallet_changed":
            reaches = f"reaches {settings['reaches']}" if "reaches" in settings else "changes"
            return f"When a balance of {settings['point_type']} {reaches}"
        if kind == "birthday":
            days = settings.get("days_before", 0)
            return f"{days} days before a member's birthday" if days else "On a member's birthday"
        if kind == "anniversary":
            years = settings.get("years")
            return "On each anniversary of joining" if years is None else f"{years} years after joining"
        if kind == "inactive":
            return f"After {settings['days']} days without “{settings.get('event', 'Order Completed')}”"
        if kind == "redemption":
            which = self.also([f"{name} “{value}”" for name, value in settings.items()]) if settings else ""
            return f"When a member takes a reward{f' of {which}' if which else ''}"
        if kind == "schedule":
            return f"{_ticks(settings)} by the {zone}'s clock"
        return f"When {self.either([f'“{event}”' for event in events])} happens"

    def payers(self, funding: Sequence[Funding]) -> str:
        """Who pays how much, as a sentence."""
        payers = [f"{f.account.replace(':', ' ')} pays {f.share.normalize():f} %" for f in funding]
        text = self.also(payers)
        return f"{text[0].upper()}{text[1:]}."

    def whole(self, parts: Sentence) -> str:
        """All parts of a rule in their order."""
        given = f", if {self.also(parts.conditions)}" if parts.conditions else ""
        text = "; ".join([f"{parts.trigger}{given}, {self.also(parts.actions)}", *parts.limits]) + "."
        text += f" {parts.payers}" if parts.payers else ""
        return text if parts.active else f"(Paused) {text}"

    def unreadable(self, why: str) -> str:
        """A rule with a mistake in it."""
        return f"This rule cannot be read yet: {why}"


def _ticks(settings: dict[str, Any]) -> str:
    if "daily" in settings:
        return f"Every day at {settings['daily']}"
    if "weekly" in settings:
        weekly = settings["weekly"]
        return f"Every {WEEKDAYS[weekly['weekday'] - 1]} at {weekly['at']}"
    return f"On the schedule “{settings['cron']}”"
