"""Secrets at rest: sealed with a key that is kept outside the database, bound to the row they belong to.

    SECRET = SealedColumn("webhooks.secret", "secret")
    await tx.run(queries.insert_secret, secret=SECRET.seal(text, endpoint_id, number), …)
    text = SECRET.open(row.secret, endpoint_id, number)

The key is in a file of the installation or in REGULARS_SECRET_KEY (keys.py), and one for the whole process (held.py).
Owns the table sealing.key_in_use, which says with which key this database's secrets are sealed.
"""

from __future__ import annotations

from regulars.infra.sealing.columns import SealedColumn
from regulars.infra.sealing.errors import (
    SecretKeyFixed,
    SecretKeyMalformed,
    SecretKeyMissing,
    SecretKeyWrong,
    SecretUnreadable,
)
from regulars.infra.sealing.held import hold_keys
from regulars.infra.sealing.keeping import Kept, Resealed, look, rotate, settle
from regulars.infra.sealing.keys import KEY_FILE, KeyPlace, Keyring, new_key_text

__all__ = [
    "KEY_FILE",
    "Kept",
    "KeyPlace",
    "Keyring",
    "Resealed",
    "SealedColumn",
    "SecretKeyFixed",
    "SecretKeyMalformed",
    "SecretKeyMissing",
    "SecretKeyWrong",
    "SecretUnreadable",
    "hold_keys",
    "look",
    "new_key_text",
    "rotate",
    "settle",
]
