"""REST: notes about members, tasks and calls for them, and the list of what is open in a program."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Annotated, Literal, Protocol, TypeVar

from fastapi import Depends, Header, Path, Query, Request, Response

from regulars.features.care import (
    Asked,
    Task,
    UnknownNote,
    UnknownTask,
    change_task,
    open_task,
    remove_note,
    select_notes,
    set_status,
    write_note,
)
from regulars.features.members import resolve_ref, select_merged_ids
from regulars.features.programs import ProgramConfig
from regulars.flows.caring.bodies import (
    ColleaguesAnswer,
    NoteAnswer,
    NoteBody,
    TaskAnswer,
    TaskBody,
    TaskChangeBody,
    TaskStatusBody,
)
from regulars.flows.caring.read import (
    Wanted,
    colleagues,
    email_of,
    place_of,
    queries,
    select_tasks,
    shown_notes,
    shown_tasks,
)
from regulars.infra.db import Transaction
from regulars.infra.web import (
    Page,
    PageQuery,
    Subject,
    api_router,
    etag_of,
    program_in_path,
    revision_in,
    route_roles,
)
from regulars.kit.errors import Rejected
from regulars.kit.ids import ID_MAX, decode
from regulars.kit.zones import local_date, zone

router = api_router("/api/v1/programs/{program}", tag="care")

READ = route_roles("owner", "operator", "manager", "agent", scope="members:read")
WRITE = route_roles("owner", "operator", "manager", "agent", scope="members:write")
# Who may remove what others wrote.
KEEPERS = frozenset({"owner", "operator", "manager"})

Reader = Annotated[Subject, Depends(READ)]
Writer = Annotated[Subject, Depends(WRITE)]
ProgramId = Annotated[int, Depends(program_in_path)]
Ref = Annotated[str, Path(max_length=400, description="mem_…, or kind:value such as email:ann@example.com")]
NoteId = Annotated[str, Path(max_length=40, description="nte_…")]
TaskId = Annotated[str, Path(max_length=40, description="tsk_…")]
IfMatch = Annotated[str | None, Header(description="The revision you have seen")]
Status = Literal["open", "done", "cancelled"]
Answer = TypeVar("Answer")


class Programs(Protocol):
    """What the application's `state.programs` can do for care."""

    async def config_of(self, tx: Transaction, program_id: int) -> ProgramConfig:
        """Return a program as it is now."""


@router.get("/members/{ref}/notes", operation_id="list_member_notes")
async def list_notes(
    request: Request,
    subject: Reader,
    program_id: ProgramId,
    ref: Ref,
    page: Annotated[PageQuery, Depends()],
) -> Page[NoteAnswer]:
    """List what was written about a member, the latest first."""
    (before,) = page.after(int) or (ID_MAX,)

    async def work(tx: Transaction, config: ProgramConfig, ids: Sequence[int]) -> Page[NoteAnswer]:
        notes = await select_notes(tx, config.id, ids, before, page.rows)
        shown = await shown_notes(tx, notes, subject.credential)
        return page.page(shown, lambda note: (decode("nte", note.id),))

    return await _about(request, program_id, ref, work, read_only=True)


