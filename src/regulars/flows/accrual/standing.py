"""Tiers in the hot path: after an event, the tier sets whose metric it moved are assessed, entries paid, changes told."""

from __future__ import annotations

from typing import Any

from regulars.core.events import Event
from regulars.core.ledger import Cause
from regulars.core.rules import LocalTime
from regulars.features.behaviour import record, sum_between
from regulars.features.tiers import Change, EntryAward, Standing, assess
from regulars.flows.accrual.award import feed_points
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.internal import internal_event
from regulars.flows.accrual.rulebook import TierTrack, expires_at
from regulars.flows.accrual.types import Outcome, StandingRow
from regulars.flows.accrual.work import Work

# Entry awards may move the very metric that led to the tier; after this many rounds we stop rather than spin.
ROUNDS_MAX = 5

UNKNOWN = Standing()


def feed_tiers(decided: Decided, work: Work, event: Event, local: LocalTime) -> None:
    """Record an event in the series that measure progress by spend, purchases or events."""
    for track in decided.rulebook.tiers_fed_by.get(event.type, ()):
        value = track.series.observe(event, local)
        if value is not None:
            key = track.series.key
            work.state.s[key] = record(work.state.s.get(key), track.series, value, local.day_number)


def assess_tiers(
    decided: Decided,
    work: Work,
    event: Event,
    changed_day: int,
    occurred_at: int,
    event_id: int,
    outcome: Outcome,
) -> list[Event]:
    """Assess the tier sets that `event` may have moved; return the Tier Changed events it caused."""
    caused: list[Event] = []
    today = changed_day
    for track in decided.rulebook.tiers:
        for _ in range(ROUNDS_MAX):
            change = _assess_one(work, track, changed_day, today)
            if change is None:
                break
            _settle(decided, work, track, change, occurred_at, event_id, outcome)
            if change.before != change.after:
                caused.append(_told(decided, work, event, change, occurred_at, event_id))
            if not change.awards and not change.revoked:
                break
    return caused


def _assess_one(work: Work, track: TierTrack, changed_day: int, today: int) -> Change | None:
    tier_set = track.tier_set
    standing = work.state.t.get(tier_set.code, UNKNOWN)
    stored = work.state.s.get(track.series.key)
    counts = track.counts
    if tier_set.window.kind == "lifetime" and standing.version == tier_set.version and not standing.given:
        # Most events move nobody: for a whole life the total alone decides, and assessing would only find that again.
        total_of_life = 0 if stored is None else sum_between(stored, None, 0, count=counts)
        if tier_set.reached(total_of_life) == tier_set.place(standing.tier):
            return None

    def total(first: int | None, end: int) -> Any:
        return sum_between(stored, first, end, count=counts)

    after, change = assess(
        tier_set, standing, total, max(today, standing.day), joined=work.joined_day, changed_from=changed_day
    )
    work.state.t[tier_set.code] = after
    return change


def _settle(
    decided: Decided, work: Work, track: TierTrack, change: Change, occurred_at: int, event_id: int, outcome: Outcome
) -> None:
    for award in change.awards:
        _pay(decided, work, track, award, change.day, occurred_at, event_id)
        outcome.entries.append((change.tier_set, award.tier, award.point_type, award.points))
    for award in change.revoked:
        point_type = decided.rulebook.points[award.point_type]
        cause = Cause(occurred_at, decided.posted_at, event_id, None, _detail(track, award))
        accounts = point_type.terms.accounts
        decided.postings.take_back(work.purse, point_type.terms, [(0, award.points, accounts.house)], cause)
        feed_points(decided, work, point_type.code, -award.points, change.day)
        outcome.entries.append((change.tier_set, award.tier, award.point_type, -award.points))
    if change.before != change.after:
        outcome.tiers.append((change.tier_set, change.before, change.after))


def _pay(
    decided: Decided, work: Work, track: TierTrack, award: EntryAward, day: int, occurred_at: int, event_id: int
) -> None:
    point_type = decided.rulebook.points[award.point_type]
    cause = Cause(occurred_at, decided.posted_at, event_id, None, _detail(track, award))
    decided.postings.credit(
        work.purse,
        point_type.terms,
        award.points,
        point_type.terms.accounts.house,
        cause,
        expires_at=expires_at(point_type, day, decided.rulebook.zone),
    )
    feed_points(decided, work, point_type.code, award.points, day)


def _detail(track: TierTrack, award: EntryAward) -> str:
    return f'{{"tier_set":"{track.tier_set.code}","tier":"{award.tier}"}}'


def _told(
    decided: Decided, work: Work, event: Event, change: Change, occurred_at: int, event_id: int
) -> Event:
    member_id = work.member.id
    decided.standings.append(
        StandingRow(
            member_id,
            decided.ids.take(),
            change.tier_set,
            change.before,
            change.after,
            change.direction,
            change.reason,
            event_id,
            occurred_at,
        )
    )
    facts = {"set": change.tier_set, "from": change.before, "to": change.after, "direction": change.direction}
    decided.notice("tier.changed", member_id, occurred_at, {**facts, "reason": change.reason, "event": event_id})
    return internal_event("Tier Changed", event, facts)
