"""Tiers in the hot path: after an event, the tier sets whose metric it moved are assessed, entries paid,
changes
told.
"""

from __future__ import annotations

from functools import partial

import msgspec

from regulars.core.events import Event
from regulars.core.ledger import Cause
from regulars.core.rules import LocalTime
from regulars.features.behaviour import record, sum_between
from regulars.features.tiers import (
    Change,
    EntryAward,
    Standing,
    TierSet,
    advance,
    assess,
    give,
    tier_on,
    unmoved,
)
from regulars.flows.accrual.award import feed_points
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.internal import internal_event
from regulars.flows.accrual.orders import is_correction
from regulars.flows.accrual.rulebook import TierTrack, expires_at
from regulars.flows.accrual.types import Outcome, StandingRow
from regulars.flows.accrual.work import Work

# Entry awards may move the very metric that led to the tier; after this many rounds we stop rather than spin.
ROUNDS_MAX = 5

# In the place of the transfer that paid for an entry: who does not earn has entered, and was paid nothing for it.
UNPAID = -1

UNKNOWN = Standing()

TIER_CHANGED = "Tier Changed"


def feed_tiers(decided: Decided, work: Work, event: Event, local: LocalTime) -> None:
    """Record an event in the series that measure progress by spend, purchases or events."""
    for track in decided.rulebook.tiers_fed_by.get(event.type, ()):
        value = track.series.observe(event, local)
        if value is not None:
            key = track.series.key
            work.state.s[key] = record(work.state.s.get(key), track.series, value, local.day_number)


class Moment(msgspec.Struct, frozen=True):
    """When and why tiers are looked at: the event, the local day whose amounts changed, and the event's
    outcome."""

    event: Event
    day: int
    occurred_at: int
    event_id: int
    outcome: Outcome


def assess_tiers(decided: Decided, work: Work, moment: Moment) -> list[Event]:
    """Assess the tier sets that the event may have moved; return the Tier Changed events it caused."""
    caused: list[Event] = []
    for track in decided.rulebook.tiers:
        for _ in range(ROUNDS_MAX):
            change = _assess_one(work, track, moment.day)
            if change is None:
                break
            caused += _settle(decided, work, track, change, moment)
            if not change.awards and not change.revoked:
                break
    return caused


def may_be_behind(decided: Decided, work: Work) -> bool:
    """Say whether a member may stand in some tier set as an earlier version, or an earlier day, had it."""
    standings = work.state.t
    return any(
        (standing := standings.get(track.tier_set.code)) is not None
        and (0 < standing.version != track.tier_set.version or _may_lapse(track.tier_set, standing))
        for track in decided.rulebook.tiers
    )


def catch_up_tiers(decided: Decided, work: Work, moment: Moment) -> list[Event]:
    """Take new versions of tier sets, and the time that has passed, for what they find before the event changes
    anything; return the events caused.

    Taken together with a return, nobody could tell what the returned part had earned; taken together with a purchase,
    who lost a tier yesterday and enters it again today would have neither lost nor entered it.
    """
    caused: list[Event] = []
    for track in decided.rulebook.tiers:
        tier_set, standing = track.tier_set, work.state.t.get(track.tier_set.code)
        if standing is None or not _is_behind(work, tier_set, standing, moment):
            continue
        total = partial(sum_between, work.state.s.get(track.series.key), count=track.counts)
        day = max(moment.day, standing.day)
        after, change = advance(tier_set, standing, total, day, joined=work.joined_day)
        work.state.t[tier_set.code] = after
        paid = () if change is None else change.awards
        for tier in tier_set.tiers:
            for former in tier.formerly:
                if (transfer := work.state.e.pop(f"{tier_set.code}/{former}", None)) is not None:
                    work.state.e[f"{tier_set.code}/{tier.code}"] = transfer
        for code in set(after.entered).difference(standing.entered):
            award = tier_set.tiers[tier_set.place(code) - 1].award
            if award is not None and award not in paid:
                # It counts as entered, and nothing was paid for it: nothing is to be taken back.
                work.state.e.setdefault(_entry(tier_set.code, award), UNPAID)
        if change is not None:
            caused += _settle(decided, work, track, change, moment)
    return caused


def _may_lapse(tier_set: TierSet, standing: Standing) -> bool:
    return tier_set.window.kind != "lifetime" and tier_set.place(standing.tier) > tier_set.base


def _is_behind(work: Work, tier_set: TierSet, standing: Standing, moment: Moment) -> bool:
    """Say whether a standing is to be assessed before the event changes anything.

    A correction changes the day of its order: time that has passed since is left to whoever looks next.
    """
    if standing.version != tier_set.version:
        return standing.version > 0
    if moment.day <= standing.day or is_correction(moment.event) or not _may_lapse(tier_set, standing):
        return False
    if tier_set.window.kind.startswith("rolling"):
        return True
    return tier_on(tier_set, standing, moment.day, joined=work.joined_day) != standing.tier


