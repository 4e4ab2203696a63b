"""What the routes of points share: who may call, what stands in the address, one way to do an operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Depends, Path, Query, Request, Response
from pydantic import BaseModel

from regulars.features.members import resolve_ref
from regulars.features.programs import ProgramConfig
from regulars.infra.db import Transaction
from regulars.infra.web import Once, Subject, once_per_key, program_in_path, route_roles
from regulars.kit.errors import NotFound
from regulars.kit.ids import decode

READ = route_roles("owner", "operator", "manager", "agent", "finance", scope="points:read")
WRITE = route_roles("owner", "operator", "manager", "agent", scope="points:write")
ADJUST = route_roles("owner", "operator", "manager", "agent", scope="points:adjust")

ProgramId = Annotated[int, Depends(program_in_path)]
Ref = Annotated[str, Path(max_length=400, description="mem_…, or kind:value such as email:ann@example.com")]
DryRun = Annotated[bool, Query(description="Answer what would happen, and write nothing")]
OnceKey = Annotated[Once, Depends(once_per_key)]
Answer = TypeVar("Answer", bound=BaseModel)


class Programs(Protocol):
    """What the application's `state.programs` can do for points."""

    async def config_of(self, tx: Transaction, program_id: int) -> ProgramConfig:
        """Return a program as it is now."""


class Approvals(Protocol):
    """What the application's `state.approvals` can do: let something wait for another person."""

    async def ask_adjustment(
        self,
        tx: Transaction,
        program_id: int,
        member_id: int,
        payload: dict[str, Any],
        *,
        maker: str,
        now: datetime,
    ) -> dict[str, Any]:
        """Let an adjustment wait; return what waits, as plain values."""


class Operation:
    """One operation that a request asks for: whose wallet, who asks, and when."""

    def __init__(self, request: Request, program_id: int, ref: str, subject: Subject | None = None) -> None:
        """Take clock and database from the application."""
        self.state = request.app.state
        self.program_id = program_id
        self.ref = ref
        self.actor = subject.credential if subject else ""
        self.now = self.state.clock.now()
        self.review = getattr(self.state, "review", None)

    async def config(self, tx: Transaction) -> ProgramConfig:
        """Return the program as it is in this transaction."""
        programs: Programs = self.state.programs
        return await programs.config_of(tx, self.program_id)

    async def member(self, tx: Transaction, config: ProgramConfig, ref: str | None = None) -> int:
        """Return the member of the address, or the one `ref` names. Refuses with UnknownMember."""
        return await resolve_ref(tx, config, self.ref if ref is None else ref)

    async def once(
        self,
        once: Once,
        work: Callable[[Transaction, ProgramConfig, int], Awaitable[Answer]],
        *,
        dry_run: bool,
        status: int = 201,
    ) -> Response:
        """Do `work` on the member once per idempotency key, or (dry run) do it and undo it."""

        async def on_member(tx: Transaction) -> Answer:
            config = await self.config(tx)
            return await work(tx, config, await self.member(tx, config))

        if dry_run:
            return await self._tried(on_member)
        return await once.answer(self.state.db, on_member, now=self.now, status=status)

    async def ask_approval(self, once: Once, body: BaseModel) -> Response:
        """Let what was asked for wait for another person: 202 with what waits, once per idempotency key."""
        approvals: Approvals = self.state.approvals

        async def work(tx: Transaction) -> dict[str, Any]:
            config = await self.config(tx)
            member_id, payload = await self.member(tx, config), body.model_dump(mode="json")
            return await approvals.ask_adjustment(
                tx, self.program_id, member_id, payload, maker=self.actor, now=self.now
            )

        return await once.answer(self.state.db, work, now=self.now, status=202)

    async def _tried(self, work: Callable[[Transaction], Awaitable[Answer]]) -> Response:
        try:
            async with self.state.db.transaction() as tx:
                raise _Tried(await work(tx))
        except _Tried as tried:
            return Response(tried.answer.model_dump_json(), 200, media_type="application/json")

    async def read(self, work: Callable[[Transaction, ProgramConfig, int], Awaitable[Answer]]) -> Answer:
        """Read about the member in one snapshot."""
        async with self.state.db.transaction(read_only=True, snapshot=True) as tx:
            config = await self.config(tx)
            return await work(tx, config, await self.member(tx, config))


class _Tried(Exception):
    """Carries the answer of a dry run out of its transaction, which is rolled back."""

    def __init__(self, answer: Any) -> None:
        super().__init__("dry run")
        self.answer = answer


def number_of(prefix: str, text: str, unknown: type[NotFound]) -> int:
    """Return the number inside a public id.

    Refuses with `unknown` for anything else: there is no such thing.
    """
    try:
        return decode(prefix, text)
    except ValueError:
        raise unknown from None
