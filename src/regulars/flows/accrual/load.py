"""Rulebooks: what a program looks like to the hot path, read when it has changed and kept in memory until it
changes again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b

import msgspec

from regulars.core.events import ORDER_COMPLETED
from regulars.core.ledger import open_accounts, select_accounts
from regulars.core.rules import FieldCatalog, Measure, Ruleset, Window, compile_observer, default_catalog
from regulars.features.behaviour import Observe, Series, series_of, together
from regulars.features.catalog import ProductCache
from regulars.features.partners import LiveAgreement, covers_of, select_agreements
from regulars.features.programs import ConfigCache, ProgramConfig, terms_of
from regulars.features.rulesets import Timeline, load_ruleset, versions_timeline
from regulars.features.tiers import TierSet, load_tier_sets, measure_of, points_event
from regulars.features.webhooks import subscribed_types
from regulars.flows.accrual.clock import micros
from regulars.flows.accrual.facts import in_tier_window, plan_facts
from regulars.flows.accrual.orders import REWARD_REDEEMED
from regulars.flows.accrual.queries import queries
from regulars.flows.accrual.rulebook import PointType, Rulebook, TierTrack, Version
from regulars.flows.accrual.work import is_budget, kept_limit
from regulars.infra.db import Database, Transaction
from regulars.kit.money import exponent
from regulars.kit.zones import zone

# What the series of points earned are called: `features.tiers.points_event`.
POINTS_EVENT = points_event("")

# Effects that change a member's own row; where rules have them, the row is read once more when her purse is held.
CHANGES_OF_MEMBERS = frozenset({"set_attribute", "add_tag", "remove_tag", "add_to_list", "remove_from_list"})


class Rulebooks:
    """The rulebooks a process has in use."""

    def __init__(self) -> None:
        self._configs = ConfigCache()
        self._products = ProductCache()
        self._books: dict[int, Rulebook] = {}

    async def get(self, db: Database, program_id: int) -> Rulebook:
        """Return a program's rulebook as last read. Whether it still holds is asked again in the batch's own
        transaction.
        """
        book = self._books.get(program_id)
        if book is None:
            async with db.transaction() as tx:
                book = await self.read(tx, program_id)
            self._books[program_id] = book
        return book

    def forget(self, program_id: int) -> None:
        """Read the program again before it is next used."""
        self._books.pop(program_id, None)

    async def read(self, tx: Transaction, program_id: int) -> Rulebook:
        """Return the program's rulebook as it is in this transaction."""
        revision, catalogue, listening = await tx.one(queries.select_revisions, program_id=program_id)
        config = await self._configs.get(tx, program_id, revision)
        products = await self._products.get(tx, program_id, catalogue)
        timeline = await versions_timeline(tx, program_id)
        rulesets = [await load_ruleset(tx, program_id, start) for start in timeline.starts]
        agreements = await select_agreements(tx, program_id)
        points = await _points(tx, config, rulesets, agreements)
        covers = covers_of(agreements)
        scales = {code: config.point_types[code].scale for code in points}
        tier_sets = await load_tier_sets(tx, program_id, scales, exponent(config.currency), config.zone)
        catalog = default_catalog(scales, currency_exponent=exponent(config.currency))
        tracks = _tracks([tier_set for tier_set in tier_sets.values() if tier_set.active], catalog)
        windows = {code: _window(tier_set) for code, tier_set in tier_sets.items()}
        series = _all_series([_rule_series(ruleset, catalog, windows) for ruleset in rulesets], tracks)
        tracks = _as_long_as_any(tracks, series)
        book = Rulebook(
            program_id=program_id,
            program=config.code,
            revision=revision,
            catalogue=catalogue,
            listening=listening,
            zone=zone(config.zone),
            currency=config.currency,
            exponent=exponent(config.currency),
            identifier_order=tuple(config.settings.identifier_order),
            terms=config,
            points=points,
            points_by_id={point_type.id: point_type for point_type in points.values()},
            stores={
                store.code: (store.region, store.channel, store.partner) for store in config.stores.values()
            },
            products=products,
            versions=(),
            starts=tuple(micros(start.in_force_from) for start in timeline.starts),
            tiers=tracks,
            tiers_fed_by=_by_event(tracks),
            points_series=_points_series(series),
            tier_windows=windows,
            budget_periods=frozenset(
                limit.period for ruleset in rulesets for limit in ruleset.limits if is_budget(limit)
            )
            | {bound.period for one in covers.values() for bound in one.bounds},
            takes_points=any(_takes_points(ruleset) for ruleset in rulesets),
            changes_members=any(_changes_members(ruleset) for ruleset in rulesets),
            identifier_kinds=frozenset(
                fact.name for ruleset in rulesets for fact in ruleset.facts if fact.kind == "identifier"
            ),
            releasing=frozenset(
                one.policy.pending.until_event
                for one in points.values()
                if one.policy.pending is not None and one.policy.pending.until_event
            ),
            counted=_name(series),
            counted_types=_types(series.values()),
            recounted_types=_recounted(series.values()),
            counted_series=series,
            subscribed=await subscribed_types(tx, program_id),
            covers=covers,
        )
        return msgspec.structs.replace(book, versions=_versions(book, timeline, rulesets, series))


