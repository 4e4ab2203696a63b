"""REST: the books verified, the trial balance, the liability."""

from __future__ import annotations

from typing import Annotated, Protocol

from fastapi import Depends, Query, Request

from regulars.features.programs import ProgramConfig
from regulars.flows.books.balance import liability, trial_balance
from regulars.flows.books.bodies import (
    LiabilityAnswer,
    TrialBalanceAnswer,
    VerificationAnswer,
    liability_line,
    trial_balance_line,
    verification_answer,
)
from regulars.flows.books.verify import verify
from regulars.infra.db import Transaction
from regulars.infra.web import Instant, Subject, api_router, program_in_path, route_roles

READ = route_roles("owner", "operator", "manager", "finance", scope="books:read")
Reader = Annotated[Subject, Depends(READ)]
ProgramId = Annotated[int, Depends(program_in_path)]

router = api_router("/api/v1", tag="books")


class Programs(Protocol):
    """What the application's `state.programs` can do for the books."""

    async def config_of(self, tx: Transaction, program_id: int) -> ProgramConfig:
        """Return a program as it is now."""


@router.get("/verify", operation_id="verify_books")
async def verify_all(request: Request, subject: Reader) -> VerificationAnswer:
    """Verify the books: of all programs, or for callers who belong to a program of theirs.

    Takes as long as there is to read (some 100,000 transfers a second); one at a time, 409 while one runs.
    """
    return await _verified(request, subject.program_id)


@router.get("/programs/{program}/verify", operation_id="verify_program_books", dependencies=[Depends(READ)])
async def verify_program(request: Request, program_id: ProgramId) -> VerificationAnswer:
    """Verify the books of one program."""
    return await _verified(request, program_id)


async def _verified(request: Request, program_id: int | None) -> VerificationAnswer:
    now = request.app.state.clock.now()
    async with request.app.state.db.transaction(read_only=True, snapshot=True) as tx:
        return verification_answer(await verify(tx, program_id), now)


@router.get(
    "/programs/{program}/trial-balance", operation_id="get_trial_balance", dependencies=[Depends(READ)]
)
async def get_trial_balance(
    request: Request,
    program_id: ProgramId,
    at: Annotated[Instant | None, Query(description="The ledger's time; now when left out")] = None,
) -> TrialBalanceAnswer:
    """Show every account of a program at any past instant; the balances of each point type add up to 0."""
    moment = request.app.state.clock.now() if at is None else at
    async with request.app.state.db.transaction(read_only=True, snapshot=True) as tx:
        found = await trial_balance(tx, await _config(request, tx, program_id), moment)
    return TrialBalanceAnswer(at=moment, data=[trial_balance_line(one) for one in found])


@router.get("/programs/{program}/liability", operation_id="get_liability", dependencies=[Depends(READ)])
async def get_liability(request: Request, program_id: ProgramId) -> LiabilityAnswer:
    """Show what members have of each point type and who funded it."""
    now = request.app.state.clock.now()
    async with request.app.state.db.transaction(read_only=True, snapshot=True) as tx:
        config = await _config(request, tx, program_id)
        found = await liability(tx, config)
    return LiabilityAnswer(at=now, currency=config.currency, data=[liability_line(one) for one in found])


async def _config(request: Request, tx: Transaction, program_id: int) -> ProgramConfig:
    programs: Programs = request.app.state.programs
    return await programs.config_of(tx, program_id)
