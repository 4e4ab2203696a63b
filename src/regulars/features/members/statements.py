"""What people say about a member over the API, read strictly: a path and a sentence for each mistake. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from regulars.features.members.model import STATUSES_TO_SET, ProgramTerms
from regulars.features.members.normalise import normal_identifiers
from regulars.features.members.traits import (
    ADDRESS_FIELDS,
    PROFILE_FIELDS,
    PROFILE_TEXT_MAX,
    clean_zone,
)
from regulars.kit.errors import FieldError

TAGS_MAX: Final = 100
TAG_LETTERS_MAX: Final = 60
BIRTH_YEAR_MIN: Final = 1850


def check_tags(tags: Sequence[str], path: str = "tags") -> list[FieldError]:
    """Return what is wrong with tags."""
    if len(tags) > TAGS_MAX:
        return [FieldError(path, "too_many", f"A member has at most {TAGS_MAX} tags.")]
    return [
        FieldError(f"{path}[{place}]", "not_a_tag", f"Write 1 to {TAG_LETTERS_MAX} printable characters.")
        for place, tag in enumerate(tags)
        if not (0 < len(tag.strip()) <= TAG_LETTERS_MAX and tag.isprintable())
    ]


def check_core(fields: Mapping[str, Any], today: date) -> list[FieldError]:
    """Return what is wrong with status, zone and birthday."""
    errors = []
    if "status" in fields and fields["status"] not in STATUSES_TO_SET:
        errors.append(FieldError("status", "unknown_value", f"Write one of {', '.join(STATUSES_TO_SET)}."))
    if fields.get("zone") is not None and clean_zone(fields["zone"]) is None:
        errors.append(FieldError("zone", "unknown_zone", "Write an IANA time zone such as Europe/Berlin."))
    birthday = fields.get("birthday")
    if birthday is not None and (birthday.year < BIRTH_YEAR_MIN or birthday > today):
        errors.append(
            FieldError("birthday", "not_a_birthday", f"Write a date from {BIRTH_YEAR_MIN} until today.")
        )
    return errors


def check_profile(profile: Mapping[str, Any]) -> list[FieldError]:
    """Return what is wrong with the texts of a profile."""
    errors = [
        FieldError(
            f"profile.{field}", "not_a_text", f"Write at most {PROFILE_TEXT_MAX} printable characters."
        )
        for field in PROFILE_FIELDS
        if not _is_text(profile.get(field))
    ]
    address = profile.get("address") or {}
    errors += [
        FieldError(
            f"profile.address.{part}", "not_a_text", f"Write at most {PROFILE_TEXT_MAX} printable characters."
        )
        for part in ADDRESS_FIELDS
        if not _is_text(address.get(part))
    ]
    return errors


def contact_identifiers(
    profile: Mapping[str, Any], terms: ProgramTerms
) -> tuple[dict[str, str], list[FieldError]]:
    """Return the identifiers that a profile's e-mail address and telephone number are, normalised."""
    given = {kind: profile[kind] for kind in ("email", "phone") if profile.get(kind)}
    normal, errors = normal_identifiers(
        given, [*terms.settings.identifier_order, *given], terms.region, "profile"
    )
    return normal, errors


def _is_text(text: str | None) -> bool:
    return text is None or (len(text) <= PROFILE_TEXT_MAX and text.isprintable())