async def _points(
    tx: Transaction, config: ProgramConfig, rulesets: list[Ruleset], agreements: list[LiveAgreement]
) -> dict[str, PointType]:
    accounts = await select_accounts(tx, config.id)
    funders = {
        share.account
        for ruleset in rulesets
        for plan in ruleset.plans
        for share in plan.funding
        if share.account != "house"
    }
    for one in agreements:
        funders |= {one.agreement.account, one.agreement.fallback} - {"house"}
    for point_type in config.point_types.values():
        known = accounts.get(point_type.id)
        if known is None or not funders <= set(known.funders):
            await open_accounts(tx, config.id, point_type.id, sorted(funders))
            accounts = await select_accounts(tx, config.id)
    return {
        code: PointType(code, one.id, terms_of(one, accounts[one.id], config.zone), one.policy, one.kind)
        for code, one in config.point_types.items()
    }


def _tracks(tier_sets: list[TierSet], catalog: FieldCatalog) -> tuple[TierTrack, ...]:
    tracks = []
    for tier_set in tier_sets:
        measure = measure_of(tier_set)
        (series,) = series_of([(measure, _observer(measure, catalog))]).values()
        tracks.append(TierTrack(tier_set, series, measure.aggregate == "count"))
    return tuple(tracks)


def _as_long_as_any(tracks: tuple[TierTrack, ...], series: Mapping[str, Series]) -> tuple[TierTrack, ...]:
    """Return the tracks, each feeding its series for as many days as a rule may ask of the same one."""
    return tuple(
        msgspec.structs.replace(
            track, series=msgspec.structs.replace(track.series, days=series[track.series.key].days)
        )
        for track in tracks
    )


def _observer(measure: Measure, catalog: FieldCatalog) -> Observe:
    """Return how the measure counts an event; points are fed by the postings themselves, never by an
    event."""
    if measure.event.startswith(POINTS_EVENT):
        return _nothing
    return compile_observer(measure, catalog)


def _nothing(event: object, local: object) -> None:
    """Count nothing."""


def _by_event(tracks: tuple[TierTrack, ...]) -> dict[str, tuple[TierTrack, ...]]:
    """Return one track of each series by the event that feeds it: tier sets that count the same share a series."""
    found: dict[str, tuple[TierTrack, ...]] = {}
    for track in {track.series.key: track for track in tracks}.values():
        if not track.series.event.startswith(POINTS_EVENT):
            found[track.series.event] = (*found.get(track.series.event, ()), track)
    return found


