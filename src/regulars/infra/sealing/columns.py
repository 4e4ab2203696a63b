"""Columns whose values are sealed. Each is declared where its table is, and listed once for keeping (app/sealed.py)."""

from __future__ import annotations

import msgspec

from regulars.infra.sealing.held import held_keys
from regulars.infra.sealing.keys import Keyring, key_id_of


class SealedColumn(msgspec.Struct, frozen=True):
    """A column of secrets: `table` with its schema, `key` = the columns that name a row, as seal and open get them.

    `binary` columns hold bytes, the others text; what is sealed is ASCII in both.
    """

    table: str
    column: str
    key: tuple[str, ...]
    binary: bool = False

    def seal(self, plain: str, *row: object) -> str:
        """Return a text sealed for a row. Raises SecretKeyMissing."""
        return held_keys().seal(plain.encode(), self.place(*row))

    def open(self, sealed: str, *row: object) -> str:
        """Return the text that was sealed for a row. Raises SecretUnreadable, SecretKeyMissing."""
        return held_keys().open(sealed, self.place(*row)).decode()

    def seal_bytes(self, plain: bytes, *row: object) -> bytes:
        """Return bytes sealed for a row. Raises SecretKeyMissing."""
        return held_keys().seal(plain, self.place(*row)).encode()

    def open_bytes(self, sealed: bytes, *row: object) -> bytes:
        """Return the bytes that were sealed for a row. Raises SecretUnreadable, SecretKeyMissing."""
        return held_keys().open(bytes(sealed).decode("latin-1"), self.place(*row))

    def place(self, *row: object) -> bytes:
        """Return what a value is bound to: table, column and key of its row."""
        assert len(row) == len(self.key)
        return "\0".join((self.table, self.column, *map(str, row))).encode()

    def resealed(self, value: str | bytes, ring: Keyring, row: tuple[object, ...]) -> str | bytes:
        """Return a stored value, sealed or in clear, under the key in use. Raises SecretUnreadable."""
        plain = self.plain(value, ring, row)
        sealed = ring.seal(plain, self.place(*row))
        return sealed.encode() if self.binary else sealed

    def plain(self, value: str | bytes, ring: Keyring, row: tuple[object, ...]) -> bytes:
        """Return what a stored value says, sealed or in clear. Raises SecretUnreadable."""
        if self.key_of(value) is None:
            return value.encode() if isinstance(value, str) else bytes(value)
        return ring.open(_text(value), self.place(*row))

    def key_of(self, value: str | bytes) -> str | None:
        """Return the id of the key that a stored value is sealed with; None when it stands in clear."""
        return key_id_of(_text(value))


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else bytes(value).decode("latin-1")
