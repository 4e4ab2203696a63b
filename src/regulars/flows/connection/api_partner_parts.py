"""REST: a partner's stores, sources and keys. It renames its stores, and makes, rotates and revokes its keys.

Region and channel of a store, and how a source is taken, decide what members earn: those stay the program's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec
from fastapi import Depends, Header, Path, Request, Response
from pydantic import BaseModel, Field

from regulars.features.partners import PartnerCode, acts_as_partner, partner_in_path
from regulars.features.programs import (
    Credential,
    Issued,
    IssuedAnswer,
    KeyAnswer,
    ProgramConfig,
    RotateBody,
    SourceAnswer,
    Store,
    StoreAnswer,
    UnknownKey,
    UnknownSource,
    UnknownStore,
    WriteKeyBody,
    issue_api_key,
    issue_write_key,
    key_answer,
    list_keys,
    put_stores,
    revoke_key,
    rotate_key,
    version_of,
)
from regulars.flows.connection.api_partner import known
from regulars.flows.connection.connect import partner_scopes
from regulars.infra.db import Transaction
from regulars.infra.web import (
    StrictModel,
    Subject,
    api_router,
    etag_of,
    program_in_path,
    route_roles,
    version_in,
)
from regulars.kit.errors import FieldError, Forbidden, Invalid

router = api_router("/api/v1/programs/{program}/partners/{partner}", tag="partners")

OWN_PARTS = route_roles(
    "owner", "operator", "manager", "finance", "analyst", "partner", scope="partners:read"
)
OWN_STORES = route_roles("owner", "operator", "manager", "partner", scope="partners:write")
OWN_KEYS_READ = route_roles("owner", "operator", "manager", "partner", scope="keys:read")
OWN_KEYS = route_roles("owner", "operator", "partner", scope="keys:write")
ProgramId = Annotated[int, Depends(program_in_path)]
Partner = Annotated[PartnerCode, Depends(partner_in_path)]
Code = Annotated[str, Path(max_length=63, description="Code of the object")]
Prefix = Annotated[
    str, Path(pattern="^[a-z0-9]{12}$", description="The part between wk_ or ak_ and the secret")
]
IfMatch = Annotated[str | None, Header(description="The ETag you read; refused with 412 when it has changed")]
Keeper = Annotated[Subject, Depends(OWN_KEYS)]


class StoreNameBody(StrictModel):
    """What a partner may say of its store."""

    name: Annotated[str, Field(min_length=1, max_length=200)]


class OwnKeyBody(StrictModel):
    """An API key that is kept to the partner: it may do what the partner's people may, except keys."""

    name: Annotated[str, Field(min_length=1, max_length=60, examples=["till software"])]


class OwnStoresAnswer(BaseModel):
    """A partner's stores, in the order of their codes."""

    data: list[StoreAnswer]


class OwnSourcesAnswer(BaseModel):
    """A partner's sources, in the order of their codes."""

    data: list[SourceAnswer]


@router.get("/stores", operation_id="list_partner_stores", dependencies=[Depends(OWN_PARTS)])
async def list_stores(request: Request, program_id: ProgramId, partner: Partner) -> OwnStoresAnswer:
    """List a partner's stores, archived ones included."""
    config = await _config(request, program_id, partner)
    return OwnStoresAnswer(data=[_store(one) for one in _stores(config, partner)])


@router.get("/stores/{code}", operation_id="get_partner_store", dependencies=[Depends(OWN_PARTS)])
async def get_store(
    request: Request, response: Response, program_id: ProgramId, partner: Partner, code: Code
) -> StoreAnswer:
    """Read one of a partner's stores."""
    config = await _config(request, program_id, partner)
    return _shown(response, _store_of(config, partner, code))


@router.put("/stores/{code}", operation_id="rename_partner_store", dependencies=[Depends(OWN_STORES)])
async def rename_store(
    request: Request,
    response: Response,
    program_id: ProgramId,
    partner: Partner,
    code: Code,
    body: StoreNameBody,
    if_match: IfMatch = None,
) -> StoreAnswer:
    """Rename a partner's store; its region and channel, by which members earn, are the program's to change."""
    now, expected = request.app.state.clock.now(), version_in(if_match)

    async def work(tx: Transaction) -> Store:
        before = _store_of(await known(tx, program_id, partner), partner, code)
        if before.archived_at is not None:
            raise UnknownStore
        after = msgspec.structs.replace(before, name=body.name)
        (written,), _ = await put_stores(tx, program_id, [after], now=now, expected=expected)
        return written

    return _shown(response, await request.app.state.db.attempt(work))


@router.get("/sources", operation_id="list_partner_sources", dependencies=[Depends(OWN_PARTS)])
async def list_sources(request: Request, program_id: ProgramId, partner: Partner) -> OwnSourcesAnswer:
    """List a partner's sources, disabled ones included."""
    config = await _config(request, program_id, partner)
    found = [one for one in config.sources_by_code.values() if one.partner == partner]
    shown = [
        {name: getattr(one, name) for name in SourceAnswer.model_fields}
        for one in sorted(found, key=lambda one: one.code)
    ]
    return OwnSourcesAnswer(
        data=[SourceAnswer.model_validate({**one, "origins": list(one["origins"])}) for one in shown]
    )


