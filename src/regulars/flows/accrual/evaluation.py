"""The one shape of every evaluation: what an event did or would do, by which rules, why not by others, the
member then.

Intake, dry run, quotes and explanations answer with it. Points are integers in the smallest unit of their
type;
`scale` says how many decimals that unit has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from regulars.core.events import Event
from regulars.core.ledger import FOREVER, Purse, Side
from regulars.core.rules import Decision, Language, LocalTime, RuleVerdict, cap_sentence
from regulars.features.behaviour import first_day, sum_between
from regulars.features.tiers import Standing, TierSet, distance, is_money
from regulars.flows.accrual.clock import instant, local_time_at
from regulars.flows.accrual.complete import earning_part
from regulars.flows.accrual.rulebook import Rulebook, TierTrack, Version
from regulars.flows.accrual.tier_day import tier_of_day
from regulars.flows.accrual.types import BROUGHT, Capped, Caused, Outcome, Receipt
from regulars.flows.accrual.work import Work
from regulars.kit import ids
from regulars.kit.zones import date_of_day

Expiring = Mapping[str, list[tuple[str, int]]]
"""Point type → (last good local day, points that end with it), the nearest first."""

# Facts that are worked out from the event itself again; all others are as they were when it was decided.
_WORKED_OUT = frozenset({"local_time"})
# Effects that are told by the points they moved, and carry nothing more.
_TOLD_BY_POINTS = frozenset({"deduct"})
LIMIT_REACHED, CAP_REACHED = "limit_reached", "cap_reached"
_LIMIT_TERMS = ("measure", "max", "per", "period", "owner")
_SIDES = tuple((side.name.lower(), side) for side in Side)


class Again(msgspec.Struct, frozen=True):
    """An event as it was decided: enough to decide it again, to the same end, and to say why."""

    version: Version
    event: Event
    facts: list[Any]
    room: dict[int, int]
    local: LocalTime

    def decision(self) -> Decision:
        """Return what the rules say about the event; the same as when it was first decided."""
        return self.version.ruleset.decide(self.event, self.facts, self.room, self.local)

    def verdicts(self, language: Language = "en") -> list[RuleVerdict]:
        """Return why each rule that listens to such events did or did not apply. Slow; for people."""
        return self.version.ruleset.explain(self.event, self.facts, self.room, self.local, language)


def again(book: Rulebook, event: Event, occurred_at: int, outcome: Outcome, work: Work) -> Again | None:
    """Return the event with the rules and facts of its day; None when no rules were asked."""
    if not outcome.version or outcome.cause == "earning_blocked":
        return None
    version = book.version_numbered(outcome.version)
    if event.type not in version.ruleset.triggers:
        return None
    local = local_time_at(occurred_at, book.zone)
    facts = list(outcome.facts) or [None] * len(version.fact_readers)
    for index, spec in enumerate(version.ruleset.facts):
        if spec.kind in _WORKED_OUT:
            facts[index] = version.fact_readers[index](work, event, local)
    return Again(version, earning_part(event), facts, outcome.room, local)


def evaluation_of(
    receipt: Receipt,
    place: int,
    *,
    explain: bool = False,
    expiring: Expiring | None = None,
    language: Language = "en",
) -> dict[str, Any]:
    """Return the evaluation of the event at `place` of a receipt; `explain` adds why other rules did not
    apply."""
    answer = receipt.answers[place]
    outcome = answer.outcome or Outcome()
    work = receipt.works.get(answer.member_id) if answer.member_id else None
    carries = any(kind not in _TOLD_BY_POINTS for _, kind in outcome.effects)
    item = receipt.items[place] if (explain or carries) and place < len(receipt.items) else None
    asked = None
    if item is not None and work is not None:
        asked = again(receipt.rulebook, item.event, item.occurred_at, outcome, work)
    return evaluation(
        receipt.rulebook,
        outcome,
        work,
        at=receipt.at,
        asked=asked,
        expiring=expiring,
        caused=answer.caused,
        explain=explain,
        language=language,
    )


def evaluation(
    book: Rulebook,
    outcome: Outcome,
    work: Work | None,
    *,
    at: int,
    asked: Again | None = None,
    expiring: Expiring | None = None,
    caused: Sequence[Caused] = (),
    explain: bool = True,
    language: Language = "en",
) -> dict[str, Any]:
    """Return one evaluation. `work` = the member afterwards, shown as of `at` (microseconds); None =
    nobody's event.

    `asked` adds what the effects carry and, unless `explain` says no, `rules_not_fired`; `expiring` what of the
    balances ends when; `caused` what the platform's own events did that this one caused. Reasons and limits are said in
    `language`.
    """
    return {
        "ruleset_version": outcome.version or None,
        "effects": effects_of(book, outcome, asked),
        "rules_fired": rules_fired(book, outcome),
        "rules_not_fired": [] if asked is None or not explain else rules_not_fired(asked, language),
        "limited": limits_hit(book, outcome, language if explain else None),
        "not_taken_back": outcome.not_taken_back,
        "caused": [shown_cause(book, one) for one in caused],
        "member": None if work is None else member_state(book, work, at, expiring),
    }


def shown_cause(book: Rulebook, caused: Caused) -> dict[str, Any]:
    """Return an event that another one caused, with what it did."""
    event_id = ids.encode("evt", caused.event_id) if caused.event_id >> 20 else None
    return {"event": event_id, "type": caused.type, "effects": effects_of(book, caused.outcome)}


def effects_of(book: Rulebook, outcome: Outcome, asked: Again | None = None) -> list[dict[str, Any]]:
    """Return what the event did: awards by rule, points taken back and given back, other effects, tiers changed; of a
    correction also what became by it of its order's effects.

    With `asked`, other effects come with what they carry.
    """
    rules = rules_of(book, outcome.version)
    effects: list[dict[str, Any]] = []
    for granted in outcome.granted:
        point_type = book.points_by_id[granted.point_type_id]
        its_rules = rules_of(book, granted.version) if granted.version else rules
        for rule, points in granted.rules:
            effects.append(
                {
                    "type": "points_awarded",
                    "rule": its_rules[rule].code,
                    **_points(book, point_type.code, points),
                    "transfer": _transfer(granted.transfer_id),
                }
            )
    effects += [
        {"type": "points_reversed", **_points(book, book.points_by_id[point_type_id].code, points)}
        for point_type_id, points in outcome.taken_back
        if points
    ]
    effects += [
        {"type": "points_returned", **_points(book, book.points_by_id[point_type_id].code, points)}
        for point_type_id, points in outcome.given_back
    ]
    effects += [
        {"type": "points_released", **_points(book, book.points_by_id[point_type_id].code, points)}
        for point_type_id, points in outcome.released
    ]
    effects += [
        {"type": "entry_award", "tier_set": code, "tier": tier, **_points(book, point_type, points)}
        for code, tier, point_type, points in outcome.entries
    ]
    arguments = asked.decision().effects if asked is not None and outcome.effects else []
    effects += [
        {
            "type": "points_deducted",
            "rule": rules_of(book, one.version or outcome.version)[one.rule].code,
            **_points(book, book.points_by_id[one.point_type_id].code, one.amount),
            "transfer": _transfer(one.transfer_id),
        }
        for one in outcome.deducted
    ]
    for place, (rule, kind) in enumerate(outcome.effects):
        if kind == "deduct":
            continue  # told above, by what was really there to be taken
        carried = arguments[place][2] if place < len(arguments) else {}
        effects.append({"type": kind, "rule": rules[rule].code, **carried})
    effects += [
        {"type": kind, "rule": rule, **carried}
        if became == BROUGHT
        else _returning(became, rule, kind, carried)
        for became, rule, kind, carried in outcome.order_effects
    ]
    effects += [
        {"type": "tier_changed", "tier_set": code, "from": before or None, "to": after or None}
        for code, before, after in outcome.tiers
    ]
    return effects


def _returning(became: str, rule: str, kind: str, carried: dict[str, Any]) -> dict[str, Any]:
    """Return an effect that its order has no more, or has again."""
    return {"type": f"effect_{became}", "rule": rule, "effect": kind, **carried}


def rules_fired(book: Rulebook, outcome: Outcome) -> list[dict[str, Any]]:
    """Return the rules that applied, with what each of them gave; of a correction not those of its order."""
    rules = rules_of(book, outcome.version)
    points: dict[int, dict[str, int]] = {}
    for granted in outcome.granted:
        if granted.version:
            continue
        code = book.points_by_id[granted.point_type_id].code
        for rule, amount in granted.rules:
            given = points.setdefault(rule, {})
            given[code] = given.get(code, 0) + amount
    return [
        {"rule": rules[rule].code, "name": rules[rule].name, "points": points.get(rule, {})}
        for rule in outcome.fired
    ]


def rules_not_fired(asked: Again, language: Language = "en") -> list[dict[str, Any]]:
    """Return the rules that listened and did not apply: which condition failed, in words, and by how much.

    `code` and `facts` say the same to machines.
    """
    rules = asked.version.ruleset.rules
    return [
        {
            "rule": verdict.rule,
            "name": rules[verdict.rule_index].name,
            "condition_path": verdict.path,
            "reason": verdict.reason,
            "code": verdict.code,
            "facts": verdict.facts,
            "distance": None if verdict.distance is None else format(verdict.distance, "f"),
        }
        for verdict in asked.verdicts(language)
        if not verdict.fired
    ]


def limits_hit(book: Rulebook, outcome: Outcome, language: Language | None = None) -> list[dict[str, Any]]:
    """Return the limits and caps that gave less than the rules said, and how much they took away (in the unit of the
    limit); with a language, also in words.
    """
    found = []
    for rule, index, cut in outcome.limited:
        ruleset = book.version_numbered(outcome.version).ruleset
        limit = ruleset.limits[index]
        terms = {name: getattr(limit, name) for name in _LIMIT_TERMS}
        said = {} if language is None else {"sentence": ruleset.limit_sentence(rule, index, language)}
        hit = {"rule": ruleset.rules[rule].code, "limit": terms, "cut": cut, "point_type": limit.point_type}
        found.append({**hit, "code": LIMIT_REACHED, **said})
    for one in outcome.capped:
        rules = rules_of(book, one.version or outcome.version)
        found.append(cap_hit(book, rules[one.rule].code, one, language))
    return found


def cap_hit(book: Rulebook, rule: str, capped: Capped, language: Language | None = None) -> dict[str, Any]:
    """Return what a cap of a point type took off an award, in the shape of a limit whose owner is the point type."""
    point_type, most, cut = capped.point_type, capped.most, capped.cut
    measure, _, period = capped.cap.partition(".")
    terms = {"measure": measure, "max": most, "per": "member", "period": period or "lifetime"}
    hit = {"rule": rule, "limit": {**terms, "owner": point_type}, "cut": cut, "point_type": point_type}
    said: dict[str, Any] = {}
    if language is not None:
        scale = book.terms.point_types[point_type].scale if point_type in book.terms.point_types else 0
        said = {"sentence": cap_sentence(point_type, Decimal(most).scaleb(-scale), period, language)}
    return {**hit, "code": CAP_REACHED, **said}


def member_state(book: Rulebook, work: Work, at: int, expiring: Expiring | None = None) -> dict[str, Any]:
    """Return a member's wallets and tiers as of `at`, with what is missing to the next tier, and what ends when.

    `expiring` is left out where that is not known: rating reads no lots unless an event needs them.
    """
    today = local_time_at(at, book.zone).day_number
    if expiring is None and work.purse.lots_read:
        expiring = expiring_of(book, work.purse)
    balances = {
        code: {
            "scale": book.terms.point_types[code].scale,
            **wallet_state(work, point_type.terms.slot),
            **({} if expiring is None else {"expiring": _ends(expiring.get(code, ()))}),
        }
        for code, point_type in book.points.items()
    }
    member_id = work.member.id
    return {
        "id": ids.encode("mem", member_id) if member_id > 0 else None,
        "balances": balances,
        "tiers": {track.tier_set.code: tier_state(book, work, track, today) for track in book.tiers},
    }


def _ends(ends: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"on": on, "points": points} for on, points in ends]


def wallet_state(work: Work, slot: int) -> dict[str, int]:
    """Return the four sides of one wallet."""
    return {name: work.purse.balance(slot, side) for name, side in _SIDES}


def tier_state(book: Rulebook, work: Work, track: TierTrack, today: int) -> dict[str, Any]:
    """Return the tier in one set, and how far it is to the next one (smallest units of what moves the
    set)."""
    tier_set = track.tier_set
    known = work.state.t.get(tier_set.code, Standing())
    tier = tier_of_day(track, work, max(today, known.day))
    first = first_day(book.tier_windows[tier_set.code], today, work.joined_day)
    value = sum_between(work.state.s.get(track.series.key), first, today + 1, count=track.counts)
    far = distance(tier_set, value, msgspec.structs.replace(known, tier=tier))
    return {
        "tier": tier or None,
        "next": far.next or None,
        "missing": _exact(far.missing) if far.next else None,
        "keep_missing": _exact(far.keep_missing) if tier else None,
        "measured_in": _unit(tier_set),
    }


def expiring_of(book: Rulebook, purse: Purse) -> dict[str, list[tuple[str, int]]]:
    """Return what of a purse whose lots were read ends when, by its last good local day."""
    found: dict[str, list[tuple[str, int]]] = {}
    for point_type_id, lots in purse.lots.items():
        days: dict[int, int] = {}
        for lot in lots:
            if lot.remaining and lot.expires_at != FOREVER:
                last = local_time_at(lot.expires_at - 1, book.zone).day_number
                days[last] = days.get(last, 0) + lot.remaining
        if days and point_type_id in book.points_by_id:
            code = book.points_by_id[point_type_id].code
            found[code] = [(date_of_day(day).isoformat(), points) for day, points in sorted(days.items())]
    return found


def _exact(amount: int | Decimal) -> int | str:
    """Return an amount as it is: whole as a number, with decimals (sums of an event's property) as a text."""
    return int(amount) if amount == int(amount) else format(amount, "f")


def plain_instant(at: int) -> str:
    """Return microseconds since 1970 as RFC 3339 text."""
    return instant(at).isoformat().replace("+00:00", "Z")


def _transfer(transfer_id: int) -> str | None:
    """Return a transfer's public id; what was only tried out is numbered from no batch and has none."""
    return ids.encode("trf", transfer_id) if transfer_id >> 20 else None


def rules_of(book: Rulebook, version: int) -> tuple[Any, ...]:
    """Return the rules of a version, none of 0, which is before the first."""
    return book.version_numbered(version).ruleset.rules if version else ()


def _points(book: Rulebook, code: str, points: int) -> dict[str, Any]:
    return {"point_type": code, "points": points, "scale": book.terms.point_types[code].scale}


def _unit(tier_set: TierSet) -> str:
    metric = tier_set.metric
    if metric.of == "points":
        return f"points:{metric.point_type}"
    return "spend" if is_money(metric) else metric.of
