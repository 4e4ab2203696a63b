"""REST: people and identity providers of the installation, and the people of one program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Request

from regulars.features.staff import people, store
from regulars.features.staff.bodies import (
    LinkAnswer,
    NewPersonAnswer,
    NewPersonBody,
    PersonAnswer,
    PersonChangeBody,
    ProviderAnswer,
    ProviderBody,
    RoleAnswer,
    RoleBody,
    RoleMeaning,
)
from regulars.features.staff.cookies import public_url
from regulars.features.staff.errors import InvalidPerson
from regulars.features.staff.links import INVITE, LASTING, link_path, make_link
from regulars.features.staff.model import Assignment, Person
from regulars.features.staff.oidc import disable_provider, put_provider
from regulars.features.staff.roles import PLATFORM_ADMIN, ROLES, permissions_of
from regulars.infra.db import Transaction
from regulars.infra.web import STAFF, Page, PageQuery, Subject, api_router, program_in_path, route_roles
from regulars.kit.errors import FieldError, Forbidden

router = api_router("/api/v1", tag="staff")

READ = route_roles("owner", "auditor", scope="staff:read")
WRITE = route_roles("owner", scope="staff:write")
OF_PROGRAM = route_roles("owner", "operator", "auditor", scope="staff:read")
ASSIGN = route_roles("owner", "operator", scope="staff:write")
PersonId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Code = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9_-]{0,62}$")]


Reader = Annotated[Subject, Depends(READ)]
Writer = Annotated[Subject, Depends(WRITE)]


@router.get("/staff/roles", operation_id="list_staff_roles", dependencies=[Depends(route_roles(STAFF))])
async def list_roles() -> list[RoleMeaning]:
    """List the roles people can have, with the permissions each brings."""
    return [
        RoleMeaning(role=code, title=role.title, permissions=sorted(permissions_of(code)))
        for code, role in ROLES.items()
    ]


@router.get("/staff/people", operation_id="list_people")
async def list_people(
    request: Request, subject: Reader, page: Annotated[PageQuery, Depends()]
) -> Page[PersonAnswer]:
    """List everybody who works with the installation."""
    _everywhere(subject)
    (after,) = page.after(int) or (0,)
    async with request.app.state.db.transaction(read_only=True) as tx:
        rows = await store.select_persons(tx, after=after, limit=page.rows)
    return page.page([person_answer(one) for one in rows], lambda row: (row.id,))


@router.post("/staff/people", operation_id="add_person", status_code=201)
async def post_person(request: Request, subject: Writer, body: NewPersonBody) -> NewPersonAnswer:
    """Add somebody; the answer holds the link by which she comes in, this once."""
    _everywhere(subject)
    now = request.app.state.clock.now()
    async with request.app.state.db.transaction() as tx:
        person = await people.add_person(
            tx,
            body.email,
            body.name,
            assignments_of(body.roles),
            now=now,
            by=subject.credential,
            locale=body.locale,
        )
        link = await _invitation(request, tx, person.id, now)
    return NewPersonAnswer(person=person_answer(person), invitation=link)


@router.get("/staff/people/{person_id}", operation_id="get_person")
async def get_person(request: Request, subject: Reader, person_id: PersonId) -> PersonAnswer:
    """Show a person."""
    _everywhere(subject)
    async with request.app.state.db.transaction(read_only=True) as tx:
        return person_answer(await people.get_person(tx, person_id))


@router.put("/staff/people/{person_id}", operation_id="change_person")
async def put_person(
    request: Request, subject: Writer, person_id: PersonId, body: PersonChangeBody
) -> PersonAnswer:
    """Change how a person is called, and let her have exactly these roles, from her next request on."""
    _everywhere(subject)
    async with request.app.state.db.transaction() as tx:
        changed = await people.change_person(
            tx,
            person_id,
            name=body.name,
            locale=body.locale,
            assignments=assignments_of(body.roles),
            now=request.app.state.clock.now(),
            by=subject.credential,
        )
    return person_answer(changed)


@router.post("/staff/people/{person_id}/disable", operation_id="disable_person", status_code=204)
async def post_disable(request: Request, subject: Writer, person_id: PersonId) -> None:
    """Let a person in no more; her next request is refused."""
    _everywhere(subject)
    async with request.app.state.db.transaction() as tx:
        await people.disable_person(tx, person_id, request.app.state.clock.now())


@router.post("/staff/people/{person_id}/enable", operation_id="enable_person", status_code=204)
async def post_enable(request: Request, subject: Writer, person_id: PersonId) -> None:
    """Let a person in again."""
    _everywhere(subject)
    async with request.app.state.db.transaction() as tx:
        await people.enable_person(tx, person_id)


@router.post("/staff/people/{person_id}/reset", operation_id="reset_person")
async def post_reset_person(request: Request, subject: Writer, person_id: PersonId) -> LinkAnswer:
    """Take password, authenticator and sessions from a person; the link in the answer lets her in anew."""
    _everywhere(subject)
    now = request.app.state.clock.now()
    async with request.app.state.db.transaction() as tx:
        await people.reset_person(tx, person_id, now)
        return await _invitation(request, tx, person_id, now)


@router.get("/staff/providers", operation_id="list_identity_providers")
async def list_providers(request: Request, subject: Reader) -> list[ProviderAnswer]:
    """List the OpenID providers that people may sign in with."""
    _everywhere(subject)
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await store.select_providers(tx)
    return [
        ProviderAnswer(
            code=one.code,
            name=one.name,
            issuer=one.issuer,
            client_id=one.client_id,
            has_secret=one.has_secret,
            disabled_at=one.disabled_at,
        )
        for one in found
    ]


@router.put("/staff/providers/{code}", operation_id="put_identity_provider", status_code=204)
async def put_one_provider(request: Request, subject: Writer, code: Code, body: ProviderBody) -> None:
    """Add an OpenID provider or change it."""
    _everywhere(subject)
    now = request.app.state.clock.now()
    async with request.app.state.db.transaction() as tx:
        await put_provider(tx, code, body.name, body.issuer, body.client_id, body.client_secret, now)


@router.delete("/staff/providers/{code}", operation_id="disable_identity_provider", status_code=204)
async def delete_provider(request: Request, subject: Writer, code: Code) -> None:
    """Let nobody sign in at an OpenID provider any more."""
    _everywhere(subject)
    async with request.app.state.db.transaction() as tx:
        await disable_provider(tx, code, request.app.state.clock.now())


@router.get(
    "/programs/{program}/staff",
    operation_id="list_program_people",
    dependencies=[Depends(OF_PROGRAM), Depends(program_in_path)],
)
async def list_of_program(request: Request, program: str) -> list[PersonAnswer]:
    """List the people with a role in a program, with what they may do there."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await people.people_of_program(tx, program)
    return [person_answer(one, program) for one in found]


