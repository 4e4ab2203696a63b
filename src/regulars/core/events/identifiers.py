"""Identifiers of members in one spelling each: e-mail in lower case, telephone in E.164, card without blanks."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import phonenumbers

from regulars.core.events.admission import ID_LENGTH_MAX

EMAIL = "email"
PHONE = "phone"
CARD = "card"
MEMBER_ID = "member_id"

_EMAIL = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f]{1,255}")
_CARD_NOISE = re.compile(r"[\s\-.]+")
_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")

# Parsing a telephone number takes 50 µs; regulars call again, and a batch often repeats one member.
_PHONES_REMEMBERED = 16384


def normal_email(value: Any) -> str | None:
    """Return an e-mail address in lower case without outer blanks, or None where it is none."""
    if type(value) is not str:
        return None
    email = value.strip().lower()
    return email if len(email) <= ID_LENGTH_MAX and _EMAIL.fullmatch(email) else None


@lru_cache(_PHONES_REMEMBERED)
def _e164(value: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_phone(value: Any, region: str) -> str | None:
    """Return a telephone number in E.164 (+442079460000), read as one of `region` where it has no country code.

    None where it cannot be a telephone number.
    """
    if type(value) is int:
        value = str(value)
    if type(value) is not str or len(value) > 40:
        return None
    return _e164(value.strip(), region)


def normal_card(value: Any) -> str | None:
    """Return a card number without blanks, dots and hyphens, in upper case; None where nothing is left."""
    if type(value) is int:
        value = str(value)
    if type(value) is not str:
        return None
    card = _CARD_NOISE.sub("", value).upper()
    return card if 0 < len(card) <= ID_LENGTH_MAX else None


def normal_identifier(kind: str, value: Any, region: str) -> str | None:
    """Return the normal spelling of an identifier of any kind; None where the value cannot be one."""
    if kind == EMAIL:
        return normal_email(value)
    if kind == PHONE:
        return normal_phone(value, region)
    if kind == CARD:
        return normal_card(value)
    if not _KIND.fullmatch(kind):
        return None
    if type(value) is int:
        value = str(value)
    if type(value) is not str:
        return None
    text = value.strip()
    return text if 0 < len(text) <= ID_LENGTH_MAX else None


# Names under which traits carry identifiers.
_TRAIT_NAMES = {
    "email": EMAIL,
    "phone": PHONE,
    "card": CARD,
    "card_number": CARD,
    "cardNumber": CARD,
    "loyalty_card": CARD,
}


def identifiers_of_traits(traits: dict[str, Any], region: str) -> dict[str, str]:
    """Return the identifiers among a member's traits; what cannot be one is left to be a plain attribute."""
    found: dict[str, str] = {}
    for name, kind in _TRAIT_NAMES.items():
        value = traits.get(name)
        if value is not None and kind not in found:
            normal = normal_identifier(kind, value, region)
            if normal:
                found[kind] = normal
    return found


def identifiers_of_external_ids(external_ids: Any, region: str) -> dict[str, str]:
    """Return the identifiers in Segment's `context.externalIds`: a list of {"id": …, "type": …}."""
    found: dict[str, str] = {}
    if type(external_ids) is not list:
        return found
    for entry in external_ids[:20]:
        if type(entry) is dict and type(entry.get("type")) is str:
            kind = _TRAIT_NAMES.get(entry["type"], entry["type"].lower())
            normal = normal_identifier(kind, entry.get("id"), region)
            if normal:
                found.setdefault(kind, normal)
    return found
