"""Whom the events of a batch are about, and members made because a source enrols whoever it does not know."""

from __future__ import annotations

import msgspec

from regulars.core.events import Event
from regulars.flows.accrual.types import MemberRow


class Resolution(msgspec.Struct):
    """Identifiers that are known, and the members they lead to."""

    known: dict[tuple[str, str], int]
    members: dict[int, MemberRow]

    def member_of(self, event: Event, order: tuple[str, ...]) -> int:
        """Return the member an event is about, 0 when nobody known. The program's order of identifiers decides."""
        for kind in order:
            value = _identifier(event, kind)
            if value:
                member_id = self.known.get((kind, value))
                if member_id is not None:
                    return member_id
        return 0


def _identifier(event: Event, kind: str) -> str | None:
    if kind == "external_id":
        return event.user_id
    if kind == "anonymous_id":
        return event.anonymous_id
    return event.identifiers.get(kind)
