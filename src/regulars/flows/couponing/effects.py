"""The effects that rules recorded, and whether their order still has them after its corrections. Pure."""

from __future__ import annotations

from typing import Any, Final

import msgspec

# What a rule does to the member at once leaves no row; the others are recorded in the order of the outcome.
AT_ONCE: Final = frozenset(
    {"deduct", "set_attribute", "add_tag", "remove_tag", "add_to_list", "remove_from_list", "set_tier"}
)


class Effect(msgspec.Struct, frozen=True):
    """A recorded effect with what is known of its event: the outcomes as JSON, before and after corrections.

    `place` = how many effects of the same event were recorded before it.
    """

    member_id: int
    id: int
    program_id: int
    event_id: int
    rule: str
    kind: str
    arguments: str
    outcome: str | None
    corrected: str | None
    cancelled: bool
    place: int

    @property
    def given(self) -> dict[str, Any]:
        """What the rule says: which voucher, or which draw and how many tickets."""
        found: dict[str, Any] = msgspec.json.decode(self.arguments)
        return found

    @property
    def cause(self) -> str:
        """The name under which it is given once for ever."""
        return f"effect:{self.id}"

    @property
    def stands(self) -> bool:
        """Whether the order, as it is after its refunds, would still have this effect."""
        if self.cancelled:
            return False
        if self.corrected is None or self.outcome is None:
            return True
        before, after = _effects(self.outcome), _effects(self.corrected)
        if self.place >= len(before):
            return True
        mine = before[self.place]
        return before[: self.place + 1].count(mine) <= after.count(mine)


def _effects(outcome: str) -> list[tuple[int, str]]:
    """Return (rule, kind) of the effects of an outcome that leave a row, in order."""
    found = msgspec.json.decode(outcome).get("effects", [])
    return [(rule, kind) for rule, kind in found if kind not in AT_ONCE]
