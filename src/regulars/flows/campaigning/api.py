"""REST: /api/v1/programs/{program}/campaigns. Activities, notes, lists and the calendar are in the files beside."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from regulars.features.campaigns import (
    STEPS,
    Campaign,
    Status,
    Stored,
    advance_campaign,
    archive_campaign,
    copy_campaign,
    count_activities,
    get_campaign,
    put_campaign,
    select_campaigns,
    select_lists,
    select_steps,
    select_types,
)
from regulars.features.members import count_listed, count_listed_anywhere
from regulars.flows.campaigning import api_calendar, api_lists, api_work
from regulars.flows.campaigning.bodies import (
    ApproveBody,
    CampaignAnswer,
    CampaignBody,
    CampaignRow,
    ChoicesAnswer,
    CopyBody,
    ListedAnswer,
    PromotionAnswer,
    StepBody,
    campaign_of,
    plain_fields,
    row_answer,
    step_answer,
)
from regulars.flows.campaigning.offers import Offer, load_known, load_offers, load_people, works_here
from regulars.flows.campaigning.routes import (
    APPROVE,
    READ,
    WRITE,
    Code,
    Desk,
    IfMatch,
    OnceKey,
    ProgramId,
    Reader,
    Writer,
    desk_of,
    person_in,
    reading,
    writing,
)
from regulars.infra.db import Transaction
from regulars.infra.web import Page, PageQuery, Subject, api_router, etag_of, revision_in
from regulars.kit.errors import FieldError, Invalid

router = api_router("/api/v1/programs/{program}", tag="campaigns")

Approver = Annotated[Subject, Depends(APPROVE)]


@router.get("/campaigns", operation_id="list_campaigns")
async def list_campaigns(
    request: Request,
    subject: Reader,
    program_id: ProgramId,
    page: Annotated[PageQuery, Depends()],
    q: Annotated[str | None, Query(max_length=200, description="In code, name or type")] = None,
    status: Annotated[Status | None, Query()] = None,
    of_type: Annotated[str | None, Query(alias="type", max_length=60)] = None,
    owner: Annotated[str | None, Query(max_length=10, description="Number of a person, or `me`")] = None,
    template: Annotated[bool | None, Query(description="Only templates, or only others")] = None,
    archived: Annotated[bool, Query(description="Archived campaigns too")] = False,
) -> Page[CampaignRow]:
    """List campaigns in the order of their codes."""
    (after,) = page.after(str) or ("",)

    async def work(desk: Desk) -> list[CampaignRow]:
        found = await select_campaigns(
            desk.tx,
            program_id,
            after=after,
            limit=page.rows,
            text=q or None,
            status=status,
            of_type=of_type,
            owner=person_in(owner, subject),
            template=template,
            archived=archived,
        )
        counts = await count_activities(desk.tx, [one.id for one in found])
        return [row_answer(one, desk.names, counts.get(one.id, (0, 0))) for one in found]

    return page.page(await reading(request, program_id, work), lambda row: (row.code,))


@router.get("/campaign-choices", operation_id="list_campaign_choices", dependencies=[Depends(READ)])
async def choices(request: Request, program_id: ProgramId) -> ChoicesAnswer:
    """Read what a campaign may name: types in use, people, promotions that are not archived, marketing lists."""

    async def work(desk: Desk) -> ChoicesAnswer:
        tx, config = desk.tx, desk.config
        people = await load_people(tx)
        offers = await load_offers(tx, config)
        lists = await select_lists(tx, program_id)
        counts = await count_listed(tx, program_id, [one.code for one in lists])
        here = (number for number, person in people.items() if works_here(person, config))
        return ChoicesAnswer(
            types=await select_types(tx, program_id),
            people=[one for number in here if (one := desk.names.person(number))],
            promotions=[_promotion(one) for one in offers.values() if one.status != "archived"],
            lists=[
                ListedAnswer(code=one.code, name=one.name, members=counts.get(one.code, 0)) for one in lists
            ],
        )

    return await reading(request, program_id, work)


@router.get("/campaigns/{code}", operation_id="get_campaign", dependencies=[Depends(READ)])
async def read(request: Request, response: Response, program_id: ProgramId, code: Code) -> CampaignAnswer:
    """Read a campaign with what it promotes, how many members its lists reach, and the steps it took."""

    async def work(desk: Desk) -> CampaignAnswer:
        return await _whole(desk, await get_campaign(desk.tx, program_id, code))

    return _tagged(response, await reading(request, program_id, work))


@router.put("/campaigns/{code}", operation_id="put_campaign")
async def put(
    request: Request,
    response: Response,
    subject: Writer,
    program_id: ProgramId,
    code: Code,
    body: CampaignBody,
    if_match: IfMatch = None,
) -> CampaignAnswer:
    """Make a campaign (201) or change it (200); an archived one comes back."""
    expected = revision_in(if_match)

    async def work(desk: Desk) -> tuple[CampaignAnswer, bool]:
        wanted: Campaign = campaign_of(code, body, desk.config.currency)
        known = await load_known(desk.tx, desk.config)
        stored, new = await put_campaign(
            desk.tx, program_id, wanted, known, now=desk.now, by=subject.credential, expected=expected
        )
        return await _whole(desk, stored), new

    answer, new = await writing(request, program_id, work)
    response.status_code = 201 if new else 200
    return _tagged(response, answer)


@router.delete(
    "/campaigns/{code}", operation_id="archive_campaign", status_code=204, dependencies=[Depends(WRITE)]
)
async def archive(request: Request, program_id: ProgramId, code: Code, if_match: IfMatch = None) -> None:
    """Put a campaign away; what it promoted stays as it is."""
    expected = revision_in(if_match)
    await writing(
        request, program_id, lambda desk: archive_campaign(desk.tx, program_id, code, desk.now, expected)
    )


@router.post("/campaigns/{code}/status", operation_id="advance_campaign")
async def advance(
    request: Request,
    response: Response,
    subject: Writer,
    program_id: ProgramId,
    code: Code,
    body: StepBody,
    if_match: IfMatch = None,
) -> CampaignAnswer:
    """Take a campaign to its next status: propose it, begin, end, cancel, or take it back to draft.

    Approving is a request of its own, because other people do it.
    """
    if body.status == "approved":
        says = "POST …/approve approves a campaign; whoever plans it may not be allowed to."
        raise Invalid(says, errors=[FieldError("status", "approval_apart", says)])
    answer = await _step(request, program_id, code, body.status, body.reason, subject, if_match)
    return _tagged(response, answer)


@router.post("/campaigns/{code}/approve", operation_id="approve_campaign")
async def approve(
    request: Request,
    response: Response,
    subject: Approver,
    program_id: ProgramId,
    code: Code,
    body: ApproveBody,
    if_match: IfMatch = None,
) -> CampaignAnswer:
    """Approve a proposed campaign and its budget: what is read is what is approved, when If-Match is sent."""
    answer = await _step(request, program_id, code, "approved", body.reason, subject, if_match)
    return _tagged(response, answer)


@router.post(
    "/campaigns/{code}/copy", operation_id="copy_campaign", status_code=201, response_model=CampaignAnswer
)
async def copy(
    request: Request, subject: Writer, program_id: ProgramId, code: Code, body: CopyBody, once: OnceKey
) -> Response:
    """Make a draft like a campaign or template, with its activities open again and its days moved."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> CampaignAnswer:
        desk = await desk_of(request, tx, program_id)
        made = await copy_campaign(
            tx,
            program_id,
            code,
            body.code,
            body.name,
            await load_known(tx, desk.config),
            template=body.template,
            begins=body.proposed_from,
            now=now,
            by=subject.credential,
        )
        return await _whole(desk, made)

    return await once.answer(request.app.state.db, work, now=now, status=201)


