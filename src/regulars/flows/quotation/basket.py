"""The basket of a quote, read by the decoder that reads real events: what is refused there is refused here."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import Any, Final

import msgspec

from regulars.core.events import AmountBase, Event, Origin, Rejection, decode_plain
from regulars.flows.accrual.insight import Rulebook
from regulars.flows.quotation.errors import QuoteRefused
from regulars.flows.quotation.model import Question
from regulars.kit.errors import FieldError

# The order a basket is before it has a number; and who it belongs to where nobody is named.
UNNUMBERED: Final = "quote"
NOBODY: Final = {"anonymous_id": "quote"}
# Tills price baskets of hundreds of lines; a wholesale order beyond this is an import.
LINES_MAX: Final = 2_000


def read_basket(book: Rulebook, question: Question, at: datetime, now: datetime) -> Event:
    """Return the event of a quote, occurring at `at`. Refuses with QuoteRefused as the intake would."""
    # The decoder consumes what it reads.
    message: dict[str, Any] = {"type": "Order Completed", **deepcopy(question.event)}
    message["member"] = deepcopy(question.member) if isinstance(question.member, dict) else dict(NOBODY)
    for name in ("id", "occurred_at", "user_id", "anonymous_id"):
        message.pop(name, None)
    order = message.get("order")
    if isinstance(order, dict):
        message["order"] = {"order_id": UNNUMBERED, **order}
        lines = order.get("lines", order.get("products"))
        if isinstance(lines, list) and len(lines) > LINES_MAX:
            raise _refused("event.order.lines", "too_many_lines", f"A basket has at most {LINES_MAX} lines.")
    decoded = decode_plain(message, _origin(book, question.source), now)
    if isinstance(decoded, Rejection):
        path = decoded.path if decoded.path.startswith("member") else f"event.{decoded.path}".rstrip(".")
        raise _refused(path, decoded.code, decoded.message)
    known = isinstance(question.member, dict)
    return msgspec.structs.replace(
        decoded, occurred_at=at, anonymous_id=decoded.anonymous_id if known else None
    )


def _origin(book: Rulebook, code: str | None) -> Origin:
    """Return the defaults of a source, or the program's own. Refuses with QuoteRefused."""
    terms = book.terms
    source = None if code is None else terms.sources_by_code.get(code)
    if code is not None and source is None:
        raise _refused("source", "unknown_source", "There is no such source in this program.")
    store = terms.stores.get(source.store or "") if source is not None else None
    return Origin(
        currency=terms.currency,
        phone_region=terms.region,
        amount_base=AmountBase(terms.settings.amount_base),
        store=source.store if source is not None else None,
        region=(store.region or None) if store else None,
        channel=store.channel if store else None,
        partner=(source.partner or (store.partner if store else None)) if source is not None else None,
    )


def _refused(path: str, code: str, message: str) -> QuoteRefused:
    return QuoteRefused(message, errors=[FieldError(path, code, message)])
