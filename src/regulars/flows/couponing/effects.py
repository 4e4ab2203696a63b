"""The effects that rules recorded, and whether their order still has them after its corrections. Pure."""

from __future__ import annotations

from typing import Any, Final

import msgspec

DONE: Final = "done"
REFUSED: Final = "refused"
TAKEN_BACK: Final = "taken_back"


class Effect(msgspec.Struct, frozen=True):
    """A recorded effect with what is known of its order: `corrected`, its outcome as JSON after corrections.

    It is the `nth` of its kind that its rule had for the event, from 0. `again` = how often it was owed again after it
    had been taken back.
    """

    member_id: int
    id: int
    program_id: int
    event_id: int
    rule: str
    kind: str
    arguments: str
    corrected: str | None
    cancelled: bool
    rule_index: int
    nth: int
    status: str
    again: int

    @property
    def given(self) -> dict[str, Any]:
        """What the rule says: which voucher, or which draw and how many tickets."""
        found: dict[str, Any] = msgspec.json.decode(self.arguments)
        return found

    @property
    def cause(self) -> str:
        """The name under which it is given once for ever, and once each time it is owed again."""
        return f"effect:{self.id}/{self.again}" if self.again else f"effect:{self.id}"

    @property
    def stands(self) -> bool:
        """Whether the order, as it is after its refunds, would still have this effect."""
        if self.cancelled:
            return False
        if self.corrected is None:
            return True
        left: list[list[Any]] = msgspec.json.decode(self.corrected).get("effects", [])
        return self.nth < left.count([self.rule_index, self.kind])
