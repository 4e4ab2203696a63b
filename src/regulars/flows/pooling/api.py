"""REST: household accounts and what is spent with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Depends, Path, Query, Request, Response

from regulars.features.households import (
    NotInHousehold,
    Terms,
    UnknownHousehold,
    accept,
    change_household,
    change_person,
    dissolve,
    found_household,
    get_household,
    invite,
    leave,
    list_people,
    person_of,
)
from regulars.features.members import resolve_ref
from regulars.features.programs import ProgramConfig
from regulars.flows.pooling.bodies import (
    AcceptBody,
    ChangeBody,
    DissolveBody,
    FoundBody,
    HouseholdAnswer,
    InvitationAnswer,
    InviteBody,
    LeaveBody,
    PersonBody,
    PoolAnswer,
    PooledSpendAnswer,
    ReturnBody,
    SpendBody,
    household_answer,
    spend_answer,
)
from regulars.flows.pooling.errors import UnknownPooledSpend
from regulars.flows.pooling.spending import (
    limit_of,
    open_pool,
    period_of,
    queries,
    return_together,
    spend_together,
)
from regulars.infra.db import Transaction
from regulars.infra.web import Once, Subject, api_router, once_per_key, program_in_path, route_roles
from regulars.kit.errors import NotFound
from regulars.kit.ids import decode, encode

router = api_router("/api/v1/programs/{program}", tag="households")

READ = route_roles("owner", "operator", "manager", "agent", scope="households:read")
WRITE = route_roles("owner", "operator", "manager", "agent", scope="households:write")
SPEND = route_roles("owner", "operator", "manager", "agent", scope="points:write")

ProgramId = Annotated[int, Depends(program_in_path)]
Ref = Annotated[str, Path(max_length=400, description="mem_…, or kind:value such as email:ann@example.com")]
Number = Annotated[str, Path(max_length=40, description="hsh_…")]
OnceKey = Annotated[Once, Depends(once_per_key)]
Spender = Annotated[Subject, Depends(SPEND)]
T = TypeVar("T")


class Programs(Protocol):
    """What the application's `state.programs` can do for households."""

    async def config_of(self, tx: Transaction, program_id: int) -> ProgramConfig:
        """Return a program as it is now."""


class _Asked:
    """One request about a household."""

    def __init__(self, request: Request, program_id: int) -> None:
        self.state = request.app.state
        self.program_id = program_id
        self.now = self.state.clock.now()

    async def config(self, tx: Transaction) -> ProgramConfig:
        programs: Programs = self.state.programs
        return await programs.config_of(tx, self.program_id)

    async def member(self, tx: Transaction, ref: str) -> int:
        return await resolve_ref(tx, await self.config(tx), ref)

    async def changed(self, number: int, work: Callable[[Transaction], Awaitable[Any]]) -> HouseholdAnswer:
        """Do `work` in a transaction and return the household after it."""

        async def answered(tx: Transaction) -> HouseholdAnswer:
            await work(tx)
            return await self.shown(tx, number)

        found: HouseholdAnswer = await self.state.db.attempt(answered)
        return found

    async def shown(self, tx: Transaction, number: int) -> HouseholdAnswer:
        household = await get_household(tx, self.program_id, number)
        return household_answer(household, await list_people(tx, number))


def number_of(prefix: str, text: str, unknown: type[NotFound]) -> int:
    """Return the number inside a public id. Refuses with `unknown` for anything else."""
    try:
        return decode(prefix, text)
    except ValueError:
        raise unknown from None


@router.post("/households", operation_id="found_household", status_code=201, dependencies=[Depends(WRITE)])
async def found(request: Request, program_id: ProgramId, body: FoundBody) -> HouseholdAnswer:
    """Found a household with a member as its head."""
    asked = _Asked(request, program_id)

    async def work(tx: Transaction) -> HouseholdAnswer:
        head = await asked.member(tx, body.head)
        made = await found_household(tx, program_id, head, body.name, now=asked.now, draws=body.draws)
        return await asked.shown(tx, made.id)

    answer: HouseholdAnswer = await asked.state.db.attempt(work)
    return answer