async def _step(
    request: Request,
    program_id: int,
    code: str,
    status: Status,
    reason: str,
    subject: Subject,
    if_match: str | None,
) -> CampaignAnswer:
    expected = revision_in(if_match)

    async def work(desk: Desk) -> CampaignAnswer:
        stored = await advance_campaign(
            desk.tx,
            program_id,
            code,
            status,
            today=desk.today,
            now=desk.now,
            by=subject.credential,
            reason=reason,
            expected=expected,
        )
        return await _whole(desk, stored)

    return await writing(request, program_id, work)


async def _whole(desk: Desk, stored: Stored) -> CampaignAnswer:
    tx, program_id, plan = desk.tx, desk.config.id, stored.campaign
    offers = await load_offers(tx, desk.config)
    counts = await count_listed(tx, program_id, plan.lists)
    called = {
        one.code: one.name for one in await select_lists(tx, program_id, codes=plan.lists, archived=True)
    }
    done = (await count_activities(tx, [stored.id])).get(stored.id, (0, 0))
    named = {one.key for one in plan.promotions}
    promotions = [
        _promotion(offers.get(one.key) or Offer(one.kind, one.code, one.code, "gone"))
        for one in plan.promotions
    ]
    promotions += [
        _promotion(one, attached=False)
        for one in offers.values()
        if one.campaign == plan.code and one.key not in named and one.status != "archived"
    ]
    fields: dict[str, Any] = plain_fields(stored)
    return CampaignAnswer(
        **fields,
        steps_open=[] if plan.template or stored.archived_at else list(STEPS[stored.status]),
        owner=desk.names.person(plan.owner),
        description=plan.description,
        offer=plan.offer,
        promotions=promotions,
        lists=[
            ListedAnswer(code=code, name=called.get(code, code), members=counts.get(code, 0))
            for code in plan.lists
        ],
        reach=await count_listed_anywhere(tx, program_id, plan.lists),
        activities=done[0],
        activities_open=done[1],
        steps=[step_answer(one, desk.names) for one in await select_steps(tx, stored.id)],
        created_at=stored.created_at,
    )


def _promotion(offer: Offer, *, attached: bool = True) -> PromotionAnswer:
    return PromotionAnswer(
        kind=offer.kind,
        code=offer.code,
        name=offer.name,
        status=offer.status,
        first=offer.first,
        last=offer.last,
        attached=attached,
    )


def _tagged(response: Response, answer: CampaignAnswer) -> CampaignAnswer:
    response.headers["etag"] = etag_of(answer.revision)
    return answer


router.routes.extend(api_work.router.routes)
router.routes.extend(api_lists.router.routes)
router.routes.extend(api_calendar.router.routes)
