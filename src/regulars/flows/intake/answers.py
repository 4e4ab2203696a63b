"""What the intake answers: to Segment's clients an object with string `code` and `message`, or exactly 200."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from regulars.core.events import Decoded, Event, EventStatus, Rejection
from regulars.flows.intake.port import ItemResult, Taken
from regulars.kit import ids
from regulars.kit.errors import Rejected

JSON = "application/json"
RETRY_AFTER_DEFAULT_S = 1

# With these an event was taken in, now or earlier; with any other it is listed as rejected.
TAKEN = frozenset(
    {
        EventStatus.ACCEPTED,
        EventStatus.DUPLICATE,
        EventStatus.DUPLICATE_ORDER,
        EventStatus.WAITING_FOR_ORDER,
        EventStatus.PARKED,
        # Nobody's so far: stored, and a sale can be claimed. It was taken in, so it must not read as a refusal.
        EventStatus.UNKNOWN_MEMBER,
    }
)

SENTENCES = {
    EventStatus.DUPLICATE_WITH_DIFFERENT_PAYLOAD: "This id was used for another content; the first stands.",
    EventStatus.UNKNOWN_MEMBER: "Stored as nobody's: it names nobody this source knows or enrols. It can be claimed.",
    EventStatus.DUPLICATE_ORDER: "This order has earned already; Order Updated, Refunded or Cancelled change it.",
    EventStatus.ORDER_OF_ANOTHER: (
        "Another partner has an order of this number, and numbers are the program's: put your own code before it."
    ),
    EventStatus.WAITING_FOR_ORDER: "Kept: it waits for its order, and counts in the moment the order comes.",
    EventStatus.PARKED: "Set aside: it could not be decided. `regulars events parked` says why, `replay` tries again.",
    EventStatus.MALFORMED: "The event cannot be read.",
    EventStatus.TOO_LARGE: "The event is too large.",
    EventStatus.TOO_OLD: "The event is too old.",
    EventStatus.REFUSED_SOURCE: "This source may not send such events.",
}

UNKNOWN_STORE = "unknown_store"

_encoder = msgspec.json.Encoder(decimal_format="string")


class RejectedItem(msgspec.Struct, rename={"message_id": "messageId"}, omit_defaults=True):
    """One message of a batch that was not taken in."""

    index: int
    message_id: str
    code: str
    message: str
    path: str = ""


class Warned(msgspec.Struct, rename={"message_id": "messageId"}):
    """One message of a batch that was taken in, and says something that cannot be right."""

    index: int
    message_id: str
    code: str
    message: str


class Success(msgspec.Struct, omit_defaults=True):
    """The answer of 200."""

    success: bool
    accepted: int
    rejected: list[RejectedItem] = []
    warnings: list[Warned] = []


def no_store(code: str) -> str:
    """Return what is said of an event of a store that the program does not have: no slip of the pen loses it."""
    return f"The program has no store {code}. The event counts; make the store, or mend its code."


def success_response(decoded: Sequence[Taken], keys: Sequence[str], results: list[ItemResult]) -> Response:
    """Return the 200 for a batch: how many messages were taken in, and what is wrong with each of the others; `keys` =
    the ids of the messages."""
    rejected: list[RejectedItem] = []
    warnings: list[Warned] = []
    outcomes = iter(results)
    for position, (item, key) in enumerate(zip(decoded, keys, strict=True)):
        if isinstance(item, Rejection):
            rejected.append(RejectedItem(position, key, item.code, item.message, item.path))
            continue
        result = next(outcomes)
        if result.status not in TAKEN:
            code, message = result.status.value, result.message or SENTENCES[result.status]
            rejected.append(RejectedItem(position, key, code, message))
        elif result.unknown_store:
            warnings.append(Warned(position, key, UNKNOWN_STORE, no_store(result.unknown_store)))
    answer = Success(True, len(decoded) - len(rejected), rejected, warnings)
    return Response(_encoder.encode(answer), 200, media_type=JSON)


def error_response(status: int, code: str, message: str, retry_after: int | None = None) -> Response:
    """Return any answer but 200. Without string `code` and `message` RudderStack's client retries for ever."""
    body = {"success": False, "code": code, "message": message}
    answer = Response(_encoder.encode(body), status, media_type=JSON)
    if retry_after is not None or status in (429, 503):
        answer.headers["retry-after"] = str(retry_after or RETRY_AFTER_DEFAULT_S)
    return answer


def refusal_response(refusal: Rejected) -> Response:
    """Return the answer of a refusal, in the form that Segment's clients read."""
    retry_after = refusal.facts.get("retry_after")
    return error_response(refusal.status, refusal.code, refusal.message, retry_after)


def item_answer(position: int, item: Decoded, result: ItemResult | None) -> msgspec.Raw:
    """Return one element of `results[]` of /api/v1/events: status, ids, and the evaluation's members beside them."""
    if isinstance(item, Rejection):
        head: dict[str, Any] = {
            "index": position,
            "id": item.key,
            "status": item.status,
            "code": item.code,
            "message": item.message,
            "path": item.path,
        }
        return msgspec.Raw(_encoder.encode(head))
    assert isinstance(item, Event)
    assert result is not None
    head = {"index": position, "id": item.key, "status": result.status}
    if result.event_id is not None:
        head["event_id"] = ids.encode("evt", result.event_id)
    if result.member_id is not None:
        head["member_id"] = ids.encode("mem", result.member_id)
    message = result.message or SENTENCES.get(result.status, "")
    if message:
        head["message"] = message
    if result.unknown_store:
        head["warnings"] = [{"code": UNKNOWN_STORE, "message": no_store(result.unknown_store)}]
    encoded = _encoder.encode(head)
    if result.outcome is None:
        return msgspec.Raw(encoded)
    outcome = (
        bytes(result.outcome) if isinstance(result.outcome, msgspec.Raw) else _encoder.encode(result.outcome)
    )
    members = outcome.strip()[1:-1].strip()
    return msgspec.Raw(encoded[:-1] + b"," + members + b"}" if members else encoded)


def results_body(answers: list[msgspec.Raw]) -> bytes:
    """Return the body of an answer to several events."""
    return _encoder.encode({"results": answers})
