"""Standard Webhooks 1.0.0: published vectors, and the reference library as the receiver."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks

from regulars.features.webhooks import SignatureWrong, sign, verify
from regulars.features.webhooks.errors import SecretInvalid
from regulars.features.webhooks.signing import check_secret, headers_for, new_secret

VECTORS = Path(__file__).parents[4] / "shared" / "data" / "standard-webhooks" / "vectors.json"


def vectors(kind: str) -> list[Any]:
    if not VECTORS.is_file():
        return []
    found: list[Any] = json.loads(VECTORS.read_text())[kind]
    return found


def test_the_vector_of_the_specification() -> None:
    """The one vector that every implementation tests."""
    signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.skipif(not VECTORS.is_file(), reason="the collected vectors are not on this machine")
def test_collected_vectors_of_signing() -> None:
    """Vectors of the other languages' libraries."""
    for one in vectors("sign"):
        signed = sign(one["secret"], one["msg_id"], one["timestamp"], one["payload"].encode())
        assert signed == one["signature"], one["source"]


@pytest.mark.skipif(not VECTORS.is_file(), reason="the collected vectors are not on this machine")
@pytest.mark.parametrize("one", vectors("verify"), ids=lambda one: one["name"])
def test_collected_vectors_of_verifying(one: dict[str, Any]) -> None:
    """What a receiver must accept and refuse."""
    now = datetime.fromtimestamp(one["now"], UTC)
    if one["valid"]:
        verify(one["secret"], one["headers"], one["payload"].encode(), now)
    else:
        with pytest.raises(SignatureWrong):
            verify(one["secret"], one["headers"], one["payload"].encode(), now)


def test_the_reference_library_accepts_what_we_sign_with_two_secrets() -> None:
    """During a rotation each receiver finds the signature of the secret it knows."""
    old, new, other = new_secret(), new_secret(), new_secret()
    body = '{"type":"points.earned","data":{"name":"Zoë"}}'.encode()
    headers = headers_for([new, old], "msg_1", datetime.now(UTC), body)  # noqa: TID251 - the library reads the clock
    for secret in (old, new):
        standardwebhooks.Webhook(secret).verify(body, headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(other).verify(body, headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(old).verify(body + b" ", headers)


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "A" * 90, "whsec_ä" * 9],
)
def test_a_weak_or_malformed_secret_is_refused(secret: str) -> None:
    """24 to 64 bytes, and recognisable as what they are."""
    with pytest.raises(SecretInvalid):
        check_secret(secret)


def test_a_fresh_secret_is_fine_and_never_the_same() -> None:
    """32 random bytes."""
    assert check_secret(new_secret()) != new_secret()
