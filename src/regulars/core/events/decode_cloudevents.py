"""CloudEvents 1.0 over HTTP: structured, binary and batch content.

`type` is the event's name (`com.shop.order.completed` is Order Completed), `source` and `id` together its
key, `subject` the member, `time` when it happened; `data` is the plain form without those: an order,
properties, or both.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import msgspec

from regulars.core.events.admission import Decoded, Malformed, Origin, has_nul
from regulars.core.events.assemble import clean_id
from regulars.core.events.decode_plain import plain_event
from regulars.core.events.exact import NumberRefused, exact_number
from regulars.core.events.model import Event
from regulars.core.events.names import ORDER_TYPES, name_of_dotted_type
from regulars.core.events.written import cloudevent_path

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

_PLAIN_FIELDS = frozenset(
    {"order", "properties", "member", "traits", "store", "region", "channel", "partner"}
)
_MEMBER_KINDS = frozenset({"user_id", "anonymous_id", "email", "phone", "card"})
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_content_decoder = msgspec.json.Decoder(float_hook=exact_number)


def decode_cloudevent(message: Any, origin: Origin, received_at: datetime, position: int = 0) -> Decoded:
    """Return the event of one CloudEvent in JSON form (already parsed), or why it is turned away."""
    key = ""
    try:
        if type(message) is not dict:
            raise Malformed("malformed_field", "A CloudEvent is an object.")
        if has_nul(message):
            raise Malformed("nul_character", "Text may not contain the character U+0000.")
        key = _key(message)
        return _event(message, key, origin, received_at)
    except Malformed as refused:
        return refused.rejection(position, key)


def decode_binary_cloudevent(
    headers: Mapping[str, str], body: bytes, origin: Origin, received_at: datetime
) -> Decoded:
    """Return the event of a CloudEvent whose attributes are `ce-` headers and whose body is the data."""
    message: dict[str, Any] = {}
    try:
        for name, value in headers.items():
            if name.lower().startswith("ce-"):
                message[name[3:].lower()] = header_value(value)
        content_type = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if body:
            message["data"] = _parsed(body, content_type)
    except Malformed as refused:
        return refused.rejection(0, "")
    return decode_cloudevent(message, origin, received_at)


def is_binary_cloudevent(headers: Mapping[str, str]) -> bool:
    """Whether the headers are those of a CloudEvent in binary content mode."""
    return "ce-specversion" in headers


def header_value(value: str) -> str:
    """Return the text of a `ce-` header: quotes undone, then percent-decoded once, as the HTTP binding says."""
    quoted = _QUOTED.fullmatch(value.strip())
    if quoted:
        value = re.sub(r"\\(.)", r"\1", quoted.group(1))
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise Malformed("malformed_field", "A CloudEvents header is percent-encoded UTF-8.") from None


def _key(message: dict[str, Any]) -> str:
    version = message.pop("specversion", None)
    if version != "1.0":
        raise Malformed("malformed_field", "Only CloudEvents 1.0 is understood.", "specversion")
    event_id = clean_id(message.pop("id", None), "id")
    source = clean_id(message.pop("source", None), "source")
    if event_id is None or source is None:
        raise Malformed("missing_field", "A CloudEvent needs its id and source.", "id")
    key = f"{source}#{event_id}"
    if len(key) > 255:
        raise Malformed("malformed_field", "Source and id have at most 254 characters together.", "id")
    return key


def _event(message: dict[str, Any], key: str, origin: Origin, received_at: datetime) -> Event:
    dotted = message.get("type")
    if type(dotted) is not str or not dotted.strip():
        raise Malformed("missing_field", "A CloudEvent needs its type.", "type")
    name = name_of_dotted_type(dotted)
    data = _content(message)
    plain: dict[str, Any] = {"type": name, "occurred_at": message.get("time")}
    part = ""
    if _PLAIN_FIELDS & data.keys():
        for taken in ("type", "id", "occurred_at"):
            data.pop(taken, None)
        plain |= data
    elif name in ORDER_TYPES:
        plain["order"], part = data, "order"
        member = data.pop("member", None)
        if member is not None:
            plain["member"] = member
    else:
        plain["properties"], part = data, "properties"
    subject = message.get("subject")
    if subject is not None:
        plain["member"] = _member_of_subject(subject, plain.get("member"))
    try:
        return plain_event(plain, key, origin, received_at)
    except Malformed as refused:
        refused.path = cloudevent_path(refused.path, plain, part, subject)
        raise


def _content(message: dict[str, Any]) -> dict[str, Any]:
    """Return the data as an object, from `data` or `data_base64`."""
    data = message.get("data")
    encoded = message.get("data_base64")
    if data is None and type(encoded) is str:
        try:
            content = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise Malformed("malformed_field", "data_base64 is not base64.", "data_base64") from None
        data = _parsed(content, "application/json")
    if data is None:
        return {}
    if type(data) is not dict:
        raise Malformed("malformed_field", "The data of an event is a JSON object.", "data")
    if has_nul(data):
        raise Malformed("nul_character", "Text may not contain the character U+0000.", "data")
    return data


def _parsed(content: bytes, content_type: str) -> Any:
    if content_type not in ("application/json", "text/json") and not content_type.endswith("+json"):
        raise Malformed("malformed_field", "The data of an event is JSON.", "datacontenttype")
    try:
        return _content_decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, NumberRefused):
        raise Malformed("invalid_json", "The data is not valid JSON.", "data") from None


def _member_of_subject(subject: Any, member: Any) -> dict[str, Any]:
    """Return the member that `subject` names: `mem_…`, `email:…`, `phone:…`, `card:…`, or else a user id."""
    if type(subject) is not str:
        raise Malformed("malformed_field", "A subject is text.", "subject")
    named = dict(member) if type(member) is dict else {}
    kind, colon, value = subject.partition(":")
    if colon and kind in _MEMBER_KINDS:
        named.setdefault(kind, value)
    elif subject.startswith("mem_"):
        named.setdefault("id", subject)
    else:
        named.setdefault("user_id", subject)
    return named
