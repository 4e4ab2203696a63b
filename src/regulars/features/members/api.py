"""REST: /api/v1/programs/{program}/members. Attributes are in api_attributes.

`{ref}` is `mem_…`, or `<kind>:<value>` such as `external_id:c-1001` and `email:ann@example.com` in any spelling; a
member who was merged leads to the one who took over. Merging, erasing and claiming touch the books too and belong to
flows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, Protocol

from fastapi import Depends, Header, Path, Query, Request, Response

from regulars.features.members import api_attributes, store
from regulars.features.members.access import member_record
from regulars.features.members.bodies import (
    ChangeBody,
    ConsentBody,
    ConsentsBody,
    IdentifierBody,
    JoinBody,
    JoinedAnswer,
    MemberAnswer,
    RecordAnswer,
    member_answer,
)
from regulars.features.members.change import add_identifier, change_member, remove_identifier
from regulars.features.members.consent import state_consents
from regulars.features.members.find import find_members, get_member, resolve_ref
from regulars.features.members.join import MEMBER_JOINED, join_member
from regulars.features.members.listing import number_of_id
from regulars.features.members.model import ConsentStatement, Member, ProgramTerms
from regulars.infra.db import Transaction
from regulars.infra.jobs import enqueue
from regulars.infra.web import (
    Once,
    Page,
    PageQuery,
    Subject,
    api_router,
    etag_of,
    once_per_key,
    program_in_path,
    revision_in,
    route_roles,
)
from regulars.kit.ids import decode, encode

router = api_router("/api/v1/programs/{program}", tag="members")

READ = route_roles("owner", "operator", "manager", "agent", scope="members:read")
WRITE = route_roles("owner", "operator", "manager", "agent", scope="members:write")

ProgramId = Annotated[int, Depends(program_in_path)]
Ref = Annotated[str, Path(max_length=400, description="mem_…, or kind:value such as email:ann@example.com")]
IfMatch = Annotated[
    str | None, Header(description="The ETag you read; refused with 412 when she has changed")
]
# A statement is allowed 8 s; a search that finds more than a page is narrowed by typing more.
FOUND_MAX = 50
# Names of the members on a page of a list.
IDS_MAX = 100


class Programs(Protocol):
    """What the application's `state.programs` can do for members."""

    async def config_of(self, tx: Transaction, program_id: int) -> ProgramTerms:
        """Return a program as it is now."""


@router.post("/members", operation_id="join_member", status_code=201, response_model=JoinedAnswer)
async def join(
    request: Request,
    body: JoinBody,
    subject: Annotated[Subject, Depends(WRITE)],  # noqa: ARG001 - the key is private to the caller
    program_id: ProgramId,
    once: Annotated[Once, Depends(once_per_key)],
) -> Response:
    """Make a member. When one of the identifiers is somebody's, the answer is 409 `member_exists` and names her."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> JoinedAnswer:
        member = await join_member(
            tx,
            await _terms(request, tx, program_id),
            body.identifiers,
            profile=body.profile.model_dump(exclude_none=True),
            core={"zone": body.zone, "birthday": body.birthday},
            attributes=body.attributes,
            tags=body.tags,
            consents=[_statement(said) for said in body.consents],
            now=now,
        )
        # Rules and subscribers hear of her from whoever rates events; the job commits with the member.
        await enqueue(
            tx,
            MEMBER_JOINED,
            {"member": member.id},
            now=now,
            program_id=program_id,
            key=f"joined:{member.id}",
        )
        # The answer is kept for replays: ids only, nothing personal.
        return JoinedAnswer(
            id=encode("mem", member.id),
            status=member.status,
            joined_at=member.joined_at,
            revision=member.revision,
        )

    return await once.answer(request.app.state.db, work, now=now, status=201)


@router.get("/members", operation_id="list_members", dependencies=[Depends(READ)])
async def list_members(
    request: Request,
    program_id: ProgramId,
    page: Annotated[PageQuery, Depends()],
    q: Annotated[
        str | None, Query(max_length=200, description="Beginning of any identifier, or of 'last first' name")
    ] = None,
    status: Annotated[Literal["active", "inactive", "blocked", "merged", "erased"] | None, Query()] = None,
    tag: Annotated[str | None, Query(max_length=60)] = None,
    member_ids: Annotated[
        list[str] | None,
        Query(alias="id", max_length=IDS_MAX, description="These members, whatever their status"),
    ] = None,
) -> Page[MemberAnswer]:
    """List members by id; with `q`, find at most 50 by the beginning of what is known of them; with `id`, these.

    Merged and erased members are listed only when `status` or `id` asks for them.
    """
    async with request.app.state.db.transaction(read_only=True) as tx:
        terms = await _terms(request, tx, program_id)
        if member_ids is not None:
            numbers = [number for one in member_ids if (number := number_of_id(one)) is not None]
            asked = await store.select_members(tx, program_id, list(dict.fromkeys(numbers)))
            return Page(data=[member_answer(member) for member in asked])
        if q is not None:
            found = await find_members(tx, terms, q, min(page.limit, FOUND_MAX))
            return Page(data=[member_answer(member) for member in found])
        (after,) = page.after(int) or (0,)
        ids = await store.select_page(tx, program_id, after=after, limit=page.rows, status=status, tag=tag)
        answers = [member_answer(member) for member in await store.select_members(tx, program_id, ids)]
    return page.page(answers, lambda answer: (decode("mem", answer.id),))


@router.get("/members/{ref}", operation_id="get_member", dependencies=[Depends(READ)])
async def read_member(request: Request, response: Response, program_id: ProgramId, ref: Ref) -> MemberAnswer:
    """Read a member, found by any of her identifiers."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        terms = await _terms(request, tx, program_id)
        member = await get_member(tx, terms, await resolve_ref(tx, terms, ref))
    return _shown(response, member)


