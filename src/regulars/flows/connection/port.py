"""What a shop's hook asks of the rest of the platform: to take events in, through the same intake as all others."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

# The field of an event that is about a sale that was told, or about nothing: it does not wait for its order.
ONLY_KNOWN: Final = "only_known"
# The field of an update that says the same as a sale: the id of the sale. It counts where the sale was told otherwise
# before, for then the order was edited since.
EDITED: Final = "edited"


class Taken(msgspec.Struct, frozen=True):
    """What became of one event: its id and status, and a sentence where it was refused."""

    id: str
    status: str
    message: str = ""


class HookIntake(Protocol):
    """Takes plain events of a source in, as if they had been sent to /api/v1/events with its key."""

    async def take(
        self, program_id: int, source: str, messages: list[dict[str, Any]], received_at: datetime
    ) -> list[Taken]:
        """Return what became of each message, after the commit. Raises Unavailable when there is no room.

        One that is ONLY_KNOWN is left out where its order was never taken in, one that is EDITED where its sale was not
        told otherwise before.
        """
