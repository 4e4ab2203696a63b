"""Keys and where they are: AES-256-GCM under the first, any of them opens what it sealed.

A sealed value is text: `sealed:<id of the key>:<base64 of nonce, ciphertext and tag>`. What it belongs to (table,
column, key of the row) is authenticated along, so a value that is moved to another row does not open there.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from regulars.infra.sealing.errors import SecretKeyMalformed, SecretUnreadable

PREFIX: Final = "sealed:"
KEY_FILE: Final = "secret.key"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
_ID_LETTERS: Final = 12
_PRIVATE: Final = 0o600
_COMMENT: Final = (
    "# Seals the secrets in the database: keep a copy apart from its backups. The first line is in use.\n"
)
_BETWEEN: Final = re.compile(r"[\s,]+")


class Keyring:
    """One or more keys; the first one seals."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Take keys as text, in base64. Raises SecretKeyMalformed."""
        if not texts:
            raise SecretKeyMalformed
        keys = {text: _decoded(text) for text in texts}
        self._texts = {key_id(raw): text for text, raw in keys.items()}
        self._ciphers = {key_id(raw): AESGCM(raw) for raw in keys.values()}
        self.current = next(iter(self._ciphers))

    @classmethod
    def of(cls, text: str) -> Keyring:
        """Take keys as they are written in one text, with commas or lines between. Raises SecretKeyMalformed."""
        return cls([part for part in _BETWEEN.split(text) if part])

    def __contains__(self, name: str) -> bool:
        """Say whether the key of this id is here."""
        return name in self._ciphers

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of the keys, the one in use first; an id says nothing of its key."""
        return tuple(self._ciphers)

    def texts(self, names: Iterable[str]) -> list[str]:
        """Return the keys of these ids as text, in the order of the ring."""
        wanted = set(names)
        return [text for name, text in self._texts.items() if name in wanted]

    def seal(self, plain: bytes, place: bytes) -> str:
        """Return a secret sealed for a place."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + self._ciphers[self.current].encrypt(nonce, plain, place)
        return f"{PREFIX}{self.current}:{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, place: bytes) -> bytes:
        """Return what was sealed for a place. Raises SecretUnreadable."""
        name = key_id_of(sealed)
        if name is None or name not in self._ciphers:
            raise SecretUnreadable
        try:
            raw = base64.urlsafe_b64decode(sealed.rpartition(":")[2])
            return self._ciphers[name].decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place)
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable from error


class KeyPlace(msgspec.Struct, frozen=True):
    """Where the keys of an installation are: said outright in `text`, else in `file`."""

    text: str | None
    file: Path

    def read(self) -> Keyring | None:
        """Return the keys; None where there is no file. Raises SecretKeyMalformed."""
        if self.text is not None:
            return Keyring.of(self.text)
        try:
            lines = self.file.read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            raise self._malformed() from error
        except OSError as error:
            raise SecretKeyMalformed(f"{self.file} cannot be read: {error.strerror}.") from error
        try:
            return Keyring.of("\n".join(line for line in lines if not line.startswith("#")))
        except SecretKeyMalformed as error:
            raise self._malformed() from error

    def make(self) -> Keyring:
        """Make the file with a new key and return it; when another process was faster, its key."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        partial = self._written([new_key_text()])
        with suppress(FileExistsError):
            os.link(partial, self.file)
        partial.unlink()
        made = self.read()
        assert made is not None
        return made

    def replace(self, texts: Sequence[str]) -> Keyring:
        """Let the file hold exactly these keys, the first one in use; whoever reads sees all or nothing of it."""
        self._written(texts).replace(self.file)
        return Keyring(texts)

    def stamp(self) -> tuple[int, int] | None:
        """Return what changes whenever the file does; None where there is none, or none is read."""
        if self.text is not None:
            return None
        try:
            state = self.file.stat()
        except OSError:
            return None
        return (state.st_mtime_ns, state.st_ino)

    def open_to_others(self) -> bool:
        """Say whether other accounts of the machine may read the file."""
        try:
            return self.text is None and bool(self.file.stat().st_mode & 0o077)
        except OSError:
            return False

    def _malformed(self) -> SecretKeyMalformed:
        return SecretKeyMalformed(f"{self.file} holds no secret key. {SecretKeyMalformed().message}")

    def _written(self, texts: Sequence[str]) -> Path:
        handle, name = tempfile.mkstemp(prefix=f".{KEY_FILE}.", dir=self.file.parent)
        with os.fdopen(handle, "w", encoding="ascii") as partial:
            os.fchmod(handle, _PRIVATE)
            partial.write(_COMMENT + "".join(f"{text}\n" for text in texts))
            partial.flush()
            os.fsync(handle)
        return Path(name)


def new_key_text() -> str:
    """Return a new key as text."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def key_id(raw: bytes) -> str:
    """Return by what a key is told apart from others, without saying anything of it."""
    return sha256(b"id of a secret key\0" + raw).hexdigest()[:_ID_LETTERS]


def key_id_of(value: str) -> str | None:
    """Return the id of the key that a value was sealed with; None when it stands in clear."""
    if not value.startswith(PREFIX):
        return None
    return value.removeprefix(PREFIX).partition(":")[0]


def _decoded(text: str) -> bytes:
    try:
        raw = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SecretKeyMalformed from error
    if len(raw) != KEY_BYTES:
        raise SecretKeyMalformed
    return raw
