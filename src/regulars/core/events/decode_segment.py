"""Segment's tracking messages, single and batched, and what RudderStack's clients send differently.

Accepted beyond the letter of the specification, because real senders do it: numeric ids, `action` for
`type`, `user_id` for `userId`, `originalTimestamp` for `timestamp` and traits of `identify` in the context
(RudderStack). Context and integrations are read past except for what a loyalty program can use; they are
not part of the content.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from regulars.core.events.admission import (
    ID_LENGTH_MAX,
    Decoded,
    Limits,
    Malformed,
    Origin,
    Rejection,
    check_free_values,
    has_nul,
)
from regulars.core.events.assemble import assemble, check_name, clean_id, derived_key, parse_time
from regulars.core.events.exact import NumberRefused, exact_number
from regulars.core.events.identifiers import (
    CARD,
    identifiers_of_external_ids,
    identifiers_of_traits,
    normal_card,
)
from regulars.core.events.model import Event, EventKind, EventStatus
from regulars.core.events.names import canonical_name

T = TypeVar("T")

NUL_ESCAPE = b"\\u0000"

KIND_NAMES = {
    EventKind.IDENTIFY: "Identify",
    EventKind.PAGE: "Page",
    EventKind.SCREEN: "Screen",
    EventKind.GROUP: "Group",
    EventKind.ALIAS: "Alias",
}
_KINDS = {kind.value: kind for kind in (EventKind.TRACK, *KIND_NAMES)}

# Where a message says it came from; a server says nothing about the customer's channel.
_CHANNELS = {"browser": "web", "web": "web", "mobile": "app"}
_CLIENT_CHANNELS = frozenset({"browser", "web", "mobile", "client"})


class Context(msgspec.Struct, rename="camel", gc=False):
    """The part of a message's context that is read; the rest (library, IP address, user agent …) is skipped."""

    traits: Any = None
    campaign: Any = None
    locale: Any = None
    timezone: Any = None
    group_id: Any = None
    external_ids: Any = None


class Message(msgspec.Struct, rename="camel", gc=False):
    """One message as it is written; a field of the wrong type is refused by the decoder, in C."""

    type: str | None = None
    action: str | None = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    user_id: str | int | None = None
    user_id_snake: str | int | None = msgspec.field(default=None, name="user_id")
    anonymous_id: str | int | None = None
    previous_id: str | int | None = None
    group_id: str | int | None = None
    message_id: str | int | None = None
    timestamp: str | None = None
    original_timestamp: str | None = None
    sent_at: str | None = None
    channel: str | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: Context | None = None


class Named(msgspec.Struct, rename="camel", gc=False):
    """The id of a message, whatever else it holds."""

    message_id: str | int | None = None


class Batch(msgspec.Struct, rename="camel", gc=False):
    """The envelope of `/v1/batch`: its messages stay undecoded until each is looked at by itself."""

    batch: list[msgspec.Raw]
    context: Context | None = None
    sent_at: str | None = None
    write_key: str | None = None


_message_decoder = msgspec.json.Decoder(Message, float_hook=exact_number)
_batch_decoder = msgspec.json.Decoder(Batch)
_named_decoder = msgspec.json.Decoder(Named)


def as_decoded(decoded: Decoded) -> Any:
    """Return what was decoded, as it is."""
    return decoded


def decode_batch(
    body: bytes,
    origin: Origin,
    received_at: datetime,
    limits: Limits,
    take: Callable[[Decoded], T] = as_decoded,
) -> tuple[list[T], Batch]:
    """Return one `Event` or `Rejection` for each message of a batch body, in order, and its envelope.

    `take` may make something else of each as soon as it is decoded: a thousand events together are more than the
    processor's cache holds.
    Raises Malformed when the body as a whole is no batch: `invalid_json`, `malformed_field`,
    `too_many_events`.
    """
    batch = decode_envelope(body)
    if len(batch.batch) > limits.batch_events_max:
        raise Malformed(
            "too_many_events", f"A batch has at most {limits.batch_events_max:,} events.", "batch"
        )
    suspicious = NUL_ESCAPE in body
    if suspicious and has_nul(msgspec.to_builtins(batch.context)):
        raise Malformed("nul_character", "Text may not contain the character U+0000.", "context")
    decoded = []
    for position, raw in enumerate(batch.batch):
        one = decode_message(
            raw, None, origin, received_at, limits, position, batch.context, batch.sent_at, suspicious
        )
        decoded.append(take(one))
    return decoded, batch


