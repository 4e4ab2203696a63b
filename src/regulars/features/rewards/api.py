"""REST: /api/v1/programs/{program}/rewards and their stock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Protocol

from fastapi import Depends, Header, Path, Query, Request, Response

from regulars.features.rewards import store
from regulars.features.rewards.bodies import (
    RewardAnswer,
    RewardBody,
    RewardStockBody,
    ShelfAnswer,
    VersionAnswer,
    reward_answer,
    reward_of,
    shelf_answer,
    tag_of,
)
from regulars.features.rewards.catalogue import archive_reward, put_reward, put_reward_stock, select_reward
from regulars.features.rewards.checks import CODE_PATTERN, Surroundings
from regulars.features.rewards.errors import InvalidReward
from regulars.features.rewards.model import Shelf, Stored
from regulars.features.rewards.pools import select_shelves
from regulars.infra.db import Transaction
from regulars.infra.web import (
    MEMBER,
    Page,
    PageQuery,
    api_router,
    etag_of,
    program_in_path,
    route_roles,
    version_in,
)
from regulars.kit.errors import FieldError

router = api_router("/api/v1/programs/{program}/rewards", tag="rewards")

LOOK = route_roles(
    "owner", "operator", "manager", "marketer", "agent", "analyst", "finance", MEMBER, scope="rewards:read"
)
READ = route_roles("owner", "operator", "manager", "marketer", "analyst", "finance", scope="rewards:read")
WRITE = route_roles("owner", "operator", "manager", "marketer", scope="rewards:write")
STOCK = route_roles("owner", "operator", "manager", scope="rewards:write")

ProgramId = Annotated[int, Depends(program_in_path)]
Code = Annotated[str, Path(pattern=CODE_PATTERN)]
IfMatch = Annotated[str | None, Header(description="The ETag you read; refused with 412 when it has changed")]
VERSIONS_SHOWN = 100


class HasParts(Protocol):
    """What rewards ask of a program's configuration."""

    @property
    def point_types(self) -> Mapping[str, Any]:
        """The program's point types by code."""

    @property
    def stores(self) -> Mapping[str, Any]:
        """The program's stores by code."""

    @property
    def partners(self) -> Mapping[str, Any]:
        """The program's partners by code."""


class LookAround(Protocol):
    """What the application's `state.around_rewards` does."""

    async def __call__(self, tx: Transaction, program_id: int, /) -> Surroundings:
        """Return what rewards of a program may name."""


class Around:
    """What of a program a reward may name: nothing that was archived, no points that are only counted.

    Tiers by their set, vouchers and draws are looked at where they are given.
    """

    def __init__(
        self,
        config: HasParts,
        *,
        tiers: Mapping[str, Collection[str]] | None = None,
        vouchers: Collection[str] | None = None,
        draws: Collection[str] | None = None,
    ) -> None:
        """Look at a program's configuration."""
        self.tiers, self.vouchers, self.draws = tiers, vouchers, draws
        self.point_types: Collection[str] = {
            code
            for code, one in config.point_types.items()
            if one.archived_at is None and one.kind != "qualifying"
        }
        self.stores: Collection[str] = {c for c, one in config.stores.items() if one.archived_at is None}
        self.partners: Collection[str] = {c for c, one in config.partners.items() if one.archived_at is None}


@router.get("", operation_id="list_rewards", dependencies=[Depends(LOOK)])
async def list_rewards(
    request: Request,
    program_id: ProgramId,
    page: Annotated[PageQuery, Depends()],
    category: Annotated[str | None, Query(max_length=200)] = None,
    kind: Annotated[str | None, Query(max_length=63)] = None,
    archived: Annotated[bool, Query(description="Archived rewards too")] = False,
) -> Page[RewardAnswer]:
    """List rewards in the order of their codes, with what there is of them now."""
    (after,) = page.after(str) or ("",)
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await store.select_page(
            tx,
            program_id,
            after=after,
            limit=page.rows,
            category=category,
            kind=kind,
            archived=archived,
        )
        shelves = await select_shelves(tx, [one.id for one in found if one.reward.stock])
    return page.page([reward_answer(one, shelves.get(one.id)) for one in found], lambda row: (row.code,))


@router.get("/{code}", operation_id="get_reward", dependencies=[Depends(LOOK)])
async def read_reward(
    request: Request, response: Response, program_id: ProgramId, code: Code
) -> RewardAnswer:
    """Read a reward, archived or not, with what there is of it now."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await select_reward(tx, program_id, code)
        shelves = await select_shelves(tx, [found.id])
    return _shown(response, found, shelves.get(found.id))


@router.put("/{code}", operation_id="put_reward", dependencies=[Depends(WRITE)])
async def write_reward(
    request: Request,
    response: Response,
    program_id: ProgramId,
    code: Code,
    body: RewardBody,
    if_match: IfMatch = None,
) -> RewardAnswer:
    """Make a reward (201) or give it another version (200); an archived one comes back."""
    now, expected = request.app.state.clock.now(), version_in(if_match)

    async def work(tx: Transaction) -> tuple[Stored, bool]:
        look_around: LookAround = request.app.state.around_rewards
        around = await look_around(tx, program_id)
        return await put_reward(tx, program_id, reward_of(code, body), around, now, expected)

    found, new = await request.app.state.db.attempt(work)
    response.status_code = 201 if new else 200
    return _shown(response, found, None)


@router.delete("/{code}", operation_id="archive_reward", status_code=204, dependencies=[Depends(WRITE)])
async def archive(request: Request, program_id: ProgramId, code: Code, if_match: IfMatch = None) -> None:
    """Stop offering a reward; what was ordered stays."""
    now, expected = request.app.state.clock.now(), version_in(if_match)

    async def work(tx: Transaction) -> None:
        await archive_reward(tx, program_id, code, now, expected)

    await request.app.state.db.attempt(work)


@router.get("/{code}/versions", operation_id="list_reward_versions", dependencies=[Depends(READ)])
async def read_versions(request: Request, program_id: ProgramId, code: Code) -> list[VersionAnswer]:
    """Read what a reward was before, latest first; at most 100 versions."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await select_reward(tx, program_id, code)
        versions = await store.select_versions(tx, found.id, VERSIONS_SHOWN)
    return [
        VersionAnswer(version=number, made_at=made_at, reward=reward_answer(Stored(found.id, number, reward)))
        for number, reward, made_at in versions
    ]


@router.put("/{code}/stock", operation_id="put_reward_stock", dependencies=[Depends(STOCK)])
async def write_stock(
    request: Request, program_id: ProgramId, code: Code, body: RewardStockBody
) -> ShelfAnswer:
    """Say how many pieces of a reward are free now (`free`), or that some came or went (`add`)."""
    if (body.free is None) == (body.add is None):
        errors = [FieldError("free", "free_or_add", "Write either `free` or `add`.")]
        raise InvalidReward(errors=errors)

    async def work(tx: Transaction) -> Shelf:
        return await put_reward_stock(
            tx, program_id, code, place=body.store, free=body.free, add=body.add or 0
        )

    return shelf_answer(await request.app.state.db.attempt(work))


def _shown(response: Response, stored: Stored, shelves: list[Shelf] | None) -> RewardAnswer:
    response.headers["etag"] = etag_of(tag_of(stored))
    return reward_answer(stored, shelves)
