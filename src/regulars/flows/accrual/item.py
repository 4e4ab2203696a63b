"""One event on its way through accrual, and what a batch asks about it before it is decided."""

from __future__ import annotations

from hashlib import blake2b

from regulars.core.events import Event, EventKind, Place, decode_doc, place_of
from regulars.flows.accrual.orders import CORRECTIONS, gives_back, order_key, redemption_key

# Messages that say who somebody is, rather than what she did.
INTRODUCING = (EventKind.IDENTIFY, EventKind.ALIAS)


class Item:
    """One event as it came in: from which source, its normal form, that form as the JSON to store, its instant in
    microseconds.

    `content` = the hash of what was sent: two messages with one id and one content are one message. `key`, `order_key`,
    `type`, `user_id`, `anonymous_id`, `identified` (it carries further identifiers), `introduces`, `corrects` and
    `place` are there once it was noted. What gives a redemption back corrects that as others correct an order.
    """

    __slots__ = (
        "_read",
        "anonymous_id",
        "content",
        "corrects",
        "doc",
        "enrol",
        "identified",
        "introduces",
        "key",
        "noted",
        "occurred_at",
        "order_key",
        "place",
        "restated",
        "source_id",
        "type",
        "user_id",
    )

    def __init__(
        self,
        source_id: int,
        event: Event | None,
        doc: bytes,
        occurred_at: int,
        content: bytes,
        enrol: bool = False,
        restated: bool = False,
    ) -> None:
        """`event` = None: it is read from its document. `restated`: it says something else than its document, and
        cannot be read from it."""
        self._read = event
        self.source_id = source_id
        self.doc = doc
        self.occurred_at = occurred_at
        self.content = content
        self.enrol = enrol
        self.restated = restated
        self.noted = False
        self.key: bytes | None = None
        self.order_key: bytes | None = None
        self.type = ""
        self.user_id: str | None = None
        self.anonymous_id: str | None = None
        self.identified = self.introduces = self.corrects = False
        self.place: Place | None = None

    @property
    def event(self) -> Event:
        """The event, read again after it was let go."""
        if self._read is None:
            self._read = decode_doc(self.doc)
        return self._read

    @property
    def at_hand(self) -> bool:
        """Whether the event need not be read again."""
        return self._read is not None

    def note(self) -> None:
        """Note what gathering asks about the event, while it is at hand."""
        if self.noted:
            return
        event = self.event
        self.noted = True
        self.type = event.type
        self.key = message_key(event.key) if event.key else None
        if event.order is not None:
            self.order_key = order_key(event.order.order_id)
            self.corrects = event.type in CORRECTIONS
        elif event.kind is EventKind.SYSTEM and gives_back(event):
            self.order_key = redemption_key(event)
            self.corrects = True
        self.user_id = event.user_id
        self.anonymous_id = event.anonymous_id
        self.identified = bool(event.identifiers)
        self.introduces = event.kind in INTRODUCING
        self.place = place_of(event)

    def let_go(self) -> None:
        """Free the event's sixty objects while they are in the processor's cache; whoever asks reads them again."""
        if not self.restated:
            self._read = None

    def completed(self, event: Event | None, doc: bytes, place: Place) -> Item:
        """Return the same item with another document, whose event is `event` (None: read it)."""
        other = Item(self.source_id, event, doc, self.occurred_at, self.content, self.enrol, self.restated)
        other.noted = self.noted
        other.key = self.key
        other.order_key = self.order_key
        other.type = self.type
        other.user_id = self.user_id
        other.anonymous_id = self.anonymous_id
        other.identified = self.identified
        other.introduces = self.introduces
        other.corrects = self.corrects
        other.place = place
        return other


def message_key(key: str) -> bytes:
    """Return the 16 bytes that stand for a message id."""
    return blake2b(key.encode(), digest_size=16).digest()
