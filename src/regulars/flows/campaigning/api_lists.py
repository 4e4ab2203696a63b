"""REST: marketing lists by name, and the members on them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Depends, Request, Response

from regulars.features.campaigns import (
    MarketingList,
    archive_list,
    get_list,
    put_list,
    select_campaigns,
    select_lists,
)
from regulars.features.members import count_listed, select_listed, select_members
from regulars.flows.campaigning.bodies import (
    ListMemberAnswer,
    MarketingListAnswer,
    MarketingListBody,
    RelistAnswer,
    RelistBody,
    list_answer,
)
from regulars.flows.campaigning.listing import change_members
from regulars.flows.campaigning.routes import (
    MEMBERS,
    READ,
    WRITE,
    Code,
    Desk,
    IfMatch,
    ProgramId,
    reading,
    writing,
)
from regulars.infra.web import Page, PageQuery, api_router, etag_of, revision_in
from regulars.kit.ids import decode, encode

router = api_router("/api/v1/programs/{program}/marketing-lists", tag="marketing lists")


@router.get("", operation_id="list_marketing_lists", dependencies=[Depends(READ)])
async def list_all(
    request: Request, program_id: ProgramId, page: Annotated[PageQuery, Depends()]
) -> Page[MarketingListAnswer]:
    """List marketing lists in the order of their codes, with how many members are on each now."""
    (after,) = page.after(str) or ("",)

    async def work(desk: Desk) -> list[MarketingListAnswer]:
        return await _shown(desk, await select_lists(desk.tx, program_id, after=after, limit=page.rows))

    return page.page(await reading(request, program_id, work), lambda row: (row.code,))


@router.get("/{code}", operation_id="get_marketing_list", dependencies=[Depends(READ)])
async def read(
    request: Request, response: Response, program_id: ProgramId, code: Code
) -> MarketingListAnswer:
    """Read a marketing list, archived or not."""

    async def work(desk: Desk) -> MarketingListAnswer:
        return (await _shown(desk, [await get_list(desk.tx, program_id, code)]))[0]

    return _tagged(response, await reading(request, program_id, work))


@router.put("/{code}", operation_id="put_marketing_list", dependencies=[Depends(WRITE)])
async def put(
    request: Request,
    response: Response,
    program_id: ProgramId,
    code: Code,
    body: MarketingListBody,
    if_match: IfMatch = None,
) -> MarketingListAnswer:
    """Make a marketing list (201) or describe it anew (200); an archived one comes back."""
    expected = revision_in(if_match)

    async def work(desk: Desk) -> tuple[MarketingListAnswer, bool]:
        kept, new = await put_list(
            desk.tx, program_id, code, body.name, body.description, now=desk.now, expected=expected
        )
        return (await _shown(desk, [kept]))[0], new

    answer, new = await writing(request, program_id, work)
    response.status_code = 201 if new else 200
    return _tagged(response, answer)


@router.delete(
    "/{code}", operation_id="archive_marketing_list", status_code=204, dependencies=[Depends(WRITE)]
)
async def archive(request: Request, program_id: ProgramId, code: Code) -> None:
    """Put a marketing list away; whoever is on it stays on it."""
    await writing(request, program_id, lambda desk: archive_list(desk.tx, program_id, code, desk.now))


@router.get("/{code}/members", operation_id="list_list_members", dependencies=[Depends(MEMBERS)])
async def members(
    request: Request, program_id: ProgramId, code: Code, page: Annotated[PageQuery, Depends()]
) -> Page[ListMemberAnswer]:
    """List the members on a list, in the order of their ids."""
    (after,) = page.after(int) or (0,)

    async def work(desk: Desk) -> list[ListMemberAnswer]:
        await get_list(desk.tx, program_id, code)
        ids = await select_listed(desk.tx, program_id, code, after=after, limit=page.rows)
        found = {one.id: one for one in await select_members(desk.tx, program_id, ids)}
        return [
            ListMemberAnswer(
                id=encode("mem", one.id),
                name=" ".join(filter(None, (one.profile.first_name, one.profile.last_name))),
                known_as=one.identifiers[0].value if one.identifiers else "",
                status=one.status,
            )
            for one in (found[number] for number in ids if number in found)
        ]

    return page.page(await reading(request, program_id, work), lambda row: (decode("mem", row.id),))


@router.post("/{code}/members", operation_id="change_list_members", dependencies=[Depends(WRITE)])
async def change(request: Request, program_id: ProgramId, code: Code, body: RelistBody) -> RelistAnswer:
    """Put members on a list and take others off it, 5,000 at a time; the same again changes nothing."""

    async def work(desk: Desk) -> RelistAnswer:
        done = await change_members(
            desk.tx, desk.config, code, add=body.add, remove=body.remove, now=desk.now
        )
        return RelistAnswer(**msgspec.structs.asdict(done))

    return await writing(request, program_id, work)


async def _shown(desk: Desk, lists: list[MarketingList]) -> list[MarketingListAnswer]:
    counts = await count_listed(desk.tx, desk.config.id, [one.code for one in lists])
    campaigns = await select_campaigns(desk.tx, desk.config.id)
    return [
        list_answer(
            one,
            counts.get(one.code, 0),
            [each.campaign.code for each in campaigns if one.code in each.campaign.lists],
        )
        for one in lists
    ]


def _tagged(response: Response, answer: MarketingListAnswer) -> MarketingListAnswer:
    response.headers["etag"] = etag_of(answer.revision)
    return answer
