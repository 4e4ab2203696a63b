"""REST: tier sets. Every change is a new version, in force at once; the version is the ETag."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Depends, Request, Response

from regulars.features import tiers
from regulars.features.tiers import StoredTierSet
from regulars.flows.apply.publishing import publish_tiers, take_program
from regulars.flows.apply.routes import (
    CONFIGURE,
    READ_TIERS,
    Code,
    IfMatch,
    JsonObject,
    ProgramId,
    document,
    reading,
    writing,
)
from regulars.infra.db import Transaction
from regulars.infra.web import api_router, revision_in
from regulars.kit.errors import Invalid

router = api_router("/api/v1/programs/{program}/tier-sets", tag="tiers")

READS = [Depends(READ_TIERS)]
WRITES = [Depends(CONFIGURE)]
TierSet = Annotated[
    JsonObject, Body(description="A tier set: metric, window, tiers, downgrade, grace_days …")
]


def shown(stored: StoredTierSet) -> JsonObject:
    """Return a tier set as the API shows it."""
    head = {"version": stored.version, "in_force_from": stored.in_force_from}
    return {**tiers.plain_tier_set(stored.document), **head}


@router.get("", operation_id="list_tier_sets", dependencies=READS, response_model=JsonObject)
async def list_tier_sets(request: Request, program_id: ProgramId) -> Response:
    """List the tier sets of a program as they are in force."""
    found = await reading(request, lambda tx: tiers.select_tier_sets(tx, program_id))
    return document({"data": [shown(stored) for stored in found], "next_cursor": None})


@router.get("/{code}", operation_id="get_tier_set", dependencies=READS, response_model=JsonObject)
async def get_tier_set(request: Request, program_id: ProgramId, code: Code) -> Response:
    """Read a tier set as it is in force."""
    found = await reading(request, lambda tx: tiers.tier_set_of(tx, program_id, code))
    return document(shown(found), version=found.version)


@router.get(
    "/{code}/versions", operation_id="list_tier_set_versions", dependencies=READS, response_model=JsonObject
)
async def list_versions(request: Request, program_id: ProgramId, code: Code) -> Response:
    """List all versions of a tier set, the latest first."""
    found = await reading(request, lambda tx: tiers.select_versions(tx, program_id, code))
    if not found:
        raise tiers.UnknownTierSet
    return document({"data": [shown(stored) for stored in found], "next_cursor": None})


@router.put("/{code}", operation_id="put_tier_set", dependencies=WRITES, response_model=JsonObject)
async def put_tier_set(
    request: Request, program_id: ProgramId, code: Code, body: TierSet, if_match: IfMatch = None
) -> Response:
    """Publish a tier set: a new one (201), or the next version of one (200). Saying the same again changes nothing."""
    if body.get("code", code) != code:
        raise Invalid(f"This address is that of {code!r}; leave the code out or write the same.")
    raw = {key: value for key, value in body.items() if key not in ("version", "in_force_from")} | {
        "code": code
    }
    expected, now = revision_in(if_match), request.app.state.clock.now()

    async def work(tx: Transaction) -> tuple[StoredTierSet, bool]:
        return await publish_tiers(tx, program_id, raw, now=now, expected=expected)

    stored, new = await writing(request, work)
    return document(shown(stored), version=stored.version, status=201 if new and stored.version == 1 else 200)


@router.delete("/{code}", operation_id="deactivate_tier_set", status_code=204, dependencies=WRITES)
async def deactivate(request: Request, program_id: ProgramId, code: Code, if_match: IfMatch = None) -> None:
    """Deactivate a tier set: nobody rises or falls in it any more. Publishing it again activates it."""
    expected, now = revision_in(if_match), request.app.state.clock.now()

    async def work(tx: Transaction) -> None:
        await take_program(tx, program_id)
        await tiers.set_activity(tx, program_id, code, active=False, now=now, expected=expected)

    await writing(request, work)
