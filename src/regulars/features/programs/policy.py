"""The policy of a point type: when points become usable, when they expire, how many one may hold, what they are worth.

    {"pending": {"days": 14}, "expiry": {"end_of": "year", "after_months": 12}, "balance_max": "50000",
     "earn_max": {"day": "500"}, "debt": {"allowed": true, "max": "1000"}, "value_minor": "0.5"}

Amounts of points are ints or decimal texts in the smallest unit of the point type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from regulars.kit.errors import FieldError
from regulars.kit.points import POINTS_MAX

# Ten years of days: a longer promise is a promise without an end.
DAYS_MAX: Final = 3660
MONTHS_MAX: Final = 120
EVENT_NAME_MAX: Final = 200
# A week is time enough to spend points that a shop's cancelled order gave back after their end.
RETURN_GRACE_DAYS_DEFAULT: Final = 7

ENDS: Final = ("month", "quarter", "half_year", "year")
PERIODS: Final = ("day", "month", "year")
SPEND_ORDERS: Final = ("expiry", "earned")
_PENDING_WAYS: Final = ("days", "until_event", "manual")
_EXPIRY_WAYS: Final = ("rolling_days", "rolling_months", "fixed", "end_of", "inactivity_days")


class Pending(msgspec.Struct, frozen=True, omit_defaults=True):
    """How earned points become available: after `days` local days, upon an event of the order, or by hand."""

    days: int | None = None
    until_event: str | None = None
    manual: bool = False


class Expiry(msgspec.Struct, frozen=True, omit_defaults=True):
    """When points expire; exactly one way is set.

    `rolling_days`/`rolling_months`: so long after the local day they were earned. `fixed`: at the end of that date.
    `end_of` a calendar period, counted from the day `after_months` months after they were earned. `inactivity_days`:
    so long after the member last earned or spent.
    """

    rolling_days: int | None = None
    rolling_months: int | None = None
    fixed: date | None = None
    end_of: str | None = None
    after_months: int = 0
    inactivity_days: int | None = None


class Debt(msgspec.Struct, frozen=True):
    """What happens when points are taken back that were spent already: owed up to `max`, or capped at the balance."""

    allowed: bool = False
    max: int = 0


class PointTypePolicy(msgspec.Struct, frozen=True, omit_defaults=True):
    """The policy of one point type. None = no such rule.

    `lots` False keeps no lots: only for points that never expire and are never spent. `spend_order` "expiry" uses what
    expires first, "earned" what was earned first. `value_minor` = what one whole point is worth, in minor units.
    `return_grace_days`: points that come back (a cancelled spend, a hold that was let go) to a lot that has expired
    meanwhile are good for so many whole local days more; 0 = they are gone.
    """

    pending: Pending | None = None
    expiry: Expiry | None = None
    balance_max: int | None = None
    earn_max: dict[str, int] = {}
    debt: Debt | None = None
    lots: bool = True
    spend_order: str = "expiry"
    value_minor: Decimal | None = None
    return_grace_days: int = RETURN_GRACE_DAYS_DEFAULT


def parse_policy(
    document: Any, kind: str = "redeemable", path: str = "policy"
) -> tuple[PointTypePolicy, list[FieldError]]:
    """Return the policy a JSON document states and what is wrong with it; with errors the policy is not to be used.

    `kind` is the point type's: qualifying points without an expiry keep no lots unless they ask for it.
    """
    reader = _Reader(path)
    fields = reader.mapping(document, path, _POLICY_FIELDS)
    expiry = reader.optional(fields, "expiry", reader.expiry)
    pending = reader.optional(fields, "pending", reader.pending)
    grace = reader.optional(fields, "return_grace_days", reader.grace)
    policy = PointTypePolicy(
        pending=pending,
        expiry=expiry,
        balance_max=reader.optional(fields, "balance_max", reader.points),
        earn_max=reader.optional(fields, "earn_max", reader.earn_max) or {},
        debt=reader.optional(fields, "debt", reader.debt),
        lots=reader.flag(fields, "lots", default=kind != "qualifying" or bool(expiry or pending)),
        spend_order=reader.optional(fields, "spend_order", reader.spend_order) or "expiry",
        value_minor=reader.optional(fields, "value_minor", reader.value),
        return_grace_days=RETURN_GRACE_DAYS_DEFAULT if grace is None else grace,
    )
    if not policy.lots and (policy.expiry or policy.pending or kind != "qualifying"):
        reader.refuse(
            f"{path}.lots",
            "lots_needed",
            "Only qualifying points that never wait and never expire can do without lots.",
        )
    return policy, reader.errors


_POLICY_FIELDS: Final = tuple(PointTypePolicy.__struct_fields__)


class _Reader:
    """Reads one policy document and collects what is wrong with it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.errors: list[FieldError] = []

    def refuse(self, path: str, code: str, message: str) -> None:
        """Note an error at `path`."""
        self.errors.append(FieldError(path, code, message))

    def mapping(self, value: Any, path: str, known: tuple[str, ...]) -> Mapping[str, Any]:
        """Return an object's fields; note a value of another kind and every unknown name."""
        if not isinstance(value, Mapping):
            self.refuse(path, "not_an_object", f"Write an object with {', '.join(known)}.")
            return {}
        for name in value:
            if name not in known:
                self.refuse(f"{path}.{name}", "unknown_field", f"Known are {', '.join(known)}.")
        return value

    def optional(self, fields: Mapping[str, Any], name: str, read: Callable[[Any, str], Any]) -> Any:
        """Return what `read` makes of the field `name`, or None when it is absent or null."""
        value = fields.get(name)
        return None if value is None else read(value, f"{self.path}.{name}")

    def flag(self, fields: Mapping[str, Any], name: str, *, default: bool) -> bool:
        """Return a boolean field."""
        value = fields.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.refuse(f"{self.path}.{name}", "not_a_boolean", "Write true or false.")
            return default
        return value

    def one_way(
        self, value: Any, path: str, ways: tuple[str, ...], also: tuple[str, ...] = ()
    ) -> tuple[Mapping[str, Any], str | None]:
        """Return an object's fields and the only one of `ways` that is set; note none and two."""
        fields = self.mapping(value, path, ways + also)
        chosen = [way for way in ways if fields.get(way) is not None and fields[way] is not False]
        if len(chosen) != 1:
            self.refuse(path, "not_one_way", f"Say exactly one of {', '.join(ways)}.")
            return fields, None
        return fields, chosen[0]

    def whole(self, value: Any, path: str, low: int, high: int) -> int | None:
        """Return a whole number between low and high."""
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.refuse(path, "out_of_range", f"Write a whole number from {low} to {high}.")
            return None
        return value

    def points(self, value: Any, path: str) -> int | None:
        """Return an amount of points, at least 1."""
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
            value = int(value)
        return self.whole(value, path, 1, POINTS_MAX)

    def pending(self, value: Any, path: str) -> Pending | None:
        """Return how points become available."""
        fields, way = self.one_way(value, path, _PENDING_WAYS)
        if way == "days":
            return Pending(days=self.whole(fields["days"], f"{path}.days", 1, DAYS_MAX))
        if way == "until_event":
            name = fields["until_event"]
            if not isinstance(name, str) or not 0 < len(name.strip()) <= EVENT_NAME_MAX:
                self.refuse(
                    f"{path}.until_event",
                    "not_an_event",
                    "Write the name of an event, such as Order Delivered.",
                )
                return None
            return Pending(until_event=name.strip())
        if way == "manual" and fields["manual"] is not True:
            self.refuse(f"{path}.manual", "not_a_boolean", "Write true, or leave pending out.")
        return Pending(manual=True) if way else None

    def expiry(self, value: Any, path: str) -> Expiry | None:
        """Return when points expire."""
        fields, way = self.one_way(value, path, _EXPIRY_WAYS, ("after_months",))
        if way is None:
            return None
        if "after_months" in fields and way != "end_of":
            self.refuse(f"{path}.after_months", "only_with_end_of", "after_months goes with end_of only.")
        given = fields[way]
        if way == "fixed":
            return Expiry(fixed=self.day(given, f"{path}.fixed"))
        if way == "end_of":
            if given not in ENDS:
                self.refuse(f"{path}.end_of", "unknown_period", f"Write one of {', '.join(ENDS)}.")
            months = self.whole(fields.get("after_months", 0), f"{path}.after_months", 0, MONTHS_MAX)
            return Expiry(end_of=str(given), after_months=months or 0)
        longest = MONTHS_MAX if way == "rolling_months" else DAYS_MAX
        length = self.whole(given, f"{path}.{way}", 1, longest)
        return Expiry(
            rolling_days=length if way == "rolling_days" else None,
            rolling_months=length if way == "rolling_months" else None,
            inactivity_days=length if way == "inactivity_days" else None,
        )

    def day(self, value: Any, path: str) -> date | None:
        """Return a calendar date."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value if isinstance(value, str) and len(value) == 10 else "")
        except ValueError:
            self.refuse(path, "not_a_date", "Write a date such as 2027-12-31.")
            return None

    def earn_max(self, value: Any, path: str) -> dict[str, int]:
        """Return the caps on earning by period."""
        fields = self.mapping(value, path, PERIODS)
        caps = {
            period: self.points(fields[period], f"{path}.{period}")
            for period in PERIODS
            if fields.get(period) is not None
        }
        return {period: cap for period, cap in caps.items() if cap}

    def debt(self, value: Any, path: str) -> Debt | None:
        """Return what is owed when spent points are taken back; None = nothing, said or not."""
        fields = self.mapping(value, path, ("allowed", "max"))
        if not isinstance(fields.get("allowed"), bool):
            self.refuse(f"{path}.allowed", "not_a_boolean", "Write true or false.")
            return None
        if not fields["allowed"]:
            if fields.get("max") not in (None, 0, "0"):
                self.refuse(f"{path}.max", "no_debt_allowed", "A limit goes with allowed: true only.")
            return None
        return Debt(allowed=True, max=self.points(fields.get("max"), f"{path}.max") or 0)

    def spend_order(self, value: Any, path: str) -> str | None:
        """Return which lots are used first."""
        if value not in SPEND_ORDERS:
            self.refuse(path, "unknown_order", f"Write one of {', '.join(SPEND_ORDERS)}.")
            return None
        return str(value)

    def grace(self, value: Any, path: str) -> int | None:
        """Return the days of grace for points that come back to an expired lot."""
        return self.whole(value, path, 0, DAYS_MAX)

    def value(self, value: Any, path: str) -> Decimal | None:
        """Return the worth of one point in minor units."""
        try:
            worth = (
                Decimal(value)
                if isinstance(value, str | int | Decimal) and not isinstance(value, bool)
                else None
            )
        except InvalidOperation:
            worth = None
        if (
            worth is None
            or not worth.is_finite()
            or not 0 <= worth <= 10**9
            or -int(worth.as_tuple().exponent) > 9
        ):
            self.refuse(path, "not_a_value", 'Write a decimal number of minor units as text, such as "0.5".')
            return None
        return worth