def decode_envelope(body: bytes) -> Batch:
    """Return the envelope of a batch body. Raises Malformed when it is none."""
    try:
        return _batch_decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as mistake:
        raise malformed_json(mistake) from None


def malformed_json(mistake: Exception) -> Malformed:
    """Return what to answer for a body that msgspec could not read."""
    if isinstance(mistake, msgspec.ValidationError):
        message, _, path = str(mistake).partition(" - at `$")
        return Malformed("malformed_field", f"{message.removesuffix('.')}.", path.rstrip("`").lstrip("."))
    if isinstance(mistake, RecursionError):
        return Malformed("too_deep", "The JSON is nested too deeply.")
    if isinstance(mistake, UnicodeDecodeError):
        return Malformed("invalid_json", "The body is not UTF-8.")
    if isinstance(mistake, NumberRefused):
        return Malformed("malformed_field", str(mistake))
    return Malformed("invalid_json", f"{str(mistake).removesuffix('.')}.")


def decode_message(
    raw: bytes | msgspec.Raw,
    route_kind: EventKind | None,
    origin: Origin,
    received_at: datetime,
    limits: Limits,
    position: int = 0,
    shared_context: Context | None = None,
    shared_sent_at: str | None = None,
    suspicious: bool | None = None,
) -> Decoded:
    """Return the event of one message, or why it is turned away. Never raises for what the sender wrote.

    `route_kind`: what the path says the message is (`/v1/track`). `shared_context`, `shared_sent_at`: the
    batch's. `suspicious`: whether the body holds the escape of U+0000 somewhere, so that the texts must be looked
    through; None where that is not known yet.
    """
    if len(memoryview(raw)) > limits.event_bytes_max:
        too_large = f"An event has at most {limits.event_bytes_max:,} bytes."
        return Rejection(position, _key_of(raw), "event_too_large", too_large, "", EventStatus.TOO_LARGE)
    try:
        message = _message_decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, NumberRefused) as mistake:
        return malformed_json(mistake).rejection(position, _key_of(raw))
    key = message.message_id
    key = key if type(key) is str else "" if key is None else str(key)
    if suspicious is None:
        suspicious = NUL_ESCAPE in bytes(raw)
    try:
        if suspicious and has_nul(msgspec.to_builtins(message)):
            raise Malformed("nul_character", "Text may not contain the character U+0000.")
        return _event(message, key, route_kind, origin, received_at, shared_context, shared_sent_at)
    except Malformed as refused:
        return refused.rejection(position, key)


def _key_of(raw: bytes | msgspec.Raw) -> str:
    """Return the id of a message that is turned away before it is read, so that its sender knows it; "" where there
    is none, or none that could be one."""
    try:
        key = _named_decoder.decode(raw).message_id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    text = "" if key is None else str(key)
    return text if len(text) <= ID_LENGTH_MAX and "\0" not in text else ""