@router.put(
    "/programs/{program}/staff",
    operation_id="assign_program_person",
    dependencies=[Depends(ASSIGN), Depends(program_in_path)],
)
async def put_in_program(
    request: Request,
    program: str,
    subject: Annotated[Subject, Depends(ASSIGN)],
    body: NewPersonBody,
) -> NewPersonAnswer:
    """Let the person with an address have exactly these roles in a program; somebody new is invited by a link."""
    wrong = [
        FieldError(f"roles[{place}]", "elsewhere", "Give roles of this program only.")
        for place, one in enumerate(body.roles)
        if one.role == PLATFORM_ADMIN or one.program not in (None, program)
    ]
    if wrong:
        raise InvalidPerson(errors=wrong)
    now = request.app.state.clock.now()
    roles = [Assignment(one.role, program, one.partner, one.region) for one in body.roles]
    async with request.app.state.db.transaction() as tx:
        person, new = await people.assign_in_program(
            tx, program, body.email, body.name, body.locale, roles, now=now, by=subject.credential
        )
        link = await _invitation(request, tx, person.id, now) if new else None
    return NewPersonAnswer(person=person_answer(person, program), invitation=link)


def person_answer(person: Person, program: str | None = None) -> PersonAnswer:
    """Return a person as it is shown; with `program`, only her roles there."""
    return PersonAnswer(
        id=person.id,
        email=person.email,
        name=person.name,
        locale=person.locale,
        created_at=person.created_at,
        disabled_at=person.disabled_at,
        has_password=person.has_password,
        has_authenticator=person.has_totp,
        passkeys=person.passkeys,
        last_seen_at=person.last_seen_at,
        roles=[
            RoleAnswer(role=one.role, program=one.program, partner=one.partner, region=one.region)
            for one in person.assignments
            if program is None or one.program == program
        ],
    )


def assignments_of(roles: Sequence[RoleBody]) -> list[Assignment]:
    """Return roles as assignments."""
    return [Assignment(one.role, one.program, one.partner, one.region) for one in roles]


async def _invitation(request: Request, tx: Transaction, person_id: int, now: datetime) -> LinkAnswer:
    token = await make_link(tx, INVITE, person_id, now)
    return LinkAnswer(link=public_url(request) + link_path(INVITE, token), expires_at=now + LASTING[INVITE])


def _everywhere(subject: Subject) -> None:
    if subject.program_id is not None:
        raise Forbidden("People of the whole installation are the platform's own business.")
