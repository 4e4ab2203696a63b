"""From what the rules award to what the ledger moves: caps of the point type, funding, waiting time,
expiry."""

from __future__ import annotations

import msgspec

from regulars.core.ledger import FOREVER, Cause, LotsNotRead, Side
from regulars.core.rules import Award, LocalTime, split_funding
from regulars.features.behaviour import record, used_in, used_more
from regulars.flows.accrual.clock import period_key
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.funding import FOR, covered_shares, note_covered
from regulars.flows.accrual.rulebook import PointType, Version, expires_at, start_of_local_day
from regulars.flows.accrual.types import Capped, Granted
from regulars.flows.accrual.work import Work

_encode = msgspec.json.Encoder().encode

Together = dict[tuple[str, str, int | None], list[tuple[int, int]]]
"""(point type, who pays, waiting days) → (rule, points): what shares a transfer."""


class Grant(msgspec.Struct, frozen=True):
    """What the awards of one event have in common."""

    work: Work
    version: Version
    local: LocalTime
    event_id: int
    occurred_at: int
    capped: list[Capped] = []


def grant(decided: Decided, to: Grant, awards: list[Award]) -> list[Granted]:
    """Credit the awards of one event; awards of one point type, funding and waiting time share a transfer."""
    together: Together = {}
    rules, point_types = to.version.ruleset.rules, decided.rulebook.points
    for award in awards:
        code, rule, points = award.point_type, award.rule_index, award.points
        if point_types[code].capped:
            points = _within_caps(decided, to, rule, code, points)
        funding = rules[rule].funding
        if funding:
            shares = split_funding(points, funding)
            if decided.rulebook.covers:
                shares = covered_shares(decided, code, to.local.day_number, list(shares))
            for account, share in shares:
                if share > 0:
                    together.setdefault((code, account, award.pending_days), []).append((rule, share))
        elif points > 0:
            key = (code, "house", award.pending_days)
            if key in together:
                together[key].append((rule, points))
            else:
                together[key] = [(rule, points)]
    return _credit_all(decided, to, together)


def grant_shares(
    decided: Decided, to: Grant, shares: list[tuple[int, str, str, int | None, int]]
) -> list[Granted]:
    """Credit (rule, point type, who pays, waiting days, points): what a corrected order earns beyond what it
    had.
    """
    together: Together = {}
    for rule, code, account, pending_days, said in shares:
        points = said
        if decided.rulebook.points[code].capped:
            points = _within_caps(decided, to, rule, code, said)
        funded = [(account, points)]
        if decided.rulebook.covers:
            funded = covered_shares(decided, code, to.local.day_number, funded)
        for payer, part in funded:
            if part > 0:
                together.setdefault((code, payer, pending_days), []).append((rule, part))
    return _credit_all(decided, to, together)


def _credit_all(decided: Decided, to: Grant, together: Together) -> list[Granted]:
    return [
        _credit(decided, to, decided.rulebook.points[code], account, pending_days, given)
        for (code, account, pending_days), given in together.items()
    ]


def _within_caps(decided: Decided, to: Grant, rule: int, code: str, said: int) -> int:
    """Return what the point type's own caps let through of the points that are `said`, and count it against
    them.
    """
    point_type = decided.rulebook.points[code]
    points = said
    policy = point_type.policy
    if policy.balance_max is not None:
        purse = to.work.purse
        held = purse.available(point_type.terms.slot) + purse.balance(point_type.terms.slot, Side.PENDING)
        if held + points > policy.balance_max and point_type.terms.lots and not purse.lots_read:
            raise LotsNotRead  # something may have ended since anybody looked; with its lots the purse is settled
        points = min(points, max(0, policy.balance_max - held))
        if points < said:
            to.capped.append(Capped(rule, code, "balance_max", policy.balance_max, said - points))
    earned = to.work.state.c
    used = {}
    for period, most in policy.earn_max.items():
        key, name = f"{code}/{period}", period_key(period, to.local)
        so_far = used_in(earned.get(key), name)
        through = 0 if so_far is None else min(points, max(0, most - so_far))
        if through < points:
            to.capped.append(Capped(rule, code, f"earn_max.{period}", most, points - through))
        points, used[key] = through, name
    for key, name in used.items():
        if points:
            earned[key] = used_more(earned.get(key), name, points)
    return points


def uncount(work: Work, point_type: PointType, local: LocalTime, points: int) -> None:
    """Let the caps on earning of the day `local` have room again for points that were taken back."""
    earned = work.state.c
    for period in point_type.policy.earn_max:
        key = f"{point_type.code}/{period}"
        if key in earned:
            earned[key] = used_more(earned[key], period_key(period, local), -points)


def _credit(
    decided: Decided,
    to: Grant,
    point_type: PointType,
    account: str,
    pending_days: int | None,
    rules: list[tuple[int, int]],
) -> Granted:
    amount = 0
    for _, points in rules:
        amount += points
    terms = point_type.terms
    payer, _, share_of = account.partition(FOR) if decided.rulebook.covers else (account, "", "")
    funder = terms.accounts.funder(payer)
    detail = rules_detail(rules, share_of if share_of != payer else "")
    cause = Cause(to.occurred_at, decided.posted_at, to.event_id, to.version.number, detail)
    waits = pending_days is not None or point_type.policy.pending is not None
    active_at = _active_at(decided, to, point_type, pending_days) if waits else 0
    day = to.local.day_number
    ends_at = point_type.expiry_of.get(day)
    if ends_at is None:
        ends_at = expires_at(point_type, day, decided.rulebook.zone)
    transfer_id = decided.postings.credit(
        to.work.purse, terms, amount, funder, cause, active_at=active_at, expires_at=ends_at
    )
    if share_of:
        note_covered(decided, transfer_id, payer, share_of, point_type.code)
    if point_type.code in decided.rulebook.points_series:
        feed_points(decided, to.work, point_type.code, amount, day)
    if decided.rulebook.subscribed:
        kind = "points.pending" if active_at > decided.posted_at else "points.earned"
        told = {
            "point_type": point_type.code,
            "points": amount,
            "event": to.event_id,
            "transfer": transfer_id,
        }
        decided.notice(kind, to.work.member.id, to.occurred_at, told)
    if ends_at <= decided.posted_at:
        decided.settle_late(to.work.purse, point_type)
    return Granted(transfer_id, point_type.id, funder, amount, rules)


def rules_detail(rules: list[tuple[int, int]], share_of: str = "") -> str:
    """Return what a transfer keeps of the rules that gave it: {"rules":[[rule, points], …]}, and whose share it is."""
    told_for = f',"for":"{share_of}"' if share_of else ""
    return f'{{"rules":{_encode(rules).decode()}{told_for}}}'


def _active_at(decided: Decided, to: Grant, point_type: PointType, pending_days: int | None) -> int:
    """Return when the points may be used (microseconds): 0 = at once, FOREVER = when an event or a person
    says so."""
    pending = point_type.policy.pending
    days = pending_days
    if days is None and pending is not None:
        if pending.manual or pending.until_event:
            return FOREVER
        days = pending.days
    if not days:
        return 0
    return start_of_local_day(to.local.day_number + days, decided.rulebook.zone)


def feed_points(decided: Decided, work: Work, point_type: str, amount: int, day: int) -> None:
    """Tell the series that count points of a type (tiers, rules about points earned) that `amount` came, or
    (negative) went.
    """
    kept = work.state.s
    for series in decided.rulebook.points_series.get(point_type, ()):
        sign = 1 if amount > 0 else -1
        kept[series.key] = record(kept.get(series.key), series, abs(amount), day, sign)