@router.get("/keys", operation_id="list_partner_keys", dependencies=[Depends(OWN_KEYS_READ)])
async def list_own_keys(request: Request, program_id: ProgramId, partner: Partner) -> list[KeyAnswer]:
    """List the write keys of a partner's sources and the API keys kept to it, newest first, without their secrets."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await _keys(tx, program_id, partner)
    now = request.app.state.clock.now()
    return [key_answer(key, now) for key in found]


@router.post("/keys", operation_id="issue_partner_key", status_code=201)
async def issue_own_key(
    request: Request,
    response: Response,
    subject: Keeper,
    program_id: ProgramId,
    partner: Partner,
    body: OwnKeyBody,
) -> IssuedAnswer:
    """Make an API key that is kept to the partner."""
    _check_person(subject)
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> Issued:
        await known(tx, program_id, partner)
        name = f"partner {partner}: {body.name}"
        return await issue_api_key(tx, program_id, name, partner_scopes(partner), now)

    return _issued(response, await request.app.state.db.attempt(work))


@router.post("/sources/{code}/keys", operation_id="issue_partner_write_key", status_code=201)
async def issue_own_write_key(
    request: Request,
    response: Response,
    subject: Keeper,
    program_id: ProgramId,
    partner: Partner,
    code: Code,
    body: WriteKeyBody,
) -> IssuedAnswer:
    """Make a write key of a partner's source. Two live keys are the limit: one to use, one to replace it with."""
    _check_person(subject)
    now = request.app.state.clock.now()
    if body.expires_at is not None and body.expires_at <= now:
        raise Invalid(errors=[FieldError("expires_at", "in_the_past", "Write an instant in the future.")])

    async def work(tx: Transaction) -> Issued:
        source = (await known(tx, program_id, partner)).sources_by_code.get(code)
        if source is None or source.partner != partner:
            raise UnknownSource
        return await issue_write_key(tx, program_id, source.id, source.code, now, body.expires_at, body.name)

    return _issued(response, await request.app.state.db.attempt(work))


@router.post("/keys/{prefix}/rotate", operation_id="rotate_partner_key", status_code=201)
async def rotate_own_key(
    request: Request,
    response: Response,
    subject: Keeper,
    program_id: ProgramId,
    partner: Partner,
    prefix: Prefix,
    body: RotateBody,
) -> IssuedAnswer:
    """Make a key in place of another one, which ends at once or after `overlap_hours`."""
    _check_person(subject)
    now, overlap = request.app.state.clock.now(), timedelta(hours=body.overlap_hours)

    async def work(tx: Transaction) -> Issued:
        await _key_of(tx, program_id, partner, prefix)
        return await rotate_key(tx, program_id, prefix, now, overlap)

    return _issued(response, await request.app.state.db.attempt(work))


@router.delete("/keys/{prefix}", operation_id="revoke_partner_key", status_code=204)
async def revoke_own_key(
    request: Request, subject: Keeper, program_id: ProgramId, partner: Partner, prefix: Prefix
) -> None:
    """Revoke a key; the next request that comes with it is refused."""
    _check_person(subject)
    async with request.app.state.db.transaction() as tx:
        await _key_of(tx, program_id, partner, prefix)
        await revoke_key(tx, program_id, prefix, request.app.state.clock.now())


def _check_person(subject: Subject) -> None:
    """A partner's key that fell into wrong hands must not make itself successors that outlive it."""
    if acts_as_partner(subject) and subject.kind == "api_key":
        raise Forbidden("A partner's keys are made and ended by its people: sign in.")


async def _config(request: Request, program_id: int, partner: str) -> ProgramConfig:
    async with request.app.state.db.transaction(read_only=True) as tx:
        return await known(tx, program_id, partner)


async def _keys(tx: Transaction, program_id: int, partner: str) -> list[Credential]:
    config = await known(tx, program_id, partner)
    own = {one.code for one in config.sources_by_code.values() if one.partner == partner}
    kept = set(partner_scopes(partner))
    return [
        one
        for one in await list_keys(tx, program_id)
        if (one.source in own if one.source is not None else set(one.roles) == kept)
    ]


async def _key_of(tx: Transaction, program_id: int, partner: str, prefix: str) -> None:
    if prefix not in {one.prefix for one in await _keys(tx, program_id, partner)}:
        raise UnknownKey


def _stores(config: ProgramConfig, partner: str) -> list[Store]:
    found = [one for one in config.stores.values() if one.partner == partner]
    return sorted(found, key=lambda one: one.code)


def _store_of(config: ProgramConfig, partner: str, code: str) -> Store:
    found = config.stores.get(code)
    if found is None or found.partner != partner:
        raise UnknownStore
    return found


def _store(one: Store) -> StoreAnswer:
    return StoreAnswer.model_validate({name: getattr(one, name) for name in StoreAnswer.model_fields})


def _shown(response: Response, one: Store) -> StoreAnswer:
    response.headers["etag"] = etag_of(version_of(one))
    return _store(one)


def _issued(response: Response, issued: Issued) -> IssuedAnswer:
    response.headers["cache-control"] = "no-store"
    return IssuedAnswer(key=issued.key, prefix=issued.prefix)
