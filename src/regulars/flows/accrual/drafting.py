"""A rulebook in which a draft takes force: the program as it is, with other rules from some instant on."""

from __future__ import annotations

import msgspec

from regulars.core.rules import Ruleset, default_catalog
from regulars.features.rulesets import Timeline, VersionStart
from regulars.flows.accrual.clock import instant, micros
from regulars.flows.accrual.load import (
    _all_series,
    _changes_members,
    _name,
    _points_series,
    _recounted,
    _rule_series,
    _takes_points,
    _types,
    _versions,
)
from regulars.flows.accrual.rulebook import PointType, Rulebook
from regulars.flows.accrual.work import is_budget

# Before anything that a program could have been told.
ALWAYS_US = -(2**53)


def draft_number(book: Rulebook) -> int:
    """Return the number a draft gets beside the published versions: the next one."""
    return max((version.number for version in book.versions), default=0) + 1


def with_draft(book: Rulebook, ruleset: Ruleset, takes_force: int = ALWAYS_US) -> Rulebook:
    """Return the program with `ruleset` (compiled as `draft_number`) in force from an instant (microseconds)
    on.

    Versions that took force before stay in force until then; later ones never come. Members' behaviour is
    counted
    for the draft's questions too. Partners and campaigns that never funded points get accounts of a moment.
    """
    earlier = [version for version in book.versions if version.in_force_from < takes_force]
    rulesets = [*(version.ruleset for version in earlier), ruleset]
    scales = {code: book.terms.point_types[code].scale for code in book.points}
    catalog = default_catalog(scales, currency_exponent=book.exponent)
    series = _all_series([dict(book.counted_series), _rule_series(ruleset, catalog, book.tier_windows)], ())
    starts = [VersionStart(v.number, instant(v.in_force_from), "") for v in earlier]
    timeline = Timeline((*starts, VersionStart(ruleset.version, instant(takes_force), "")))
    points = {code: _with_funders(point_type, ruleset) for code, point_type in book.points.items()}
    drafted = msgspec.structs.replace(
        book,
        points=points,
        points_by_id={point_type.id: point_type for point_type in points.values()},
        versions=(),
        starts=tuple(micros(start.in_force_from) for start in timeline.starts),
        points_series=_points_series(series),
        budget_periods=frozenset(
            limit.period for one in rulesets for limit in one.limits if is_budget(limit)
        ),
        takes_points=any(_takes_points(one) for one in rulesets),
        changes_members=any(_changes_members(one) for one in rulesets),
        counted=_name(series),
        counted_types=_types(series.values()),
        recounted_types=_recounted(series.values()),
        counted_series=series,
        subscribed=frozenset(),
    )
    return msgspec.structs.replace(drafted, versions=_versions(drafted, timeline, rulesets, series))


def _with_funders(point_type: PointType, ruleset: Ruleset) -> PointType:
    """Return a point type whose accounts know every funder of the ruleset; unknown ones get negative ids."""
    accounts = point_type.terms.accounts
    named = {share.account for plan in ruleset.plans for share in plan.funding} - {"house"}
    strange = sorted(named - set(accounts.funders))
    if not strange:
        return point_type
    funders = accounts.funders | {name: -1 - number for number, name in enumerate(strange)}
    known = msgspec.structs.replace(accounts, funders=funders)
    return msgspec.structs.replace(
        point_type, terms=msgspec.structs.replace(point_type.terms, accounts=known)
    )
