"""What is refused where keys and secrets do not fit."""

from __future__ import annotations

from regulars.kit.errors import Conflict, Unavailable


class SecretKeyMissing(Conflict):
    """The key that secrets of this database were sealed with is not here.

    Put its file back, or set REGULARS_SECRET_KEY. Where it is lost for good: 'regulars keys rotate-secret --lost'.
    """


class SecretKeyWrong(Conflict):
    """The secrets of this database were sealed with another key than the one that is here.

    Put the right one into the key file or REGULARS_SECRET_KEY; all servers of one database have the same.
    Where it is lost for good: 'regulars keys rotate-secret --lost'.
    """


class SecretKeyMalformed(Conflict):
    """A secret key is 32 bytes in base64, as 'openssl rand -base64 32' prints them; commas or lines part several."""


class SecretKeyFixed(Conflict):
    """The key comes from REGULARS_SECRET_KEY, which only you can change.

    Write a new key and a comma before the old one, on every server, start them again, then run
    'regulars keys rotate-secret --reseal'.
    """


class SecretUnreadable(Unavailable):
    """A secret cannot be read: it was sealed with a key that is not here, or for another row.

    Put the key back ('regulars doctor' says which), or set the secret anew.
    """