def _event(
    message: Message,
    key: str,
    route_kind: EventKind | None,
    origin: Origin,
    received_at: datetime,
    shared: Context | None,
    shared_sent_at: str | None,
) -> Event:
    kind = route_kind or _kind_of(message)
    if len(key) > ID_LENGTH_MAX:
        raise Malformed(
            "malformed_field", f"A message id has at most {ID_LENGTH_MAX} characters.", "messageId"
        )
    properties = message.properties
    if properties is None:
        properties = {}
    if kind is EventKind.TRACK:
        name = check_name(canonical_name(message.event or ""), "event", origin)
    else:
        name = KIND_NAMES[kind]
        for label, value in (("name", message.name), ("category", message.category)):
            if value is not None:
                properties.setdefault(label, value)
    user_id = message.user_id if message.user_id is not None else message.user_id_snake
    user_id = clean_id(user_id, "userId")
    anonymous_id = clean_id(message.anonymous_id, "anonymousId")
    context = message.context
    if shared is not None:
        context = shared if context is None else _merged(context, shared)
    traits = message.traits
    kept: dict[str, Any] | None = None
    identifiers: dict[str, str] | None = None
    if context is not None:
        context_traits = context.traits if type(context.traits) is dict else None
        if traits is None and kind is EventKind.IDENTIFY:
            traits = context_traits
        identifiers = _identifiers(context, context_traits, origin.phone_region)
        kept = _kept(context)
    if traits and kind is EventKind.IDENTIFY:
        identifiers = (identifiers or {}) | identifiers_of_traits(traits, origin.phone_region)
    if "card" in properties:
        card = normal_card(properties["card"])
        if card is not None:
            del properties["card"]
            identifiers = {**(identifiers or {}), CARD: card}
    previous_id, group_id = _checked(message, kind, user_id, anonymous_id, identifiers)
    sent = None
    channel = message.channel
    if origin.client_clock or channel in _CLIENT_CHANNELS:
        sent = parse_time(message.sent_at or shared_sent_at, "sentAt")
    event = assemble(
        origin,
        received_at,
        kind=kind,
        name=name,
        key=key,
        stated=parse_time(message.timestamp or message.original_timestamp, "timestamp"),
        sent=sent,
        properties=properties,
        user_id=user_id,
        anonymous_id=anonymous_id,
        previous_id=previous_id,
        group_id=group_id,
        identifiers=identifiers,
        traits=traits,
        context=kept,
        channel=_CHANNELS.get(channel) if channel is not None else None,
    )
    return event if key else msgspec.structs.replace(event, key=derived_key(event))


def _kind_of(message: Message) -> EventKind:
    said = message.type or message.action
    if said is None:
        raise Malformed("missing_field", "A message needs its type: track, identify, page …", "type")
    kind = _KINDS.get(said)
    if kind is None:
        raise Malformed("unknown_type", f"A message is one of {', '.join(_KINDS)}.", "type")
    return kind


def _checked(
    message: Message,
    kind: EventKind,
    user_id: str | None,
    anonymous_id: str | None,
    identifiers: dict[str, str] | None,
) -> tuple[str | None, str | None]:
    """Return (previousId, groupId) after checking that the message says whom it is about."""
    if user_id is None and anonymous_id is None and not identifiers:
        raise Malformed("missing_field", "A message needs a userId or an anonymousId.", "userId")
    previous_id = group_id = None
    if kind is EventKind.ALIAS:
        previous_id = clean_id(message.previous_id, "previousId") or anonymous_id
        if previous_id is None or user_id is None:
            raise Malformed("missing_field", "An alias needs userId and previousId.", "previousId")
    elif kind is EventKind.GROUP:
        group_id = clean_id(message.group_id, "groupId")
        if group_id is None:
            raise Malformed("missing_field", "A group message needs its groupId.", "groupId")
    return previous_id, group_id


def _merged(own: Context, shared: Context) -> Context:
    """Return the message's context over the batch's, field by field."""
    return Context(
        *[
            mine if mine is not None else theirs
            for mine, theirs in zip(
                msgspec.structs.astuple(own), msgspec.structs.astuple(shared), strict=True
            )
        ]
    )


def _identifiers(context: Context, traits: dict[str, Any] | None, region: str) -> dict[str, str] | None:
    if traits is None and context.external_ids is None:
        return None
    found = identifiers_of_traits(traits, region) if traits else {}
    if context.external_ids is not None:
        found = identifiers_of_external_ids(context.external_ids, region) | found
    return found


def _kept(context: Context) -> dict[str, Any] | None:
    """Return what of the context is kept with the event: campaign, locale, time zone, group."""
    if (
        context.campaign is None
        and context.locale is None
        and context.timezone is None
        and context.group_id is None
    ):
        return None
    kept = {
        name: value
        for name, value in (
            ("campaign", context.campaign),
            ("locale", context.locale),
            ("timezone", context.timezone),
            ("group_id", context.group_id),
        )
        if value is not None
    }
    if kept:
        check_free_values(kept, "context")
    return kept or None
