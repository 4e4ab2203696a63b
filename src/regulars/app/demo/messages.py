"""What the shop sends: Segment messages with ids that are the same in every run, so that sending again
changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from regulars.app.demo.invoices import Invoice
from regulars.app.demo.matching import Matched, Refund
from regulars.app.demo.rows import occurred_at

# Events of one request. Larger ones share a commit among more events, smaller ones let the progress bar move.
BATCH_EVENTS: Final = 400
# A request of the source's profile may have 4,000 KB; orders of hundreds of lines fill it before the count
# does.
BATCH_BYTES: Final = 1_500_000

_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")
_encoder = msgspec.json.Encoder(decimal_format="number")


class Body(msgspec.Struct, frozen=True):
    """One request: its JSON, how many messages it has, the id of the last of them and when that happened
    (RFC 3339)."""

    text: bytes
    messages: int
    last_id: str
    last_at: str


def store_of(country: str) -> str:
    """Return the code of the web shop of a country."""
    return _NOT_A_LETTER.sub("-", country.lower()).strip("-")


def messages_of(invoices: Iterable[Invoice], matched: Matched) -> Iterator[dict[str, Any]]:
    """Yield the messages in the order of time: who a customer is before what she first does, and whenever it
    changes."""
    countries: dict[str, str] = {}
    for invoice in invoices:
        if invoice.customer and countries.get(invoice.customer) != invoice.country:
            countries[invoice.customer] = invoice.country
            yield _identify(invoice)
        if invoice.is_cancellation:
            for refund in matched.refunds.get(invoice.number, ()):
                yield _refunded(refund)
        else:
            yield _completed(invoice)


def bodies_of(messages: Iterable[dict[str, Any]]) -> Iterator[Body]:
    """Yield the messages in requests; the same messages make the same requests."""
    texts: list[bytes] = []
    size = 0
    last: dict[str, Any] = {}
    for message in messages:
        text = _encoder.encode(message)
        if texts and (len(texts) == BATCH_EVENTS or size + len(text) > BATCH_BYTES):
            yield _body(texts, last)
            texts, size = [], 0
        texts.append(text)
        size += len(text)
        last = message
    if texts:
        yield _body(texts, last)


def _body(texts: list[bytes], last: dict[str, Any]) -> Body:
    return Body(b'{"batch":[' + b",".join(texts) + b"]}", len(texts), last["messageId"], last["timestamp"])


def _identify(invoice: Invoice) -> dict[str, Any]:
    return {
        "type": "identify",
        "messageId": f"identify-{invoice.customer}-{invoice.number}",
        "timestamp": occurred_at(invoice.at),
        "userId": invoice.customer,
        "traits": {"country": invoice.country},
    }


def _completed(invoice: Invoice) -> dict[str, Any]:
    who = {"userId": invoice.customer} if invoice.customer else {"anonymousId": f"guest-{invoice.number}"}
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"order-{invoice.number}",
        "timestamp": occurred_at(invoice.at),
        **who,
        "properties": {
            "order_id": invoice.number,
            "currency": "GBP",
            "store": store_of(invoice.country),
            "products": [
                {"sku": line.sku, "quantity": line.quantity, "price": line.price} for line in invoice.lines
            ],
        },
    }


def _refunded(refund: Refund) -> dict[str, Any]:
    invoice = refund.cancellation
    return {
        "type": "track",
        "event": "Order Refunded",
        "messageId": f"refund-{invoice.number}-{refund.order}",
        "timestamp": occurred_at(invoice.at),
        "userId": invoice.customer,
        "properties": {
            "order_id": refund.order,
            "currency": "GBP",
            "store": store_of(invoice.country),
            "products": [{"sku": sku, "quantity": units} for sku, units in refund.units.items()],
        },
    }
