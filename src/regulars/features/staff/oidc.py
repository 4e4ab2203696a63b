"""Signing in at an OpenID provider: authorization code with PKCE, state and nonce; its keys verify the id token.

Nobody is made by this: a person is bound to who she is there at her first sign-in, by an e-mail address that the
provider has verified. Network calls are made outside of transactions.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from regulars.features.staff import store
from regulars.features.staff.challenges import ask, take
from regulars.features.staff.errors import (
    InvalidPerson,
    ProviderRefused,
    ProviderUnreachable,
    UnknownProvider,
)
from regulars.features.staff.model import Browser, Opened, new_token, normal_email
from regulars.features.staff.sessions import open_session
from regulars.features.staff.store import queries
from regulars.infra.db import Database, Transaction
from regulars.kit.errors import FieldError

ANSWER_WITHIN: Final = timedelta(minutes=10)
SCOPE: Final = "openid email profile"
# Signatures we accept: public keys only, so that nobody signs with what the client knows.
ALGORITHMS: Final = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]
_TIMEOUT_S: Final = 10.0
_LEEWAY_S: Final = 60
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Provider(msgspec.Struct, frozen=True):
    """An OpenID provider that may be used."""

    id: int
    code: str
    name: str
    issuer: str
    client_id: str
    client_secret: str | None


class Begun(msgspec.Struct, frozen=True):
    """Where the browser goes, and what it keeps until it comes back."""

    address: str
    kept: str


async def put_provider(
    tx: Transaction,
    code: str,
    name: str,
    issuer: str,
    client_id: str,
    client_secret: str | None,
    now: datetime,
) -> None:
    """Add an identity provider or change it. Refuses with InvalidPerson when its issuer is not under TLS."""
    parts = urlsplit(issuer)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        errors = [FieldError("issuer", "not_https", "Write an address that begins with https://.")]
        raise InvalidPerson(errors=errors)
    await tx.run(
        queries.upsert_provider,
        code=code,
        name=name.strip(),
        issuer=issuer.rstrip("/"),
        client_id=client_id,
        client_secret=None if client_secret is None else store.CLIENT_SECRET.seal(client_secret, code),
        now=now,
    )


async def disable_provider(tx: Transaction, code: str, now: datetime) -> None:
    """Let nobody sign in there any more. Refuses with UnknownProvider."""
    if not await tx.run(queries.disable_provider, code=code, now=now):
        raise UnknownProvider


async def begin(db: Database, code: str, callback: str, now: datetime) -> Begun:
    """Send a browser to a provider. Refuses with UnknownProvider, ProviderUnreachable."""
    async with db.transaction(read_only=True) as tx:
        provider = await _provider(tx, code)
    verifier, nonce = new_token() + new_token(), new_token()
    async with _client(provider, callback) as client:
        metadata = await _metadata(client, provider)
        async with db.transaction() as tx:
            kept = await ask(tx, "oidc", {"verifier": verifier, "nonce": nonce}, now + ANSWER_WITHIN)
        address, _ = client.create_authorization_url(
            metadata["authorization_endpoint"], state=_state(kept), nonce=nonce, code_verifier=verifier
        )
    return Begun(address, kept)


async def finish(
    db: Database,
    code: str,
    callback: str,
    query: dict[str, str],
    kept: str,
    browser: Browser,
    now: datetime,
) -> Opened:
    """Begin a session of whoever comes back from a provider.

    Refuses with UnknownProvider, ProviderUnreachable, ProviderRefused, ChallengeSpent.
    """
    if not kept or query.get("state") != _state(kept):
        raise ProviderRefused("This sign-in was not begun in this browser; begin again.")
    async with db.transaction() as tx:
        provider = await _provider(tx, code)
        content = await take(tx, "oidc", kept, now)
    if "code" not in query:
        raise ProviderRefused
    async with _client(provider, callback) as client:
        metadata = await _metadata(client, provider)
        try:
            tokens = await client.fetch_token(
                metadata["token_endpoint"], code=query["code"], code_verifier=content["verifier"]
            )
            keys = (await client.request("GET", metadata["jwks_uri"], withhold_token=True)).json()
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderUnreachable from error
        except AuthlibBaseError as error:
            raise ProviderRefused from error
    claims = _verified(tokens, keys, provider, metadata, content["nonce"], now)
    async with db.transaction() as tx:
        person_id = await _person_of(tx, provider, claims, now)
        return await open_session(tx, person_id, "oidc", browser, now)


def _client(provider: Provider, callback: str) -> AsyncOAuth2Client:
    """Return a client that follows nobody elsewhere and waits for nobody long."""
    return AsyncOAuth2Client(
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        token_endpoint_auth_method="client_secret_basic" if provider.client_secret else "none",
        scope=SCOPE,
        redirect_uri=callback,
        code_challenge_method="S256",
        timeout=_TIMEOUT_S,
        follow_redirects=False,
        trust_env=False,
    )


async def _metadata(client: AsyncOAuth2Client, provider: Provider) -> dict[str, Any]:
    address = f"{provider.issuer}/.well-known/openid-configuration"
    try:
        answer = await client.request("GET", address, withhold_token=True)
        found: dict[str, Any] = answer.raise_for_status().json()
    except (httpx2.HTTPError, ValueError) as error:
        raise ProviderUnreachable from error
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if found.get("issuer") != provider.issuer or any(type(found.get(name)) is not str for name in needed):
        raise ProviderUnreachable("The provider's configuration is not that of its issuer.")
    return found


def _verified(
    tokens: dict[str, Any],
    keys: Any,
    provider: Provider,
    metadata: dict[str, Any],
    nonce: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the claims of the id token (OpenID Connect Core 3.1.3.7). Refuses with ProviderRefused."""
    expected = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=_LEEWAY_S,
        iss={"essential": True, "value": metadata["issuer"]},
        aud={"essential": True, "value": provider.client_id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        token = jwt.decode(tokens["id_token"], KeySet.import_key_set(keys), algorithms=ALGORITHMS)
        expected.validate(token.claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise ProviderRefused from error
    claims: dict[str, Any] = token.claims
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise ProviderRefused
    return claims


async def _person_of(tx: Transaction, provider: Provider, claims: dict[str, Any], now: datetime) -> int:
    found = await tx.maybe(queries.select_identity, provider_id=provider.id, subject=claims["sub"])
    if found is not None:
        if found[1] is not None:
            raise ProviderRefused
        return int(found[0])
    if claims.get("email_verified") is not True or not isinstance(claims.get("email"), str):
        raise ProviderRefused
    person = await store.select_sign_in(tx, normal_email(claims["email"]))
    if person is None or person.disabled_at is not None:
        raise ProviderRefused
    bound = await tx.value(
        queries.insert_identity,
        provider_id=provider.id,
        subject=claims["sub"],
        person_id=person.id,
        now=now,
    )
    if bound is None:
        raise ProviderRefused
    return person.id


async def _provider(tx: Transaction, code: str) -> Provider:
    found = await tx.maybe(queries.select_provider, row=Provider, code=code)
    if found is None:
        raise UnknownProvider
    if found.client_secret is None:
        return found
    return msgspec.structs.replace(found, client_secret=store.CLIENT_SECRET.open(found.client_secret, code))


def _state(kept: str) -> str:
    """Return the state of what a browser keeps: it can be shown, and nobody finds the other by it."""
    return sha256(b"state\0" + kept.encode()).hexdigest()
