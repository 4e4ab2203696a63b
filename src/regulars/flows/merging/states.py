"""The state of one purse made of two, and of two made of one: limits added up, standings united, behaviour
counted anew.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from regulars.features.behaviour import State, used_together
from regulars.features.tiers import Standing, TierSet

_decoder = msgspec.json.Decoder(State[Standing])
_encoder = msgspec.json.Encoder()


def decode_state(text: str) -> State[Standing]:
    """Return the state of a purse; an empty one for a purse that nothing happened to."""
    return _decoder.decode(text) if text else State()


def encode_state(state: State[Standing]) -> str:
    """Return a state as it is stored."""
    return _encoder.encode(state).decode()


def united_state(target: str, source: str, tier_sets: Mapping[str, TierSet], day: int) -> str:
    """Return the state of the member who took over, as of the local day `day`.

    What was used of limits adds up; entries of tiers that either has been paid for are not paid again; series
    are left out, to be counted anew from the events of both, and tiers to be assessed over them.
    """
    if not source and not target:
        return ""
    own, other = decode_state(target), decode_state(source)
    standings = {
        code: _united(own.t.get(code), other.t.get(code), tier_sets.get(code), day)
        for code in {*own.t, *other.t}
    }
    return encode_state(
        State(
            l=used_together(own.l, other.l),
            t=standings,
            c=used_together(own.c, other.c),
            e={**other.e, **own.e},
        )
    )


def _united(own: Standing | None, other: Standing | None, tier_set: TierSet | None, day: int) -> Standing:
    standings = [standing for standing in (own, other) if standing is not None]

    def place(code: str) -> int:
        return tier_set.place(code) if tier_set is not None else 0

    best = max(standings, key=lambda standing: place(standing.tier))
    given = max(standings, key=lambda standing: place(standing.given))
    spared = max(standings, key=lambda standing: place(standing.spared))
    # Of an entry that both were paid for, the transfer of the member who stays is remembered.
    paid = {award.tier: award for standing in reversed(standings) for award in standing.paid}
    return msgspec.structs.replace(
        best,
        # The history of tiers is told of the member who stays.
        tier=own.tier if own is not None else "",
        since=own.since if own is not None else best.since,
        day=max(day, *(standing.day for standing in standings)),
        entered=tuple(dict.fromkeys(code for standing in standings for code in standing.entered)),
        given=given.given,
        given_until=given.given_until,
        granted=max((standing.granted for standing in standings), key=place),
        kept=tuple(dict.fromkeys(one for standing in standings for one in standing.kept)),
        spared=spared.spared,
        spared_until=spared.spared_until,
        paid=tuple(paid.values()),
    )


def separated_state(target: str, target_before: str, source_before: str, day: int) -> str:
    """Return the state of the member who had taken over, after the merge was undone: what was done since
    stays hers; what the other one had been paid for goes back with her.
    """
    now, before, source = decode_state(target), decode_state(target_before), decode_state(source_before)
    standings = {
        code: msgspec.structs.replace(
            before.t.get(code, Standing()),
            tier=standing.tier,
            since=standing.since,
            day=max(day, standing.day),
            entered=_own_entries(code, now, before, source),
            version=standing.version,
        )
        for code, standing in now.t.items()
    }
    return encode_state(
        State(
            l=used_together(now.l, source.l, -1),
            t=standings,
            c=used_together(now.c, source.c, -1),
            e={entry: paid for entry, paid in now.e.items() if not _came_along(entry, now, before, source)},
        )
    )


def returned_state(target: str, target_before: str, source_before: str, day: int) -> str:
    """Return the state of the member who came back: as it was, with her behaviour counted anew. An entry whose
    award was taken back meanwhile is one she has not made.
    """
    if not source_before:
        return ""
    now, before, source = decode_state(target), decode_state(target_before), decode_state(source_before)
    gone = {entry for entry, paid in source.e.items() if entry not in before.e and now.e.get(entry) != paid}
    standings = {
        code: msgspec.structs.replace(
            standing,
            day=max(day, standing.day),
            entered=tuple(tier for tier in standing.entered if f"{code}/{tier}" not in gone),
        )
        for code, standing in source.t.items()
    }
    paid_still = {entry: paid for entry, paid in source.e.items() if entry not in gone}
    return encode_state(State(l=source.l, t=standings, c=source.c, e=paid_still))


def _own_entries(
    tier_set: str, now: State[Standing], before: State[Standing], source: State[Standing]
) -> tuple[str, ...]:
    """Return which of the tiers that count as entered she entered herself: before the merge, or since."""
    had = before.t.get(tier_set, Standing()).entered
    brought = source.t.get(tier_set, Standing()).entered

    def is_hers(tier: str) -> bool:
        entry = f"{tier_set}/{tier}"
        paid_since = entry in now.e and not _came_along(entry, now, before, source)
        return tier in had or tier not in brought or paid_since

    return tuple(filter(is_hers, now.t[tier_set].entered))


def _came_along(entry: str, now: State[Standing], before: State[Standing], source: State[Standing]) -> bool:
    """Return whether what paid for an entry was paid to the member who is leaving again."""
    return entry not in before.e and entry in source.e and now.e.get(entry) == source.e[entry]
