"""REST: keys of a program. A key is in the answer that makes it and nowhere else, so making one is never replayed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Path, Request, Response

from regulars.features.programs.bodies import (
    ApiKeyBody,
    IssuedAnswer,
    KeyAnswer,
    RotateBody,
    SigningAnswer,
    WriteKeyBody,
)
from regulars.features.programs.config import load_config
from regulars.features.programs.configure import sign_source, unsign_source
from regulars.features.programs.credential_store import Credential
from regulars.features.programs.credentials import (
    Issued,
    issue_api_key,
    issue_write_key,
    list_keys,
    revoke_key,
    rotate_key,
)
from regulars.features.programs.errors import UnknownSource
from regulars.features.programs.routes import Code, ProgramId
from regulars.infra.db import Transaction
from regulars.infra.web import Subject, api_router, route_roles, unknown_scopes
from regulars.kit.errors import FieldError, Forbidden, Invalid

router = api_router("/api/v1/programs/{program}", tag="keys")

KEYS = route_roles("owner", "operator", scope="keys:write")
KEYS_READ = route_roles("owner", "operator", "manager", scope="keys:read")
# Staff who may give a key more than they have themselves.
GRANTORS = frozenset({"owner"})
Prefix = Annotated[
    str, Path(pattern="^[a-z0-9]{12}$", description="The part between wk_ or ak_ and the secret")
]


@router.get("/keys", operation_id="list_keys", dependencies=[Depends(KEYS_READ)])
async def list_program_keys(request: Request, program_id: ProgramId) -> list[KeyAnswer]:
    """List the keys of a program, newest first, without their secrets."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await list_keys(tx, program_id)
    now = request.app.state.clock.now()
    return [key_answer(key, now) for key in found]


@router.post("/keys", operation_id="issue_api_key", status_code=201)
async def issue_program_key(
    request: Request,
    response: Response,
    subject: Annotated[Subject, Depends(KEYS)],
    program_id: ProgramId,
    body: ApiKeyBody,
) -> IssuedAnswer:
    """Make an API key of a program. Two live keys of one name are the limit: one to use, one to replace it with."""
    if errors := unknown_scopes(body.scopes):
        raise Invalid(errors=errors)
    _check_scopes(subject, body.scopes)
    now = request.app.state.clock.now()
    _check_expiry(body.expires_at, now)

    async def work(tx: Transaction) -> Issued:
        return await issue_api_key(tx, program_id, body.name, body.scopes, now, body.expires_at)

    return _issued(response, await request.app.state.db.attempt(work))


@router.post(
    "/sources/{code}/keys",
    operation_id="issue_write_key",
    status_code=201,
    dependencies=[Depends(KEYS)],
)
async def issue_source_key(
    request: Request, response: Response, program_id: ProgramId, code: Code, body: WriteKeyBody
) -> IssuedAnswer:
    """Make a write key of a source. Two live keys are the limit: one to use, one to replace it with."""
    now = request.app.state.clock.now()
    _check_expiry(body.expires_at, now)

    async def work(tx: Transaction) -> Issued:
        source = (await load_config(tx, program_id)).sources_by_code.get(code)
        if source is None:
            raise UnknownSource
        return await issue_write_key(tx, program_id, source.id, source.code, now, body.expires_at, body.name)

    return _issued(response, await request.app.state.db.attempt(work))


@router.post(
    "/sources/{code}/signing-secret",
    operation_id="sign_source",
    status_code=201,
    dependencies=[Depends(KEYS)],
)
async def sign_requests(
    request: Request, response: Response, program_id: ProgramId, code: Code
) -> SigningAnswer:
    """Let every request of a source be signed (X-Signature, as Segment's webhooks are); a new secret replaces it."""
    async with request.app.state.db.transaction() as tx:
        secret = await sign_source(tx, program_id, code)
    response.headers["cache-control"] = "no-store"
    return SigningAnswer(secret=secret)


@router.delete(
    "/sources/{code}/signing-secret",
    operation_id="unsign_source",
    status_code=204,
    dependencies=[Depends(KEYS)],
)
async def stop_signing(request: Request, program_id: ProgramId, code: Code) -> None:
    """Take a source's requests without a signature again."""
    async with request.app.state.db.transaction() as tx:
        await unsign_source(tx, program_id, code)


@router.post("/keys/{prefix}/rotate", operation_id="rotate_key", status_code=201)
async def rotate_program_key(
    request: Request,
    response: Response,
    subject: Annotated[Subject, Depends(KEYS)],
    program_id: ProgramId,
    prefix: Prefix,
    body: RotateBody,
) -> IssuedAnswer:
    """Make a key in place of another one, which ends at once or after `overlap_hours`: same source, name and scopes."""
    now, overlap = request.app.state.clock.now(), timedelta(hours=body.overlap_hours)

    async def work(tx: Transaction) -> Issued:
        for key in await list_keys(tx, program_id):
            if key.prefix == prefix:
                _check_scopes(subject, key.roles)
        return await rotate_key(tx, program_id, prefix, now, overlap)

    return _issued(response, await request.app.state.db.attempt(work))


@router.delete("/keys/{prefix}", operation_id="revoke_key", status_code=204, dependencies=[Depends(KEYS)])
async def revoke_program_key(request: Request, program_id: ProgramId, prefix: Prefix) -> None:
    """Revoke a key; the next request that comes with it is refused."""
    async with request.app.state.db.transaction() as tx:
        await revoke_key(tx, program_id, prefix, request.app.state.clock.now())


def key_answer(key: Credential, now: datetime) -> KeyAnswer:
    """Return a key as it is shown."""
    ended = key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now)
    return KeyAnswer(
        prefix=key.prefix,
        kind=key.kind,
        name=key.name,
        source=key.source,
        scopes=key.roles,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
        live=not ended,
    )


def _issued(response: Response, issued: Issued) -> IssuedAnswer:
    response.headers["cache-control"] = "no-store"
    return IssuedAnswer(key=issued.key, prefix=issued.prefix)


def _check_scopes(subject: Subject, scopes: Collection[str]) -> None:
    beyond = set(scopes) - subject.roles - subject.scopes
    if beyond and not subject.roles & GRANTORS:
        errors = [FieldError("scopes", "beyond_your_own", f"You cannot give {', '.join(sorted(beyond))}.")]
        raise Forbidden(errors=errors)


def _check_expiry(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise Invalid(errors=[FieldError("expires_at", "in_the_past", "Write an instant in the future.")])
