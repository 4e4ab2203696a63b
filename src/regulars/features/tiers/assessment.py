"""Assess one member in one tier set: up at once, down when the time is over, each entry paid for once.

The tier on a day is a pure function of the metric's amounts by day (see `history`), of what was given by a rule, and of
the versions of the tier set. Assessing twice, late, or in another order of events gives the same tier and the same
awards.

- **Up** at once, as soon as the value is enough. A jump over tiers enters each of them.
- **Down** never while the window holds: what was reached in a calendar period or year of membership holds to
  the end of the next one, what a rolling window shows holds while it shows it, a whole life never ends. Then
  come `grace_days`, then the policy: `recompute` falls to what the value supports, `one_step` falls one tier
  per window, `never` stays.
- **A return** takes its amounts out of the day of the purchase: the tier becomes what it had been without it,
  at once and without grace, and entry awards of tiers never truly reached are revoked.
- **Late events** count on their own day. What was reached more than a whole window (period) before the latest
  assessed day is settled: later news about it changes values, not the tiers reached then.
- **Entry awards** are paid once per member and tier for ever; with `per_entry`, again whenever a tier that was lost by
  time is entered again. Restructuring a set pays nothing for tiers below the one a member already has.
- **A new version** measures the period it takes force in and those after it; earlier ones are measured by the
  version that was in force when they ended, also for late news. A return takes an entry award back when what is left
  would have given the tier neither by the version that paid it nor by one since (see `kept`).
"""

from __future__ import annotations

import msgspec

from regulars.features.tiers.history import Total, best_ever, falling_days, position_on, rewritten
from regulars.features.tiers.kept import kept_from, kept_on, still_kept
from regulars.features.tiers.model import Change, EntryAward, Former, Kept, Run, Standing, TierSet
from regulars.features.tiers.windows import DAY_MAX, counted, is_rolling, period_of


def assess(
    tier_set: TierSet,
    standing: Standing,
    total: Total,
    day: int,
    *,
    joined: int,
    changed_from: int | None = None,
) -> tuple[Standing, Change | None]:
    """Return the standing as of `day` (or of the day it was last assessed, if later), and what changed.

    `total(first, end)` sums the metric over first ≤ day < end (first None = since ever) with the change in
    it.
    `changed_from` is the earliest local day whose amounts changed since the last assessment (an event's own
    day, the purchase's day for a return); None when only time passed. Across a gap longer than the window,
    assess once with None before recording the new event: sums older than `memory_days` may be gone
    afterwards.
    `joined` = the day of joining.
    """
    now = max(day, standing.day)
    present = _restructured(tier_set, standing, now, joined)
    if standing.version != tier_set.version:
        changed_from = _measured_from(tier_set, standing, now if changed_from is None else changed_from, now)
    history = rewritten(tier_set, present, total, changed_from, now, joined)
    merit = position_on(tier_set, history, now, joined)
    after = msgspec.structs.replace(still_kept(tier_set, present, total, now, joined), history=history)
    corrected = takes_back = False
    if changed_from is not None and changed_from <= standing.day:
        was = position_on(tier_set, present.history, now, joined)
        corrected = merit < was
        held, had = kept_on(tier_set, after, now, joined), kept_on(tier_set, present, now, joined)
        takes_back = max(merit, held) < max(was, had)
    reason = "corrected" if corrected else "lapsed"
    return _settled(tier_set, standing, after, merit, now, joined, down=reason, takes_back=takes_back)


def unmoved(tier_set: TierSet, standing: Standing, total: Total, changed: int, *, joined: int) -> bool:
    """Say whether `assess` after a change on the local day `changed` would find what it found last time, but
    for the day.

    True for nearly every event, and a tenth of the work; False proves nothing. It holds where the change
    falls into the
    period (or life) that was assessed last, and the value still reaches the very tier that this period gave.
    """
    if standing.version != tier_set.version or standing.given or standing.spared or standing.kept:
        return False
    unit, end = 0, DAY_MAX
    first: int | None = None
    window = tier_set.window
    if window.kind != "lifetime":
        if is_rolling(window):
            return False
        first, end = period_of(window, changed, joined)
        unit = first
        if not unit <= standing.day < end:
            return False
    place = tier_set.place(standing.tier)
    if tier_set.reached_by(end, total(first, end)) != place:
        return False
    history = standing.history
    if not history:
        return place == tier_set.base
    run = history[-1]
    return run.last == unit and (run.tier == standing.tier or tier_set.place(run.tier) == place)