@router.patch("/members/{ref}", operation_id="change_member", dependencies=[Depends(WRITE)])
async def patch_member(
    request: Request,
    response: Response,
    program_id: ProgramId,
    ref: Ref,
    body: ChangeBody,
    if_match: IfMatch = None,
) -> MemberAnswer:
    """Change a member: what is left out stays; in profile and attributes null removes.

    A value that does not fit its attribute's kind is refused with its path. Earning and spending are blocked apart.
    """
    changes = _changes(body)
    revision, now = revision_in(if_match), request.app.state.clock.now()
    return await _changed(
        request,
        response,
        program_id,
        ref,
        lambda tx, terms, member_id: change_member(tx, terms, member_id, changes, now, revision),
    )


@router.post(
    "/members/{ref}/identifiers", operation_id="add_member_identifier", dependencies=[Depends(WRITE)]
)
async def post_identifier(
    request: Request, response: Response, program_id: ProgramId, ref: Ref, body: IdentifierBody
) -> MemberAnswer:
    """Let a member be known by one more identifier; 409 `identifier_taken` when it is somebody else's."""
    now = request.app.state.clock.now()
    return await _changed(
        request,
        response,
        program_id,
        ref,
        lambda tx, terms, member_id: add_identifier(
            tx, terms, member_id, body.kind, body.value, now, verified=body.verified
        ),
    )


@router.delete(
    "/members/{ref}/identifiers/{kind}/{value:path}",
    operation_id="remove_member_identifier",
    dependencies=[Depends(WRITE)],
)
async def delete_identifier(
    request: Request,
    response: Response,
    program_id: ProgramId,
    ref: Ref,
    kind: Annotated[str, Path(max_length=40)],
    value: Annotated[str, Path(max_length=255)],
) -> MemberAnswer:
    """Take an identifier from a member; the last one stays, or she could not be found any more."""
    now = request.app.state.clock.now()
    return await _changed(
        request,
        response,
        program_id,
        ref,
        lambda tx, terms, member_id: remove_identifier(tx, terms, member_id, kind, value, now),
    )


@router.post("/members/{ref}/consents", operation_id="state_consents", dependencies=[Depends(WRITE)])
async def post_consents(
    request: Request, response: Response, program_id: ProgramId, ref: Ref, body: ConsentsBody
) -> MemberAnswer:
    """Write down what a member said about messages; the latest statement of each channel holds."""
    now = request.app.state.clock.now()
    statements = [_statement(said) for said in body.consents]
    return await _changed(
        request,
        response,
        program_id,
        ref,
        lambda tx, terms, member_id: state_consents(tx, terms, member_id, statements, now),
    )


@router.get("/members/{ref}/record", operation_id="get_member_record", dependencies=[Depends(READ)])
async def read_record(request: Request, program_id: ProgramId, ref: Ref) -> RecordAnswer:
    """Read everything that is kept about a member outside the books: for her right of access."""
    async with request.app.state.db.transaction(read_only=True, snapshot=True) as tx:
        terms = await _terms(request, tx, program_id)
        record = await member_record(tx, terms, await resolve_ref(tx, terms, ref))
    return RecordAnswer.model_validate(
        {
            "member": member_answer(record.member),
            "known_as": [encode("mem", number) for number in record.known_as],
            "consent_history": _plain(record.consent_history),
            "put_aside": _plain(record.put_aside),
            "merges": [
                _fields(merge)
                | {"source": encode("mem", merge.source_id), "target": encode("mem", merge.target_id)}
                for merge in record.merges
            ],
        }
    )


async def _changed(
    request: Request,
    response: Response,
    program_id: int,
    ref: str,
    change: Callable[[Transaction, ProgramTerms, int], Awaitable[Member]],
) -> MemberAnswer:
    async def work(tx: Transaction) -> Member:
        terms = await _terms(request, tx, program_id)
        return await change(tx, terms, await resolve_ref(tx, terms, ref))

    return _shown(response, await request.app.state.db.attempt(work))


async def _terms(request: Request, tx: Transaction, program_id: int) -> ProgramTerms:
    programs: Programs = request.app.state.programs
    return await programs.config_of(tx, program_id)


def _shown(response: Response, member: Member) -> MemberAnswer:
    response.headers["etag"] = etag_of(member.revision)
    return member_answer(member)


def _changes(body: ChangeBody) -> dict[str, Any]:
    """Return what a body names; null removes zone, birthday and parts of the profile, and means nothing elsewhere."""
    named = {field: getattr(body, field) for field in body.model_fields_set}
    changes = {
        field: value for field, value in named.items() if value is not None or field in ("zone", "birthday")
    }
    if body.profile is not None:
        profile = body.profile.model_dump(exclude_unset=True)
        if body.profile.address is not None:
            profile["address"] = body.profile.address.model_dump(exclude_none=True) or None
        changes["profile"] = profile
    return changes


def _statement(said: ConsentBody) -> ConsentStatement:
    return ConsentStatement(said.channel, said.granted, said.source, said.at)


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def _plain(rows: list[Any]) -> list[dict[str, Any]]:
    return [_fields(row) for row in rows]


router.routes.extend(api_attributes.router.routes)