@router.get("/households/{household}", operation_id="get_household", dependencies=[Depends(READ)])
async def read(request: Request, program_id: ProgramId, household: Number) -> HouseholdAnswer:
    """Read a household and who is in it."""
    asked = _Asked(request, program_id)
    async with asked.state.db.transaction(read_only=True) as tx:
        return await asked.shown(tx, number_of("hsh", household, UnknownHousehold))


@router.get("/members/{ref}/household", operation_id="get_member_household", dependencies=[Depends(READ)])
async def of_member(request: Request, program_id: ProgramId, ref: Ref) -> HouseholdAnswer:
    """Read the household a member is in."""
    asked = _Asked(request, program_id)
    async with asked.state.db.transaction(read_only=True) as tx:
        person = await person_of(tx, program_id, await asked.member(tx, ref))
        if person is None:
            raise NotInHousehold
        return await asked.shown(tx, person.household_id)


@router.post("/households/{household}/change", operation_id="change_household", dependencies=[Depends(WRITE)])
async def change(
    request: Request, program_id: ProgramId, household: Number, body: ChangeBody
) -> HouseholdAnswer:
    """Change how a household is called and in which order it draws."""
    asked, number = _Asked(request, program_id), number_of("hsh", household, UnknownHousehold)

    async def work(tx: Transaction) -> None:
        head = await asked.member(tx, body.by)
        await change_household(tx, program_id, number, head, body.name, body.draws)

    return await asked.changed(number, work)


@router.post(
    "/households/{household}/invitations",
    operation_id="invite_to_household",
    status_code=201,
    dependencies=[Depends(WRITE)],
)
async def post_invitation(
    request: Request, program_id: ProgramId, household: Number, body: InviteBody
) -> InvitationAnswer:
    """Invite somebody; the secret is shown this once and good for 14 days."""
    asked, number = _Asked(request, program_id), number_of("hsh", household, UnknownHousehold)

    async def work(tx: Transaction) -> str:
        head = await asked.member(tx, body.by)
        wanted = None if body.member is None else await asked.member(tx, body.member)
        return await invite(tx, program_id, number, head, body.role, now=asked.now, member_id=wanted)

    return InvitationAnswer(secret=await asked.state.db.attempt(work), household=encode("hsh", number))


@router.post(
    "/household-invitations/accept", operation_id="accept_household_invitation", dependencies=[Depends(WRITE)]
)
async def post_accept(request: Request, program_id: ProgramId, body: AcceptBody) -> HouseholdAnswer:
    """Join the household of an invitation."""
    asked = _Asked(request, program_id)

    async def work(tx: Transaction) -> HouseholdAnswer:
        joined = await accept(tx, program_id, body.secret, await asked.member(tx, body.member), asked.now)
        return await asked.shown(tx, joined.id)

    answer: HouseholdAnswer = await asked.state.db.attempt(work)
    return answer


@router.put(
    "/households/{household}/people/{ref}",
    operation_id="change_household_person",
    dependencies=[Depends(WRITE)],
)
async def put_person(
    request: Request, program_id: ProgramId, household: Number, ref: Ref, body: PersonBody
) -> HouseholdAnswer:
    """Change what a member of the household is and may."""
    asked, number = _Asked(request, program_id), number_of("hsh", household, UnknownHousehold)
    terms = Terms(body.role, body.shares, body.spend_max, body.spend_period)

    async def work(tx: Transaction) -> None:
        head, member = await asked.member(tx, body.by), await asked.member(tx, ref)
        await change_person(tx, program_id, number, head, member, terms)

    return await asked.changed(number, work)


@router.post("/households/{household}/leave", operation_id="leave_household", dependencies=[Depends(WRITE)])
async def post_leave(
    request: Request, program_id: ProgramId, household: Number, body: LeaveBody
) -> HouseholdAnswer:
    """Leave a household, with all points one has; the last one who leaves dissolves it."""
    asked, number = _Asked(request, program_id), number_of("hsh", household, UnknownHousehold)

    async def work(tx: Transaction) -> None:
        member = await asked.member(tx, body.member)
        by = None if body.by is None else await asked.member(tx, body.by)
        await leave(tx, program_id, number, member, asked.now, by=by)

    return await asked.changed(number, work)


