"""What a message says about a member (`identify` traits, a CSV row, a form), sorted into the places it is kept. Pure.

Names of the Segment specification are known in both spellings (firstName, first_name). What is not known becomes an
attribute; nested objects become dotted names. Null removes, absence leaves alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Final
from zoneinfo import available_timezones

import msgspec

from regulars.features.members.attributes import ATTRIBUTES_OF_MEMBER_MAX, flatten, is_attribute_name

PROFILE_FIELDS: Final = ("first_name", "last_name", "email", "phone", "gender", "language")
PROFILE_TEXT_MAX: Final = 200
ADDRESS_FIELDS: Final = ("street", "city", "state", "postal_code", "country")

_FIELD_OF_TRAIT: Final = {
    "firstName": "first_name",
    "first_name": "first_name",
    "lastName": "last_name",
    "last_name": "last_name",
    "email": "email",
    "phone": "phone",
    "gender": "gender",
    "language": "language",
    "locale": "language",
    "birthday": "birthday",
    "birthdate": "birthday",
    "zone": "zone",
    "timezone": "zone",
    "address": "address",
    "name": "name",
}
# Identifiers travel beside the traits; here they would only be kept twice.
_NOT_ATTRIBUTES: Final = {
    "id",
    "userId",
    "user_id",
    "anonymousId",
    "card",
    "card_number",
    "cardNumber",
    "loyalty_card",
}
_ADDRESS_NAMES: Final = {"postalCode": "postal_code", "zip": "postal_code", "line1": "street"}


class Traits(msgspec.Struct, frozen=True):
    """What is said about one member. A field that maps to None is to be removed; one that is absent stays.

    `profile`: texts of PROFILE_FIELDS, and `address` as an object. `core`: `birthday` (date), `zone` (IANA name).
    `attributes`: the rest by dotted name, not yet fitted to their kinds.
    """

    profile: dict[str, Any] = {}
    core: dict[str, Any] = {}
    attributes: dict[str, Any] = {}

    def __bool__(self) -> bool:
        """Whether anything is said at all."""
        return bool(self.profile or self.core or self.attributes)


def split_traits(traits: Mapping[str, Any]) -> Traits:
    """Return traits sorted into profile, core and attributes.

    A known field whose value makes no sense (a birthday of "soon", a telephone number of true) is left out: an event is
    not refused for it. Attributes beyond ATTRIBUTES_OF_MEMBER_MAX are left out too. Of two names of one field the last
    of the alphabet counts: an event read again from its document has its traits in that order, however they were sent.
    """
    profile: dict[str, Any] = {}
    core: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for name, value in sorted(traits.items()):
        field = _FIELD_OF_TRAIT.get(name)
        if field is None:
            if name not in _NOT_ATTRIBUTES:
                rest[name] = value
        elif field == "name":
            for part, text in _parts_of_name(value).items():
                profile.setdefault(part, text)
        elif field in ("birthday", "zone"):
            _put(core, field, value, _READERS[field])
        elif field == "address":
            _put(profile, field, value, clean_address)
        else:
            _put(profile, field, value, clean_text)
    flat = {name: value for name, value in flatten(rest).items() if is_attribute_name(name)}
    if len(flat) > ATTRIBUTES_OF_MEMBER_MAX:
        flat = dict(list(flat.items())[:ATTRIBUTES_OF_MEMBER_MAX])
    return Traits(profile, core, flat)


def name_key(first_name: str | None, last_name: str | None) -> str:
    """Return the name as it is searched: "last first" in small letters, single blanks."""
    return " ".join(f"{last_name or ''} {first_name or ''}".casefold().split())


def clean_text(value: Any) -> str | None:
    """Return a text without outer blanks and control characters, or None where there is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = "".join(letter for letter in str(value).strip() if letter.isprintable())
    return text[:PROFILE_TEXT_MAX] or None


def clean_address(value: Any) -> dict[str, str] | None:
    """Return the known parts of a postal address, or None where there are none."""
    if isinstance(value, str):
        value = {"street": value}
    if not isinstance(value, Mapping):
        return None
    address: dict[str, str] = {}
    for name, part in value.items():
        known = _ADDRESS_NAMES.get(name, name)
        text = clean_text(part)
        if known in ADDRESS_FIELDS and text:
            address[known] = text
    return address or None


def clean_birthday(value: Any) -> date | None:
    """Return a date of birth from a date or the date part of an instant, or None."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    try:
        day = date.fromisoformat(value.strip()[:10])
    except ValueError:
        return None
    return day if day.year >= 1850 else None


def clean_zone(value: Any) -> str | None:
    """Return the IANA name of a time zone, or None."""
    return value if isinstance(value, str) and value in _zones() else None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


_READERS: Final = {"birthday": clean_birthday, "zone": clean_zone}


def _put(fields: dict[str, Any], name: str, value: Any, read: Any) -> None:
    """Keep what `read` makes of a value; null and the empty text remove, nonsense is left out."""
    if value is None or value == "":
        fields[name] = None
        return
    known = read(value)
    if known is not None:
        fields[name] = known


def _parts_of_name(value: Any) -> dict[str, str]:
    """Return a full name as first and last name, divided at its last blank."""
    text = clean_text(value)
    if not text:
        return {}
    first, _, last = text.rpartition(" ")
    return {"first_name": first, "last_name": last} if first else {"first_name": last}
