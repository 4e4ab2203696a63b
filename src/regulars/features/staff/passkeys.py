"""Passkeys (WebAuthn): a device of a person signs a challenge; we keep its public key and the counter of signatures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from regulars.features.staff import store
from regulars.features.staff.challenges import ask, take
from regulars.features.staff.errors import PasskeyRefused, UnknownPasskey
from regulars.features.staff.model import Browser, Opened
from regulars.features.staff.sessions import open_session
from regulars.features.staff.store import SignIn, queries
from regulars.infra.db import Transaction
from regulars.kit.errors import Invalid

ANSWER_WITHIN: Final = timedelta(minutes=5)
PASSKEYS_MAX: Final = 20
NAME_LETTERS_MAX: Final = 80
_NEW: Final = "passkey_new"
_SIGN_IN: Final = "passkey_sign_in"


class Site(msgspec.Struct, frozen=True):
    """Where browsers reach us: passkeys are bound to the host, and their answers to the origin."""

    origin: str

    @property
    def host(self) -> str:
        """Return the host, which is the id of the relying party."""
        return urlsplit(self.origin).hostname or ""


class Passkey(msgspec.Struct, frozen=True):
    """A passkey of a person."""

    id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


async def begin_passkey(tx: Transaction, person: SignIn, site: Site, now: datetime) -> dict[str, Any]:
    """Return what `navigator.credentials.create` is called with (`publicKey`), and the `challenge` to send back."""
    known = await list_passkeys(tx, person.id)
    if len(known) >= PASSKEYS_MAX:
        raise Invalid(f"{PASSKEYS_MAX} passkeys are the limit; remove one first.")
    options = generate_registration_options(
        rp_id=site.host,
        rp_name="Regulars",
        user_id=f"staff:{person.id}".encode(),
        user_name=person.email,
        user_display_name=person.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(one.credential_id)) for one in known],
    )
    content = {"challenge": options.challenge.hex()}
    token = await ask(tx, _NEW, content, now + ANSWER_WITHIN, person.id)
    return {"challenge": token, "publicKey": msgspec.json.decode(options_to_json(options))}


async def add_passkey(
    tx: Transaction,
    person_id: int,
    challenge: str,
    credential: dict[str, Any],
    name: str,
    site: Site,
    now: datetime,
) -> int:
    """Keep the public key of a device. Refuses with ChallengeSpent, PasskeyRefused."""
    content = await take(tx, _NEW, challenge, now, person_id)
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=bytes.fromhex(content["challenge"]),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyRefused from error
    made = await tx.value(
        queries.insert_passkey,
        person_id=person_id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=name.strip()[:NAME_LETTERS_MAX],
        now=now,
    )
    if made is None:
        raise PasskeyRefused("This passkey is somebody's already.")
    return int(made)


async def begin_passkey_sign_in(tx: Transaction, site: Site, now: datetime) -> dict[str, Any]:
    """Return what `navigator.credentials.get` is called with; the device knows whose keys it has, we do not ask who."""
    options = generate_authentication_options(
        rp_id=site.host, user_verification=UserVerificationRequirement.REQUIRED
    )
    token = await ask(tx, _SIGN_IN, {"challenge": options.challenge.hex()}, now + ANSWER_WITHIN)
    return {"challenge": token, "publicKey": msgspec.json.decode(options_to_json(options))}


async def sign_in_by_passkey(
    tx: Transaction,
    challenge: str,
    credential: dict[str, Any],
    site: Site,
    browser: Browser,
    now: datetime,
) -> Opened:
    """Begin a session of whoever has the passkey. Refuses with ChallengeSpent, PasskeyRefused."""
    content = await take(tx, _SIGN_IN, challenge, now)
    try:
        credential_id = base64url_to_bytes(credential["rawId"])
    except (KeyError, ValueError, TypeError) as error:
        raise PasskeyRefused from error
    found = await tx.maybe(queries.lock_passkey, credential_id=credential_id)
    if found is None or found[4] is not None:
        raise PasskeyRefused
    passkey_id, person_id, public_key, sign_count, _ = found
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=bytes.fromhex(content["challenge"]),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=bytes(public_key),
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyRefused from error
    await tx.run(
        queries.update_passkey_used, passkey_id=passkey_id, sign_count=verified.new_sign_count, now=now
    )
    return await open_session(tx, person_id, "passkey", browser, now)


async def list_passkeys(tx: Transaction, person_id: int) -> list[Passkey]:
    """Return the passkeys of a person."""
    return await tx.all(queries.select_passkeys, row=Passkey, person_id=person_id)


async def remove_passkey(tx: Transaction, person_id: int, passkey_id: int) -> None:
    """Remove a passkey. Refuses with UnknownPasskey."""
    if not await tx.run(queries.delete_passkey, passkey_id=passkey_id, person_id=person_id):
        raise UnknownPasskey


async def sign_in_of(tx: Transaction, person_id: int) -> SignIn:
    """Return what the person who is signed in signs in with."""
    return await store.select_sign_in_by_id(tx, person_id)