@router.post(
    "/households/{household}/dissolve", operation_id="dissolve_household", dependencies=[Depends(WRITE)]
)
async def post_dissolve(
    request: Request, program_id: ProgramId, household: Number, body: DissolveBody
) -> HouseholdAnswer:
    """Dissolve a household: everybody keeps the points one has."""
    asked, number = _Asked(request, program_id), number_of("hsh", household, UnknownHousehold)

    async def work(tx: Transaction) -> None:
        await dissolve(tx, program_id, number, await asked.member(tx, body.by), asked.now)

    return await asked.changed(number, work)


@router.get("/members/{ref}/pool", operation_id="get_pool", dependencies=[Depends(READ)])
async def pool_of(
    request: Request,
    program_id: ProgramId,
    ref: Ref,
    point_type: Annotated[str | None, Query(max_length=63)] = None,
) -> PoolAnswer:
    """Say what a member can spend with her household."""
    asked = _Asked(request, program_id)
    async with asked.state.db.transaction() as tx:
        config = await asked.config(tx)
        member = await asked.member(tx, ref)
        pool = await open_pool(tx, config, member, point_type, asked.now, lock=False)
        most = limit_of(pool, config)
        used = await tx.value(
            queries.select_usage,
            member_id=member,
            household_id=pool.household.id,
            point_type=pool.kind.code,
            period=period_of(pool, config, asked.now),
        )
    wallet = pool.wallets.get(member)
    own = 0 if wallet is None else wallet.points
    left = None if most is None else max(0, most - (used or 0))
    return PoolAnswer(
        household=encode("hsh", pool.household.id),
        point_type=pool.kind.code,
        available=pool.available,
        own=own,
        others_left=left,
        spendable=pool.available if left is None else min(pool.available, own + left),
    )


@router.post(
    "/members/{ref}/pooled-spends",
    operation_id="spend_pooled_points",
    status_code=201,
    response_model=PooledSpendAnswer,
)
async def post_spend(
    request: Request, program_id: ProgramId, ref: Ref, body: SpendBody, subject: Spender, once: OnceKey
) -> Response:
    """Spend points of a member's household, in its order of drawing. 409 `pool_too_low`, 403 `pooled_limit_reached`."""
    asked = _Asked(request, program_id)

    async def work(tx: Transaction) -> PooledSpendAnswer:
        done = await spend_together(
            tx,
            await asked.config(tx),
            asked.state.wallets,
            await asked.member(tx, ref),
            body.points,
            actor=subject.credential,
            now=asked.now,
            point_type=body.point_type,
            reference=body.reference,
        )
        return spend_answer(done)

    return await once.answer(asked.state.db, work, now=asked.now, status=201)


@router.post(
    "/households/{household}/spends/{spend}/return",
    operation_id="return_pooled_points",
    status_code=201,
    response_model=PooledSpendAnswer,
)
async def post_return(
    request: Request,
    program_id: ProgramId,
    household: Number,
    spend: Annotated[str, Path(max_length=40, description="pls_…")],
    body: ReturnBody,
    subject: Spender,
    once: OnceKey,
) -> Response:
    """Give a pooled spend back, whole or in part, to whom it came from."""
    asked, number = _Asked(request, program_id), number_of("hsh", household, UnknownHousehold)
    spend_id = number_of("pls", spend, UnknownPooledSpend)

    async def work(tx: Transaction) -> PooledSpendAnswer:
        done = await return_together(
            tx,
            await asked.config(tx),
            asked.state.wallets,
            number,
            spend_id,
            actor=subject.credential,
            reason=body.reason,
            now=asked.now,
            points=body.points,
        )
        return spend_answer(done)

    return await once.answer(asked.state.db, work, now=asked.now, status=201)
