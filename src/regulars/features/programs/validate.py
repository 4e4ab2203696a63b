"""What a configuration must satisfy before it is written: pure checks with a path and a sentence for each refusal."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from zoneinfo import available_timezones

import phonenumbers

from regulars.features.programs.errors import InvalidConfiguration
from regulars.features.programs.model import CHANNELS, PARTNER_ROLES, PROFILES, ProgramSettings, is_code
from regulars.kit.errors import FieldError

NAME_MAX = 200
IDENTIFIER_KINDS_MAX = 20
ORIGINS_MAX = 50
RATE_PER_SECOND_MAX = 100_000
AMOUNT_BASES = ("revenue", "subtotal", "total", "lines")
_CURRENCY = re.compile(r"[A-Z]{3}")
_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?")


class Findings:
    """Collects what is wrong with one configuration object."""

    def __init__(self) -> None:
        """Start with nothing found."""
        self.errors: list[FieldError] = []

    def refuse(self, path: str, code: str, message: str) -> None:
        """Note one error."""
        self.errors.append(FieldError(path, code, message))

    def settle(self) -> None:
        """Refuse with InvalidConfiguration when anything was found."""
        if self.errors:
            raise InvalidConfiguration(errors=self.errors)

    def code(self, path: str, value: str) -> None:
        """Check the code of an object."""
        if not is_code(value):
            self.refuse(
                path, "not_a_code", "Write 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit."
            )

    def name(self, path: str, value: str) -> None:
        """Check a name for people."""
        if not 0 < len(value.strip()) <= NAME_MAX or not value.isprintable():
            self.refuse(path, "not_a_name", f"Write a name of 1 to {NAME_MAX} printable characters.")

    def one_of(self, path: str, value: str, known: Collection[str]) -> None:
        """Check a word from a closed list."""
        if value not in known:
            self.refuse(path, "unknown_value", f"Write one of {', '.join(known)}.")


def check_program(name: str, currency: str, zone: str, region: str, settings: ProgramSettings) -> Findings:
    """Check what a program is made of."""
    found = Findings()
    found.name("name", name)
    if not _CURRENCY.fullmatch(currency):
        found.refuse("currency", "not_a_currency", "Write an ISO 4217 code such as EUR.")
    if zone not in available_timezones():
        found.refuse("zone", "unknown_zone", "Write an IANA time zone such as Europe/Berlin.")
    if region not in phonenumbers.SUPPORTED_REGIONS:
        found.refuse("region", "unknown_region", "Write the ISO 3166 code of a country, such as DE.")
    _check_settings(found, settings)
    return found


def _check_settings(found: Findings, settings: ProgramSettings) -> None:
    order = settings.identifier_order
    if not 0 < len(order) <= IDENTIFIER_KINDS_MAX:
        found.refuse(
            "settings.identifier_order", "length", f"Name 1 to {IDENTIFIER_KINDS_MAX} kinds of identifier."
        )
    for position, kind in enumerate(order):
        path = f"settings.identifier_order[{position}]"
        if not _KIND.fullmatch(kind) or kind == "member_id":
            found.refuse(path, "not_a_kind", "Write 1 to 40 of a-z, 0-9 and _, beginning with a letter.")
        elif kind in order[:position]:
            found.refuse(path, "named_twice", f"{kind} is named above already.")
    found.one_of("settings.amount_base", settings.amount_base, AMOUNT_BASES)


def check_partner(code: str, name: str, roles: Collection[str]) -> Findings:
    """Check what a partner is made of."""
    found = Findings()
    found.code("code", code)
    found.name("name", name)
    for position, role in enumerate(roles):
        found.one_of(f"roles[{position}]", role, PARTNER_ROLES)
    return found


def check_store(code: str, name: str, region: str, channel: str, path: str = "") -> Findings:
    """Check what a store is made of; `path` is put before each field."""
    found = Findings()
    found.code(f"{path}code", code)
    found.name(f"{path}name", name)
    if region and not is_code(region.lower()):
        found.refuse(f"{path}region", "not_a_code", "Write the region as a code, such as north or DE-BY.")
    found.one_of(f"{path}channel", channel, CHANNELS)
    return found


def check_source(
    code: str, name: str, profile: str, origins: Collection[str], rate_per_second: Any
) -> Findings:
    """Check what a source is made of."""
    found = Findings()
    found.code("code", code)
    found.name("name", name)
    found.one_of("profile", profile, PROFILES)
    if len(origins) > ORIGINS_MAX:
        found.refuse("origins", "too_many", f"At most {ORIGINS_MAX} origins.")
    for position, origin in enumerate(origins):
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            found.refuse(
                f"origins[{position}]", "not_an_origin", "Write an origin such as https://shop.example, or *."
            )
    if not 0 < rate_per_second <= RATE_PER_SECOND_MAX:
        found.refuse(
            "rate_per_second", "out_of_range", f"Write a whole number from 1 to {RATE_PER_SECOND_MAX}."
        )
    return found
