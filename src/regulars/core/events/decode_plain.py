"""The plain form of an event: what a till, a shop backend or a person with curl writes.

    {"id": "r-1001", "type": "Order Completed", "occurred_at": "2026-11-22T09:30:00Z",
     "member": {"card": "4000 1234"}, "store": "s-12",
     "order": {"order_id": "1001", "total": "27.50", "currency": "EUR",
               "lines": [{"sku": "A1", "quantity": 2, "price": "3.00"}]}}

Fields that are not known become properties: nothing that was sent is lost.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from regulars.core.events.admission import Decoded, Malformed, Origin, has_nul
from regulars.core.events.assemble import assemble, check_name, clean_id, derived_key, parse_time
from regulars.core.events.decode_segment import KIND_NAMES
from regulars.core.events.identifiers import MEMBER_ID, identifiers_of_traits, normal_identifier
from regulars.core.events.model import Event, EventKind
from regulars.core.events.names import canonical_name
from regulars.core.events.written import plain_path
from regulars.kit import ids

_KIND_BY_NAME = {name: kind for kind, name in KIND_NAMES.items()}
NOBODY = "Say whose event it is: user_id, email, phone or card."


def decode_plain(message: Any, origin: Origin, received_at: datetime, position: int = 0) -> Decoded:
    """Return the event of one plain message (already parsed, numbers int or Decimal), or why it is turned away.

    Never raises for what the sender wrote. `message` is consumed.
    """
    key = ""
    try:
        if type(message) is not dict:
            raise Malformed("malformed_field", "An event is an object.")
        if has_nul(message):
            raise Malformed("nul_character", "Text may not contain the character U+0000.")
        key = clean_id(message.pop("id", None), "id") or ""
        return plain_event(message, key, origin, received_at)
    except Malformed as refused:
        if type(message) is dict:
            refused.path = plain_path(refused.path, message)
        return refused.rejection(position, key)


def plain_event(message: dict[str, Any], key: str, origin: Origin, received_at: datetime) -> Event:
    """Return the event of a plain message whose id was taken out as `key`. Raises Malformed."""
    name = message.pop("type", None)
    if type(name) is not str:
        raise Malformed("missing_field", "An event needs its type, such as Order Completed.", "type")
    name = check_name(canonical_name(name), "type", origin)
    kind = _KIND_BY_NAME.get(name, EventKind.TRACK)
    properties = _object(message, "properties")
    traits = _object(message, "traits")
    identifiers, user_id, anonymous_id = _member(message, origin)
    if kind is EventKind.IDENTIFY and traits:
        identifiers = identifiers_of_traits(traits, origin.phone_region) | identifiers
    order = message.pop("order", None)
    if order is not None and type(order) is not dict:
        raise Malformed("malformed_field", "An order is an object.", "order")
    group_id = clean_id(message.pop("group_id", None), "group_id")
    previous_id = clean_id(message.pop("previous_id", None), "previous_id")
    if kind is EventKind.GROUP and group_id is None:
        raise Malformed("missing_field", "A group event needs its group_id.", "group_id")
    if kind is EventKind.ALIAS and (previous_id is None or user_id is None):
        raise Malformed("missing_field", "An alias needs member.user_id and previous_id.", "previous_id")
    stated = parse_time(message.pop("occurred_at", None), "occurred_at")
    context = _object(message, "context")
    for name_left, value in message.items():
        properties.setdefault(name_left, value)
    event = assemble(
        origin,
        received_at,
        kind=kind,
        name=name,
        key=key,
        stated=stated,
        sent=None,
        properties=properties,
        user_id=user_id,
        anonymous_id=anonymous_id,
        previous_id=previous_id,
        group_id=group_id,
        identifiers=identifiers,
        traits=traits,
        context=context,
        order=order,
        paths=("properties", "products") if order is None else ("order", _lines_name(order)),
    )
    return event if key else msgspec.structs.replace(event, key=derived_key(event))


def _lines_name(order: dict[str, Any]) -> str:
    """Return the name of the list of lines: `lines`, or `products` as in Segment's specification."""
    return "products" if "products" in order else "lines"


def _object(message: dict[str, Any], name: str) -> dict[str, Any]:
    value = message.pop(name, None)
    if value is None:
        return {}
    if type(value) is not dict:
        raise Malformed("malformed_field", f"Write {name} as an object.", name)
    return value


def _member(message: dict[str, Any], origin: Origin) -> tuple[dict[str, str], str | None, str | None]:
    """Return (identifiers, user id, anonymous id) of `member`; each identifier must be one. Only an order may be
    nobody's: a guest's, to be claimed with its number. Raises Malformed.
    """
    member = _object(message, "member")
    for name in ("user_id", "anonymous_id"):
        if name in message:
            member.setdefault(name, message.pop(name))
    user_id = clean_id(member.pop("user_id", None), "member.user_id")
    anonymous_id = clean_id(member.pop("anonymous_id", None), "member.anonymous_id")
    identifiers: dict[str, str] = {}
    public = member.pop("id", None)
    if public is not None:
        identifiers[MEMBER_ID] = _member_id(public)
    for kind, value in member.items():
        if value is None:
            continue
        normal = normal_identifier(kind, value, origin.phone_region)
        if normal is None:
            raise Malformed("malformed_field", f"This is no {kind[:40]} of a member.", f"member.{kind[:40]}")
        identifiers[kind] = normal
    named = identifiers or user_id is not None or anonymous_id is not None
    if not named and type(message.get("order")) is not dict:
        raise Malformed("missing_field", NOBODY, "member")
    return identifiers, user_id, anonymous_id


def _member_id(value: Any) -> str:
    try:
        return ids.encode("mem", ids.decode("mem", value if type(value) is str else ""))
    except ValueError as mistake:
        raise Malformed("malformed_field", str(mistake), "member.id") from None
