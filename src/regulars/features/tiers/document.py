"""The tier set document: what people write, the console edits and `regulars apply` reads. Numbers are human
numbers.

`threshold` is in points (metric points), in major money units (metric spend), in purchases or events, or in the
unit of the added-up field. `compile_tier_set` turns the document into a `TierSet` of smallest units.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from regulars.features.tiers.errors import TierSetInvalid
from regulars.features.tiers.measure import is_money
from regulars.features.tiers.model import EntryAward, Former, Metric, Tier, TierSet, TierWindow
from regulars.kit.errors import FieldError
from regulars.kit.points import parse_points
from regulars.kit.shapes import shape_error
from regulars.kit.zones import number_of_date

# More tiers than any program has; keeps a standing and a member's screen small.
TIERS_MAX = 50
CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}", re.ASCII)
_PLACE = re.compile(r" - at `\$?\.?(?P<path>[^`]*)`$")


class MetricDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is counted: `of` points (of `point_type`), spend, purchases, or event (`event`, with `field` added
    up)."""

    of: Literal["points", "spend", "purchases", "event"]
    point_type: str = ""
    event: str = ""
    field: str = ""


class WindowDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Over what time it is counted: exactly one of the fields. No window at all means the whole life of the
    member."""

    calendar: Literal["month", "quarter", "year"] | None = None
    anniversary: Literal["year"] | None = None
    rolling_days: int | None = None
    rolling_months: int | None = None


class AwardDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points given on entry of a tier, in points: "12.5"."""

    point_type: str
    points: Decimal


class TierDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One tier. `threshold` = net points (spend, purchases …) required; None only for invitation-only tiers.

    `formerly` names codes of an earlier version that this tier replaces, so that their members move here.
    """

    code: str
    name: str = ""
    description: str = ""
    threshold: Decimal | None = None
    award: AwardDocument | None = None
    status: Literal["active", "inactive"] = "active"
    invitation_only: bool = False
    formerly: tuple[str, ...] = ()


class TierSetDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A tier set: tiers from the lowest to the highest, and how a member rises and falls between them."""

    code: str
    metric: MetricDocument
    tiers: tuple[TierDocument, ...]
    name: str = ""
    description: str = ""
    window: WindowDocument | None = None
    downgrade: Literal["never", "one_step", "recompute"] = "recompute"
    grace_days: int = 0
    entry_awards: Literal["once", "per_entry"] = "once"
    status: Literal["active", "inactive"] = "active"
    protect_until: date | None = None


