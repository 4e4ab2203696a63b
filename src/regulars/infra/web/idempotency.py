"""Idempotency keys: a request that creates value is done once, however often it is sent.

    @router.post("/adjustments", operation_id="adjust_points", status_code=201)
    async def adjust(
        body: Adjustment,
        subject: Annotated[Subject, Depends(route_roles("operator", scope="points:write"))],
        once: Annotated[Once, Depends(once_per_key)],
    ) -> Response:
        async def work(tx: Transaction) -> Receipt:
            return await adjust_points(tx, ...)

        return await once.answer(request.app.state.db, work, now=clock.now(), status=201)

The key is inserted first, in the transaction that does the work, so that both or neither are committed. Refusals are
not kept: nothing was done, and the same request may succeed later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import Header, Request, Response
from pydantic import BaseModel

from regulars.infra.db import Database, Transaction, load_queries
from regulars.infra.web.subject import Subject
from regulars.kit.errors import Bug, Conflict, FieldError, Invalid, Rejected

queries = load_queries(__package__)

KEY_LENGTH_MAX = 255
# Longer than any client retries; published in the API's documentation.
RETENTION = timedelta(days=30)
REPLAYED_HEADER = "idempotency-replayed"
# A request that runs is answered within seconds; asking again sooner only costs.
RUNNING_RETRY_AFTER_S = 1

_encoder = msgspec.json.Encoder(decimal_format="string")


class IdempotencyKeyMissing(Rejected):
    """Send an Idempotency-Key header (up to 255 characters, a UUID say): this request creates value."""

    status = 400


class IdempotencyKeyReused(Invalid):
    """This Idempotency-Key was used for another request; use a new key for a new request."""


class RequestStillRunning(Conflict):
    """The first request with this Idempotency-Key is still running; ask again a little later."""


class AnswerErased(Rejected):
    """The request was done; its answer has been erased with the member it spoke of."""

    status = 410


class Once:
    """The idempotency key of one request, for one answer."""

    def __init__(self, request: Request, key: str) -> None:
        """Take the caller and the route from `request`; `key` is the header."""
        self._request = request
        self._key = key

    async def answer(
        self,
        db: Database,
        work: Callable[[Transaction], Awaitable[Any]],
        *,
        now: datetime,
        status: int = 200,
        member_id: int | None = None,
        whose: Callable[[Any], int | None] | None = None,
        dry_run: bool = False,
    ) -> Response:
        """Return the answer of `work`, done in a transaction of its own, or the answer it gave the first time.

        `work` returns a Pydantic model, a msgspec Struct or plain values; `member_id`, or `whose` of the answer, says
        whom it speaks of. A dry run is done and undone, and answers with 200.

        Raises IdempotencyKeyReused, RequestStillRunning, and what `work` raises (then nothing is kept).
        """
        if dry_run:
            return await _tried(db, work)
        place = self._place()
        request_hash = await self._request_hash()
        async with db.transaction() as tx:
            lock = int.from_bytes(
                hashlib.sha256("\n".join(place.values()).encode()).digest()[:8], signed=True
            )
            claimed = await tx.value(
                queries.claim_key, lock=lock, request_hash=request_hash, created_at=now, **place
            )
            if not claimed:
                return await _replay(tx, place, request_hash)
            result = await work(tx)
            body = encode_answer(result)
            await tx.run(
                queries.update_answer,
                status=status,
                media_type="application/json",
                body=body,
                member_id=member_id if whose is None else whose(result),
                **place,
            )
        return Response(body, status, media_type="application/json")

    def _place(self) -> dict[str, str]:
        subject: Subject | None = getattr(self._request.state, "subject", None)
        if subject is None:
            raise Bug("An idempotent route needs Depends(route_roles(…)): keys belong to a caller.")
        route = self._request.scope["route"].path
        return {
            "credential": subject.credential,
            "route": f"{self._request.method} {route}",
            "key": self._key,
        }

    async def _request_hash(self) -> bytes:
        """Return SHA-256 over path, query and body: what must be equal for two requests to be one."""
        url = self._request.url
        digest = hashlib.sha256(f"{url.path}?{url.query}\n".encode())
        digest.update(await self._request.body())
        return digest.digest()


async def once_per_key(
    request: Request, idempotency_key: Annotated[str | None, Header(max_length=KEY_LENGTH_MAX)] = None
) -> Once:
    """Return the request's idempotency key. Raises IdempotencyKeyMissing."""
    if not idempotency_key or not idempotency_key.strip():
        errors = [FieldError("Idempotency-Key", "missing", "Send a key of your own choice.")]
        raise IdempotencyKeyMissing(errors=errors)
    return Once(request, idempotency_key.strip())


def encode_answer(result: Any) -> bytes:
    """Return an answer as JSON, from a Pydantic model, a msgspec Struct or plain values. Decimals become strings."""
    if isinstance(result, BaseModel):
        return result.model_dump_json().encode()
    return _encoder.encode(result)


class _Undo(Exception):
    """Carries the answer of a dry run out of its transaction."""

    def __init__(self, answer: bytes) -> None:
        super().__init__("dry run")
        self.answer = answer


async def _tried(db: Database, work: Callable[[Transaction], Awaitable[Any]]) -> Response:
    try:
        async with db.transaction() as tx:
            raise _Undo(encode_answer(await work(tx)))
    except _Undo as tried:
        return Response(tried.answer, 200, media_type="application/json")


async def _replay(tx: Transaction, place: dict[str, str], request_hash: bytes) -> Response:
    kept = await tx.maybe(queries.select_answer, **place)
    if kept is None or kept[1] is None:
        raise RequestStillRunning(retry_after=RUNNING_RETRY_AFTER_S)
    first_hash, status, media_type, body = kept
    if bytes(first_hash) != request_hash:
        raise IdempotencyKeyReused
    if body is None:
        raise AnswerErased
    return Response(bytes(body), status, {REPLAYED_HEADER: "true"}, media_type)


async def delete_old_answers(tx: Transaction, now: datetime) -> int:
    """Forget keys older than RETENTION; return how many. For the worker's daily round."""
    return await tx.run(queries.delete_answers_before, before=now - RETENTION)


async def erase_member_answers(tx: Transaction, member_id: int) -> int:
    """Remove the stored answers that speak of a member; return how many. Part of erasing a member."""
    return await tx.run(queries.erase_member_answers, member_id=member_id)
