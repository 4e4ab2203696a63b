"""Assess one member in one tier set: up at once, down when the time is over, each entry paid for once.

The tier on a day is a pure function of the metric's amounts by day (see `history`), of what was given by
hand,
and of the version of the tier set. Assessing twice, late, or in another order of events gives the same tier
and
the same awards.

- **Up** at once, as soon as the value is enough. A jump over tiers enters each of them.
- **Down** never while the window holds: what was reached in a calendar period or year of membership holds to
  the end of the next one, what a rolling window shows holds while it shows it, a whole life never ends. Then
  come `grace_days`, then the policy: `recompute` falls to what the value supports, `one_step` falls one tier
  per window, `never` stays.
- **A return** takes its amounts out of the day of the purchase: the tier becomes what it had been without it,
  at once and without grace, and entry awards of tiers never truly reached are revoked.
- **Late events** count on their own day. What was reached more than a whole window (period) before the latest
  assessed day is settled: later news about it changes values, not the tiers reached then.
- **Entry awards** are paid once per member and tier for ever; with `per_entry`, again whenever a tier that
was
  lost by time is entered again. Restructuring a set pays nothing for tiers below the one a member already
  has.
"""

from __future__ import annotations

import msgspec

from regulars.features.tiers.history import Total, best_ever, falling_days, position_on, rewritten
from regulars.features.tiers.model import Change, EntryAward, Run, Standing, TierSet
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
    present = _restructured(tier_set, standing, now)
    if standing.version != tier_set.version:
        # New thresholds are held against the unit of today; what was reached in earlier ones stands.
        changed_from = min(now, now if changed_from is None else changed_from)
    history = rewritten(tier_set, present, total, changed_from, now, joined)
    merit = position_on(tier_set, history, now, joined)
    position = tier_set.open_at(max(merit, _given(tier_set, present, now)))
    corrected = changed_from is not None and changed_from <= standing.day
    corrected = corrected and merit < position_on(tier_set, present.history, now, joined)
    reason = "corrected" if corrected else "lapsed"
    return _settled(tier_set, standing, present, history, position, now, reason)


def unmoved(tier_set: TierSet, standing: Standing, total: Total, changed: int, *, joined: int) -> bool:
    """Say whether `assess` after a change on the local day `changed` would find what it found last time, but
    for the day.

    True for nearly every event, and a tenth of the work; False proves nothing. It holds where the change
    falls into the
    period (or life) that was assessed last, and the value still reaches the very tier that this period gave.
    """
    if standing.version != tier_set.version or standing.given:
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
    if tier_set.reached(total(first, end)) != place:
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


def adopt(
    tier_set: TierSet, standing: Standing, total: Total, day: int, *, joined: int
) -> tuple[Standing, Change | None]:
    """Return the standing in the words of a new version, before anything else changes: `total` is what it was.

    What a member entered stays counted whatever the history says only where the new thresholds would not have led
    her there. Where they would, her amounts alone say what she entered, and a return can take it back.
    """
    after, change = assess(tier_set, standing, total, day, joined=joined)
    anew = rewritten(tier_set, after, total, 0, after.day, joined)
    if best_ever(tier_set, anew) >= tier_set.place(after.granted):
        own = tier_set.code_at(tier_set.place(standing.granted))
        after = msgspec.structs.replace(after, granted=own)
    return after, change


def give(
    tier_set: TierSet, standing: Standing, tier: str, day: int, *, joined: int, until: int | None = None
) -> tuple[Standing, Change | None]:
    """Return the standing after a tier was given by hand or by a rule, at least up to (not including) the day
    `until`.

    It never lowers what merit earns. An empty `tier` takes an earlier gift back; its entry award stays paid.
    An
    unknown code is a mistake of the caller: KeyError.
    """
    if tier and not tier_set.place(tier):
        raise KeyError(tier)
    now = max(day, standing.day)
    present = _restructured(tier_set, standing, now)
    granted = max(tier_set.place(present.granted), tier_set.place(tier))
    present = msgspec.structs.replace(
        present, given=tier, given_until=until if tier else None, granted=tier_set.code_at(granted)
    )
    merit = position_on(tier_set, present.history, now, joined)
    position = tier_set.open_at(max(merit, _given(tier_set, present, now)))
    return _settled(tier_set, standing, present, present.history, position, now, "given", up="given")


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
    if standing.given_until is not None:
        days = sorted({*days, standing.given_until})
    for day in days:
        if day > standing.day:
            left = max(position_on(tier_set, history, day, joined), _given(tier_set, standing, day))
            if tier_set.open_at(left) < present:
                return day
    return None


