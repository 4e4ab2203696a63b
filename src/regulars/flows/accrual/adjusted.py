"""Points given or taken by hand count for tiers and rules like points that were earned: the event says how
many.
"""

from __future__ import annotations

from regulars.core.events import Event, EventKind

POINTS_ADJUSTED = "Points Adjusted"


def adjusted_points(event: Event) -> tuple[str, int] | None:
    """Return (point type, points, negative for fewer) of an adjustment; None for every other event.

    Only the platform's own: an event of that name from outside says nothing about what was posted.
    """
    if event.type != POINTS_ADJUSTED or event.kind is not EventKind.SYSTEM:
        return None
    return event.properties["point_type"], int(event.properties["points"])
