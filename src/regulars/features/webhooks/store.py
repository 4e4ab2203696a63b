"""Webhooks in the database: one typed function per statement, no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import structlog

from regulars.features.webhooks.model import (
    Delivery,
    Endpoint,
    LivingSecret,
    Message,
    NewEndpoint,
    Outgoing,
    Sent,
)
from regulars.infra.db import Transaction, load_queries
from regulars.infra.sealing import SealedColumn, SecretUnreadable

queries = load_queries(__package__)
log = structlog.get_logger("regulars.webhooks")
SECRET: Final = SealedColumn("webhooks.secret", "secret", ("endpoint_id", "number"))


async def lock_program(tx: Transaction, program_id: int) -> None:
    """Wait until no other transaction changes endpoints of this program."""
    await tx.run(queries.lock_program, program_id=program_id)


async def count_endpoints(tx: Transaction, program_id: int) -> int:
    """Return how many endpoints a program has."""
    return int(await tx.value(queries.count_endpoints, program_id=program_id))


async def insert_endpoint(tx: Transaction, program_id: int, new: NewEndpoint, now: datetime) -> int:
    """Add an endpoint and return its id."""
    return int(
        await tx.value(
            queries.insert_endpoint,
            program_id=program_id,
            url=new.url,
            description=new.description,
            types=list(new.types),
            concurrency=new.concurrency,
            enabled=new.enabled,
            now=now,
        )
    )


async def update_endpoint(
    tx: Transaction, program_id: int, endpoint_id: int, new: NewEndpoint, revision: int | None
) -> bool:
    """Change an endpoint that is at `revision` (None: at any); False when it is not there or not at it."""
    changed = await tx.run(
        queries.update_endpoint,
        program_id=program_id,
        id=endpoint_id,
        revision=revision,
        url=new.url,
        description=new.description,
        types=list(new.types),
        concurrency=new.concurrency,
        enabled=new.enabled,
    )
    return bool(changed)


async def archive_endpoint(
    tx: Transaction, program_id: int, endpoint_id: int, revision: int | None, now: datetime
) -> bool:
    """Take an endpoint away and give up what waits for it; False when it is not there or not at `revision`."""
    gone = await tx.run(
        queries.archive_endpoint, program_id=program_id, id=endpoint_id, revision=revision, now=now
    )
    if gone:
        await tx.run(queries.fail_waiting, id=endpoint_id, now=now)
    return bool(gone)


async def select_endpoint(tx: Transaction, program_id: int, endpoint_id: int) -> Endpoint | None:
    """Read an endpoint of a program."""
    return await tx.maybe(queries.select_endpoint, row=Endpoint, program_id=program_id, id=endpoint_id)


async def select_endpoints(
    tx: Transaction, program_id: int, *, after: int = 0, limit: int = 1_000
) -> list[Endpoint]:
    """Read a page of a program's endpoints, by id."""
    return await tx.all(
        queries.select_endpoints, row=Endpoint, program_id=program_id, after=after, limit=limit
    )


async def write_subscriptions(tx: Transaction, program_ids: Sequence[int]) -> None:
    """Sum up anew what programs' endpoints listen to."""
    await tx.run(queries.write_subscription, program_ids=list(program_ids))


async def select_subscription(tx: Transaction, program_id: int) -> list[str]:
    """Read what a program's endpoints listen to; empty where there never was one."""
    return await tx.value(queries.select_subscription, program_id=program_id) or []


async def insert_secret(tx: Transaction, endpoint_id: int, secret: str, now: datetime) -> int:
    """Seal and add a secret of a program that is locked; return its number."""
    number = int(await tx.value(queries.select_next_number, endpoint_id=endpoint_id))
    sealed = SECRET.seal(secret, endpoint_id, number)
    await tx.run(queries.insert_secret, endpoint_id=endpoint_id, number=number, secret=sealed, now=now)
    return number


async def expire_secrets(tx: Transaction, endpoint_id: int, number: int, expires_at: datetime) -> None:
    """Let the secrets before `number` end at the latest at `expires_at`."""
    await tx.run(queries.expire_secrets, endpoint_id=endpoint_id, number=number, expires_at=expires_at)


async def select_secrets(tx: Transaction, endpoint_id: int, now: datetime) -> list[LivingSecret]:
    """Read the living secrets of an endpoint without their values, newest first."""
    return await tx.all(queries.select_secrets, row=LivingSecret, endpoint_id=endpoint_id, now=now)


async def insert_message(
    tx: Transaction, endpoint: Endpoint, notice_type: str, body: str, now: datetime
) -> int:
    """Add one message for one endpoint and return its id."""
    return int(
        await tx.value(
            queries.insert_message,
            endpoint_id=endpoint.id,
            program_id=endpoint.program_id,
            type=notice_type,
            body=body,
            now=now,
        )
    )


async def insert_messages(tx: Transaction, notices: Sequence[tuple[int, str, str]], now: datetime) -> int:
    """Make one message of each notice (program id, type, body) for each endpoint that listens; return how many."""
    return await tx.run(
        queries.insert_messages,
        program_ids=[notice[0] for notice in notices],
        types=[notice[1] for notice in notices],
        bodies=[notice[2] for notice in notices],
        now=now,
    )


async def insert_unreadable(
    tx: Transaction, batch_id: int, program_id: int, reason: str, now: datetime
) -> None:
    """Note that an outbox row was set aside."""
    await tx.run(queries.insert_unreadable, batch_id=batch_id, program_id=program_id, reason=reason, now=now)