def advance(
    tier_set: TierSet, standing: Standing, total: Total, day: int, *, joined: int
) -> tuple[Standing, Change | None]:
    """Return the standing when nothing but time has passed up to `day`: what the nightly job does, any day
    late
    or early."""
    return assess(tier_set, standing, total, day, joined=joined)


def give(
    tier_set: TierSet, standing: Standing, tier: str, day: int, *, joined: int, until: int | None = None
) -> tuple[Standing, Change | None]:
    """Return the standing after a tier was given by a rule, at least up to (not including) the day
    `until`.

    It never lowers what merit earns. An empty `tier` takes an earlier gift back; its entry award stays paid.
    An
    unknown code is a mistake of the caller: KeyError.
    """
    if tier and not tier_set.place(tier):
        raise KeyError(tier)
    now = max(day, standing.day)
    present = _restructured(tier_set, standing, now, joined)
    granted = max(tier_set.place(present.granted), tier_set.place(tier))
    present = msgspec.structs.replace(
        present, given=tier, given_until=until if tier else None, granted=tier_set.code_at(granted)
    )
    merit = position_on(tier_set, present.history, now, joined)
    return _settled(tier_set, standing, present, merit, now, joined, down="given", up="given")


def tier_on(tier_set: TierSet, standing: Standing, day: int, *, joined: int) -> str:
    """Return the code of the tier on a day ("" = none) without writing anything.

    Exact for calendar, anniversary and lifetime windows on any day from the horizon on; for rolling windows
    up
    to the day last assessed, and on later days as if the tier reached that day ended with it.
    """
    merit = position_on(tier_set, standing.history, day, joined)
    return tier_set.code_at(tier_set.open_at(max(merit, _given(tier_set, standing, day))))


def falls_on(tier_set: TierSet, standing: Standing, total: Total, *, joined: int) -> int | None:
    """Return the first day on which the present tier is lost if nothing more happens; None = never."""
    history = standing.history
    if is_rolling(tier_set.window) and tier_set.downgrade != "never":
        # Look ahead over the empty days to come: the value falls to nothing within one window.
        first, end = counted(tier_set.window, standing.day, joined)
        assert first is not None
        history = rewritten(tier_set, standing, total, None, standing.day + (end - first) + 31, joined)
    present = tier_set.place(standing.tier)
    days = falling_days(tier_set, history, joined)
    ends = (standing.given_until, standing.spared_until)
    days = sorted({*days, *(end for end in ends if end is not None)})
    for day in days:
        if day > standing.day:
            left = max(position_on(tier_set, history, day, joined), _given(tier_set, standing, day))
            if tier_set.open_at(left) < present:
                return day
    return None


def _given(tier_set: TierSet, standing: Standing, day: int) -> int:
    """Return the position that a member has on `day` whatever she earns: by a gift, or spared by a version."""
    spared = tier_set.place(standing.spared) if day < standing.spared_until else 0
    return max(spared, _gift(tier_set, standing, day))


def _gift(tier_set: TierSet, standing: Standing, day: int) -> int:
    if standing.given and (standing.given_until is None or day < standing.given_until):
        return tier_set.place(standing.given)
    return 0


def _measured_from(tier_set: TierSet, standing: Standing, changed_from: int, now: int) -> int:
    """Return the day from which a version that is new to the member measures her anew: when it took force, but for days
    of a rolling window that nobody has measured yet."""
    former = tier_set.former(standing.version)
    if former is None or (is_rolling(tier_set.window) and former.until > standing.day):
        return min(now, changed_from)
    return min(now, changed_from, former.until)


