"""REST: tier sets that take force later. One is to come for each set; the job that follows up time publishes it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Depends, Request, Response

from regulars.features import tiers
from regulars.features.tiers import ScheduledTierSet
from regulars.flows.apply.publishing import schedule_tiers, take_program
from regulars.flows.apply.routes import (
    CONFIGURE,
    READ_TIERS,
    Code,
    JsonObject,
    ProgramId,
    document,
    reading,
    writing,
)
from regulars.infra.db import Transaction
from regulars.infra.web import api_router
from regulars.kit.errors import Invalid

router = api_router("/api/v1/programs/{program}/scheduled-tier-sets", tag="tiers")

READS = [Depends(READ_TIERS)]
WRITES = [Depends(CONFIGURE)]
Scheduled = Annotated[
    JsonObject,
    Body(description="A tier set, and `in_force_from`: the instant with its offset, 2027-01-01T00:00:00Z"),
]
_ANSWERED = ("scheduled_at", "problem")


def shown(one: ScheduledTierSet) -> JsonObject:
    """Return a version to come as the API shows it; `problem` says why it could not take force."""
    head = {"scheduled_at": one.scheduled_at, **({"problem": one.problem} if one.problem else {})}
    return {**tiers.plain_scheduled(one), **head}


@router.get("", operation_id="list_scheduled_tier_sets", dependencies=READS, response_model=JsonObject)
async def list_scheduled(request: Request, program_id: ProgramId) -> Response:
    """List the versions of tier sets that are to come, the earliest first."""
    found = await reading(request, lambda tx: tiers.select_scheduled(tx, program_id))
    return document({"data": [shown(one) for one in found], "next_cursor": None})


@router.get("/{code}", operation_id="get_scheduled_tier_set", dependencies=READS, response_model=JsonObject)
async def get_scheduled(request: Request, program_id: ProgramId, code: Code) -> Response:
    """Read the version of a tier set that is to come."""
    return document(shown(await reading(request, lambda tx: tiers.scheduled_of(tx, program_id, code))))


@router.put("/{code}", operation_id="put_scheduled_tier_set", dependencies=WRITES, response_model=JsonObject)
async def put_scheduled(request: Request, program_id: ProgramId, code: Code, body: Scheduled) -> Response:
    """Let a tier set take force at an instant to come, in place of what was to come before."""
    if body.get("code", code) != code:
        raise Invalid(f"This address is that of {code!r}; leave the code out or write the same.")
    raw = {key: value for key, value in body.items() if key not in _ANSWERED} | {"code": code}
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> ScheduledTierSet:
        return await schedule_tiers(tx, program_id, raw, now=now)

    return document(shown(await writing(request, work)))


@router.delete("/{code}", operation_id="cancel_scheduled_tier_set", status_code=204, dependencies=WRITES)
async def cancel_scheduled(request: Request, program_id: ProgramId, code: Code) -> None:
    """Let a tier set stay as it is."""

    async def work(tx: Transaction) -> None:
        await take_program(tx, program_id)
        await tiers.cancel_scheduled(tx, program_id, code)

    await writing(request, work)
