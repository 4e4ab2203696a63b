"""Versions on the wire: `ETag` out, `If-Match` in."""

from __future__ import annotations

from regulars.kit.errors import PreconditionFailed

# Longer than any version of ours.
ETAG_LETTERS_MAX = 100


def etag_of(version: str | int) -> str:
    """Return a version as the value of an ETag header."""
    return f'"{version}"'


def version_in(if_match: str | None) -> str | None:
    """Return the version that an If-Match header asks for: None without one, "*" for any that exists.

    A weak tag counts as its strong one. Raises PreconditionFailed for what was never an ETag of ours, lists included.
    """
    if if_match is None:
        return None
    text = if_match.strip()
    if text == "*":
        return "*"
    version = text.removeprefix("W/")
    if len(version) < 3 or version[0] != '"' or version[-1] != '"' or len(version) > ETAG_LETTERS_MAX:
        raise PreconditionFailed
    return version[1:-1]


def revision_in(if_match: str | None) -> int | None:
    """Return the revision that an If-Match header asks for; None without one and for "*". Raises PreconditionFailed."""
    version = version_in(if_match)
    if version is None or version == "*":
        return None
    if not (version.isascii() and version.isdecimal()) or len(version) > 9:
        raise PreconditionFailed
    return int(version)
