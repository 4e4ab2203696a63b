"""Idempotency keys of requests that share a transaction: claimed together, their answers kept together.

Like `Once`, for routes that gather concurrent requests: a key is looked up and locked first; the answer is written with
the work, so that both or neither are committed. A refusal keeps nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

from regulars.infra.db import (
    Asked,
    Bigints,
    Blobs,
    Texts,
    Together,
    Transaction,
    load_queries,
    map_constraint,
)
from regulars.infra.web.idempotency import (
    RUNNING_RETRY_AFTER_S,
    AnswerErased,
    IdempotencyKeyReused,
    RequestStillRunning,
)
from regulars.kit.errors import Rejected

queries = load_queries(__package__)


class Keyed(msgspec.Struct, frozen=True):
    """A request with its key: whose, which route (method and path template), and SHA-256 of what was asked."""

    credential: str
    route: str
    key: str
    request_hash: bytes

    @property
    def place(self) -> tuple[str, str, str]:
        """What must be unique."""
        return self.credential, self.route, self.key


class KeptAnswer(msgspec.Struct, frozen=True):
    """What was answered under a key before."""

    status: int
    body: bytes


def request_hash(path: str, query: str, body: bytes) -> bytes:
    """Return SHA-256 over path, query and body: what must be equal for two requests to be one."""
    return hashlib.sha256(f"{path}?{query}\n".encode() + body).digest()


def ask_keys(soon: Together, requests: Sequence[Keyed]) -> Asked:
    """Ask for keys, no key twice; `claimed` says what came of it."""
    return soon.ask(
        queries.claim_keys,
        numbers=Bigints(range(len(requests))),
        locks=Bigints([_lock(one) for one in requests]),
        credentials=Texts([one.credential for one in requests]),
        routes=Texts([one.route for one in requests]),
        keys=Texts([one.key for one in requests]),
    )


async def claimed(asked: Asked, requests: Sequence[Keyed]) -> list[KeptAnswer | Rejected | None]:
    """Return for each key None, when it is ours to work on; else the answer it had, or why it has none.

    Somebody who finishes at this very moment is noticed when the answers are kept: RequestStillRunning.
    """
    rows = await asked.rows()
    return [_claimed(one, row) for one, row in zip(requests, rows, strict=True)]


async def keep_answers(
    tx: Transaction, answers: Sequence[tuple[Keyed, int, bytes, int | None]], now: datetime
) -> None:
    """Keep answers beside their keys: (request, status, body in JSON, the member it speaks of)."""
    if not answers:
        return
    await tx.run(
        queries.insert_answers,
        credentials=Texts([one.credential for one, *_ in answers]),
        routes=Texts([one.route for one, *_ in answers]),
        keys=Texts([one.key for one, *_ in answers]),
        hashes=Blobs([one.request_hash for one, *_ in answers]),
        statuses=Bigints([status for _, status, _, _ in answers]),
        bodies=Blobs([body for _, _, body, _ in answers]),
        member_ids=Bigints([member_id for *_, member_id in answers]),
        now=now,
    )


def _lock(one: Keyed) -> int:
    return int.from_bytes(hashlib.sha256("\n".join(one.place).encode()).digest()[:8], signed=True)


def _claimed(
    one: Keyed, row: tuple[int, bool, bytes | None, int | None, bytes | None]
) -> KeptAnswer | Rejected | None:
    _, ours, first_hash, status, body = row
    if first_hash is None:
        return None if ours else RequestStillRunning(retry_after=RUNNING_RETRY_AFTER_S)
    if bytes(first_hash) != one.request_hash:
        return IdempotencyKeyReused()
    if body is None:
        return (
            AnswerErased() if status is not None else RequestStillRunning(retry_after=RUNNING_RETRY_AFTER_S)
        )
    return KeptAnswer(status or 200, bytes(body))


map_constraint("web_idempotency_once", RequestStillRunning)