def _given(tier_set: TierSet, standing: Standing, day: int) -> int:
    if standing.given and (standing.given_until is None or day < standing.given_until):
        return tier_set.place(standing.given)
    return 0


def _restructured(tier_set: TierSet, standing: Standing, now: int) -> Standing:
    """Return the standing in the words of this version: tiers below the present one count as entered, and may
    be protected."""
    if standing.version == tier_set.version:
        return standing
    place = tier_set.place(standing.tier)
    counts = max(
        place, tier_set.place(standing.granted), max(map(tier_set.place, standing.entered), default=0)
    )
    entered = tuple(t.code for t in tier_set.tiers if t.position <= counts and not t.invitation_only)
    kept = (tier_set.code_at(tier_set.place(code)) for code in standing.entered)
    given, until = standing.given, standing.given_until
    if tier_set.protect_until is not None and standing.tier and place > _given(tier_set, standing, now):
        given, until = tier_set.code_at(place), tier_set.protect_until
    return msgspec.structs.replace(
        standing,
        version=tier_set.version,
        entered=tuple(dict.fromkeys((*entered, *filter(None, kept)))),
        given=given if tier_set.place(given) else "",
        given_until=until,
        granted=tier_set.code_at(counts),
    )


def _settled(
    tier_set: TierSet,
    old: Standing,
    present: Standing,
    history: tuple[Run, ...],
    position: int,
    now: int,
    down: str,
    up: str = "reached",
) -> tuple[Standing, Change | None]:
    """Return the new standing and the change from `old`, with entry awards to pay and to revoke."""
    after = tier_set.code_at(position)
    before = tier_set.place(old.tier)
    entered, awards, revoked = _entries(tier_set, present, history, position, down == "corrected")
    moved = after != old.tier
    standing = msgspec.structs.replace(
        present, tier=after, since=now if moved else old.since, day=now, history=history, entered=entered
    )
    if not moved and not awards and not revoked:
        return standing, None
    direction = "up" if position > before else "down" if position < before else "same"
    reason = up if direction != "down" else down
    if old.version and old.version != tier_set.version and direction != "up":
        reason = "restructured"
    return standing, Change(tier_set.code, old.tier, after, direction, reason, now, awards, revoked)


def _entries(
    tier_set: TierSet, present: Standing, history: tuple[Run, ...], position: int, corrected: bool
) -> tuple[tuple[str, ...], tuple[EntryAward, ...], tuple[EntryAward, ...]]:
    """Return (tiers now counted as entered, awards to pay, awards to take back)."""
    if tier_set.awards_per_entry:
        reach = position
    else:
        reach = max(best_ever(tier_set, history), tier_set.place(present.granted), position)
    due = [
        t
        for t in tier_set.tiers
        if t.position <= reach
        and t.active
        and (not t.invitation_only or t.code in (present.given, present.granted))
    ]
    known = {t.code for t in due}
    paid = tuple(t.award for t in due if t.award is not None and t.code not in present.entered)
    lost = [code for code in present.entered if code not in known and tier_set.place(code) > reach]
    takes_back = corrected or not tier_set.awards_per_entry
    revoked = tuple(
        award
        for code in lost
        if takes_back and (award := tier_set.tiers[tier_set.place(code) - 1].award) is not None
    )
    kept = (code for code in present.entered if code not in lost)
    return tuple(dict.fromkeys((*kept, *(t.code for t in due)))), paid, revoked
