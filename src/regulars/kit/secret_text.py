"""Secrets as text, made here and typed or pasted by people."""

from __future__ import annotations

import secrets


def secret_text(size: int) -> str:
    """Return `size` random bytes (at least 1) as URL-safe text that begins with a letter or a digit.

    A command line takes what begins with a hyphen for an option.
    """
    while True:
        text = secrets.token_urlsafe(size)
        if text[0] not in "-_":
            return text
