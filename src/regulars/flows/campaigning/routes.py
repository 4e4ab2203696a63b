"""What the routes of campaigns share: who may call them, and what stands around a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Path, Request

from regulars.features.campaigns import CODE_PATTERN
from regulars.features.programs import ProgramConfig
from regulars.flows.campaigning.bodies import Names
from regulars.flows.campaigning.offers import load_people
from regulars.infra.db import Transaction
from regulars.infra.web import Once, Subject, once_per_key, program_in_path, route_roles
from regulars.kit.errors import Invalid
from regulars.kit.zones import local_date, zone

T = TypeVar("T")

READ = route_roles(
    "owner",
    "operator",
    "manager",
    "marketer",
    "approver",
    "agent",
    "analyst",
    "finance",
    "auditor",
    scope="campaigns:read",
)
WRITE = route_roles("owner", "operator", "manager", "marketer", scope="campaigns:write")
# Whoever plans a campaign is not whoever approves what it may cost.
APPROVE = route_roles("owner", "manager", "approver", scope="campaigns:approve")
# Agents make the calls.
WORK = route_roles("owner", "operator", "manager", "marketer", "agent", scope="activities:write")
# Who is on a list is personal.
MEMBERS = route_roles("owner", "operator", "manager", "agent", scope="members:read")

ProgramId = Annotated[int, Depends(program_in_path)]
Code = Annotated[str, Path(pattern=CODE_PATTERN)]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
IfMatch = Annotated[str | None, Header(description="The ETag you read; refused with 412 when it has changed")]
OnceKey = Annotated[Once, Depends(once_per_key)]
Reader = Annotated[Subject, Depends(READ)]
Writer = Annotated[Subject, Depends(WRITE)]
Worker = Annotated[Subject, Depends(WORK)]


class PersonUnclear(Invalid):
    """Write the number of a person or `me`."""


class Desk:
    """One request: its program, its instant, the program's day, and what people are called."""

    def __init__(self, tx: Transaction, config: ProgramConfig, now: datetime, names: Names) -> None:
        """Hold what a request is answered with."""
        self.tx, self.config, self.now, self.names = tx, config, now, names

    @property
    def today(self) -> date:
        """The day it is on the program's calendar."""
        return local_date(self.now, zone(self.config.zone))


async def desk_of(request: Request, tx: Transaction, program_id: int) -> Desk:
    """Return what a request is answered with, read in its transaction."""
    config: ProgramConfig = await request.app.state.programs.config_of(tx, program_id)
    return Desk(tx, config, request.app.state.clock.now(), Names(await load_people(tx)))


async def reading(request: Request, program_id: int, work: Callable[[Desk], Awaitable[T]]) -> T:
    """Return what `work` returns, in one read-only transaction."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        return await work(await desk_of(request, tx, program_id))


async def writing(request: Request, program_id: int, work: Callable[[Desk], Awaitable[T]]) -> T:
    """Return what `work` returns, in one transaction."""

    async def attempt(tx: Transaction) -> Any:
        return await work(await desk_of(request, tx, program_id))

    found: T = await request.app.state.db.attempt(attempt)
    return found


def person_in(text: str | None, subject: Subject) -> int | None:
    """Return the person that a query names: a number, or `me`; None for nobody in particular.

    A key that asks for its own finds nothing: 0 is nobody's number.
    """
    if text is None:
        return None
    if text == "me":
        return _person_of(subject) or 0
    if not text.isdecimal() or not text.isascii() or int(text) > 2**31 - 1:
        raise PersonUnclear
    return int(text)


def _person_of(subject: Subject) -> int | None:
    kind, _, number = subject.credential.partition(":")
    return int(number) if kind == "staff" and number.isdecimal() else None
