"""The language in which somebody reads: what she asked for, else what her Accept-Language header prefers."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Header, Query

Language = Literal["en", "zh-CN"]
"""The languages that answers for people are written in."""

_BY_TAG: dict[str, Language] = {"en": "en", "zh": "zh-CN", "*": "en"}


def language_of(accepted: str) -> Language:
    """Return the language that an Accept-Language header prefers among ours; English when it names none of them."""
    best: Language = "en"
    weight = 0.0
    for part in accepted.split(","):
        tag, *parameters = (piece.strip().lower() for piece in part.split(";"))
        language = _BY_TAG.get(tag.split("-")[0])
        wanted = _weight(parameters)
        if language is not None and wanted > weight:
            best, weight = language, wanted
    return best


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def language_asked(
    language: Annotated[
        Language | None, Query(description="Language of the sentences; otherwise as Accept-Language prefers")
    ] = None,
    accept_language: Annotated[str, Header(description="Such as zh-CN, en;q=0.5")] = "",
) -> Language:
    """Return the language of what a route says to people. For `Depends`."""
    return language or language_of(accept_language)