def _rule_series(
    ruleset: Ruleset, catalog: FieldCatalog, tier_windows: Mapping[str, Window]
) -> dict[str, Series]:
    return series_of(
        [(in_tier_window(measure, tier_windows), _observer(measure, catalog)) for measure in ruleset.measures]
    )


def _all_series(by_version: list[dict[str, Series]], tracks: tuple[TierTrack, ...]) -> dict[str, Series]:
    """Return every series that some version or tier set asks for; the same one keeps the days of the longest
    window."""
    found: dict[str, Series] = {}
    for series in [
        *(one for of_version in by_version for one in of_version.values()),
        *(t.series for t in tracks),
    ]:
        known = found.get(series.key)
        found[series.key] = series if known is None else together(known, series)
    return found


def _types(series: Iterable[Series]) -> frozenset[str]:
    """Return the types of events that series count, or begin anew with."""
    return frozenset(name for one in series for name in (one.event, one.since) if name)


def _recounted(series: Iterable[Series]) -> frozenset[str]:
    """Return the types of events to count again where an order, or a redemption, that was counted comes back."""
    return _types(
        [one for one in series if one.recounted and one.event in (ORDER_COMPLETED, REWARD_REDEEMED)]
    )


def _points_series(series: Mapping[str, Series]) -> dict[str, tuple[Series, ...]]:
    found: dict[str, tuple[Series, ...]] = {}
    for one in series.values():
        if one.event.startswith(POINTS_EVENT):
            code = one.event.removeprefix(POINTS_EVENT)
            found[code] = (*found.get(code, ()), one)
    return found


def _name(series: Mapping[str, Series]) -> str:
    """Return a short name of the set of series; a member's state carries the name of the set it is complete
    for."""
    text = ",".join(f"{key}/{one.days}" for key, one in sorted(series.items()))
    return blake2b(text.encode(), digest_size=6).hexdigest()


def _window(tier_set: TierSet) -> Window:
    """Return a tier set's window in the words of measures."""
    window = tier_set.window
    if window.kind == "calendar":
        return Window(window.period)
    if window.kind == "rolling_days":
        return Window("last_days", days=window.count)
    if window.kind == "rolling_months":
        return Window("last_months", days=window.count)
    return Window("anniversary" if window.kind == "anniversary" else "lifetime")


def _changes_members(ruleset: Ruleset) -> bool:
    return any(effect.name in CHANGES_OF_MEMBERS for plan in ruleset.plans for effect in plan.effects)


def _takes_points(ruleset: Ruleset) -> bool:
    return any(effect.name == "deduct" for plan in ruleset.plans for effect in plan.effects) or any(
        award.deduct for plan in ruleset.plans for award in plan.awards
    )


def _versions(
    book: Rulebook, timeline: Timeline, rulesets: list[Ruleset], counted: Mapping[str, Series]
) -> tuple[Version, ...]:
    """Return the versions ready to decide. All of them feed all series, so that none is behind when another
    takes
    over.
    """
    fed: dict[str, tuple[Series, ...]] = {}
    reset: dict[str, tuple[Series, ...]] = {}
    tier_keys = {track.series.key for track in book.tiers}
    for series in counted.values():
        if series.key not in tier_keys and not series.event.startswith(POINTS_EVENT):
            fed[series.event] = (*fed.get(series.event, ()), series)
        if series.since:
            reset[series.since] = (*reset.get(series.since, ()), series)
    return tuple(
        Version(
            number=start.version,
            in_force_from=micros(start.in_force_from),
            ruleset=ruleset,
            fed_by=fed,
            reset_by=reset,
            fact_readers=plan_facts(ruleset.facts, book),
            limits=tuple(map(kept_limit, ruleset.limits)),
            has_moments=any(fact.kind == "local_time" for fact in ruleset.facts),
        )
        for start, ruleset in zip(timeline.starts, rulesets, strict=True)
    )
