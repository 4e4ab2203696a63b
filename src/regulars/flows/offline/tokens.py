"""Signed tokens that a till can check without a network: Ed25519 in a compact JWS (RFC 7515, RFC 9864). Pure.

Claims: iss (program), jti (hld_…: the points that are set aside), sub (mem_…), pts (smallest units), pt (point type),
dec (the type's decimals), iat and exp (seconds since 1970). The header names the key (kid).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization, OKPKey

from regulars.flows.offline.errors import InvalidToken, TokenExpired
from regulars.kit.ids import decode, encode

ALGORITHM: Final = "Ed25519"
TYPE: Final = "regulars-offline+jws"
TOKEN_LETTERS_MAX: Final = 2_048


class Claims(msgspec.Struct, frozen=True):
    """What a token says: `points` (smallest units) of a type with `scale` decimals, set aside by the hold of a member,
    until an instant.
    """

    program: str
    member_id: int
    hold_id: int
    points: int
    point_type: str
    scale: int
    issued_at: datetime
    expires_at: datetime


def make_key() -> tuple[bytes, bytes]:
    """Return a new private key and its public one, 32 bytes each."""
    private = Ed25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def sign(claims: Claims, key_id: str, private: bytes) -> str:
    """Return the token that says `claims`."""
    payload = {
        "iss": claims.program,
        "jti": encode("hld", claims.hold_id),
        "sub": encode("mem", claims.member_id),
        "pts": claims.points,
        "pt": claims.point_type,
        "dec": claims.scale,
        "iat": int(claims.issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
    }
    key = OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(private))
    header = {"alg": ALGORITHM, "kid": key_id, "typ": TYPE}
    return jws.serialize_compact(header, msgspec.json.encode(payload), key, algorithms=[ALGORITHM])


def public_keys(keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Return public keys as a JSON Web Key Set, which is what tills keep."""
    found = []
    for key_id, public in keys.items():
        key = OKPKey.import_key(Ed25519PublicKey.from_public_bytes(public)).as_dict(private=False)
        found.append({**key, "kid": key_id, "use": "sig", "alg": ALGORITHM})
    return {"keys": found}


def read_token(token: str, keys: Mapping[str, Any]) -> Claims:
    """Return what a token says, its signature checked with a key set. Refuses with InvalidToken."""
    if len(token) > TOKEN_LETTERS_MAX:
        raise InvalidToken
    try:
        known = KeySet.import_key_set(cast("KeySetSerialization", keys))
        signed = jws.deserialize_compact(token.strip(), known, algorithms=[ALGORITHM])
        if signed.headers().get("typ") != TYPE:
            raise InvalidToken
        said = msgspec.json.decode(signed.payload)
        return Claims(
            program=str(said["iss"]),
            member_id=decode("mem", said["sub"]),
            hold_id=decode("hld", said["jti"]),
            points=int(said["pts"]),
            point_type=str(said["pt"]),
            scale=int(said["dec"]),
            issued_at=datetime.fromtimestamp(int(said["iat"]), UTC),
            expires_at=datetime.fromtimestamp(int(said["exp"]), UTC),
        )
    except (JoseError, msgspec.DecodeError, ValueError, KeyError, TypeError) as mistake:
        raise InvalidToken from mistake


def check_token(token: str, keys: Mapping[str, Any], now: datetime) -> Claims:
    """Return what a token is good for at a till without network. Refuses with InvalidToken, TokenExpired."""
    claims = read_token(token, keys)
    if now >= claims.expires_at:
        raise TokenExpired(expired_at=claims.expires_at.isoformat().replace("+00:00", "Z"))
    return claims
