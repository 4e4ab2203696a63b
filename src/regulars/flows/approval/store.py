"""Approvals in the database: one typed function per statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from regulars.flows.approval.model import Approval, Policy, encode_payload
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)
_BEYOND = 2**63 - 1


async def select_policy(tx: Transaction, program_id: int) -> Policy:
    """Return what needs a second person in a program."""
    return await tx.maybe(queries.select_policy, row=Policy, program_id=program_id) or Policy()


async def write_policy(tx: Transaction, program_id: int, policy: Policy, now: datetime) -> None:
    """Say what needs a second person in a program."""
    if policy.asks:
        values = msgspec.structs.asdict(policy)
        await tx.run(queries.upsert_policy, program_id=program_id, now=now, **values)
    else:
        await tx.run(queries.delete_policy, program_id=program_id)


async def insert_request(
    tx: Transaction,
    program_id: int,
    kind: str,
    title: str,
    payload: dict[str, Any],
    digest: bytes,
    reason: str,
    maker: str,
    now: datetime,
    expires_at: datetime,
) -> int:
    """Let something wait; return its number."""
    return int(
        await tx.value(
            queries.insert_request,
            program_id=program_id,
            kind=kind,
            title=title,
            payload=encode_payload(payload),
            digest=digest,
            reason=reason,
            maker=maker,
            now=now,
            expires_at=expires_at,
        )
    )


async def select_requests(
    tx: Transaction,
    program_id: int,
    now: datetime,
    *,
    id: int | None = None,  # noqa: A002
    status: str | None = None,
    before: int = _BEYOND,
    limit: int = 1,
) -> list[Approval]:
    """Return a page of what waits or waited in a program, newest first."""
    rows = await tx.all(
        queries.select_requests,
        program_id=program_id,
        now=now,
        id=id,
        status=status,
        before=before,
        limit=limit,
    )
    return [
        Approval(*(*row[:4], msgspec.json.decode(row[4]), bytes(row[5]).hex(), *row[6:14], _plain(row[14])))
        for row in rows
    ]


async def select_issuer(tx: Transaction, key: str) -> str | None:
    """Return who made an API key, None when nobody noted it."""
    found: str | None = await tx.value(queries.select_issuer, key=key)
    return found


async def decide_request(
    tx: Transaction,
    program_id: int,
    id: int,  # noqa: A002
    status: str,
    checker: str | None,
    comment: str,
    now: datetime,
) -> bool:
    """Decide what waits; False when it was decided or has expired."""
    decided = await tx.value(
        queries.decide_request,
        program_id=program_id,
        id=id,
        status=status,
        checker=checker,
        comment=comment,
        now=now,
    )
    return decided is not None


async def update_outcome(tx: Transaction, id: int, outcome: dict[str, Any]) -> None:  # noqa: A002
    """Note what came of carrying it out."""
    await tx.run(queries.update_outcome, id=id, outcome=encode_payload(outcome))


def _plain(text: str | None) -> dict[str, Any] | None:
    return None if text is None else msgspec.json.decode(text)


async def select_names(tx: Transaction, requests: Sequence[Approval]) -> dict[str, str]:
    """Return what those are called who asked and who decided, by credential; keys and commands have no name."""
    asked = {who for one in requests for who in (one.maker, one.checker) if who}
    return dict(await tx.all(queries.select_names, credentials=sorted(asked)))
