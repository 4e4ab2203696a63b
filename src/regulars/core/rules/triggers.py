"""Triggers: every one becomes event types to listen to, conditions on that event, and perhaps a timer.

What the platform itself raises, with the properties a rule may read:

| event | properties |
|---|---|
| Member Joined | |
| Tier Changed | set, from, to, direction (up, down) |
| Wallet Changed | point_type, before, after (smallest unit) |
| Birthday | days_before |
| Anniversary | years |
| Inactive | event, days |
| Schedule | rule |
| Reward Redeemed | reward, category, kind, partner, price_points, price_money (smallest units), quantity, store |
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NoReturn

from regulars.core.rules.ast import RuleNode, Trigger
from regulars.core.rules.fields import Field, FieldCatalog, property_field
from regulars.core.rules.model import FactSpec, Kind, Measure, TimerSpec, Window
from regulars.core.rules.parse import minutes
from regulars.core.rules.reading import Notes, decimal, listed, suggestion
from regulars.core.rules.typed import Condition, FieldRead, TypedLiteral, TypedTest

PURCHASE = "Order Completed"
MEMBER_JOINED = "Member Joined"
TIER_CHANGED = "Tier Changed"
WALLET_CHANGED = "Wallet Changed"
BIRTHDAY = "Birthday"
ANNIVERSARY = "Anniversary"
INACTIVE = "Inactive"
SCHEDULE = "Schedule"
REWARD_REDEEMED = "Reward Redeemed"

DAYS_MAX = 3_660
NTH_MAX = 1_000_000

_AT = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")
_CRON_PART = re.compile(r"(\*|[0-9]{1,2}(-[0-9]{1,2})?)(/[0-9]{1,2})?")
_CRON_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
# By month, from 1 on; February of a leap year.
_MONTH_LENGTHS = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

Resolved = tuple[tuple[str, ...], tuple[Condition, ...], tuple[TimerSpec, ...]]


class TriggerChecker:
    """Resolves the triggers of one document."""

    def __init__(self, catalog: FieldCatalog, notes: Notes) -> None:
        self._catalog = catalog
        self._notes = notes

    def resolve(self, rule: RuleNode) -> Resolved:
        """Event types, conditions and timers of a rule's trigger."""
        trigger = rule.trigger
        if trigger.kind == "event":
            return tuple(trigger.settings["events"]), (), ()
        if trigger.kind == "milestone":
            return self._milestone(trigger)
        if trigger.kind == "member":
            self._choice(trigger, "name", ("joined",))
            return (MEMBER_JOINED,), (), ()
        if trigger.kind == "tier_changed":
            return self._tier_changed(trigger)
        if trigger.kind == "wallet_changed":
            return self._wallet_changed(trigger)
        if trigger.kind == "schedule":
            timer = self._timer(trigger, rule.code)
            timers = () if timer is None else (timer,)
            return (SCHEDULE,), (self._property(trigger, "rule", Kind.TEXT, "=", rule.code),), timers
        if trigger.kind == "redemption":
            return self._redemption(trigger)
        return self._elapsed(trigger)

    def _milestone(self, trigger: Trigger) -> Resolved:
        name = self._choice(trigger, "name", ("first_purchase", "nth_purchase"))
        n = 1 if name == "first_purchase" else self._whole(trigger, "n", 1, NTH_MAX, None)
        measure = Measure(PURCHASE, "count", Window("lifetime"))
        fact = FactSpec("measure", measure=measure)
        field = Field("behaviour", Kind.NUMBER, "member", "{fact}", "{fact}", "earlier purchases", fact=fact)
        read = FieldRead(trigger.path, Kind.NUMBER, field)
        return (PURCHASE,), (TypedTest(trigger.path, read, "=", (Decimal(n - 1),)),), ()

    def _tier_changed(self, trigger: Trigger) -> Resolved:
        conditions: list[Condition] = []
        if "set" in trigger.settings:
            code = self._choice(trigger, "set", tuple(self._catalog.tier_sets))
            conditions.append(self._property(trigger, "set", Kind.TEXT, "=", code))
        direction = self._choice(trigger, "direction", ("up", "down", "any"), "any")
        if direction != "any":
            conditions.append(self._property(trigger, "direction", Kind.TEXT, "=", direction))
        return (TIER_CHANGED,), tuple(conditions), ()

    def _wallet_changed(self, trigger: Trigger) -> Resolved:
        code = self._choice(trigger, "point_type", tuple(self._catalog.point_types))
        conditions: list[Condition] = [self._property(trigger, "point_type", Kind.TEXT, "=", code)]
        if "reaches" in trigger.settings:
            reaches = decimal(trigger.settings["reaches"])
            if reaches is None:
                self._refuse(trigger, "reaches", "Write the number of points that is reached.")
            unit = reaches.scaleb(self._catalog.point_types[code])
            conditions.append(self._property(trigger, "before", Kind.NUMBER, "<", unit))
            conditions.append(self._property(trigger, "after", Kind.NUMBER, ">=", unit))
        return (WALLET_CHANGED,), tuple(conditions), ()

    def _redemption(self, trigger: Trigger) -> Resolved:
        conditions = []
        for name, value in trigger.settings.items():
            if not isinstance(value, str) or not value:
                self._refuse(trigger, name, f"Write one {name} as text; several go into `when`.")
            conditions.append(self._property(trigger, name, Kind.TEXT, "=", value))
        return (REWARD_REDEEMED,), tuple(conditions), ()

    def _elapsed(self, trigger: Trigger) -> Resolved:
        if trigger.kind == "birthday":
            days = self._whole(trigger, "days_before", 0, 365, 0)
            condition = self._number(trigger, "days_before", days)
            return (BIRTHDAY,), (condition,), (TimerSpec("birthday", days=days),)
        if trigger.kind == "anniversary":
            conditions: tuple[Condition, ...] = ()
            if "years" in trigger.settings:
                conditions = (self._number(trigger, "years", self._whole(trigger, "years", 1, 150, None)),)
            return (ANNIVERSARY,), conditions, (TimerSpec("anniversary"),)
        event = trigger.settings.get("event", PURCHASE)
        if not isinstance(event, str) or not event:
            self._refuse(
                trigger, "event", "Write the event that has not happened, such as `Order Completed`."
            )
        days = self._whole(trigger, "days", 1, DAYS_MAX, None)
        both = (
            self._property(trigger, "event", Kind.TEXT, "=", event),
            self._number(trigger, "days", days),
        )
        return (INACTIVE,), both, (TimerSpec("inactive", days=days, event=event),)

    def _timer(self, trigger: Trigger, rule: str) -> TimerSpec | None:
        """Return when a schedule ticks; None where it never does, and was published before that was refused."""
        settings = trigger.settings
        zone = self._choice(trigger, "zone", ("program", "member"), "program")
        given = [key for key in ("cron", "daily", "weekly") if key in settings]
        if len(given) != 1:
            self._refuse(trigger, "", f"Write exactly one of {listed(('cron', 'daily', 'weekly'))}.")
        if given == ["cron"]:
            cron = settings["cron"]
            if not isinstance(cron, str) or not _is_cron(cron):
                self._refuse(trigger, "cron", 'Write five fields, such as "0 9 * * 1" for Mondays at nine.')
            if not _has_a_day(*cron.split()[2:4]):
                if self._notes.published:
                    return None
                self._refuse(trigger, "cron", "No month has such a day; write one that comes.")
            return TimerSpec("schedule", cron=" ".join(cron.split()), zone=zone, rule=rule)
        weekday = "*"
        at: Any = settings[given[0]]
        if given == ["weekly"]:
            fields = at if isinstance(at, dict) else {}
            at, day = fields.get("at"), fields.get("weekday")
            if not isinstance(day, int) or day not in range(1, 8) or set(fields) != {"at", "weekday"}:
                self._refuse(trigger, "weekly", 'Write {"weekday": 1, "at": "09:00"}; 1 is Monday.')
            weekday = str(day % 7)
        if not isinstance(at, str) or not _AT.fullmatch(at):
            self._refuse(trigger, given[0], 'Write a time of day, such as "09:00".')
        hour, minute = divmod(minutes(at), 60)
        return TimerSpec("schedule", cron=f"{minute} {hour} * * {weekday}", zone=zone, rule=rule)

    def _property(
        self, trigger: Trigger, name: str, kind: Kind, operator: str, value: TypedLiteral
    ) -> TypedTest:
        path = f"{trigger.path}.{trigger.kind}"
        field = property_field(f"event.properties.{name}", kind)
        return TypedTest(path, FieldRead(path, kind, field), operator, (value,))

    def _number(self, trigger: Trigger, name: str, value: int) -> TypedTest:
        return self._property(trigger, name, Kind.NUMBER, "=", Decimal(value))

    def _refuse(self, trigger: Trigger, key: str, message: str) -> NoReturn:
        place = f"{trigger.path}.{trigger.kind}" + (f".{key}" if key and key != "name" else "")
        self._notes.refuse(place, "trigger", message)

    def _choice(
        self, trigger: Trigger, key: str, choices: tuple[str, ...], default: str | None = None
    ) -> str:
        value = trigger.settings.get(key, default)
        if not isinstance(value, str) or value not in choices:
            hint = suggestion(str(value), choices)
            wanted = f"Choose {listed(choices)}." if choices else "None is configured."
            self._refuse(trigger, key, f"`{value}` is not known here.{hint} {wanted}")
        return str(value)

    def _whole(self, trigger: Trigger, key: str, least: int, most: int, default: int | None) -> int:
        value = trigger.settings.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self._refuse(trigger, key, f"Write a whole number from {least} to {most:,} for `{key}`.")
        return int(value)


def _is_cron(text: str) -> bool:
    fields = text.split()
    if len(fields) != 5:
        return False
    for field, (least, most) in zip(fields, _CRON_BOUNDS, strict=True):
        for part in field.split(","):
            if not _CRON_PART.fullmatch(part):
                return False
            numbers = [int(n) for n in re.findall("[0-9]+", part.partition("/")[0])]
            if not all(least <= n <= most for n in numbers) or numbers != sorted(numbers):
                return False
            if part.partition("/")[2] == "0":
                return False
    return True


def _has_a_day(days: str, months: str) -> bool:
    """Return whether some chosen month has some chosen day: 31 February never comes, and is long looked for."""
    first = min(int(part.partition("/")[0].partition("-")[0].replace("*", "1")) for part in days.split(","))
    return any(
        first <= _MONTH_LENGTHS[month]
        for part in months.split(",")
        for month in _chosen(part, *_CRON_BOUNDS[3])
    )


def _chosen(part: str, least: int, most: int) -> range:
    """Return the numbers that a part of a cron field chooses."""
    span, _, step = part.partition("/")
    low, _, high = span.partition("-")
    if low == "*":
        low, high = str(least), str(most)
    return range(int(low), int(high or (most if step else low)) + 1, int(step or 1))
