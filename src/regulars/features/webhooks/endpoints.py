"""Adding, changing and removing endpoints, and giving them new secrets. URLs were looked up before, outside of `tx`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from regulars.features.webhooks import store
from regulars.features.webhooks.errors import (
    EndpointChanged,
    EndpointDisabled,
    EndpointInvalid,
    EndpointUnknown,
    MessageUnknown,
    TooManyEndpoints,
)
from regulars.features.webhooks.model import (
    CONCURRENCY_MAX,
    DESCRIPTION_LETTERS_MAX,
    ENDPOINTS_PER_PROGRAM_MAX,
    TYPES_MAX,
    Endpoint,
    NewEndpoint,
)
from regulars.features.webhooks.notice_types import PING, wrong_patterns
from regulars.features.webhooks.notices import Notice, encode_body
from regulars.features.webhooks.signing import check_secret, new_secret
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError

# Receivers deploy their new secret within this time; until then every message carries both signatures.
ROTATION_DEFAULT = timedelta(hours=24)


def check_endpoint(new: NewEndpoint) -> NewEndpoint:
    """Return an endpoint whose fields are well-formed; its URL is checked elsewhere. Raises EndpointInvalid."""
    errors = []
    wrong = wrong_patterns(new.types)
    if wrong:
        message = f"Not known: {', '.join(wrong)[:200]}. Write types, families such as points.*, or *."
        errors.append(FieldError("types", "unknown_type", message))
    if not 1 <= len(new.types) <= TYPES_MAX:
        errors.append(FieldError("types", "wrong_number", f"Name 1 to {TYPES_MAX} types."))
    if len(new.description) > DESCRIPTION_LETTERS_MAX:
        errors.append(FieldError("description", "too_long", f"At most {DESCRIPTION_LETTERS_MAX} letters."))
    if not 1 <= new.concurrency <= CONCURRENCY_MAX:
        errors.append(FieldError("concurrency", "out_of_range", f"Write 1 to {CONCURRENCY_MAX}."))
    if errors:
        raise EndpointInvalid(errors=errors)
    return new


async def add_endpoint(
    tx: Transaction, program_id: int, new: NewEndpoint, now: datetime, secret: str | None = None
) -> tuple[Endpoint, str]:
    """Add an endpoint; return it with its signing secret, which is shown this once.

    Raises EndpointInvalid, SecretInvalid, TooManyEndpoints.
    """
    check_endpoint(new)
    signing = check_secret(secret) if secret else new_secret()
    await store.lock_program(tx, program_id)
    if await store.count_endpoints(tx, program_id) >= ENDPOINTS_PER_PROGRAM_MAX:
        raise TooManyEndpoints
    endpoint_id = await store.insert_endpoint(tx, program_id, new, now)
    await store.insert_secret(tx, endpoint_id, signing, now)
    await store.write_subscriptions(tx, [program_id])
    return await get_endpoint(tx, program_id, endpoint_id), signing


async def change_endpoint(
    tx: Transaction, program_id: int, endpoint_id: int, new: NewEndpoint, revision: int | None
) -> Endpoint:
    """Change an endpoint that is at `revision`. Raises EndpointInvalid, EndpointUnknown, EndpointChanged."""
    check_endpoint(new)
    await store.lock_program(tx, program_id)
    if not await store.update_endpoint(tx, program_id, endpoint_id, new, revision):
        await get_endpoint(tx, program_id, endpoint_id)
        raise EndpointChanged
    await store.write_subscriptions(tx, [program_id])
    return await get_endpoint(tx, program_id, endpoint_id)


async def remove_endpoint(
    tx: Transaction, program_id: int, endpoint_id: int, revision: int | None, now: datetime
) -> None:
    """Take an endpoint away; what waits for it is given up. Raises EndpointUnknown, EndpointChanged."""
    await store.lock_program(tx, program_id)
    if not await store.archive_endpoint(tx, program_id, endpoint_id, revision, now):
        await get_endpoint(tx, program_id, endpoint_id)
        raise EndpointChanged
    await store.write_subscriptions(tx, [program_id])


async def get_endpoint(tx: Transaction, program_id: int, endpoint_id: int) -> Endpoint:
    """Read an endpoint of a program. Raises EndpointUnknown."""
    endpoint = await store.select_endpoint(tx, program_id, endpoint_id)
    if endpoint is None:
        raise EndpointUnknown
    return endpoint


async def rotate_secret(
    tx: Transaction,
    program_id: int,
    endpoint_id: int,
    now: datetime,
    *,
    secret: str | None = None,
    overlap: timedelta = ROTATION_DEFAULT,
) -> str:
    """Give an endpoint a new secret and return it; older ones sign along until `overlap` has passed.

    Raises EndpointUnknown, SecretInvalid.
    """
    signing = check_secret(secret) if secret else new_secret()
    await store.lock_program(tx, program_id)
    await get_endpoint(tx, program_id, endpoint_id)
    number = await store.insert_secret(tx, endpoint_id, signing, now)
    await store.expire_secrets(tx, endpoint_id, number, now + overlap)
    return signing


async def send_test(tx: Transaction, program_id: int, endpoint_id: int, now: datetime) -> int:
    """Send a ping to one endpoint, whatever it listens to; return the message's id. Raises EndpointDisabled."""
    endpoint = await _enabled(tx, program_id, endpoint_id)
    at = now.isoformat().replace("+00:00", "Z")
    body = encode_body(Notice(PING, at, data={"message": "This is a test."}))
    return await store.insert_message(tx, endpoint, PING, body, now)


async def resend(tx: Transaction, program_id: int, endpoint_id: int, message_id: int, now: datetime) -> None:
    """Begin a message's tries anew. Raises EndpointUnknown, EndpointDisabled, MessageUnknown."""
    await _enabled(tx, program_id, endpoint_id)
    if not await store.resend_message(tx, endpoint_id, message_id, now):
        message = await store.select_message(tx, endpoint_id, message_id)
        if message is None:
            raise MessageUnknown
        # It is on its way at this very moment; that is what was asked for.


async def resend_between(
    tx: Transaction,
    program_id: int,
    endpoint_id: int,
    *,
    since: datetime,
    until: datetime,
    statuses: Sequence[str],
    now: datetime,
) -> int:
    """Begin anew what was made in [since, until) and has one of `statuses`; return how many messages.

    Raises EndpointUnknown, EndpointDisabled.
    """
    await _enabled(tx, program_id, endpoint_id)
    return await store.resend_range(tx, endpoint_id, since=since, until=until, statuses=statuses, now=now)


async def _enabled(tx: Transaction, program_id: int, endpoint_id: int) -> Endpoint:
    endpoint = await get_endpoint(tx, program_id, endpoint_id)
    if not endpoint.enabled:
        raise EndpointDisabled
    return endpoint