def give_tier(decided: Decided, work: Work, tier_set: str, tier: str, moment: Moment) -> list[Event]:
    """Give a tier because a rule says so, until somebody takes it back; return the event it caused."""
    for track in decided.rulebook.tiers:
        if track.tier_set.code == tier_set:
            standing = work.state.t.get(tier_set, UNKNOWN)
            after, change = give(track.tier_set, standing, tier, moment.day, joined=work.joined_day)
            work.state.t[tier_set] = after
            if change is not None:
                return _settle(decided, work, track, change, moment)
    return []


def _assess_one(work: Work, track: TierTrack, changed_day: int) -> Change | None:
    tier_set = track.tier_set
    standing = work.state.t.get(tier_set.code, UNKNOWN)
    total = partial(sum_between, work.state.s.get(track.series.key), count=track.counts)
    day = max(changed_day, standing.day)
    if unmoved(tier_set, standing, total, changed_day, joined=work.joined_day):
        if day > standing.day:
            work.state.t[tier_set.code] = msgspec.structs.replace(standing, day=day)
        return None
    after, change = assess(tier_set, standing, total, day, joined=work.joined_day, changed_from=changed_day)
    work.state.t[tier_set.code] = after
    return change


def _settle(decided: Decided, work: Work, track: TierTrack, change: Change, moment: Moment) -> list[Event]:
    """Pay entries, take back what was never reached, note and tell the change."""
    outcome = moment.outcome
    for award in change.awards:
        if work.member.earning_blocked or work.member.status != "active":
            work.state.e[_entry(change.tier_set, award)] = UNPAID
            continue
        _pay(decided, work, track, award, change.day, moment)
        outcome.entries.append((change.tier_set, award.tier, award.point_type, award.points))
    for award in change.revoked:
        paid = work.state.e.pop(_entry(change.tier_set, award), UNPAID)
        if paid == UNPAID:
            continue
        point_type = decided.rulebook.points[award.point_type]
        cause = Cause(moment.occurred_at, decided.posted_at, moment.event_id, None, _detail(track, award))
        accounts = point_type.terms.accounts
        decided.postings.take_back(
            work.purse, point_type.terms, [(paid, award.points, accounts.house)], cause
        )
        feed_points(decided, work, point_type.code, -award.points, change.day)
        outcome.entries.append((change.tier_set, award.tier, award.point_type, -award.points))
    if change.before == change.after:
        return []
    outcome.tiers.append((change.tier_set, change.before, change.after))
    told = _told(decided, work, change, moment)
    # Everybody begins in the first tier: it is written down and told, but it is no rise for rules to reward.
    begins = not change.before and change.after == track.tier_set.code_at(track.tier_set.base)
    return [] if begins else [told]


def _pay(decided: Decided, work: Work, track: TierTrack, award: EntryAward, day: int, moment: Moment) -> None:
    point_type = decided.rulebook.points[award.point_type]
    cause = Cause(moment.occurred_at, decided.posted_at, moment.event_id, None, _detail(track, award))
    ends_at = expires_at(point_type, day, decided.rulebook.zone)
    transfer_id = decided.postings.credit(
        work.purse,
        point_type.terms,
        award.points,
        point_type.terms.accounts.house,
        cause,
        expires_at=ends_at,
    )
    work.state.e[_entry(track.tier_set.code, award)] = transfer_id
    feed_points(decided, work, point_type.code, award.points, day)
    told = {
        "point_type": point_type.code,
        "points": award.points,
        "event": moment.event_id,
        "transfer": transfer_id,
    }
    decided.notice("points.earned", work.member.id, moment.occurred_at, {**told, "tier": award.tier})
    if ends_at <= decided.posted_at:
        decided.settle_late(work.purse, point_type)


def _entry(tier_set: str, award: EntryAward) -> str:
    """Return the name under which a member's state keeps the transfer that paid for entering a tier."""
    return f"{tier_set}/{award.tier}"


def _detail(track: TierTrack, award: EntryAward) -> str:
    return f'{{"tier_set":"{track.tier_set.code}","tier":"{award.tier}"}}'


def _told(decided: Decided, work: Work, change: Change, moment: Moment) -> Event:
    decided.standings.append(
        StandingRow(
            work.member.id,
            decided.ids.take(),
            change.tier_set,
            change.before,
            change.after,
            change.direction,
            change.reason,
            moment.event_id,
            moment.occurred_at,
        )
    )
    facts = {"set": change.tier_set, "from": change.before, "to": change.after, "direction": change.direction}
    told = {**facts, "reason": change.reason, "event": moment.event_id}
    decided.notice("tier.changed", work.member.id, moment.occurred_at, told)
    return internal_event(TIER_CHANGED, moment.event, facts)