@router.post("/members/{ref}/notes", operation_id="write_member_note", status_code=201)
async def post_note(
    request: Request, subject: Writer, program_id: ProgramId, ref: Ref, body: NoteBody
) -> NoteAnswer:
    """Write something about a member, for those who see her next."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction, config: ProgramConfig, ids: Sequence[int]) -> NoteAnswer:
        note = await write_note(tx, config.id, ids[0], body.text, by=subject.credential, now=now)
        return (await shown_notes(tx, [note], subject.credential))[0]

    return await _about(request, program_id, ref, work)


@router.delete("/members/{ref}/notes/{note}", operation_id="remove_member_note", status_code=204)
async def delete_note(
    request: Request, subject: Writer, program_id: ProgramId, ref: Ref, note: NoteId
) -> None:
    """Remove a note of one's own; managers remove anybody's."""
    number = _number("nte", note, UnknownNote)
    anybody = bool(KEEPERS & subject.roles)

    async def work(tx: Transaction, config: ProgramConfig, ids: Sequence[int]) -> None:
        await remove_note(tx, config.id, ids, number, by=subject.credential, anybody=anybody)

    await _about(request, program_id, ref, work)


@router.get("/members/{ref}/tasks", operation_id="list_member_tasks", dependencies=[Depends(READ)])
async def list_member_tasks(
    request: Request,
    program_id: ProgramId,
    ref: Ref,
    page: Annotated[PageQuery, Depends()],
    status: Annotated[Status | None, Query(description="Only tasks that stand so")] = None,
) -> Page[TaskAnswer]:
    """List what is to be done for a member and what was done, the latest first."""
    (before,) = page.after(int) or (ID_MAX,)

    async def work(tx: Transaction, config: ProgramConfig, ids: Sequence[int]) -> Page[TaskAnswer]:
        asked = {"member_ids": list(ids), "status": status, "before": before, "limit": page.rows}
        tasks = await tx.all(queries.select_tasks_of_members, row=Task, program_id=config.id, **asked)
        shown = await shown_tasks(tx, config.id, tasks, _today(request, config))
        return page.page(shown, lambda task: (decode("tsk", task.id),))

    return await _about(request, program_id, ref, work, read_only=True)


@router.post("/members/{ref}/tasks", operation_id="open_member_task", status_code=201)
async def post_task(
    request: Request, response: Response, subject: Writer, program_id: ProgramId, ref: Ref, body: TaskBody
) -> TaskAnswer:
    """Ask for something to be done for a member, or for a call."""
    asked, now = Asked(**body.model_dump()), request.app.state.clock.now()

    async def work(tx: Transaction, config: ProgramConfig, ids: Sequence[int]) -> TaskAnswer:
        task = await open_task(tx, config.id, ids[0], asked, by=subject.credential, now=now)
        return await _one(request, response, tx, config, task)

    return await _about(request, program_id, ref, work)


@router.patch("/members/{ref}/tasks/{task}", operation_id="change_member_task", dependencies=[Depends(WRITE)])
async def patch_task(
    request: Request,
    response: Response,
    program_id: ProgramId,
    ref: Ref,
    task: TaskId,
    body: TaskChangeBody,
    if_match: IfMatch = None,
) -> TaskAnswer:
    """Change what is to be done, by whom or until when, while it is open."""
    number, seen = _number("tsk", task, UnknownTask), revision_in(if_match)
    named = {field: getattr(body, field) for field in body.model_fields_set}
    changes = {field: value for field, value in named.items() if value is not None or field == "due_on"}

    async def work(tx: Transaction, config: ProgramConfig, ids: Sequence[int]) -> TaskAnswer:
        changed = await change_task(tx, config.id, ids, number, changes, seen)
        return await _one(request, response, tx, config, changed)

    return await _about(request, program_id, ref, work)


@router.put("/members/{ref}/tasks/{task}/status", operation_id="set_member_task_status")
async def put_status(
    request: Request,
    response: Response,
    subject: Writer,
    program_id: ProgramId,
    ref: Ref,
    task: TaskId,
    body: TaskStatusBody,
    if_match: IfMatch = None,
) -> TaskAnswer:
    """Say that a task is done, will not be done, or is open again; who says it first did it."""
    number, seen, now = (
        _number("tsk", task, UnknownTask),
        revision_in(if_match),
        request.app.state.clock.now(),
    )

    async def work(tx: Transaction, config: ProgramConfig, ids: Sequence[int]) -> TaskAnswer:
        done = await set_status(
            tx, config.id, ids, number, body.status, body.outcome,
            by=subject.credential, now=now, revision=seen,
        )  # fmt: skip
        return await _one(request, response, tx, config, done)

    return await _about(request, program_id, ref, work)


@router.get("/tasks", operation_id="list_tasks")
async def list_tasks(
    request: Request,
    subject: Reader,
    program_id: ProgramId,
    page: Annotated[PageQuery, Depends()],
    status: Annotated[
        Status, Query(description="Open ones, the next due first; else the latest first")
    ] = "open",
    assignee: Annotated[
        str | None, Query(max_length=254, description="E-mail or team; `me` is the caller")
    ] = None,
    kind: Annotated[Literal["task", "call"] | None, Query()] = None,
    due_before: Annotated[date | None, Query(description="Due before this local day")] = None,
) -> Page[TaskAnswer]:
    """List the tasks and calls of a program."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        config = await _config(request, tx, program_id)
        if assignee == "me":
            assignee = await email_of(tx, subject.credential) or subject.credential
        wanted = Wanted(status, assignee, due_before, kind)
        tasks = await select_tasks(tx, config.id, wanted, page.after(str, int), page.rows)
        places = {task.id: place_of(task) for task in tasks}
        shown = await shown_tasks(tx, config.id, tasks, _today(request, config), members=True)
    return page.page(shown, lambda task: places[decode("tsk", task.id)])


@router.get("/colleagues", operation_id="list_colleagues")
async def list_colleagues(request: Request, subject: Reader, program_id: ProgramId) -> ColleaguesAnswer:
    """List the people of this program whom tasks can be given to."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        return ColleaguesAnswer(data=await colleagues(tx, program_id, subject.credential))


async def _about(
    request: Request,
    program_id: int,
    ref: str,
    work: Callable[[Transaction, ProgramConfig, Sequence[int]], Awaitable[Answer]],
    *,
    read_only: bool = False,
) -> Answer:
    """Do something about a member: she first, then those who were merged into her."""
    async with request.app.state.db.transaction(read_only=read_only) as tx:
        config = await _config(request, tx, program_id)
        member_id = await resolve_ref(tx, config, ref)
        merged = await select_merged_ids(tx, member_id)
        return await work(tx, config, [member_id, *(one for one in merged if one != member_id)])


async def _one(
    request: Request, response: Response, tx: Transaction, config: ProgramConfig, task: Task
) -> TaskAnswer:
    response.headers["etag"] = etag_of(task.revision)
    return (await shown_tasks(tx, config.id, [task], _today(request, config)))[0]


async def _config(request: Request, tx: Transaction, program_id: int) -> ProgramConfig:
    programs: Programs = request.app.state.programs
    return await programs.config_of(tx, program_id)


def _today(request: Request, config: ProgramConfig) -> date:
    return local_date(request.app.state.clock.now(), zone(config.zone))


def _number(prefix: str, text: str, unknown: type[Rejected]) -> int:
    try:
        return decode(prefix, text)
    except ValueError:
        raise unknown from None
