"""The last step of every decoder: from the parts of a message, whatever its form, to an `Event`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from regulars.core.events.admission import (
    CODE_LENGTH_MAX,
    ID_LENGTH_MAX,
    Malformed,
    Origin,
    check_free_values,
    corrected_time,
)
from regulars.core.events.model import Event, EventKind, Order, encode_doc, payload_hash
from regulars.core.events.names import NAME_LENGTH_MAX, ORDER_REFUNDED, ORDER_TYPES, PLATFORM_NAMES
from regulars.core.events.orders import build_order, text_of
from regulars.kit.money import exponent

# Channels of a program; another `channel` in the properties is the sender's own (a television channel, say).
CHANNELS = frozenset({"store", "web", "app", "social", "third_party", "partner"})

_REFUNDS = frozenset({ORDER_REFUNDED})


def parse_time(value: Any, path: str) -> datetime | None:
    """Return an ISO 8601 instant in UTC; None for null. A time without offset counts as UTC. Raises Malformed."""
    if value is None:
        return None
    if type(value) is str:
        try:
            instant = datetime.fromisoformat(value)
            if instant.tzinfo is UTC:
                return instant
            return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise Malformed("malformed_field", "Write a time as in 2026-11-22T09:30:00Z.", path)


def clean_id(value: Any, path: str) -> str | None:
    """Return an id as text without outer blanks, None where there is none; numbers are spelled out."""
    if value is None:
        return None
    if type(value) is int:
        value = str(value)
    if type(value) is not str:
        raise Malformed("malformed_field", "Write an id as text.", path)
    text = value.strip()
    if len(text) > ID_LENGTH_MAX:
        raise Malformed("malformed_field", f"An id has at most {ID_LENGTH_MAX} characters.", path)
    return text or None


def check_name(name: str, path: str, origin: Origin) -> str:
    """Return an event name that is neither empty, nor longer than 200 characters, nor the platform's own.

    Raises Malformed.
    """
    if not name:
        raise Malformed("missing_field", "An event needs a name.", path)
    if len(name) > NAME_LENGTH_MAX:
        raise Malformed(
            "malformed_field", f"The name of an event has at most {NAME_LENGTH_MAX} characters.", path
        )
    if name in PLATFORM_NAMES and not origin.platform:
        raise Malformed(
            "reserved_name",
            f"Only the platform itself says {name}; choose another name for your event.",
            path,
        )
    return name


def place_of(properties: dict[str, Any], name: str, default: str | None, path: str) -> str | None:
    """Return the code of a store, region or partner taken out of the properties, else `default`.

    What cannot be a code (an object, a long text) is the sender's own property and stays there.
    """
    value = properties.get(name)
    if value is None:
        return default
    if (type(value) is str and 0 < len(value) <= CODE_LENGTH_MAX) or type(value) is int:
        del properties[name]
        return text_of(value, path)
    return default


def currency_of(properties: dict[str, Any], strict: bool, path: str) -> str | None:
    """Return the ISO 4217 code in the properties, in upper case and taken out; None where there is none.

    `strict`: in an order, anything else than three letters is refused; elsewhere it is left as it is.
    """
    value = properties.get("currency")
    if value is None:
        return None
    if type(value) is str:
        code = value if value.isupper() else value.strip().upper()
        if len(code) == 3 and code.isascii() and code.isalpha():
            del properties["currency"]
            return code
    if strict and value != "":
        raise Malformed("malformed_field", "A currency is three letters, such as EUR.", f"{path}.currency")
    return None


def _order(
    origin: Origin,
    name: str,
    properties: dict[str, Any],
    order: dict[str, Any] | None,
    paths: tuple[str, str],
) -> tuple[str | None, Order | None]:
    """Return (currency, order) of an event; what both are made of is taken out of `properties` or `order`."""
    if order is not None:
        currency = currency_of(properties, False, "properties") or currency_of(order, True, paths[0])
        source = order
    elif name in ORDER_TYPES:
        currency = currency_of(properties, True, "properties")
        source = properties
    else:
        return currency_of(properties, False, "properties"), None
    if currency is None:
        currency = origin.currency
    elif currency != origin.currency:
        raise Malformed(
            "other_currency",
            f"The amounts are in {currency}, this program counts in {origin.currency}: send them in {origin.currency}.",
            f"{paths[0]}.currency",
        )
    decimals = exponent(currency)
    made = build_order(source, decimals, origin.amount_base, name in _REFUNDS, paths[0], paths[1])
    return currency, made


def assemble(
    origin: Origin,
    received_at: datetime,
    *,
    kind: EventKind,
    name: str,
    key: str,
    stated: datetime | None,
    sent: datetime | None,
    properties: dict[str, Any],
    user_id: str | None = None,
    anonymous_id: str | None = None,
    previous_id: str | None = None,
    group_id: str | None = None,
    identifiers: dict[str, str] | None = None,
    traits: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
    channel: str | None = None,
    order: dict[str, Any] | None = None,
    paths: tuple[str, str] = ("properties", "products"),
) -> Event:
    """Return the event made of the parts of a message; `properties` and `order` are consumed.

    `order` is where the order is described when not in the properties (the plain form); `paths` names, for
    refusals, that place and the list of lines in it. Raises Malformed.
    """
    currency, made = _order(origin, name, properties, order, paths)
    store, region, partner = origin.store, origin.region, origin.partner
    if properties:
        store = place_of(properties, "store", store, "properties.store")
        region = place_of(properties, "region", region, "properties.region")
        partner = place_of(properties, "partner", partner, "properties.partner")
        if origin.of_partner and partner != origin.partner:
            raise Malformed(
                "another_partner",
                f"This source is {origin.partner}'s own and speaks for no other partner; leave `partner` out.",
                "properties.partner",
            )
        said = properties.get("channel")
        if said is not None and type(said) is str and said in CHANNELS:
            del properties["channel"]
            channel = said
        check_free_values(properties, "properties")
    if traits:
        check_free_values(traits, "traits")
    occurred_at, stated_at = corrected_time(stated, sent, received_at)
    return Event(
        occurred_at,
        stated_at,
        stated is None,
        key,
        name,
        kind,
        user_id,
        anonymous_id,
        previous_id,
        group_id,
        identifiers or {},
        traits or {},
        made,
        properties,
        context or {},
        store,
        region,
        channel or origin.channel,
        partner,
        currency,
    )


def derived_key(event: Event) -> str:
    """Return a key for an event whose sender gave none: the hash of its content, or "" when it has no time either.

    With its time, equal content is the same event sent twice; without, it may as well be two equal events.
    """
    if event.undated:
        return ""
    return "~" + payload_hash(event, encode_doc(event)).hex()
