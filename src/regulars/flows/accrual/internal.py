"""Events that the platform raises itself."""

from __future__ import annotations

from typing import Any

from regulars.core.events import Event, EventKind


def internal_event(event_type: str, cause: Event, properties: dict[str, Any]) -> Event:
    """Return an event that happened because of another one, at the same time and place."""
    return Event(
        occurred_at=cause.occurred_at,
        type=event_type,
        kind=EventKind.SYSTEM,
        user_id=cause.user_id,
        properties=properties,
        store=cause.store,
        channel=cause.channel,
    )
