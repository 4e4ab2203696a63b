"""REST: two members become one, or two again; a member is erased."""

from __future__ import annotations

from typing import Annotated, Protocol

from fastapi import Depends, Path, Request, Response

from regulars.features.members import Merge, resolve_ref
from regulars.features.programs import ProgramConfig
from regulars.flows.merging.bodies import ErasedAnswer, MergeAnswer, MergeBody
from regulars.flows.merging.erase import erase
from regulars.flows.merging.merge import merge, unmerge
from regulars.infra.db import Transaction
from regulars.infra.web import Once, api_router, once_per_key, program_in_path, route_roles
from regulars.kit.ids import encode

MERGE = route_roles("owner", "operator", "manager", "agent", scope="members:merge")
ERASE = route_roles("owner", "operator", "manager", scope="members:erase")

ProgramId = Annotated[int, Depends(program_in_path)]
Ref = Annotated[str, Path(max_length=400, description="mem_…, or kind:value such as email:ann@example.com")]
OnceKey = Annotated[Once, Depends(once_per_key)]

router = api_router("/api/v1/programs/{program}", tag="members")


class Programs(Protocol):
    """What the application's `state.programs` can do for merging."""

    async def config_of(self, tx: Transaction, program_id: int) -> ProgramConfig:
        """Return a program as it is now."""


@router.post(
    "/members/{ref}/merge",
    operation_id="merge_members",
    status_code=201,
    response_model=MergeAnswer,
    dependencies=[Depends(MERGE)],
)
async def post_merge(
    request: Request, program_id: ProgramId, ref: Ref, body: MergeBody, once: OnceKey
) -> Response:
    """Let the member of the address take the place of another one: identifiers, points, behaviour, tiers."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> MergeAnswer:
        config = await _config(request, tx, program_id)
        target = await resolve_ref(tx, config, ref)
        source = await resolve_ref(tx, config, body.source)
        review = getattr(request.app.state, "review", None)
        return _shown(await merge(tx, config, source, target, reason=body.reason, now=now, review=review))

    return await once.answer(request.app.state.db, work, now=now, status=201)


@router.post(
    "/merges/{merge}/undo",
    operation_id="undo_merge",
    status_code=201,
    response_model=MergeAnswer,
    dependencies=[Depends(MERGE)],
)
async def post_undo(
    request: Request, program_id: ProgramId, merge: Annotated[int, Path(ge=1)], once: OnceKey
) -> Response:
    """Make two members of one again; what was done since the merge stays with the one who took over."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> MergeAnswer:
        config = await _config(request, tx, program_id)
        review = getattr(request.app.state, "review", None)
        return _shown(await unmerge(tx, config, merge, now=now, review=review))

    return await once.answer(request.app.state.db, work, now=now, status=201)


@router.post(
    "/members/{ref}/erase",
    operation_id="erase_member",
    response_model=ErasedAnswer,
    dependencies=[Depends(ERASE)],
)
async def post_erase(request: Request, program_id: ProgramId, ref: Ref) -> ErasedAnswer:
    """Erase a member: nothing personal is left, the books stay whole. There is no way back."""
    now = request.app.state.clock.now()
    async with request.app.state.db.transaction() as tx:
        config = await _config(request, tx, program_id)
        erased = await erase(tx, config, await resolve_ref(tx, config, ref), now=now)
    return ErasedAnswer(erased=[encode("mem", number) for number in erased])


async def _config(request: Request, tx: Transaction, program_id: int) -> ProgramConfig:
    programs: Programs = request.app.state.programs
    return await programs.config_of(tx, program_id)


def _shown(done: Merge) -> MergeAnswer:
    return MergeAnswer(
        merge=done.id, source=encode("mem", done.source_id), target=encode("mem", done.target.id)
    )
