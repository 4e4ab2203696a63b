"""REST: what has to be done for campaigns, whose it is, and what was written about them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from regulars.features.campaigns import (
    NO_DAY,
    NOTES_ALL,
    Activity,
    add_activity,
    change_activity,
    complete_activity,
    get_campaign,
    remove_activity,
    reopen_activity,
    select_activities,
    select_notes,
    write_note,
)
from regulars.flows.campaigning.bodies import (
    ActivityAnswer,
    ActivityBody,
    NoteAnswer,
    NoteBody,
    activity_answer,
    note_answer,
    task_of,
)
from regulars.flows.campaigning.offers import load_people, works_here
from regulars.flows.campaigning.routes import (
    READ,
    WORK,
    Code,
    Desk,
    IfMatch,
    Number,
    OnceKey,
    ProgramId,
    Reader,
    Worker,
    Writer,
    desk_of,
    person_in,
    reading,
    writing,
)
from regulars.infra.db import Transaction
from regulars.infra.web import Page, PageQuery, api_router, etag_of, revision_in

router = api_router("/api/v1/programs/{program}", tag="activities")


@router.get("/activities", operation_id="list_activities")
async def list_activities(
    request: Request,
    subject: Reader,
    program_id: ProgramId,
    page: Annotated[PageQuery, Depends()],
    assignee: Annotated[str | None, Query(max_length=10, description="Number of a person, or `me`")] = None,
    undone: Annotated[bool | None, Query(alias="open", description="Only open ones, or only done")] = None,
    due_to: Annotated[date | None, Query(description="Due on this day or before it")] = None,
) -> Page[ActivityAnswer]:
    """List activities of all campaigns by the day they are due, those without one last; none of templates."""
    return await _activities(
        request, program_id, page, assignee=person_in(assignee, subject), undone=undone, last=due_to
    )


@router.get(
    "/campaigns/{code}/activities", operation_id="list_campaign_activities", dependencies=[Depends(READ)]
)
async def of_campaign(
    request: Request, program_id: ProgramId, code: Code, page: Annotated[PageQuery, Depends()]
) -> Page[ActivityAnswer]:
    """List the activities of a campaign by the day they are due."""
    return await _activities(request, program_id, page, campaign=code)


@router.post(
    "/campaigns/{code}/activities",
    operation_id="add_activity",
    status_code=201,
    response_model=ActivityAnswer,
)
async def add(
    request: Request, subject: Writer, program_id: ProgramId, code: Code, body: ActivityBody, once: OnceKey
) -> Response:
    """Add an activity to a campaign."""

    async def work(tx: Transaction) -> ActivityAnswer:
        desk = await desk_of(request, tx, program_id)
        made = await add_activity(
            tx, program_id, code, task_of(body), await _people(desk), now=desk.now, by=subject.credential
        )
        return activity_answer(made, desk.names, desk.today)

    return await once.answer(request.app.state.db, work, now=request.app.state.clock.now(), status=201)


@router.put("/activities/{number}", operation_id="change_activity", dependencies=[Depends(WORK)])
async def change(
    request: Request,
    response: Response,
    program_id: ProgramId,
    number: Number,
    body: ActivityBody,
    if_match: IfMatch = None,
) -> ActivityAnswer:
    """Change an open activity."""
    expected = revision_in(if_match)

    async def work(desk: Desk) -> Activity:
        people = await _people(desk)
        return await change_activity(
            desk.tx, program_id, number, task_of(body), people, now=desk.now, expected=expected
        )

    return await _changed(request, response, program_id, work)


@router.post("/activities/{number}/complete", operation_id="complete_activity")
async def complete(
    request: Request,
    response: Response,
    subject: Worker,
    program_id: ProgramId,
    number: Number,
    if_match: IfMatch = None,
) -> ActivityAnswer:
    """Note that the caller did an activity now; one that is done stays as it was."""
    expected = revision_in(if_match)
    return await _changed(
        request,
        response,
        program_id,
        lambda desk: complete_activity(
            desk.tx, program_id, number, now=desk.now, by=subject.credential, expected=expected
        ),
    )


@router.post("/activities/{number}/reopen", operation_id="reopen_activity", dependencies=[Depends(WORK)])
async def reopen(
    request: Request, response: Response, program_id: ProgramId, number: Number, if_match: IfMatch = None
) -> ActivityAnswer:
    """Let an activity be to do again."""
    expected = revision_in(if_match)
    return await _changed(
        request,
        response,
        program_id,
        lambda desk: reopen_activity(desk.tx, program_id, number, now=desk.now, expected=expected),
    )


@router.delete(
    "/activities/{number}",
    operation_id="remove_activity",
    status_code=204,
    dependencies=[Depends(WORK)],
)
async def remove(request: Request, program_id: ProgramId, number: Number, if_match: IfMatch = None) -> None:
    """Take an open activity away."""
    expected = revision_in(if_match)
    await writing(request, program_id, lambda desk: remove_activity(desk.tx, program_id, number, expected))


@router.get("/campaigns/{code}/notes", operation_id="list_campaign_notes", dependencies=[Depends(READ)])
async def notes(
    request: Request, program_id: ProgramId, code: Code, page: Annotated[PageQuery, Depends()]
) -> Page[NoteAnswer]:
    """List the notes of a campaign, latest first."""
    (before,) = page.after(int) or (NOTES_ALL,)

    async def work(desk: Desk) -> list[NoteAnswer]:
        stored = await get_campaign(desk.tx, program_id, code)
        found = await select_notes(desk.tx, stored.id, before=before, limit=page.rows)
        return [note_answer(one, desk.names) for one in found]

    return page.page(await reading(request, program_id, work), lambda row: (row.id,))


@router.post(
    "/campaigns/{code}/notes", operation_id="write_campaign_note", status_code=201, response_model=NoteAnswer
)
async def write(
    request: Request, subject: Worker, program_id: ProgramId, code: Code, body: NoteBody, once: OnceKey
) -> Response:
    """Write a note about a campaign; it stays as it was written."""

    async def work(tx: Transaction) -> NoteAnswer:
        desk = await desk_of(request, tx, program_id)
        note = await write_note(tx, program_id, code, body.text, now=desk.now, by=subject.credential)
        return note_answer(note, desk.names)

    return await once.answer(request.app.state.db, work, now=request.app.state.clock.now(), status=201)


async def _activities(
    request: Request,
    program_id: int,
    page: PageQuery,
    *,
    campaign: str | None = None,
    assignee: int | None = None,
    undone: bool | None = None,
    last: date | None = None,
) -> Page[ActivityAnswer]:
    day, number = page.after(str, int) or (date.min.isoformat(), 0)

    async def work(desk: Desk) -> list[ActivityAnswer]:
        if campaign is not None:
            await get_campaign(desk.tx, program_id, campaign)
        found = await select_activities(
            desk.tx,
            program_id,
            campaign=campaign,
            assignee=assignee,
            undone=undone,
            last=last,
            after=(date.fromisoformat(day), number),
            limit=page.rows,
        )
        return [activity_answer(one, desk.names, desk.today) for one in found]

    rows = await reading(request, program_id, work)
    return page.page(rows, lambda row: ((row.due_on or NO_DAY).isoformat(), row.id))


async def _people(desk: Desk) -> frozenset[int]:
    people = await load_people(desk.tx)
    return frozenset(number for number, person in people.items() if works_here(person, desk.config))


async def _changed(
    request: Request, response: Response, program_id: int, work: Callable[[Desk], Awaitable[Activity]]
) -> ActivityAnswer:
    async def shown(desk: Desk) -> ActivityAnswer:
        return activity_answer(await work(desk), desk.names, desk.today)

    answer = await writing(request, program_id, shown)
    response.headers["etag"] = etag_of(answer.revision)
    return answer