class ScheduledDocument(
    TierSetDocument, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A tier set that is to take force at an instant, written with its offset."""

    in_force_from: Annotated[datetime, msgspec.Meta(tz=True)]


def decode_scheduled(raw: Any) -> ScheduledDocument:
    """Return the document in decoded JSON or YAML. Raises TierSetInvalid with the path of what is wrong."""
    try:
        return msgspec.convert(raw, ScheduledDocument, strict=True)
    except msgspec.ValidationError as mistake:
        raise TierSetInvalid(errors=[shape_error(mistake, ScheduledDocument)]) from mistake


def decode_tier_set(raw: Any) -> TierSetDocument:
    """Return the document in decoded JSON or YAML. Raises TierSetInvalid with the path of what is wrong."""
    try:
        return msgspec.convert(raw, TierSetDocument, strict=True)
    except msgspec.ValidationError as mistake:
        raise TierSetInvalid(errors=[shape_error(mistake, TierSetDocument)]) from mistake


def plain_tier_set(document: TierSetDocument) -> dict[str, Any]:
    """Return the document as plain JSON values, defaults left out and numbers in their shortest spelling."""
    plain: dict[str, Any] = _plain(document)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in msgspec.structs.fields(value)
            if getattr(value, field.name) != field.default
        }
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return _shortest(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def check_tier_set(
    document: TierSetDocument, point_types: Mapping[str, int], money_exponent: int
) -> list[FieldError]:
    """Return what is wrong with a decoded document in a program with these point types (code → decimals)."""
    errors = [*_check_metric(document, point_types), *_check_window(document), *_check_ladder(document)]
    if not CODE.fullmatch(document.code):
        errors.append(
            FieldError(
                "code", "malformed", "A code is made of a-z, 0-9, _ and -, and starts with a letter or digit."
            )
        )
    if not 0 <= document.grace_days <= 3660:
        errors.append(FieldError("grace_days", "out_of_range", "Write 0 to 3660 days."))
    unit = _unit(document.metric, point_types, money_exponent)
    for index, tier in enumerate(document.tiers):
        errors += _check_tier(document, index, tier, unit, point_types)
    return errors


def compile_tier_set(
    document: TierSetDocument, point_types: Mapping[str, int], money_exponent: int, version: int
) -> TierSet:
    """Return the tier set in smallest units, without its earlier versions. Raises TierSetInvalid for what
    `check_tier_set` finds.
    """
    errors = check_tier_set(document, point_types, money_exponent)
    if errors:
        raise TierSetInvalid(errors=errors)
    unit = _unit(document.metric, point_types, money_exponent)
    written = document.metric
    return TierSet(
        code=document.code,
        name=document.name or document.code,
        version=version,
        active=document.status == "active",
        metric=Metric(of=written.of, point_type=written.point_type, event=written.event, field=written.field),
        window=_window(document.window),
        tiers=tuple(
            _tier(tier, position + 1, unit, point_types) for position, tier in enumerate(document.tiers)
        ),
        downgrade=document.downgrade,
        grace_days=document.grace_days,
        awards_per_entry=document.entry_awards == "per_entry",
        protect_until=None if document.protect_until is None else number_of_date(document.protect_until),
    )


def with_earlier(
    tier_set: TierSet,
    document: TierSetDocument,
    before: Iterable[tuple[int, TierSetDocument, int]],
    point_types: Mapping[str, int],
    money_exponent: int,
) -> TierSet:
    """Return a tier set, compiled from `document`, with the versions before it that can be compared with it.

    `before` = (version, document, local day from which the next one was in force), the latest first. One that counted
    something else, or over another time, ends them.
    """
    unit = _unit(document.metric, point_types, money_exponent)
    places = {tier.code: tier.position for tier in tier_set.tiers}
    _add_former(places, document)
    earlier: list[Former] = []
    for version, one, until in before:
        if (one.metric, one.window) != (document.metric, document.window):
            break
        ladder = [
            (_threshold(tier.threshold, unit), places.get(tier.code, 0))
            for tier in reversed(one.tiers)
            if tier.threshold is not None and not tier.invitation_only and tier.status == "active"
        ]
        awards = [
            _award(tier_set.code_at(place), tier.award, point_types)
            for tier in one.tiers
            if tier.award is not None
            and tier.award.point_type in point_types
            and (place := places.get(tier.code, 0))
        ]
        active = one.status == "active"
        earlier.append(Former(version, until, tuple(ladder), tuple(awards), active))
        _add_former(places, one)
    return msgspec.structs.replace(tier_set, earlier=tuple(reversed(earlier)))


def _add_former(places: dict[str, int], document: TierSetDocument) -> None:
    for tier in document.tiers:
        for code in tier.formerly:
            places.setdefault(code, places.get(tier.code, 0))


def _tier(tier: TierDocument, position: int, unit: int | None, point_types: Mapping[str, int]) -> Tier:
    return Tier(
        code=tier.code,
        name=tier.name or tier.code,
        position=position,
        threshold=None if tier.threshold is None else _threshold(tier.threshold, unit),
        award=None if tier.award is None else _award(tier.code, tier.award, point_types),
        active=tier.status == "active",
        invitation_only=tier.invitation_only,
        formerly=tier.formerly,
    )


def _award(code: str, award: AwardDocument, point_types: Mapping[str, int]) -> EntryAward:
    points = parse_points(_shortest(award.points), point_types[award.point_type])
    return EntryAward(code, award.point_type, points)


def _window(window: WindowDocument | None) -> TierWindow:
    if window is None:
        return TierWindow("lifetime")
    if window.calendar is not None:
        return TierWindow("calendar", period=window.calendar)
    if window.anniversary is not None:
        return TierWindow("anniversary", period="year")
    if window.rolling_days is not None:
        return TierWindow("rolling_days", count=window.rolling_days)
    return TierWindow("rolling_months", count=window.rolling_months or 0)


def _unit(metric: MetricDocument, point_types: Mapping[str, int], money_exponent: int) -> int | None:
    """Return the decimals between what people write and what is stored; None = compared as it is written."""
    if metric.of == "points":
        return point_types.get(metric.point_type, 0)
    if is_money(Metric(metric.of, field=metric.field)):
        return money_exponent
    return None if metric.of == "event" and metric.field else 0


def _threshold(threshold: Decimal, unit: int | None) -> int | Decimal:
    return threshold if unit is None else int(threshold.scaleb(unit))


def _check_metric(document: TierSetDocument, point_types: Mapping[str, int]) -> list[FieldError]:
    metric = document.metric
    wanted = {"points": {"point_type"}, "event": {"event"}}.get(metric.of, set())
    allowed = wanted | ({"field"} if metric.of == "event" else set())
    errors = []
    for name in ("point_type", "event", "field"):
        value = getattr(metric, name)
        if name in wanted and not value:
            errors.append(
                FieldError(f"metric.{name}", "missing", f"A metric of {metric.of} says its {name}.")
            )
        if value and name not in allowed:
            errors.append(
                FieldError(f"metric.{name}", "unexpected", f"A metric of {metric.of} has no {name}.")
            )
    if metric.of == "points" and metric.point_type and metric.point_type not in point_types:
        errors.append(_unknown_point_type("metric.point_type", metric.point_type, point_types))
    return errors


def _check_window(document: TierSetDocument) -> list[FieldError]:
    window = document.window
    if window is None:
        return []
    said = [name for name in window.__struct_fields__ if getattr(window, name) is not None]
    if len(said) != 1:
        one_of = ", ".join(window.__struct_fields__)
        return [
            FieldError(
                "window", "not_one", f"Write exactly one of {one_of}; leave the window out for a whole life."
            )
        ]
    limit = {"rolling_days": 3660, "rolling_months": 120}.get(said[0])
    if limit is not None and not 1 <= getattr(window, said[0]) <= limit:
        return [FieldError(f"window.{said[0]}", "out_of_range", f"Write 1 to {limit}.")]
    return []


def _check_ladder(document: TierSetDocument) -> list[FieldError]:
    errors = []
    if not 1 <= len(document.tiers) <= TIERS_MAX:
        errors.append(
            FieldError(
                "tiers", "out_of_range", f"Write 1 to {TIERS_MAX} tiers, from the lowest to the highest."
            )
        )
    seen: dict[str, int] = {}
    highest: Decimal | None = None
    for index, tier in enumerate(document.tiers):
        for code in (tier.code, *tier.formerly):
            if seen.setdefault(code, index) != index:
                errors.append(FieldError(f"tiers[{index}].code", "twice", f"{code!r} is named twice."))
        if tier.threshold is None or tier.invitation_only:
            continue
        if highest is not None and tier.threshold <= highest:
            errors.append(
                FieldError(
                    f"tiers[{index}].threshold",
                    "not_rising",
                    f"Write more than the tier below needs ({_shortest(highest)}).",
                )
            )
        highest = tier.threshold
    return errors


def _check_tier(
    document: TierSetDocument,
    index: int,
    tier: TierDocument,
    unit: int | None,
    point_types: Mapping[str, int],
) -> list[FieldError]:
    path, errors = f"tiers[{index}]", []
    if not CODE.fullmatch(tier.code):
        errors.append(
            FieldError(
                f"{path}.code",
                "malformed",
                "A code is made of a-z, 0-9, _ and -, and starts with a letter or digit.",
            )
        )
    if tier.threshold is None and not tier.invitation_only:
        errors.append(
            FieldError(
                f"{path}.threshold", "missing", "Write what is required, or make the tier invitation_only."
            )
        )
    if tier.threshold is not None:
        errors += _check_number(f"{path}.threshold", tier.threshold, unit)
    award = tier.award
    if award is None:
        return errors
    if award.point_type not in point_types:
        errors.append(_unknown_point_type(f"{path}.award.point_type", award.point_type, point_types))
    elif document.metric.of == "points" and award.point_type == document.metric.point_type:
        errors.append(
            FieldError(
                f"{path}.award.point_type",
                "feeds_itself",
                "Award another point type than the one these tiers count.",
            )
        )
    else:
        errors += _check_number(f"{path}.award.points", award.points, point_types[award.point_type])
        if award.points == 0:
            errors.append(
                FieldError(
                    f"{path}.award.points", "out_of_range", "Write more than 0, or leave the award out."
                )
            )
    return errors


def _check_number(path: str, number: Decimal, unit: int | None) -> list[FieldError]:
    if not number.is_finite() or not 0 <= number <= 10**12:
        return [FieldError(path, "out_of_range", "Write a number from 0 to 10^12.")]
    decimals = -min(0, int(number.normalize().as_tuple().exponent))
    if unit is not None and decimals > unit:
        return [FieldError(path, "too_fine", f"Write at most {unit} decimals.")]
    return []


def _unknown_point_type(path: str, code: str, point_types: Mapping[str, int]) -> FieldError:
    return FieldError(
        path,
        "unknown_point_type",
        f"No point type {code!r}; known are {', '.join(sorted(point_types)) or 'none'}.",
    )


def _shortest(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