def _restructured(tier_set: TierSet, standing: Standing, now: int, joined: int) -> Standing:
    """Return the standing in the words of this version: tiers below the present one count as entered, and may
    be protected."""
    if standing.version == tier_set.version:
        return standing

    def renamed(code: str) -> str:
        return tier_set.code_at(tier_set.place(code))

    place = tier_set.place(standing.tier)
    granted = tier_set.place(standing.granted)
    counts = max(place, granted, max(map(tier_set.place, standing.entered), default=0))
    entered = tuple(t.code for t in tier_set.tiers if t.position <= counts and not t.invitation_only)
    history = tuple(Run(run.first, run.last, code) for run in standing.history if (code := renamed(run.tier)))
    former = tier_set.former(standing.version)
    kept: tuple[Kept, ...] = ()
    paid: tuple[EntryAward, ...] = ()
    if former is None:
        # What another metric or window had led to cannot be measured again: it stays.
        granted = counts
    else:
        granted = max(granted, former.reached(0))
        kept = tuple(
            Kept(one.unit, code, one.version) for one in standing.kept if (code := renamed(one.tier))
        )
        kept += kept_from(tier_set, former, history, now, joined)
        paid = _paid_by(tier_set, former, {renamed(one.tier): one for one in standing.paid})
    present = msgspec.structs.replace(
        standing,
        version=tier_set.version,
        history=history,
        entered=tuple(dict.fromkeys((*entered, *filter(None, map(renamed, standing.entered))))),
        given=renamed(standing.given),
        granted=tier_set.code_at(granted),
        kept=kept,
        paid=paid,
        spared=renamed(standing.spared),
    )
    if tier_set.protect_until is not None and tier_set.protect_until > now and place:
        return msgspec.structs.replace(
            present, spared=tier_set.code_at(place), spared_until=tier_set.protect_until
        )
    return present


def _paid_by(tier_set: TierSet, former: Former, before: dict[str, EntryAward]) -> tuple[EntryAward, ...]:
    """Return what entries were paid that are not paid so now: `before` = what was known of this already, by tier."""
    known = {one.tier: one for one in former.awards} | {
        code: msgspec.structs.replace(one, tier=code) for code, one in before.items() if code
    }
    return tuple(one for code, one in known.items() if one != tier_set.award_of(code))


def _settled(
    tier_set: TierSet,
    old: Standing,
    present: Standing,
    merit: int,
    now: int,
    joined: int,
    *,
    down: str,
    up: str = "reached",
    takes_back: bool = False,
) -> tuple[Standing, Change | None]:
    """Return the new standing and the change from `old`, with entry awards to pay and to revoke."""
    position = tier_set.open_at(max(merit, _given(tier_set, present, now)))
    after = tier_set.code_at(position)
    before = tier_set.place(old.tier)
    if tier_set.awards_per_entry:
        reach = max(merit, _gift(tier_set, present, now))
    else:
        reach = max(tier_set.base, best_ever(tier_set, present.history), tier_set.place(present.granted))
        takes_back = True
    keeps = max(reach, kept_on(tier_set, present, now, joined))
    entered, awards, revoked = _entries(tier_set, present, reach, keeps)
    revoked = revoked if takes_back else ()
    moved = after != old.tier
    again = {award.tier for award in awards}
    standing = msgspec.structs.replace(
        present,
        tier=after,
        since=now if moved else old.since,
        day=now,
        entered=entered,
        paid=tuple(one for one in present.paid if one.tier in entered and one.tier not in again),
    )
    if not moved and not awards and not revoked:
        return standing, None
    direction = "up" if position > before else "down" if position < before else "same"
    reason = up if direction != "down" else down
    if old.version and old.version != tier_set.version and direction != "up":
        reason = "restructured"
    return standing, Change(tier_set.code, old.tier, after, direction, reason, now, awards, revoked)


def _entries(
    tier_set: TierSet, present: Standing, reach: int, keeps: int
) -> tuple[tuple[str, ...], tuple[EntryAward, ...], tuple[EntryAward, ...]]:
    """Return (tiers now counted as entered, awards to pay, awards to take back): what is `reach`ed is entered, what was
    entered stays so up to `keeps`."""
    due = [
        t
        for t in tier_set.tiers
        if t.position <= reach
        and t.active
        and (not t.invitation_only or t.code in (present.given, present.granted))
    ]
    paid = tuple(t.award for t in due if t.award is not None and t.code not in present.entered)
    lost = [code for code in present.entered if tier_set.place(code) > keeps]
    otherwise = {award.tier: award for award in present.paid}
    revoked = tuple(
        award for code in lost if (award := otherwise.get(code) or tier_set.award_of(code)) is not None
    )
    stays = (code for code in present.entered if code not in lost)
    return tuple(dict.fromkeys((*stays, *(t.code for t in due)))), paid, revoked
