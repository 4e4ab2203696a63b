"""The keys of this process: one installation, one ring. Read again when their file has changed."""

from __future__ import annotations

import os
from pathlib import Path

from regulars.infra.db.embedded import home_folder
from regulars.infra.sealing.errors import SecretKeyMissing
from regulars.infra.sealing.keys import KEY_FILE, KeyPlace, Keyring

FILE_VARIABLE = "REGULARS_SECRET_KEY_FILE"
TEXT_VARIABLE = "REGULARS_SECRET_KEY"


class _Held:
    """The place, and what was last read there."""

    def __init__(self) -> None:
        self.place: KeyPlace | None = None
        self.ring: Keyring | None = None
        self.stamp: tuple[int, int] | None = None


_held = _Held()


def hold_keys(place: KeyPlace) -> None:
    """Let this process take its keys from a place; reads nothing yet."""
    if place != _held.place:
        _held.place, _held.ring, _held.stamp = place, None, None


def held_keys() -> Keyring:
    """Return the keys of this process. Raises SecretKeyMissing, SecretKeyMalformed."""
    if _held.place is None:
        _held.place = place_of_environment()
    stamp = _held.place.stamp()
    if _held.ring is None or stamp != _held.stamp:
        _held.ring, _held.stamp = _held.place.read(), stamp
    if _held.ring is None:
        raise SecretKeyMissing(file=str(_held.place.file))
    return _held.ring


def place_of_environment() -> KeyPlace:
    """Return where the keys are when no settings say it."""
    named = os.environ.get(FILE_VARIABLE)
    return KeyPlace(os.environ.get(TEXT_VARIABLE) or None, Path(named) if named else home_folder() / KEY_FILE)