async def delete_old_messages(tx: Transaction, before: datetime, limit: int) -> int:
    """Forget at most `limit` messages that ended before an instant, with their deliveries; return how many."""
    return await tx.run(queries.delete_old_messages, before=before, limit=limit)


async def delete_expired_secrets(tx: Transaction, now: datetime) -> int:
    """Forget secrets that no longer sign; return how many."""
    return await tx.run(queries.delete_expired_secrets, now=now)


async def release_lapsed(tx: Transaction) -> int:
    """Give back messages whose worker was lost while it sent them."""
    return await tx.run(queries.release_lapsed)


async def lock_ready_endpoints(tx: Transaction, now: datetime, limit: int) -> list[tuple[int, int, int]]:
    """Lock endpoints with something due; return (id, concurrency, failures in a row)."""
    rows = await tx.all(queries.lock_ready_endpoints, now=now, limit=limit)
    return [(row[0], row[1], row[2]) for row in rows]


async def claim_messages(
    tx: Transaction, most: dict[int, int], now: datetime, lease_s: int
) -> list[Outgoing]:
    """Take due messages of locked endpoints, so that at most most[endpoint] of each are being sent anywhere."""
    claimed: list[Outgoing] = await tx.all(
        queries.claim_messages,
        row=_outgoing,
        endpoint_ids=list(most),
        most=list(most.values()),
        now=now,
        lease_s=lease_s,
    )
    return claimed


async def write_deliveries(tx: Transaction, sent: Sequence[Sent], now: datetime) -> None:
    """Write attempts and what became of their messages."""
    await tx.run(
        queries.write_deliveries,
        endpoint_ids=[one.message.endpoint_id for one in sent],
        message_ids=[one.message.id for one in sent],
        fences=[one.message.fence for one in sent],
        attempts=[one.message.attempt for one in sent],
        urls=[one.message.url for one in sent],
        sent_at=[one.sent_at for one in sent],
        durations_ms=[one.duration_ms for one in sent],
        outcomes=[one.outcome for one in sent],
        statuses=[one.status for one in sent],
        responses=[one.response for one in sent],
        message_statuses=[one.message_status for one in sent],
        next_at=[one.next_at for one in sent],
        now=now,
    )


async def write_health(
    tx: Transaction, seen: dict[int, tuple[bool, int, datetime | None]], now: datetime
) -> None:
    """Note per endpoint: whether any attempt succeeded, how many failed, until when it asked to be left alone."""
    await tx.run(
        queries.write_health,
        endpoint_ids=list(seen),
        succeeded=[one[0] for one in seen.values()],
        failed=[one[1] for one in seen.values()],
        rest_until=[one[2] for one in seen.values()],
        now=now,
    )


async def disable_endpoints(
    tx: Transaction, gone: Sequence[int], exhausted: Sequence[int], failing_before: datetime
) -> list[tuple[int, int]]:
    """Turn off endpoints; return (id, program id) of those that were on."""
    rows = await tx.all(
        queries.disable_endpoints, gone=list(gone), exhausted=list(exhausted), failing_before=failing_before
    )
    return [(row[0], row[1]) for row in rows]


async def resend_message(tx: Transaction, endpoint_id: int, message_id: int, now: datetime) -> bool:
    """Begin a message anew; False when it is unknown or just being sent."""
    return bool(await tx.run(queries.resend_message, endpoint_id=endpoint_id, id=message_id, now=now))


async def resend_range(
    tx: Transaction,
    endpoint_id: int,
    *,
    since: datetime,
    until: datetime,
    statuses: Sequence[str],
    now: datetime,
) -> int:
    """Begin the messages made in [since, until) anew; return how many."""
    return await tx.run(
        queries.resend_range,
        endpoint_id=endpoint_id,
        since=since,
        until=until,
        statuses=list(statuses),
        now=now,
    )


async def select_message(tx: Transaction, endpoint_id: int, message_id: int) -> Message | None:
    """Read one message."""
    return await tx.maybe(queries.select_message, row=Message, endpoint_id=endpoint_id, id=message_id)


async def select_messages(
    tx: Transaction, endpoint_id: int, *, status: str | None = None, before: int | None = None, limit: int
) -> list[Message]:
    """Read a page of an endpoint's messages, newest first."""
    return await tx.all(
        queries.select_messages,
        row=Message,
        endpoint_id=endpoint_id,
        status=status,
        before=before,
        limit=limit,
    )


async def select_deliveries(
    tx: Transaction,
    endpoint_id: int,
    *,
    message_id: int | None = None,
    before: tuple[int, int] | None = None,
    limit: int,
) -> list[Delivery]:
    """Read a page of attempts, newest message and attempt first; `before` is (message id, attempt)."""
    message, attempt = before or (None, None)
    return await tx.all(
        queries.select_deliveries,
        row=Delivery,
        endpoint_id=endpoint_id,
        message_id=message_id,
        before_message=message,
        before_attempt=attempt,
        limit=limit,
    )


def _outgoing(*columns: Any) -> Outgoing:
    """Return a message with what signs it. A secret that cannot be read signs nothing; the others do."""
    *fields, sealed, numbers = columns
    endpoint_id, opened = fields[0], []
    for value, number in zip(sealed, numbers, strict=True):
        try:
            opened.append(SECRET.open(value, endpoint_id, number))
        except SecretUnreadable:
            log.error("webhook_secret_unreadable", endpoint=endpoint_id, number=number)
    return Outgoing(*[*fields, opened])
